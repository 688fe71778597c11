//! How a session comes to be.

use crate::host::{HELLO, Host, NOTHING, PLAIN, millis};
use engineio_proto::{CallFault, Client, ClientAction, ClientConfig, ClientStart, Instant, Transport, WsEnd};

const BOTH: [Transport; 2] = [Transport::WebSocket, Transport::Polling];

#[test]
fn requests_say_what_the_reference_says_in_its_order() {
    let config = ClientConfig::builder().path("/io/").query("token=a%20b&x").build().unwrap();
    let start = ClientStart { key: 7, cache_buster: 1_234_567_890_123, ..ClientStart::default() };
    let mut client = Client::open(Instant::EPOCH, config, start);
    let Some(ClientAction::Get { call, target }) = client.poll() else { panic!("no GET") };
    assert_eq!(target, "/io/?token=a%20b&x&EIO=4&transport=polling&t=fr5hugnf.1");
    client.response(Instant::EPOCH, call.decode(200, HELLO.into()));
    let mut targets = Vec::new();
    while let Some(action) = client.poll() {
        match action {
            ClientAction::Get { call, target } => {
                assert_eq!(call.id().client(), 7);
                targets.push(target);
            }
            ClientAction::Connect { call, target } => {
                let id = call.id();
                let ws = client.connected(Instant::EPOCH, call).expect("it is the session's");
                assert_eq!((id.client(), ws.client(), ws.call()), (7, 7, id));
                targets.push(target);
            }
            _ => {}
        }
    }
    assert_eq!(
        targets,
        [
            "/io/?token=a%20b&x&EIO=4&transport=websocket&sid=abc",
            "/io/?token=a%20b&x&EIO=4&transport=polling&t=fr5hugnf.2&sid=abc"
        ]
    );
}

#[test]
fn u12_an_id_of_another_server_is_escaped_in_every_query() {
    let hello = r#"0{"sid":"a b/c+d=#:&%é😀","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}"#;
    let escaped = "sid=a%20b%2Fc%2Bd%3D%23%3A%26%25%C3%A9%F0%9F%98%80";
    let mut host = Host::new();
    host.drain();
    host.got(hello);
    let said = ["open a b/c+d=#:&%é😀", &format!("dial websocket&{escaped}"), &format!("get polling&{escaped}")];
    assert_eq!(host.drain(), said);
    host.send("hi");
    let Some(ClientAction::Post { target, .. }) = host.client.poll() else { panic!("no POST") };
    assert!(target.ends_with(escaped), "{target}");
}

#[test]
fn the_handshake_may_bring_messages_along() {
    let mut host = Host::new();
    host.drain();
    host.got(concat!(
        r#"0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100}"#,
        "\u{1e}4hi\u{1e}bAQI=\u{1e}2"
    ));
    let said = ["open abc", "message hi", "message [1, 2]", "get polling&sid=abc", "post 3"];
    assert_eq!(host.drain(), said);
    assert_eq!(host.client.handshake().unwrap().max_payload, Some(100));
    assert_eq!(host.client.transport(), Some(Transport::Polling));
}

#[test]
fn what_is_sent_before_the_session_is_open_waits_for_it() {
    let mut host = Host::new();
    host.send("early");
    assert_eq!(host.drain(), ["get polling"]);
    host.got(PLAIN);
    assert_eq!(host.drain(), ["open abc", "get polling&sid=abc", "post 4early"]);

    let mut host = Host::with(ClientConfig::builder().transports([Transport::WebSocket]));
    host.send("early");
    host.drain();
    host.connected();
    assert_eq!(host.drain(), NOTHING);
    host.text(PLAIN);
    assert_eq!(host.drain(), ["open abc", "ws> 4early"]);
    assert_eq!(host.client.transport(), Some(Transport::WebSocket));
}

#[test]
fn a_transport_that_fails_is_the_end_unless_all_are_to_be_tried() {
    let mut host = Host::with(ClientConfig::builder().transports(BOTH));
    assert_eq!(host.drain(), ["dial websocket"]);
    host.dial_fails(CallFault::Unreachable);
    assert_eq!(host.drain(), ["transport error: TransportError(Call(Unreachable))"]);
    host.assert_over();

    let mut host = Host::with(ClientConfig::builder().transports(BOTH).try_all_transports(true));
    assert_eq!(host.drain(), ["dial websocket"]);
    host.dial_fails(CallFault::Unreachable);
    assert_eq!(host.drain(), ["get polling"]);
    host.get_fails(CallFault::Connection);
    assert_eq!(host.drain(), ["transport error: TransportError(Call(Connection))"]);
    host.assert_over();
}

