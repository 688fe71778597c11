//! Decoding and encoding of polling payloads. Decoding includes the iteration over the messages.

use bytes::Bytes;
use core::hint::black_box;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use engineio_benches::{binary, text};
use engineio_proto::{Batch, Encoding, Packet, Version};

const ENCODING: Encoding = Encoding::new(Version::V4);

/// Returns the payloads: a name and the packets of each.
fn payloads() -> Vec<(String, Vec<Packet>)> {
    let mut payloads = Vec::new();
    for count in [1, 16, 1000] {
        payloads.push((format!("text/{count}x64"), vec![text(64); count]));
        payloads.push((format!("binary/{count}x64"), vec![binary(64); count]));
    }
    payloads.push(("text/1x1M".into(), vec![text(1_000_000)]));
    payloads.push(("binary/1x700k".into(), vec![binary(700_000)]));
    payloads.push(("text/500000x0".into(), vec![text(0); 500_000]));
    payloads
}

fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode");
    for (name, packets) in payloads() {
        let body = Batch::new(ENCODING, packets).encode();
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), &body, |b, body| {
            // A host reads each body into new memory.
            b.iter_batched(
                || Bytes::from(body.to_vec()),
                |body| {
                    for message in ENCODING.decode_payload(body, usize::MAX).into_messages() {
                        black_box(message);
                    }
                },
                criterion::BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn encode(c: &mut Criterion) {
    let mut group = c.benchmark_group("encode");
    for (name, packets) in payloads() {
        let batch = Batch::new(ENCODING, packets);
        group.throughput(Throughput::Bytes(batch.encoded_len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), &batch, |b, batch| b.iter(|| batch.encode()));
    }
    group.finish();
}

criterion_group!(benches, decode, encode);
criterion_main!(benches);
