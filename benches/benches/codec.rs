//! Decoding and encoding of polling payloads (protocol 4) by engineio-proto and by engineioxide. For one long text
//! there is a baseline: UTF-8 validation and a copy.

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
use engineioxide_core::{Packet as OxidePacket, PacketBuf, ProtocolVersion, Str, payload};
use futures_util::{Stream, stream};
use http_body_util::Full;
use std::collections::VecDeque;

const ENCODING: Encoding = Encoding::new(Version::V4);
const MAX_PAYLOAD: u64 = 10_000_000;

/// The payloads. `peers/node/codec.mjs` measures engine.io-parser on payloads of the same names.
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
        // A host reads each body into new memory.
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
                    let mut packets = pin!(payload::decoder(Full::new(body), None, ProtocolVersion::V4, MAX_PAYLOAD));
                    let mut cx = Context::from_waker(Waker::noop());
                    while let Poll::Ready(Some(packet)) = packets.as_mut().poll_next(&mut cx) {
                        assert!(black_box(packet).is_ok());
                    }
                },
                batch(name),
            );
        });
        baseline(&mut group, name, &body);
        group.finish();
    }
}

fn encode(c: &mut Criterion) {
    for (name, packets) in payloads() {
        let body = Batch::new(ENCODING, packets.clone()).encode();
        let oxide_packets: VecDeque<PacketBuf> =
            packets.iter().map(|packet| PacketBuf::from_elem(oxide_packet(packet), 1)).collect();
        assert_eq!(oxide_payload(oxide_packets.clone()), body, "both encode the same payload");
        let mut group = c.benchmark_group(format!("encode {name}"));
        group.bench_function("ours", |b| {
            b.iter_batched(|| packets.clone(), |packets| Batch::new(ENCODING, packets).encode(), batch(name));
        });
        group.bench_function("engineioxide", |b| {
            b.iter_batched(|| oxide_packets.clone(), oxide_payload, batch(name));
        });
        baseline(&mut group, name, &body);
        group.finish();
    }
}

fn baseline(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, body: &[u8]) {
    if name.starts_with("text 1 ") {
        group.bench_function("baseline", |b: &mut Bencher<'_>| {
            b.iter_batched(
                || (),
                |()| str::from_utf8(black_box(body)).map(|text| text.as_bytes().to_vec()),
                batch(name),
            );
        });
    }
}

/// Returns the batch size. Large outputs are dropped after each iteration, so that all iterations reuse the same
/// memory.
fn batch(name: &str) -> BatchSize {
    if name.contains("1 x") { BatchSize::PerIteration } else { BatchSize::SmallInput }
}

fn oxide_packet(packet: &Packet) -> OxidePacket {
    match packet {
        Packet::Message(Message::Text(text)) => OxidePacket::Message(Str::from(text.as_str().to_owned())),
        Packet::Message(Message::Binary(bytes)) => OxidePacket::Binary(bytes.clone()),
        _ => unreachable!("payloads are made of messages"),
    }
}

fn oxide_payload(packets: VecDeque<PacketBuf>) -> Bytes {
    let encoding = pin!(payload::encoder(open_ended(packets), ProtocolVersion::V4, true, MAX_PAYLOAD));
    match encoding.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(payload) => payload.data,
        Poll::Pending => unreachable!("there are packets"),
    }
}

/// Returns a stream that is pending after its last packet, like the channel that engineioxide reads from.
fn open_ended(mut packets: VecDeque<PacketBuf>) -> impl Stream<Item = PacketBuf> {
    stream::poll_fn(move |_| packets.pop_front().map_or(Poll::Pending, |packet| Poll::Ready(Some(packet))))
}

criterion_group!(benches, decode, encode);
criterion_main!(benches);