#[test]
fn f46_each_attempt_has_a_deadline_of_its_own() {
    // A proxy that never relays the 101, then one that never relays the handshake.
    let mut host = Host::with(ClientConfig::builder().transports(BOTH).try_all_transports(true));
    assert_eq!(host.drain(), ["dial websocket"]);
    let said = [
        (20_000, "abandon dial".into()),
        (20_000, "get polling".into()),
        (40_000, "abandon get".into()),
        (40_000, "transport error: TransportError(OpenTimeout)".into()),
    ];
    assert_eq!(host.pass(millis(60_000)), said);
    host.assert_over();

    let mut host = Host::with(ClientConfig::builder().transports(BOTH).try_all_transports(true));
    host.drain();
    host.connected();
    assert_eq!(host.pass(millis(20_000)), [(20_000, "ws closed".into()), (20_000, "get polling".into())]);
}

#[test]
fn every_kind_of_failure_leads_to_the_next_transport() {
    type Fail = fn(&mut Host);
    let fails: [(Fail, bool); 6] = [
        (|host| host.dial_fails(CallFault::Refused(404)), false),
        (|host| (host.connected(), host.ws_closed(WsEnd::Closed)).1, false),
        (|host| (host.connected(), host.text("x")).1, true),
        (|host| (host.connected(), host.text("0{}")).1, true),
        (|host| (host.connected(), host.text("4early")).1, true),
        (|host| (host.connected(), host.binary(b"")).1, true),
    ];
    for (fail, closes) in fails {
        let mut host = Host::with(ClientConfig::builder().transports(BOTH).try_all_transports(true));
        assert_eq!(host.drain(), ["dial websocket"]);
        fail(&mut host);
        let said = host.drain();
        assert_eq!(said.last().unwrap(), "get polling");
        assert_eq!(said.len() == 2, closes, "{said:?}");
        host.got(PLAIN);
        assert_eq!(host.drain(), ["open abc", "get polling&sid=abc"]);
    }
}

#[test]
fn a_remembered_websocket_is_tried_once_more_than_the_order_says() {
    let remembered = ClientStart { websocket_worked: true, ..ClientStart::default() };
    let mut host = Host::start(ClientConfig::builder().try_all_transports(true), remembered);
    assert_eq!(host.drain(), ["dial websocket"]);
    host.dial_fails(CallFault::Connection);
    assert_eq!(host.drain(), ["get polling"]);
    host.get_fails(CallFault::Connection);
    assert_eq!(host.drain(), ["dial websocket"]);
    host.dial_fails(CallFault::Protocol);
    assert_eq!(host.drain(), ["transport error: TransportError(Call(Protocol))"]);
    host.assert_over();
}

#[test]
fn f43_calls_of_another_client_are_no_ops() {
    let open = |key| {
        let config = ClientConfig::builder().build().unwrap();
        Client::open(Instant::EPOCH, config, ClientStart { key, ..ClientStart::default() })
    };
    let (mut one, mut other) = (open(1), open(2));
    let Some(ClientAction::Get { call, .. }) = one.poll() else { panic!("no GET") };
    let Some(ClientAction::Get { call: its_own, .. }) = other.poll() else { panic!("no GET") };
    other.response(Instant::EPOCH, call.decode(200, HELLO.into()));
    assert!(other.poll().is_none() && other.handshake().is_none());
    other.response(Instant::EPOCH, its_own.decode(200, HELLO.into()));
    assert!(other.handshake().is_some());
}

#[test]
fn f43_dials_of_another_client_are_no_ops() {
    // Both a session that begins on WebSocket and one that is being upgraded.
    for mut host in [Host::with(ClientConfig::builder().transports([Transport::WebSocket])), Host::dialling()] {
        let _ = host.drain();
        let deadline = host.client.deadline();
        let foreign = || {
            let config = ClientConfig::builder().transports([Transport::WebSocket]).build().unwrap();
            let start = ClientStart { key: 99, ..ClientStart::default() };
            match Client::open(Instant::EPOCH, config, start).poll() {
                Some(ClientAction::Connect { call, .. }) => call,
                other => panic!("no dial: {other:?}"),
            }
        };
        assert_eq!(host.client.connected(host.now(), foreign()), None);
        host.client.failed(host.now(), foreign(), CallFault::Connection);
        assert_eq!((host.drain().as_slice(), host.client.deadline()), (&[][..], deadline));
        host.connected();
    }
}
