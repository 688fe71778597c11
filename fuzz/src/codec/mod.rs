//! Reference codecs: simple implementations that copy their input and apply one rule after the other.

mod base64;
mod form;
mod split;

pub use base64::{from_base64, to_base64};
pub use form::{jsonp_payload, unescape};
pub use split::{Framing, Piece, split};

use engineio_proto::{DownloadEnd, Handshake, HandshakeError, Message, Packet, PacketError, SessionId, UploadEnd};

/// The content of a payload.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome<End> {
    /// The messages before the end, in order.
    pub messages: Vec<Message>,
    /// Whether the payload has the peer's heartbeat packet.
    pub heartbeat: bool,
    /// The handshake, if it is the first packet.
    pub open: Option<Result<Handshake<SessionId>, HandshakeError>>,
    /// The packet or the error that ends the session.
    pub end: Option<End>,
}

/// Decodes the body of a POST, of either protocol.
#[must_use]
pub fn decode_upload(framing: Framing, body: &[u8], max_packets: usize) -> Outcome<UploadEnd> {
    let v4 = framing == Framing::Separated;
    decode(framing, body, max_packets, |outcome, kind, _, _| match kind {
        b'0' | b'5' | b'6' => None,
        b'1' => Some(UploadEnd::Close),
        b'2' | b'3' if v4 == (kind == b'2') => Some(UploadEnd::HeartbeatDirection),
        b'2' | b'3' => {
            outcome.heartbeat = true;
            None
        }
        other => Some(PacketError::UnknownType(other).into()),
    })
}

/// Decodes the response to a GET of protocol 4.
#[must_use]
pub fn decode_download(body: &[u8], max_packets: usize) -> Outcome<DownloadEnd> {
    decode(Framing::Separated, body, max_packets, |outcome, kind, data, first| match kind {
        b'0' if first => {
            outcome.open = Some(Handshake::decode(std::str::from_utf8(data).unwrap_or_default()));
            None
        }
        b'0' => Some(DownloadEnd::Open),
        b'1' => Some(DownloadEnd::Close),
        b'2' => {
            outcome.heartbeat = true;
            None
        }
        b'3' | b'5' | b'6' => None,
        other => Some(PacketError::UnknownType(other).into()),
    })
}

fn decode<End: From<PacketError>>(
    framing: Framing,
    body: &[u8],
    max_packets: usize,
    mut control: impl FnMut(&mut Outcome<End>, u8, &[u8], bool) -> Option<End>,
) -> Outcome<End> {
    let mut outcome = Outcome { messages: Vec::new(), heartbeat: false, open: None, end: None };
    for (index, piece) in split(framing, body).into_iter().enumerate() {
        if index == max_packets {
            outcome.end = Some(PacketError::TooManyPackets.into());
            break;
        }
        outcome.end = match piece {
            Err(error) => Some(error.into()),
            Ok(Piece::Empty) => None,
            Ok(Piece::Message(message)) => {
                outcome.messages.push(message);
                None
            }
            Ok(Piece::Control(kind, data)) => control(&mut outcome, kind, &data, index == 0),
        };
        if outcome.end.is_some() {
            break;
        }
    }
    outcome
}

/// Encodes packets as a payload. A payload of protocol 3 is text if `base64` is set or no packet is a binary message.
#[must_use]
pub fn encode_payload(version3: bool, base64: bool, packets: &[Packet]) -> Vec<u8> {
    let binary = |packet: &Packet| matches!(packet, Packet::Message(Message::Binary(_)));
    if !version3 {
        return packets.iter().map(|packet| encode_packet(packet, "b")).collect::<Vec<_>>().join(&0x1e);
    }
    if packets.is_empty() {
        return b"0:".to_vec();
    }
    if base64 || !packets.iter().any(binary) {
        let measured = packets.iter().flat_map(|packet| {
            let text = encode_packet(packet, "b4");
            let units = String::from_utf8_lossy(&text).encode_utf16().count();
            [format!("{units}:").into_bytes(), text].concat()
        });
        return measured.collect();
    }
    let marked = packets.iter().flat_map(|packet| {
        let bytes = match packet {
            Packet::Message(Message::Binary(bytes)) => [&[4], bytes.as_ref()].concat(),
            text => encode_packet(text, ""),
        };
        let digits = bytes.len().to_string().bytes().map(|digit| digit - b'0').collect();
        [vec![u8::from(binary(packet))], digits, vec![0xff], bytes].concat()
    });
    marked.collect()
}

/// Encodes a packet as text. `mark` precedes base64 data.
#[must_use]
pub fn encode_packet(packet: &Packet, mark: &str) -> Vec<u8> {
    let text = match packet {
        Packet::Open(text) => format!("0{text}"),
        Packet::Close => "1".to_owned(),
        Packet::Ping(text) => format!("2{text}"),
        Packet::Pong(text) => format!("3{text}"),
        Packet::Message(Message::Text(text)) => format!("4{text}"),
        Packet::Message(Message::Binary(bytes)) => format!("{mark}{}", to_base64(bytes)),
        Packet::Upgrade => "5".to_owned(),
        Packet::Noop => "6".to_owned(),
    };
    text.into_bytes()
}
