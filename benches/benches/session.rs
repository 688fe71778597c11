//! Echo of one message through the core, on each transport, from the bytes that the host read to the bytes that it
//! writes. The session is the only one of its server, or one beside ten thousand idle sessions.

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use engineio_benches::Host;
use engineio_proto::{Frame, Text};

fn echo(c: &mut Criterion) {
    let mut group = c.benchmark_group("echo");
    for idle in [0, 10_000] {
        for size in [32, 1024] {
            let text = "4".repeat(1 + size);

            let mut host = Host::with_idle_sessions(idle);
            let ws = host.websocket();
            let frame = Frame::Text(Text::from(text.as_str()));
            group.bench_function(BenchmarkId::new(format!("websocket {size} B"), idle), |b| {
                b.iter(|| assert_eq!(host.echo(ws, [frame.clone()]), text.len()));
            });

            let mut host = Host::with_idle_sessions(idle);
            let session = host.polling();
            let body = Bytes::from(text.clone());
            group.bench_function(BenchmarkId::new(format!("polling {size} B"), idle), |b| {
                b.iter(|| assert_eq!(host.post(&session, body.clone()), text.len() + "ok".len()));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, echo);
criterion_main!(benches);
