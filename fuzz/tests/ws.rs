//! The WebSocket codec next to tungstenite, on random streams of frames that are cut at random places; and its compression
//! by itself.

use engineio_fuzz::{Random, targets, ws};

#[test]
fn both_make_the_same_of_random_streams() {
    for seed in 0..20_000 {
        let mut random = Random::new(seed);
        let len = 2 + random.below(60);
        let data: Vec<u8> = (0..len).map(|_| random.byte()).collect();
        println!("{seed}: {data:?}");
        ws::differential(&data);
    }
}

/// tungstenite takes a ping whose length is in more bytes than it may be, answers it, and goes on. What follows is
/// compared all the same: garbage, another such ping, a message.
#[test]
fn what_tungstenite_is_lax_about_is_known() {
    let ping = [0x89, 0xfe, 0, 3, 0x16, 0x16, 0x16, 0x16, 1, 2, 3];
    let message = [0x81, 0x82, 0, 0, 0, 0, b'h', b'i'];
    let close = [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8];
    // To a server, the bytes as they are, cut at different places.
    for cut in 0..8 {
        for after in [&[][..], &[0xd7, 0x47, 5], &ping, &message, &[message, close].concat(), &ping[..7], &[0x89, 0xff]]
        {
            ws::differential(&[&[0x80, cut][..], &ping, after].concat());
            ws::differential(&[&[0x80, cut][..], &message, &ping, after].concat());
        }
    }
}

#[test]
fn compressed_messages_come_out_as_they_were_sent() {
    for seed in 0..5_000 {
        let mut random = Random::new(seed);
        let len = 3 + random.below(40);
        let data: Vec<u8> = (0..len).map(|_| random.byte()).collect();
        println!("{seed}: {data:?}");
        targets::deflate(&data);
    }
}
