//! The WebSocket codec next to tungstenite, on random streams of frames that are cut at random places; and its compression
//! by itself.

use engineio_fuzz::{Random, targets, ws};
use std::ops::Range;

#[test]
fn both_make_the_same_of_random_streams() {
    on_random_bytes(20_000, 2..62, ws::differential);
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
    on_random_bytes(5_000, 3..43, targets::deflate);
}

/// Puts as many bytes as one of these lengths to a check, once for each seed.
fn on_random_bytes(seeds: u64, lengths: Range<u64>, check: impl Fn(&[u8])) {
    for seed in 0..seeds {
        let mut random = Random::new(seed);
        let len = lengths.start + random.below(lengths.end - lengths.start);
        let data: Vec<u8> = (0..len).map(|_| random.byte()).collect();
        println!("{seed}: {data:?}");
        check(&data);
    }
}
