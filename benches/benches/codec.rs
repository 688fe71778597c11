//! The payloads of polling in protocol 4, decoded and encoded by ours and by engineioxide; and for one long text what
//! cannot be undercut, a copy and a look at its UTF-8.

use bytes::Bytes;
use core::{
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
};
use criterion::{
    BatchSize, Bencher, BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use engineio_benches::{binary, text};
use engineio_proto::{Batch, Encoding, Message, Packet, Version};
use engineioxide_core::{Packet as Theirs, PacketBuf, ProtocolVersion, Str, payload};
use futures_util::{Stream, stream};
use http_body_util::Full;
use std::collections::VecDeque;

const ENCODING: Encoding = Encoding::new(Version::V4);
const LIMIT: u64 = 10_000_000;

/// The script that does the same with engine.io-parser knows them by these names.
fn payloads() -> [(&'static str, Vec<Packet>); 4] {
    [
        ("text 16 x 64", vec![text(64); 16]),
        ("binary 16 x 64", vec![binary(64); 16]),
        ("text 1 x 1M", vec![text(1_000_000)]),
        ("binary 1 x 700k", vec![binary(700_000)]),
    ]
}

fn decode(c: &mut Criterion) {
    for (name, packets) in payloads() {
        let body = Batch::new(ENCODING, packets).encode();
        let mut group = c.benchmark_group(format!("decode {name}"));
        // What a host has read is memory of its own each time.
        let fresh = || Bytes::from(body.to_vec());
        group.bench_function("ours", |b| {
            b.iter_batched(
                fresh,
                |body| ENCODING.decode_payload(body, usize::MAX).into_messages().for_each(|each| drop(black_box(each))),
                batch(name),
            );
        });
        group.bench_function("engineioxide", |b| {
            b.iter_batched(
                fresh,
                |body| {
                    let mut packets = pin!(payload::decoder(Full::new(body), None, ProtocolVersion::V4, LIMIT));
                    let mut cx = Context::from_waker(Waker::noop());
                    while let Poll::Ready(Some(packet)) = packets.as_mut().poll_next(&mut cx) {
                        assert!(black_box(packet).is_ok());
                    }
                },
                batch(name),
            );
        });
        floor(&mut group, name, &body);
        group.finish();
    }
}

fn encode(c: &mut Criterion) {
    for (name, packets) in payloads() {
        let body = Batch::new(ENCODING, packets.clone()).encode();
        let theirs: VecDeque<PacketBuf> = packets.iter().map(|packet| PacketBuf::from_elem(their(packet), 1)).collect();
        assert_eq!(their_payload(theirs.clone()), body, "both do the same");
        let mut group = c.benchmark_group(format!("encode {name}"));
        group.bench_function("ours", |b| {
            b.iter_batched(|| packets.clone(), |packets| Batch::new(ENCODING, packets).encode(), batch(name));
        });
        group.bench_function("engineioxide", |b| {
            b.iter_batched(|| theirs.clone(), their_payload, batch(name));
        });
        floor(&mut group, name, &body);
        group.finish();
    }
}

fn floor(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, body: &[u8]) {
    if name.starts_with("text 1 ") {
        group.bench_function("floor", |b: &mut Bencher<'_>| {
            b.iter_batched(
                || (),
                |()| str::from_utf8(black_box(body)).map(|text| text.as_bytes().to_vec()),
                batch(name),
            );
        });
    }
}

/// Large outputs are dropped one by one, so that all find memory that was used before.
fn batch(name: &str) -> BatchSize {
    if name.contains("1 x") { BatchSize::PerIteration } else { BatchSize::SmallInput }
}

fn their(packet: &Packet) -> Theirs {
    match packet {
        Packet::Message(Message::Text(text)) => Theirs::Message(Str::from(text.as_str().to_owned())),
        Packet::Message(Message::Binary(bytes)) => Theirs::Binary(bytes.clone()),
        _ => unreachable!("payloads are made of messages"),
    }
}

fn their_payload(packets: VecDeque<PacketBuf>) -> Bytes {
    let encoding = pin!(payload::encoder(open_ended(packets), ProtocolVersion::V4, true, LIMIT));
    match encoding.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(payload) => payload.data,
        Poll::Pending => unreachable!("there are packets"),
    }
}

/// As the channel that it reads from: empty, but not at its end.
fn open_ended(mut packets: VecDeque<PacketBuf>) -> impl Stream<Item = PacketBuf> {
    stream::poll_fn(move |_| packets.pop_front().map_or(Poll::Pending, |packet| Poll::Ready(Some(packet))))
}

criterion_group!(benches, decode, encode);
criterion_main!(benches);
