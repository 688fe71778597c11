//! HTTP/2 peers that keep what they do not need, frame by frame.

use crate::{
    lab::{Lab, poll_once},
    peer::Client,
    serving::{Once, serve_with},
};
use engineio_hyper::{Engine, serve};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::sync::Semaphore;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;

/// How long a peer may take nothing of a response.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// A peer that speaks HTTP/2, and confirms every PING.
struct Peer {
    client: Client,
    received: Vec<u8>,
    next: u32,
}

/// A frame.
#[derive(Debug)]
struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl Peer {
    /// Gives each stream a window of so many bytes.
    fn new(client: Client, window: u32) -> Self {
        let peer = Self { client, received: Vec::new(), next: 1 };
        peer.client.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        peer.send(SETTINGS, 0, 0, &[&[0, 4][..], &window.to_be_bytes()].concat());
        peer.send(SETTINGS, ACK, 0, b"");
        peer
    }

    fn send(&self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        self.client.write(&[&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat());
    }

    /// Opens a stream by a request, and returns its id.
    fn request(&mut self, method: &str, path: &str, body: &[u8]) -> u32 {
        let literal = |index: u8, text: &str| [&[index, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        let head = [&literal(2, method)[..], &[0x86], &literal(4, path), &literal(1, "x")].concat();
        let stream = self.next;
        self.next += 2;
        let (end_headers, end) = (4, if body.is_empty() { END_STREAM } else { 0 });
        self.send(HEADERS, end_headers | end, stream, &head);
        for (index, piece) in body.chunks(16 * 1024).enumerate() {
            let last = (index + 1) * 16 * 1024 >= body.len();
            self.send(DATA, u8::from(last), stream, piece);
        }
        stream
    }

    /// What has arrived. PINGs are confirmed.
    fn frames(&mut self) -> Vec<Frame> {
        self.received.extend(self.client.read());
        let mut frames = Vec::new();
        while let Some((head, rest)) = self.received.split_first_chunk::<9>() {
            let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
            let Some(payload) = rest.get(..length) else { break };
            let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            let frame = Frame { kind: head[3], flags: head[4], stream, payload: payload.to_vec() };
            self.received.drain(..9 + length);
            if frame.kind == PING && frame.flags & ACK == 0 {
                self.send(PING, ACK, 0, &frame.payload);
            }
            frames.push(frame);
        }
        frames
    }

    /// Lets time pass and returns the frames that arrive.
    fn wait(&mut self, lab: &Lab, time: Duration) -> Vec<Frame> {
        let mut frames = Vec::new();
        for _ in 0..time.as_millis() / 250 {
            lab.advance(Duration::from_millis(250));
            frames.extend(self.frames());
        }
        lab.run();
        frames.extend(self.frames());
        frames
    }

    /// The text of a response's body.
    fn text(frames: &[Frame], stream: u32) -> String {
        let data = frames.iter().filter(|frame| frame.kind == DATA && frame.stream == stream);
        String::from_utf8(data.flat_map(|frame| frame.payload.clone()).collect()).unwrap()
    }

    /// Opens a session, and returns the path of its requests.
    fn open(&mut self, lab: &Lab) -> String {
        let stream = self.request("GET", "/engine.io/?EIO=4&transport=polling", b"");
        lab.run();
        let mut frames = self.frames();
        self.send(WINDOW_UPDATE, 0, stream, &1000_u32.to_be_bytes());
        lab.run();
        frames.extend(self.frames());
        let handshake = Self::text(&frames, stream);
        let sid = handshake.split('"').nth(3).expect("a handshake tells the session's id");
        format!("/engine.io/?EIO=4&transport=polling&sid={sid}")
    }
}

fn is(kind: u8, stream: u32) -> impl Fn(&Frame) -> bool {
    move |frame| frame.kind == kind && frame.stream == stream
}

/// A peer gives a stream no window, and acknowledges PINGs.
#[test]
fn u06_a_response_that_is_not_taken_ends_its_stream() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    let engine = serve_with(&lab, end, |server| server);
    let mut peer = Peer::new(client, 0);
    let path = peer.open(&lab);
    let socket = lab.accept(&engine);
    socket.try_send("x".repeat(500_000)).unwrap();
    let stream = peer.request("GET", &path, b"");
    let frames = peer.wait(&lab, WRITE_TIMEOUT - Duration::from_secs(1));
    assert!(frames.iter().any(is(HEADERS, stream)), "{frames:?}");
    assert!(!frames.iter().any(is(RST_STREAM, stream)), "{frames:?}");
    let frames = peer.wait(&lab, Duration::from_secs(1) + WRITE_TIMEOUT / 8 + Duration::from_secs(1));
    assert!(frames.iter().any(is(RST_STREAM, stream)), "{frames:?}");
    assert!(!frames.iter().any(|frame| frame.kind == GOAWAY), "{frames:?}");
    assert!(!peer.client.is_closed());
    // The connection goes on.
    let path = peer.open(&lab);
    assert!(path.len() > 50);
}

/// A byte now and then is progress, a window without data is not.
#[test]
fn u06_a_response_that_is_taken_bit_by_bit_is_waited_for() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    let engine = serve_with(&lab, end, |server| server);
    let mut peer = Peer::new(client, 0);
    let path = peer.open(&lab);
    let socket = lab.accept(&engine);
    socket.try_send("x".repeat(100_000)).unwrap();
    let stream = peer.request("GET", &path, b"");
    let mut frames = Vec::new();
    for _ in 0..3 {
        frames.extend(peer.wait(&lab, WRITE_TIMEOUT - Duration::from_secs(1)));
        peer.send(WINDOW_UPDATE, 0, stream, &1_u32.to_be_bytes());
    }
    assert!(!frames.iter().any(is(RST_STREAM, stream)), "{frames:?}");
    // And with a window, all of it comes, and an end.
    peer.send(WINDOW_UPDATE, 0, stream, &200_000_u32.to_be_bytes());
    peer.send(WINDOW_UPDATE, 0, 0, &200_000_u32.to_be_bytes());
    frames.extend(peer.wait(&lab, Duration::from_millis(250)));
    assert!(!frames.iter().any(is(RST_STREAM, stream)), "{frames:?}");
    assert_eq!(Peer::text(&frames, stream), format!("4{}", "x".repeat(100_000)));
    let end = frames.iter().rfind(|frame| is(DATA, stream)(frame)).unwrap();
    assert_eq!(end.flags & END_STREAM, END_STREAM);
}

/// All of a small response is handed over at once, and its stream cannot be reset any more.
#[test]
fn u06_the_end_of_a_response_that_is_not_taken_ends_its_connection() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    serve_with(&lab, end, |server| server);
    let mut peer = Peer::new(client, 5);
    peer.request("GET", "/engine.io/?EIO=4&transport=polling", b"");
    peer.wait(&lab, WRITE_TIMEOUT - Duration::from_secs(1));
    assert!(!peer.client.is_closed());
    peer.wait(&lab, Duration::from_secs(1) + WRITE_TIMEOUT / 8 + Duration::from_secs(1));
    assert!(peer.client.is_closed());
}

