//! How much memory the codecs take, and how often they ask for it.

use crate::{MANY, V4, text};
use allocation_counter::{AllocationInfo, measure};
use bytes::Bytes;
use core::hint::black_box;
use engineio_proto::{Batch, Frame, Message, Packet, PacketError, Query, Text};

/// Decodes a body and takes its messages one by one, as a host does whose application keeps up.
fn consume(body: &[u8]) -> AllocationInfo {
    measure(|| {
        let upload = V4.decode_payload(Bytes::copy_from_slice(body), MANY);
        upload.into_messages().for_each(|message| drop(black_box(message)));
    })
}

fn megabyte(packet: &str) -> Vec<u8> {
    let mut body = format!("{packet}\x1e").repeat(1_000_000 / (packet.len() + 1)).into_bytes();
    body.pop();
    body
}

#[test]
fn f15_b03_half_a_million_packets_stay_the_body_they_came_in() {
    for packet in ["4", "6", "b", "bAA", "b\nAA"] {
        let body = megabyte(packet);
        let used = consume(&body);
        assert!(used.bytes_max <= 2 * body.len() as u64, "{packet:?}: {used:?}");
        assert!(used.count_total <= 4, "whatever the number of packets; {packet:?}: {used:?}");
        assert_eq!(used.bytes_current, 0);
    }
}

#[test]
fn f15_packets_that_nobody_takes_stay_the_body_they_came_in() {
    let body = megabyte("bAA");
    let used = measure(|| drop(black_box(V4.decode_payload(Bytes::copy_from_slice(&body), MANY))));
    assert!(used.bytes_max <= 2 * body.len() as u64, "{used:?}");
}

#[test]
fn a01_one_large_message_is_not_copied() {
    let body = [&b"4"[..], &[b'x'; 1_000_000]].concat();
    let used = consume(&body);
    assert_eq!((used.count_total, used.bytes_max), (1, body.len() as u64), "the body itself");
}

#[test]
fn a01_large_binary_messages_are_written_once() {
    let body = [&b"b"[..], &[b'A'; 500_000], b"\x1eb", &[b'A'; 500_000]].concat();
    let used = consume(&body);
    // The rest is what sharing memory takes.
    assert!(used.bytes_total <= body.len() as u64 + 750_000 + 128, "the body and the messages: {used:?}");
}

#[test]
fn c15_nothing_is_allocated_for_what_is_only_claimed() {
    // A fault in the first packet: the rest of the body never costs anything.
    let body = [&b"9\x1eb"[..], &[b'A'; 1_000_000]].concat();
    let used = consume(&body);
    assert_eq!((used.count_total, used.bytes_max), (1, body.len() as u64), "the body itself");
}

#[test]
fn b08_a_body_lives_no_longer_than_its_messages() {
    let used = measure(|| {
        let upload = V4.decode_payload(Bytes::from(vec![b'6'; 1000]), MANY);
        let mut messages = upload.into_messages();
        assert!(messages.next().is_none());
        let held = measure(|| drop(messages));
        assert_eq!(held.bytes_current, 0, "it was let go when the last message was taken");
    });
    assert_eq!(used.bytes_current, 0);
}

#[test]
fn f15_messages_that_wait_hold_on_to_little_beside_what_they_say() {
    let blanks = " ".repeat(1_000_000);
    let bodies = [
        format!("4a\x1e6{blanks}"),
        format!("6{blanks}\x1e4a\x1e4b"),
        format!("bAA=={blanks}"),
        format!("bAA=={blanks}\x1e4a"),
        format!("4a\x1ebAA=={blanks}\x1ebAAAA"),
    ];
    for body in bodies {
        let mut kept = None;
        let used = measure(|| kept = Some(V4.decode_payload(Bytes::copy_from_slice(body.as_bytes()), MANY)));
        assert!(used.bytes_current < 512, "{used:?}");
        assert!(!kept.unwrap().messages().is_empty());
    }
    let mut kept = None;
    let used = measure(|| kept = V4.decode_frame(Frame::Text(Text::from(format!("bAA=={blanks}")))).ok());
    assert!(used.bytes_current < 512, "{used:?}");
    assert_eq!(kept, Some(Packet::Message(Message::from(vec![0]))));
}

#[test]
fn a_batch_is_encoded_into_one_allocation() {
    let packets = [
        Packet::Message(text("hello")),
        Packet::Message(Message::from(vec![7; 1000])),
        Packet::Noop,
        Packet::Message(Message::from(vec![7; 1001])),
    ];
    let batch = Batch::new(V4, packets);
    let mut len = 0;
    let used = measure(|| len = black_box(batch.encode()).len());
    assert_eq!((used.count_total, used.bytes_total), (1, len as u64));
}

#[test]
fn frames_are_read_and_written_without_an_allocation() {
    let incoming = Frame::Text(Text::from("4hello"));
    let mut packet = Err(PacketError::Empty);
    let used = measure(|| packet = black_box(V4.decode_frame(incoming)));
    assert_eq!(used.count_total, 0);
    let packet = packet.unwrap();
    let used = measure(|| drop(black_box(V4.encode_frame(packet).into_parts())));
    assert_eq!(used.count_total, 0);
}

#[test]
fn a_query_is_read_without_an_allocation() {
    let used = measure(|| {
        let query = Query::parse("EIO=%34&transport=polling&sid=a%2Db&t=+&sid=a-b", Query::MAX_LEN);
        assert!(black_box(query).is_ok());
    });
    assert_eq!(used.count_total, 0);
}
