//! What the core allocates: nothing for a message in the steady state.

use crate::host::Host;
use engineio_proto::{ClientAction, ClientEvent, Frame, Message, Text};

/// One message in and one out, as an echo does it, through text that is there already.
fn echo(host: &mut Host, text: &Text) {
    let (now, ws) = (host.now(), host.ws.unwrap());
    host.client.frame(now, ws, Frame::Text(text.clone()));
    while let Some(action) = host.client.poll() {
        match action {
            ClientAction::Event(ClientEvent::Messages(messages)) => {
                for message in messages {
                    let Message::Text(text) = message else { panic!("text was sent") };
                    host.client.send(now, text).unwrap();
                }
            }
            ClientAction::FramesReady(ws) => {
                let mut frames = 0;
                while let Some(frame) = host.client.poll_frame(ws) {
                    let (_, digit, payload) = frame.into_parts();
                    assert_eq!((digit, payload.len()), (Some(b'4'), text.len() - 1));
                    frames += 1;
                }
                host.client.wrote(now, ws, frames);
            }
            _ => panic!("an echo is a message and a frame"),
        }
    }
}

#[test]
fn a_text_message_over_websocket_costs_no_allocation() {
    let mut host = Host::websocket();
    let text = Text::from("4".repeat(200));
    for _ in 0..100 {
        echo(&mut host, &text);
    }
    let allocations = allocation_counter::measure(|| {
        for _ in 0..10_000 {
            echo(&mut host, &text);
        }
    });
    assert_eq!(allocations.count_total, 0, "{allocations:?}");
}
