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
