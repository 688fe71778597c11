//! engineio-ws beside tungstenite: each decodes messages from memory and encodes their echoes.

use bytes::{Buf, Bytes};
use core::hint::black_box;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use engineio_ws::{Incoming, Kind, Role, WebSocket};
use std::io;
use tungstenite::{
    Message,
    protocol::{self, WebSocketConfig, WebSocketContext},
};

/// The number of bytes that one read returns at most.
const READ_SIZE: usize = 64 * 1024;

/// The largest message in bytes.
const MAX_MESSAGE: usize = 1_000_000;

/// Returns the bytes of `count` text messages of `len` bytes from a client.
fn sent(len: usize, count: usize) -> Vec<u8> {
    let mut client = WebSocket::new(Role::Client { mask: || [1, 200, 3, 77] }, MAX_MESSAGE);
    let payload = Bytes::from(vec![b'a'; len]);
    for _ in 0..count {
        client.send(Kind::Text, &[], &payload);
    }
    client.output().chunk().to_vec()
}

fn echo(c: &mut Criterion) {
    for (len, count) in [(32, 1), (32, 32), (1024, 1), (1024, 32), (64 * 1024, 1), (64 * 1024, 8)] {
        let mut group = c.benchmark_group(format!("echo/{count}x{len}"));
        group.throughput(Throughput::Elements(count as u64));
        let input = sent(len, count);
        group.bench_function(BenchmarkId::from_parameter("engineio-ws"), |b| {
            let mut server = WebSocket::new(Role::Server, MAX_MESSAGE);
            b.iter(|| {
                for mut piece in input.chunks(READ_SIZE) {
                    while let Ok(Some(Incoming::Message { kind, payload })) = server.next(&mut piece) {
                        server.send(kind, &[], &payload);
                    }
                    while server.output().has_remaining() {
                        let written = black_box(server.output().chunk()).len();
                        server.written(written);
                    }
                }
            });
        });
        group.bench_function(BenchmarkId::from_parameter("tungstenite"), |b| {
            let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
            let mut server = WebSocketContext::new(protocol::Role::Server, Some(config));
            let mut output = Vec::new();
            b.iter(|| {
                for mut piece in input.chunks(READ_SIZE) {
                    let mut memory = Memory { input: &mut piece, output: &mut output };
                    while let Ok(message @ Message::Text(_)) = server.read(&mut memory) {
                        let _ = server.write(&mut memory, message);
                    }
                    let _ = server.flush(&mut memory);
                    black_box(&output[..]);
                    output.clear();
                }
            });
        });
        group.finish();
    }
}

/// The stream of tungstenite: reads from and writes to memory.
struct Memory<'m, 'i> {
    input: &'m mut &'i [u8],
    output: &'m mut Vec<u8>,
}

impl io::Read for Memory<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.input.read(buffer)
    }
}

impl io::Write for Memory<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

criterion_group!(benches, echo);
criterion_main!(benches);
