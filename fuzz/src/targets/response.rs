//! What a server says to a client.

use crate::codec::decode_download;
use bytes::Bytes;
use engineio_proto::{
    Client, ClientAction, ClientConfig, ClientEvent, ClientStart, CloseReason, DownloadEnd, Handshake, Instant,
    Message, SessionId,
};
use std::sync::LazyLock;

/// The handshake's JSON.
///
/// - Durations and session ids that decode are bounded.
/// - A handshake that decodes, and whose id a server of this crate could make, is encoded to one that decodes to the same.
/// - Nothing over the bound on its length is looked at.
///
/// # Panics
/// If one of these does not hold.
pub fn handshake(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(handshake) = Handshake::decode(text) else { return };
    assert!(text.len() <= Handshake::MAX_LEN);
    assert!(handshake.ping_interval.max(handshake.ping_timeout) <= Handshake::MAX_DURATION);
    let id = handshake.sid.as_str();
    assert!(!id.is_empty() && id.len() <= SessionId::MAX_LEN && !id.contains(char::is_control));
    let Handshake { ref sid, upgrades, ping_interval, ping_timeout, max_payload } = handshake;
    let Some(sid) = sid.sid() else { return };
    let ours = Handshake { sid, upgrades, ping_interval, ping_timeout, max_payload };
    assert_eq!(Handshake::decode(&ours.encode()), Ok(handshake));
}

static CONFIG: LazyLock<ClientConfig> = LazyLock::new(|| {
    let builder = ClientConfig::builder().upgrade(false).cache_buster(false).max_packets_per_payload(100);
    builder.build().unwrap_or_default()
});

const HELLO: &str = r#"0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#;

/// The answer to a GET. The first byte tells whether it is the one to the handshake, and the status.
///
/// - A client's application gets the messages that a plain decoder finds, in order, behind the open event and before
///   the close event, or none if there is no session.
/// - The session goes on with another GET, and answers a ping, exactly if nothing in the answer ends it.
///
/// # Panics
/// If one of these does not hold.
pub fn response(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    let now = Instant::EPOCH;
    let mut client = Client::open(now, CONFIG.clone(), ClientStart::default());
    let Some(ClientAction::Get { mut call, .. }) = client.poll() else { panic!("no handshake") };
    let opening = first & 1 == 1;
    if !opening {
        client.response(now, call.decode(200, HELLO.into()));
        assert!(matches!(client.poll(), Some(ClientAction::Event(ClientEvent::Open(_)))));
        let Some(ClientAction::Get { call: get, .. }) = client.poll() else { panic!("no GET") };
        call = get;
    }
    let status = if first & 6 == 6 { 400 } else { 200 };
    client.response(now, call.decode(status, Bytes::copy_from_slice(body)));

    let Heard { opened, messages, closed, got, posted } = hear(&mut client);
    if status != 200 {
        assert!(!opened && messages.is_empty() && closed.is_some() && !got);
        return;
    }
    let expected = decode_download(body, 100);
    let open = matches!(expected.open, Some(Ok(_)));
    assert_eq!(opened, opening && open);
    assert_eq!(got, closed.is_none(), "either a GET waits or the session is over");
    assert_eq!(client.is_closed(), closed.is_some());
    let strange = opening != expected.open.is_some() || opening && !open;
    if strange {
        assert!(closed.is_some());
        assert!(messages.is_empty() || messages == expected.messages);
        return;
    }
    assert_eq!(messages, expected.messages);
    match expected.end {
        None => assert_eq!((closed, posted), (None, expected.heartbeat)),
        Some(DownloadEnd::Close) => assert_eq!(closed, Some(CloseReason::TransportClose)),
        Some(DownloadEnd::Fault(error)) => assert_eq!(closed, Some(CloseReason::ParseError(error))),
        Some(_) => assert!(closed.is_some()),
    }
}

#[derive(Default)]
struct Heard {
    opened: bool,
    messages: Vec<Message>,
    closed: Option<CloseReason>,
    /// Whether there is a GET, and a POST.
    got: bool,
    posted: bool,
}

fn hear(client: &mut Client) -> Heard {
    let mut heard = Heard::default();
    while let Some(action) = client.poll() {
        match action {
            ClientAction::Get { .. } => assert!(!std::mem::replace(&mut heard.got, true)),
            ClientAction::Post { body, .. } => {
                assert_eq!(body.encode(), "3");
                heard.posted = true;
            }
            ClientAction::Event(ClientEvent::Open(_)) => {
                assert!(heard.closed.is_none() && heard.messages.is_empty() && !heard.opened);
                heard.opened = true;
            }
            ClientAction::Event(ClientEvent::Messages(messages)) => {
                assert!(heard.closed.is_none());
                heard.messages.extend(messages);
            }
            ClientAction::Event(ClientEvent::Close(reason)) => assert!(heard.closed.replace(reason).is_none()),
            other => panic!("unexpected: {other:?}"),
        }
    }
    heard
}
