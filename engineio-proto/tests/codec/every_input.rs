//! Every short input, every truncation: each is decoded, ends, and means what the reference decoder says.

use crate::{MANY, Outcome, V3, V4, decode, reference};
use engineio_proto::{Handshake, HandshakeError, Query};
use std::thread;

/// All inputs of up to `len` bytes over an alphabet.
fn inputs(alphabet: &[u8], len: u32) -> impl Iterator<Item = Vec<u8>> {
    (0..=len).flat_map(move |len| {
        (0..alphabet.len().pow(len)).map(move |mut number| {
            let mut digit = || {
                let symbol = alphabet[number % alphabet.len()];
                number /= alphabet.len();
                symbol
            };
            (0..len).map(|_| digit()).collect()
        })
    })
}

fn check(body: &[u8]) {
    for max_packets in [MANY, 2] {
        let outcome = Outcome::from(V4.decode_payload(body.to_vec().into(), max_packets));
        assert_eq!(outcome, reference::decode(body, max_packets), "{:?}", body.escape_ascii().to_string());
    }
}

#[test]
fn p09_every_payload_of_up_to_four_bytes() {
    // Each type, base64 that is whole, ragged and broken, and UTF-8 that is whole, cut and wrong.
    inputs(b"\x1e0123456b9AQ=\n\xc3\xa9", 4).for_each(|body| check(&body));
}

#[test]
fn p09_every_payload_of_up_to_seven_separators_messages_and_base64() {
    inputs(b"\x1e4bA=", 7).for_each(|body| check(&body));
}

#[test]
fn p09_every_truncation_of_a_payload() {
    let body = "0{\"sid\":\"x\"}\x1e4h\u{e9}llo\x1e3probe\x1ebAQIDBA==\x1e4\x1eb\x1e6\x1e4\u{1f600}\x1ebAQI\nD\r\n\x1e5\x1e4end";
    for len in 0..=body.len() {
        let whole = &body.as_bytes()[..len];
        check(whole);
        check(&[whole, b"\x1e1"].concat());
        check(&[b"4first\x1e", whole].concat());
    }
    assert_eq!(decode(body).messages.len(), 7);
}

#[test]
fn p09_every_byte_in_every_place() {
    let body = b"4h\xc3\xa9\x1ebAQI=\x1e3\x1e4z";
    for place in 0..body.len() {
        for byte in 0..=u8::MAX {
            let mut body = body.to_vec();
            body[place] = byte;
            check(&body);
        }
    }
}

/// A stack that is small for what is nested deeply, in threads that have no other.
#[test]
fn b10_nothing_recurses_as_deep_as_a_peer_likes() {
    let deep = || {
        let open = "[{\"a\":".repeat(Handshake::MAX_LEN / 6);
        for json in [format!("{{\"sid\":{open}"), "[".repeat(Handshake::MAX_LEN), open] {
            let json = json.get(..Handshake::MAX_LEN).unwrap_or(&json);
            assert_eq!(Handshake::decode(json), Err(HandshakeError::Malformed));
        }
        for packet in ["\x1e", "4\x1e", "b\x1e", "0{\x1e", "1:4", "[", "\x00\x01\u{ff}4", "%5b", "a=&"] {
            let body = packet.repeat(200_000);
            for encoding in [V3, V4] {
                encoding.decode_payload(body.clone().into(), MANY).into_messages().for_each(drop);
                encoding.decode_response(body.clone().into(), MANY).into_messages().for_each(drop);
            }
            drop(Query::parse(&body, body.len()));
        }
    };
    thread::Builder::new().stack_size(128 * 1024).spawn(deep).unwrap().join().unwrap();
}
