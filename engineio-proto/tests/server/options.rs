//! Options that decide what sessions begin with and how much an answer holds.

use crate::host::Host;
use engineio_proto::{Action, Config, ConfigError, Delivery, Message, Transport};

fn with(initial: impl Into<Message>) -> Host {
    Host::with(Config::builder().allow_eio3(true).initial_packet(initial))
}

#[test]
fn the_initial_packet_is_in_the_answer_to_the_handshake() {
    let mut host = with("welcome");
    host.open_quietly("polling", "handshake");
    let said = host.drain();
    assert!(said[1].starts_with("handshake: 200 0{") && said[1].ends_with("}|4welcome"), "{said:?}");
    let (sid, ticket) = host.open_query("EIO=3&transport=polling", "handshake").unwrap();
    assert!(host.drain()[1].ends_with("}8:4welcome"));
    // It is sent once.
    host.send(ticket.session().unwrap(), "next");
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 5:4next"]);
}

#[test]
fn on_a_websocket_it_is_the_frame_after_the_handshake() {
    let mut host = with(vec![1, 2]);
    let (_, ticket) = host.open_quietly("websocket", "handshake");
    // What the application sends at once comes after it.
    host.send(ticket.session().unwrap(), "early");
    let said = host.drain();
    assert!(said[2].starts_with("ws> 0{"), "{said:?}");
    assert_eq!(said[3..], ["ws> [1, 2]", "ws> 4early"]);
}

#[test]
fn an_upgrade_does_not_send_it_again() {
    let mut host = with("welcome");
    let (sid, ticket) = host.open_quietly("polling", "handshake");
    host.drain();
    host.upgrade(sid, "upgrade");
    let ws = host.drain_ws().1.unwrap();
    host.text(ws, "2probe");
    host.text(ws, "5");
    host.send(ticket.session().unwrap(), "next");
    assert_eq!(host.drain(), ["upgraded", "ws> 3probe", "ws> 4next"]);
}

#[test]
fn a_session_that_is_closed_at_once_still_begins_with_it() {
    let mut host = with("welcome");
    let (sid, ticket) = host.open_quietly("polling", "handshake");
    host.server.close(host.now(), ticket.session().unwrap());
    assert!(host.drain()[1].ends_with("}|4welcome"));
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 6|1", "forced close: ForcedClose"]);
    let (_, ticket) = host.open_quietly("websocket", "handshake");
    host.server.close(host.now(), ticket.session().unwrap());
    let said = host.drain();
    assert_eq!(said[3..], ["ws> 4welcome", "forced close: ForcedClose", "ws closed None"]);
    host.assert_empty();
}

#[test]
fn h38_an_initial_packet_that_polling_cannot_carry_is_refused_when_it_is_configured() {
    let config = || Config::builder().initial_packet("a\u{1e}b");
    assert_eq!(config().build(), Err(ConfigError::InitialPacket));
    assert_eq!(config().allow_eio3(true).build(), Err(ConfigError::InitialPacket));
    assert!(config().transports([Transport::WebSocket]).build().is_ok());
    assert!(Config::builder().initial_packet(vec![0x1e]).build().is_ok());
    assert!(Config::builder().initial_packet("").build().is_ok());
}

#[test]
fn c11_an_answer_holds_no_more_packets_than_allowed() {
    let mut host = Host::patient(Config::builder().max_packets_per_response(3));
    let (sid, key) = host.polling();
    for number in 0..7 {
        host.send(key, &number.to_string());
    }
    // The ping counts too.
    host.pass(std::time::Duration::from_secs(25));
    for expected in ["get: 200 2|40|41", "get: 200 42|43|44", "get: 200 45|46"] {
        host.get(sid, "get");
        assert_eq!(host.drain(), [expected]);
    }
}

#[test]
fn the_rest_leaves_before_a_session_that_is_closed() {
    let mut host = Host::with(Config::builder().max_packets_per_response(2).initial_packet("i"));
    let (sid, ticket) = host.open_quietly("polling", "handshake");
    let key = ticket.session().unwrap();
    for text in ["a", "b", "c"] {
        host.send(key, text);
    }
    host.server.close(host.now(), key);
    assert!(host.drain()[1].ends_with("}|4i"));
    for expected in ["get: 200 4a|4b", "get: 200 4c"] {
        host.get(sid, "get");
        assert_eq!(host.drain(), [expected]);
    }
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 6|1", "forced close: ForcedClose"]);
    host.assert_empty();
}

#[test]
fn h34_messages_that_are_tracked_are_told_with_their_own_answer() {
    let mut host = Host::with(Config::builder().max_packets_per_response(2));
    let (sid, key) = host.polling();
    let ids: Vec<_> = (0..3).map(|_| host.server.send_tracked(key, "a").unwrap()).collect();
    for (name, told) in [("first", &ids[..2]), ("second", &ids[2..])] {
        host.get(sid, name);
        let Some(Action::Answer(answer)) = host.server.poll() else { panic!("no answer") };
        let ticket = answer.ticket().unwrap();
        answer.into_parts().0.settle();
        host.server.written(host.now(), ticket, Delivery::Written);
        let sent: Vec<_> = std::iter::from_fn(|| host.server.poll()).collect();
        let sent: Vec<_> =
            sent.iter().map(|action| if let Action::Sent(_, id) = action { *id } else { panic!() }).collect();
        assert_eq!(sent, told);
    }
}

#[test]
fn c11_a_bound_that_the_protocol_could_not_keep_is_refused() {
    for packets in [0, 1] {
        let config = Config::builder().max_packets_per_response(packets).build();
        assert_eq!(config, Err(ConfigError::TooFewPackets));
    }
    assert_eq!(Config::default().max_packets_per_response(), None);
}
