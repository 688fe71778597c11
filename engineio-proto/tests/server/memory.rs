//! What the core allocates: nothing for a message in the steady state, little for a session that is idle.

use crate::host::Host;
use bytes::Bytes;
use engineio_proto::{Action, Event, Frame, Message, SessionKey, Text, WsKey};

/// One message in and one out, as an echo does it, through memory that is there already.
fn echo(host: &mut Host, ws: WsKey, key: SessionKey, arriving: &Frame) {
    let now = host.now();
    let written = match arriving {
        Frame::Text(text) => (Some(b'4'), text.len() - 1),
        Frame::Binary(bytes) => (None, bytes.len()),
    };
    host.server.frame(now, ws, arriving.clone());
    while let Some(action) = host.server.poll() {
        match action {
            Action::Event(_, Event::Messages(messages)) => {
                for message in messages {
                    host.server.send(key, message).unwrap();
                }
            }
            Action::FramesReady(ws) => {
                let mut frames = 0;
                while let Some(frame) = host.server.poll_frame(ws) {
                    let (_, digit, payload) = frame.into_parts();
                    assert_eq!((digit, payload.len()), written);
                    frames += 1;
                }
                host.server.wrote(now, ws, frames);
            }
            _ => panic!("an echo is a message and a frame"),
        }
    }
}

#[test]
fn a_message_over_websocket_costs_no_allocation() {
    for frame in [Frame::Text(Text::from("4".repeat(200))), Frame::Binary(Bytes::from(vec![7; 200]))] {
        let mut host = Host::new();
        let (_, key, ws) = host.websocket();
        for _ in 0..100 {
            echo(&mut host, ws, key, &frame);
        }
        let allocations = allocation_counter::measure(|| {
            for _ in 0..10_000 {
                echo(&mut host, ws, key, &frame);
            }
        });
        assert_eq!(allocations.count_total, 0, "{frame:?}: {allocations:?}");
    }
}

/// They are taken in the memory that they come in, and what is asked for each of them takes no room.
#[test]
fn messages_that_are_sent_together_cost_no_allocation() {
    let mut host = Host::new();
    let (_, key, _) = host.websocket();
    let messages = || vec![Message::from(Text::from_static("a")); 8];
    host.server.send_many(key, messages()).unwrap();
    host.drain();
    let messages = messages();
    let allocations = allocation_counter::measure(|| host.server.send_many(key, messages).unwrap());
    assert_eq!(allocations.count_total, 0, "{allocations:?}");
    assert_eq!(host.drain().len(), 8);
}

#[test]
fn g13_an_idle_polling_session_costs_at_most_2_kib() {
    let mut host = Host::new();
    // Sids of the host's own making, as more than 255 are wanted.
    let config = engineio_proto::Config::default();
    let router = engineio_proto::Router::new(config);
    let count = 10_000;
    let allocations = allocation_counter::measure(|| {
        for index in 0..count {
            let head = engineio_proto::RequestHead {
                method: "GET",
                query: "EIO=4&transport=polling",
                ..engineio_proto::RequestHead::default()
            };
            let Ok(engineio_proto::Route::Open(opening)) = router.route(&head) else { panic!("refused") };
            let sid = format!("session-{index}").parse().unwrap();
            let admitted = opening.pending(host.handle("handshake")).accept(sid);
            let now = host.now();
            host.server.open(now, admitted).unwrap();
            host.drain();
            host.get(sid, "parked");
        }
    });
    let each = allocations.bytes_current / count;
    println!("an idle polling session with a parked GET: {each} bytes");
    assert!(each <= 2048, "{each} bytes");
    host.server.close_all(host.now());
    host.drain();
    host.assert_empty();
}
