//! What the answer to a GET means, before any session sees it.

use engineio_proto::{DownloadEnd, Encoding, Handshake, HandshakeError, Message, PacketError, Version};

const V4: Encoding = Encoding::new(Version::V4);

fn decode(body: &'static str) -> (Vec<String>, bool, Option<DownloadEnd>) {
    let download = V4.decode_response(body.into(), 10);
    let (ping, end) = (download.heartbeat(), download.end());
    assert_eq!(download.messages().len(), download.messages().clone().count());
    let text = |message| match message {
        Message::Text(text) => text.to_string(),
        Message::Binary(bytes) => format!("{:?}", &bytes[..]),
    };
    (download.into_messages().map(text).collect(), ping, end)
}

#[test]
fn messages_count_up_to_what_ends_the_session() {
    let of = |messages: &[&str], ping, end| (messages.iter().map(ToString::to_string).collect::<Vec<_>>(), ping, end);
    assert_eq!(decode("4a\u{1e}2\u{1e}bAQ==\u{1e}6"), of(&["a", "[1]"], true, None));
    assert_eq!(decode("4a\u{1e}1\u{1e}4b\u{1e}2"), of(&["a"], false, Some(DownloadEnd::Close)));
    assert_eq!(decode("4a\u{1e}0{}\u{1e}4b"), of(&["a"], false, Some(DownloadEnd::Open)));
    assert_eq!(decode("6\u{1e}0{}"), of(&[], false, Some(DownloadEnd::Open)));
    assert_eq!(decode("4a\u{1e}9"), of(&["a"], false, Some(DownloadEnd::Fault(PacketError::UnknownType(b'9')))));
    assert_eq!(decode(""), of(&[], false, Some(DownloadEnd::Fault(PacketError::Empty))));
    let eleven = "6\u{1e}6\u{1e}6\u{1e}6\u{1e}6\u{1e}6\u{1e}6\u{1e}6\u{1e}6\u{1e}6\u{1e}6";
    assert_eq!(decode(eleven), of(&[], false, Some(DownloadEnd::Fault(PacketError::TooManyPackets))));
}

#[test]
fn a_handshake_stands_first() {
    let json = r#"{"sid":"abc","upgrades":[],"pingInterval":1,"pingTimeout":2}"#;
    let download = V4.decode_response(format!("0{json}\u{1e}4hi").into(), 10);
    assert_eq!(download.open(), Some(Handshake::decode(json).as_ref().map_err(|error| *error)));
    assert_eq!((download.messages().len(), download.end()), (1, None));
    let download = V4.decode_response("0\u{1e}4hi".into(), 10);
    assert_eq!(download.open(), Some(Err(HandshakeError::Malformed)));
    assert!(V4.decode_response("4hi".into(), 10).open().is_none());
}
