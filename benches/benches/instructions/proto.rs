//! Instruction counts of the core's hot paths.

use crate::ROUNDS;
use bytes::Bytes;
use core::hint::black_box;
use engineio_benches::{Host, Polling, binary, text};
use engineio_proto::{Batch, Encoding, Frame, Packet, RequestHead, Router, Text, Version, WsKey};
use gungraun::{library_benchmark, library_benchmark_group};

const ENCODING: Encoding = Encoding::new(Version::V4);

fn bodies(packets: Vec<Packet>) -> Vec<Bytes> {
    let body = Batch::new(ENCODING, packets).encode();
    (0..ROUNDS).map(|_| Bytes::from(body.to_vec())).collect()
}

fn batches(packets: Vec<Packet>) -> Vec<Vec<Packet>> {
    vec![packets; ROUNDS]
}

#[library_benchmark(setup = bodies)]
#[bench::text_1(vec![text(64)])]
#[bench::text_16(vec![text(64); 16])]
#[bench::binary_16(vec![binary(64); 16])]
#[bench::text_1m(vec![text(1_000_000)])]
#[bench::binary_700k(vec![binary(700_000)])]
fn decode(bodies: Vec<Bytes>) {
    for body in bodies {
        ENCODING.decode_payload(body, usize::MAX).into_messages().for_each(|message| drop(black_box(message)));
    }
}

#[library_benchmark(setup = batches)]
#[bench::text_1(vec![text(64)])]
#[bench::text_16(vec![text(64); 16])]
#[bench::binary_16(vec![binary(64); 16])]
#[bench::text_1m(vec![text(1_000_000)])]
#[bench::binary_700k(vec![binary(700_000)])]
fn encode(batches: Vec<Vec<Packet>>) {
    for packets in batches {
        drop(black_box(Batch::new(ENCODING, packets).encode()));
    }
}

fn on_websocket(frame: Frame, count: usize) -> (Host, WsKey, Vec<Vec<Frame>>) {
    let mut host = Host::with_idle_sessions(100);
    let ws = host.websocket();
    let mut rounds = vec![vec![frame; count]; 2 * ROUNDS];
    for frames in rounds.split_off(ROUNDS) {
        host.echo(ws, frames);
    }
    (host, ws, rounds)
}

#[library_benchmark(setup = on_websocket)]
#[bench::text_1(Frame::Text(Text::from("4abcdefghijklmnopqrstuvwxyz012345")), 1)]
#[bench::text_32(Frame::Text(Text::from("4abcdefghijklmnopqrstuvwxyz012345")), 32)]
#[bench::binary_1(Frame::Binary(Bytes::from(vec![7; 32])), 1)]
fn websocket((mut host, ws, rounds): (Host, WsKey, Vec<Vec<Frame>>)) -> Host {
    for frames in rounds {
        black_box(host.echo(ws, black_box(frames)));
    }
    host
}

fn on_polling(messages: usize) -> (Host, Polling, Bytes) {
    let mut host = Host::with_idle_sessions(100);
    let session = host.polling();
    let body = Batch::new(ENCODING, vec![text(32); messages]).encode();
    for _ in 0..ROUNDS {
        host.post(&session, body.clone());
    }
    (host, session, body)
}

#[library_benchmark(setup = on_polling)]
#[bench::text_1(1)]
#[bench::text_16(16)]
fn poll_cycle((mut host, session, body): (Host, Polling, Bytes)) -> Host {
    for _ in 0..ROUNDS {
        black_box(host.post(&session, black_box(body.clone())));
    }
    host
}

fn router() -> Router {
    Router::new(engineio_proto::Config::default())
}

#[library_benchmark(setup = router)]
#[bench::of_a_session()]
fn route(router: Router) {
    for _ in 0..ROUNDS {
        let query = black_box("EIO=4&transport=polling&t=PDrvfAa&sid=AAAAAAAAAAAAAAAAAAAA");
        let head = RequestHead { method: "GET", query, ..RequestHead::default() };
        assert!(black_box(router.route(&head)).is_ok());
    }
}

library_benchmark_group!(name = codec, benchmarks = [decode, encode]);
library_benchmark_group!(name = session, benchmarks = [websocket, poll_cycle, route]);