#[test]
fn u06_a_connection_without_streams_is_closed() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    serve_with(&lab, end, |server| server);
    let mut peer = Peer::new(client, 100_000);
    for _ in 0..2 {
        let stream = peer.request("GET", "/", b"");
        let frames = peer.wait(&lab, Duration::from_secs(75));
        assert!(frames.iter().any(is(HEADERS, stream)), "{frames:?}");
        assert!(!frames.iter().any(|frame| frame.kind == GOAWAY), "{frames:?}");
    }
    let frames = peer.wait(&lab, Duration::from_secs(1));
    assert!(frames.iter().any(|frame| frame.kind == GOAWAY), "{frames:?}");
    lab.run();
    assert!(peer.client.is_closed());
}

/// A poll that waits is a stream that is open.
#[test]
fn u06_a_connection_with_a_stream_stays() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    let engine = serve_with(&lab, end, |server| server.idle_timeout(Duration::from_secs(1)));
    let mut peer = Peer::new(client, 100_000);
    let path = peer.open(&lab);
    let socket = lab.accept(&engine);
    let stream = peer.request("GET", &path, b"");
    assert!(Peer::text(&peer.wait(&lab, Duration::from_secs(20)), stream).is_empty());
    socket.try_send("here").unwrap();
    assert_eq!(Peer::text(&peer.wait(&lab, Duration::from_millis(250)), stream), "4here");
    assert!(!peer.client.is_closed());
}

