//! Compressed messages over WebSocket: permessage-deflate, as a client that offers it sees it.

use crate::Adapter;
use crate::wire::client::{Conn, Frame, Polling, UPGRADE_HEADERS, WebSocket, request, target};
use crate::wire::server::Server;
use engineio_hyper::{Message, PerMessageDeflate, TransportFault, WsFault};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

const OFFER: &str = "permessage-deflate; client_max_window_bits";
const CHOSEN: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// Opens a WebSocket that offers extensions, and says which were chosen.
fn open<A: Adapter>(server: &Server<A>, target: &str, offer: &str) -> (WebSocket, Option<String>) {
    let headers: Vec<_> = UPGRADE_HEADERS.into_iter().chain([("Sec-WebSocket-Extensions", offer)]).collect();
    let mut conn = Conn::open(server.addr());
    conn.send(&request("GET", target, &headers, b""));
    WebSocket::switched_with_extensions(conn)
}

/// A message that stands alone, compressed.
pub(super) fn deflate(message: &[u8]) -> Vec<u8> {
    let mut stream = Compress::new(Compression::fast(), false);
    let mut out = Vec::with_capacity(message.len() + 100);
    stream.compress_vec(message, &mut out, FlushCompress::Sync).expect("it can be compressed");
    assert!(out.ends_with(&[0, 0, 0xff, 0xff]), "all of it is there");
    out.truncate(out.len() - 4);
    out
}

pub(super) fn inflate(message: &[u8]) -> String {
    let mut out = Vec::with_capacity(1_000_000);
    let input = [message, &[0, 0, 0xff, 0xff]].concat();
    Decompress::new(false).decompress_vec(&input, &mut out, FlushDecompress::Sync).expect("it was compressed");
    String::from_utf8(out).expect("it is text")
}

/// From the threshold on and unless a message says no, in both directions, whether the session begins on WebSocket or comes from polling.
pub fn h17_messages_over_websocket_are_compressed<A: Adapter>() {
    let server = Server::<A>::with(|config| config.websocket_compression(PerMessageDeflate::default().threshold(1000)));
    for upgraded in [false, true] {
        let (mut socket, sid) = if upgraded {
            let session = Polling::open(server.addr());
            let (mut socket, chosen) = open(&server, &session.websocket_target(), OFFER);
            assert_eq!(chosen.as_deref(), Some(CHOSEN));
            socket.probe_and_upgrade();
            (socket, session.sid().to_owned())
        } else {
            let (mut socket, chosen) = open(&server, &target("websocket", None), OFFER);
            assert_eq!(chosen.as_deref(), Some(CHOSEN));
            let sid = socket.opened();
            (socket, sid)
        };
        socket.text("4echo on");
        socket.expect("4echo on");
        let session = server.session(&sid);
        for (length, compressed) in [(998, false), (999, true), (200_000, true)] {
            let text = "again and ".chars().cycle().take(length).collect::<String>();
            session.send(&text);
            let frame = socket.frame();
            assert_eq!(frame.first, if compressed { 0xc1 } else { 0x81 }, "{length}");
            let text = format!("4{text}");
            if compressed {
                assert!(frame.payload.len() < length / 5, "{length} becomes {}", frame.payload.len());
                assert_eq!(inflate(&frame.payload), text);
            } else {
                assert_eq!(frame.payload, text.as_bytes());
            }
        }
        let text = "a secret ".repeat(200);
        session.socket().try_send(Message::from(&*text).uncompressed()).expect("there is room");
        socket.expect(&format!("4{text}"));
        // A client may compress whatever it likes, in fragments as well.
        let payload = deflate(b"4echo that was compressed");
        let (first, second) = payload.split_at(5);
        socket.send(&[
            Frame::new(0x1, first).first(0x41),
            Frame::new(0x9, b"between"),
            Frame::new(0x0, second),
            Frame::new(0x1, &payload).first(0xc1),
        ]);
        assert_eq!(socket.frame().first, 0x8a);
        socket.expect("4echo that was compressed");
        socket.expect("4echo that was compressed");
    }
}

/// Without an offer that can be met there is no compression, and a header that is no list of extensions is refused.
pub fn c03_compression_is_to_be_agreed_to<A: Adapter>() {
    let server = Server::<A>::with(|config| config.websocket_compression(PerMessageDeflate::default()));
    for offer in ["", "x-webkit-deflate-frame", "permessage-deflate; server_max_window_bits=8", "permessage-deflate; x"]
    {
        let (mut socket, chosen) = open(&server, &target("websocket", None), offer);
        assert_eq!(chosen, None, "{offer}");
        let sid = socket.opened();
        let text = "x".repeat(5000);
        server.session(&sid).send(&text);
        socket.expect(&format!("4{text}"));
        socket.send(&[Frame::new(0x1, &deflate(b"4hi")).first(0xc1)]);
        socket.expect_close(Some(1002));
    }
    let malformed = [("Sec-WebSocket-Extensions", "permessage-deflate;")];
    let headers: Vec<_> = UPGRADE_HEADERS.into_iter().chain(malformed).collect();
    let response = Conn::open(server.addr()).exchange(&request("GET", &target("websocket", None), &headers, b""));
    assert_eq!(response.status, 400);
}

/// What inflates is measured by what it becomes.
pub fn f16_bombs_are_refused<A: Adapter>() {
    let server = Server::<A>::with(|config| {
        config.websocket_compression(PerMessageDeflate::default().context_takeover(true)).max_payload(100_000)
    });
    for (length, fits) in [(100_000, true), (100_001, false), (5_000_000, false)] {
        let (mut socket, _) = open(&server, &target("websocket", None), OFFER);
        let sid = socket.opened();
        let session = server.session(&sid);
        session.expect_websocket();
        let bomb = deflate(&[&b"4"[..], &vec![b'a'; length - 1]].concat());
        assert!(bomb.len() < 100_000);
        socket.send(&[Frame::new(0x1, &bomb).first(0xc1)]);
        if fits {
            session.expect_text(&"a".repeat(length - 1));
        } else {
            socket.expect_close(Some(1009));
            session.expect_close(TransportFault::WebSocket(WsFault::TooLarge));
        }
    }
}

/// Marks out of place, and what is no compressed message.
pub fn f18_broken_compressed_messages<A: Adapter>() {
    let server = Server::<A>::with(|config| config.websocket_compression(PerMessageDeflate::default()));
    let hi = deflate(b"4hi");
    let text = deflate(b"4\xff");
    for (frames, code) in [
        (vec![Frame::new(0x1, &hi[..2]).first(0x41), Frame::new(0x0, &hi[2..]).first(0xc0)], 1002),
        (vec![Frame::new(0x9, b"ping").first(0xc9)], 1002),
        (vec![Frame::new(0x1, b"").first(0xc1)], 1002),
        (vec![Frame::new(0x1, b"no deflate").first(0xc1)], 1002),
        (vec![Frame::new(0x1, &hi[..3]).first(0xc1)], 1002),
        (vec![Frame::new(0x1, &text).first(0xc1)], 1007),
    ] {
        let (mut socket, _) = open(&server, &target("websocket", None), OFFER);
        let _ = socket.opened();
        socket.send(&frames);
        socket.expect_close(Some(code));
    }
}
