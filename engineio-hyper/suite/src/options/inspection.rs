//! A look at the packets.

use crate::Adapter;
use crate::wire::client::{Polling, WebSocket};
use crate::wire::server::Server;
use engineio_hyper::{Exchanged, Frame, Packet, Sid};
use std::sync::{Arc, Mutex, PoisonError};

fn shown(exchanged: Exchanged<'_>) -> String {
    let packet = |packet: &Packet| match packet {
        Packet::Open(_) => "open".to_owned(),
        Packet::Message(message) => format!("4{}", String::from_utf8_lossy(message.as_bytes())),
        Packet::Pong(data) => format!("3{}", str::from_utf8(data.as_bytes()).unwrap_or_default()),
        other => format!("{other:?}"),
    };
    match exchanged {
        Exchanged::Posted(payload) => format!("posted {}", String::from_utf8_lossy(payload)),
        Exchanged::Received(Frame::Text(text)) => format!("received {}", String::from_utf8_lossy(text.as_bytes())),
        Exchanged::Answering(out) => format!("answering {}", packet(out)),
        Exchanged::Sending(out) => format!("sending {}", packet(out)),
        other => format!("{other:?}"),
    }
}

/// On either transport, in either direction, with the session's id.
pub fn every_packet_is_seen<A: Adapter>() {
    let seen: Arc<Mutex<Vec<(Sid, String)>>> = Arc::default();
    let inspect = {
        let seen = seen.clone();
        move |sid, exchanged: Exchanged<'_>| {
            seen.lock().unwrap_or_else(PoisonError::into_inner).push((sid, shown(exchanged)));
        }
    };
    let server = Server::<A>::with(|config| config.inspect(inspect));
    let of = |sid: &str| -> Vec<String> {
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().filter(|(of, _)| of.to_string() == sid).map(|(_, what)| what.clone()).collect()
    };

    let mut polling = Polling::open(server.addr());
    polling.accept("4echo one\u{1e}4echo two");
    polling.expect("4echo one\u{1e}4echo two");
    let expected = ["answering open", "posted 4echo one\u{1e}4echo two", "answering 4echo one", "answering 4echo two"];
    assert_eq!(of(polling.sid()), expected);

    let mut upgrading = WebSocket::open(server.addr(), &polling.websocket_target());
    upgrading.probe();
    assert_eq!(of(polling.sid())[4..], ["received 2probe", "sending 3probe"]);

    let (mut websocket, sid) = WebSocket::handshake(server.addr());
    websocket.text("4echo three");
    websocket.expect("4echo three");
    assert_eq!(of(&sid), ["sending open", "received 4echo three", "sending 4echo three"]);
}