#[test]
fn u06_a_server_ends_whether_or_not_its_peers_give_windows() {
    for window in [0, 5] {
        let lab = Lab::new();
        let engine = lab.engine().build().unwrap();
        let (client, end) = Client::pair();
        let signal = Arc::new(Semaphore::new(0));
        let (permit, ending) = (signal.clone(), engine.clone());
        let shutdown = async move {
            drop(permit.acquire().await);
            ending.shutdown().await;
        };
        let server = serve(lab.clone(), Once::new(end), engine.service()).with_graceful_shutdown(shutdown);
        let mut serving = pin!(server.into_future());
        assert!(poll_once(serving.as_mut()).is_pending());
        let mut peer = Peer::new(client, window);
        peer.request("GET", "/engine.io/?EIO=4&transport=polling", b"");
        peer.wait(&lab, Duration::from_secs(1));
        signal.add_permits(1);
        let mut waited = Duration::ZERO;
        while poll_once(serving.as_mut()).is_pending() {
            peer.wait(&lab, Duration::from_secs(1));
            waited += Duration::from_secs(1);
            // The close timeout of the session and a second, and the time for the response and an eighth of it.
            assert!(waited <= Duration::from_secs(31 + 34 + 3), "the server ends");
        }
    }
}

/// PINGs, SETTINGS, PRIORITY and empty DATA cost the peer little.
#[test]
fn u06_a_flood_of_frames_ends_its_connection() {
    for (kind, length) in [(PING, 8), (SETTINGS, 0), (PRIORITY, 5), (WINDOW_UPDATE, 4)] {
        let lab = Lab::new();
        let (client, end) = Client::pair();
        serve_with(&lab, end, |server| server);
        let mut peer = Peer::new(client, 100_000);
        peer.request("GET", "/", b"");
        lab.run();
        let (stream, payload) = if kind == PRIORITY { (1, [0; 8]) } else { (0, [0, 0, 0, 1, 0, 0, 0, 0]) };
        let payload = &payload[..length];
        for _ in 0..900 {
            peer.send(kind, 0, stream, payload);
        }
        lab.run();
        assert!(!peer.client.is_closed(), "{kind}");
        for _ in 0..200 {
            peer.send(kind, 0, stream, payload);
        }
        lab.run();
        assert!(peer.client.is_closed(), "{kind}");
    }
}

#[test]
fn u08_a_long_head_over_http2_is_refused() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    let _engine: Engine<Lab> = serve_with(&lab, end, |server| server.max_head_bytes(2000));
    let mut peer = Peer::new(client, 100_000);
    let long = format!("/{}", "x".repeat(120));
    let literal = |index: u8, text: &str| [&[index, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let mut head = [&[0x82, 0x86][..], &literal(4, &long), &literal(1, "x")].concat();
    for _ in 0..20 {
        head.extend([b"\0\x03x-y\x64".to_vec(), vec![b'y'; 100]].concat());
    }
    peer.send(HEADERS, 4 | END_STREAM, 1, &head);
    lab.run();
    let frames = peer.frames();
    let answer = frames.iter().find(|frame| is(HEADERS, 1)(frame)).expect("it is answered");
    // 431, in Huffman's code.
    assert!(answer.payload.windows(3).any(|window| window == b"\x69\x90\xff"), "{frames:?}");
    assert!(answer.flags & END_STREAM == END_STREAM, "{frames:?}");
    assert!(!peer.client.is_closed());
}
