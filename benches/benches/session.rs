//! One message through a session and back, on each transport: what the core costs a host for an echo, from the bytes
//! that were read to the bytes to be written, alone on its server and among ten thousand idle sessions.

use bytes::{Bytes, BytesMut};
use core::time::Duration;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use engineio_proto::{
    Action, Config, Delivery, Event, Frame, Instant, Request, RequestHead, Route, Router, Server, Sid, Text, Verdict,
    WsKey,
};

const NOW: Instant = Instant::from_epoch(Duration::from_secs(1));

/// A host whose application echoes and whose network is a buffer.
struct Host {
    router: Router,
    server: Server<()>,
    sids: u64,
    /// What went out since the last call of `run`.
    written: BytesMut,
}

impl Host {
    /// A host with idle polling sessions.
    fn among(idle: usize) -> Self {
        let config = Config::default();
        let (router, server) = (Router::new(config.clone()), Server::new(config, 0, [1, 2]));
        let mut host = Self { router, server, sids: 0, written: BytesMut::new() };
        for _ in 0..idle {
            host.open("EIO=4&transport=polling", false);
        }
        host
    }

    /// Opens a session; returns its WebSocket, if it is on one.
    fn open(&mut self, query: &str, upgrade: bool) -> (Sid, Option<WsKey>) {
        self.sids += 1;
        let mut entropy = [0; 15];
        entropy[..8].copy_from_slice(&self.sids.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        let sid = Sid::from_entropy(entropy);
        let head = RequestHead { method: "GET", query, upgrade, ..RequestHead::default() };
        let Ok(Route::Open(opening)) = self.router.route(&head) else { unreachable!("a handshake") };
        let opened = self.server.open(NOW, opening.pending(()).accept(sid));
        assert!(opened.is_ok(), "each session has another id");
        (sid, self.run())
    }

    /// Does what the server asks for, until it asks for nothing; returns the last WebSocket that it spoke of.
    fn run(&mut self) -> Option<WsKey> {
        let mut last = None;
        self.written.clear();
        while let Some(action) = self.server.poll() {
            match action {
                Action::Event(session, Event::Messages(messages)) => {
                    for message in messages {
                        assert!(self.server.send(session, message).is_ok());
                    }
                }
                Action::FramesReady(ws) => {
                    let mut frames = 0;
                    while let Some(frame) = self.server.poll_frame(ws) {
                        frame.write_to(&mut self.written);
                        frames += 1;
                    }
                    self.server.wrote(NOW, ws, frames);
                    last = Some(ws);
                }
                Action::Answer(answer) => {
                    let ticket = answer.ticket().filter(|_| answer.tracked());
                    if let ((), Verdict::Respond(response)) = answer.into_parts() {
                        self.written.extend_from_slice(&response.encode());
                    }
                    if let Some(ticket) = ticket {
                        self.server.written(NOW, ticket, Delivery::Written);
                    }
                }
                _ => {}
            }
        }
        last
    }

    /// A request as it arrives, found to be one for a session.
    fn request(&self, method: &str, query: &str) -> Request {
        match self.router.route(&RequestHead { method, query, ..RequestHead::default() }) {
            Ok(Route::Session(request)) => request,
            _ => unreachable!("a request of a session"),
        }
    }
}

fn echo(c: &mut Criterion) {
    let mut group = c.benchmark_group("echo");
    for idle in [0, 10_000] {
        let text = "4".repeat(65);

        let mut host = Host::among(idle);
        let (_, ws) = host.open("EIO=4&transport=websocket", true);
        let Some(ws) = ws else { unreachable!("a WebSocket session") };
        let frame = Text::from(text.as_str());
        group.bench_function(BenchmarkId::new("websocket", idle), |b| {
            b.iter(|| {
                host.server.frame(NOW, ws, Frame::Text(frame.clone()));
                host.run();
                assert_eq!(host.written.len(), 65);
            });
        });

        let mut host = Host::among(idle);
        let (sid, _) = host.open("EIO=4&transport=polling", false);
        let query = format!("EIO=4&transport=polling&t=PDrvfAa&sid={sid}");
        let body = Bytes::from(text);
        group.bench_function(BenchmarkId::new("polling", idle), |b| {
            b.iter(|| {
                let get = host.request("GET", &query);
                host.server.request(NOW, get, ());
                host.run();
                let post = host.request("POST", &query);
                let ticket = host.server.request(NOW, post, ());
                let encoding = host.server.awaits_body(ticket);
                let Some(encoding) = encoding else { unreachable!("the POST is in order") };
                host.server.body(NOW, ticket, encoding.decode_payload(body.clone(), 10_000));
                host.run();
                assert_eq!(host.written.len(), 65 + "ok".len());
            });
        });
    }
    group.finish();
}

criterion_group!(benches, echo);
criterion_main!(benches);
