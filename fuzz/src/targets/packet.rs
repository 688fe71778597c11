//! Packets one by one: in frames, and alone in a payload.

use crate::codec::{encode_packet, encode_payload};
use arbitrary::{Arbitrary, Unstructured};
use bytes::{Bytes, BytesMut};
use engineio_proto::{Batch, Encoding, Frame, Message, Opcode, Packet, PacketError, Text, Version};

const VERSIONS: [Encoding; 2] = [Encoding::new(Version::V3), Encoding::new(Version::V4)];

/// A packet, and what the peer can take.
///
/// - As a frame it is what a plain encoder says, of exactly the length that it says, whole and in parts, and decodes
///   to itself.
/// - Alone in a payload it is what a plain encoder says, of exactly the length that it says.
///
/// # Panics
/// If one of these does not hold.
pub fn packet(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let (Ok(base64), Ok(packet)) = (bool::arbitrary(&mut input), Packet::arbitrary(&mut input)) else { return };
    for encoding in VERSIONS.map(|encoding| if base64 { encoding.with_base64() } else { encoding }) {
        let version3 = encoding.version() == Version::V3;
        let expected = match &packet {
            Packet::Message(Message::Binary(bytes)) if !base64 && version3 => [&[4], bytes.as_ref()].concat(),
            Packet::Message(Message::Binary(bytes)) if !base64 => bytes.to_vec(),
            text => encode_packet(text, if version3 { "b4" } else { "b" }),
        };
        let frame = encoding.encode_frame(packet.clone());
        assert_eq!(*frame.packet(), packet);
        let text = base64 || !matches!(packet, Packet::Message(Message::Binary(_)));
        assert_eq!(frame.opcode() == Opcode::Text, text);
        let (opcode, written) = written(frame);
        assert_eq!(written, expected);
        assert_eq!(encoding.decode_frame(arrived(opcode, written)), Ok(packet.clone()));

        let batch = Batch::new(encoding, [packet.clone()]);
        let payload = batch.encode();
        assert_eq!(payload.len(), batch.encoded_len());
        assert_eq!(payload, encode_payload(version3, base64, std::slice::from_ref(&packet)));
    }
}

/// A WebSocket message.
///
/// - A binary message is its bytes (protocol 4) or what its first byte says (protocol 3), and text is what stands
///   behind its digit.
/// - Whatever decodes is encoded to a frame that decodes to the same.
///
/// # Panics
/// If one of these does not hold.
pub fn frame(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    let text = Text::try_from(bytes.clone());
    for encoding in VERSIONS {
        let binary = encoding.decode_frame(Frame::Binary(bytes.clone()));
        match (encoding.version(), data.split_first()) {
            (Version::V3, None) => assert_eq!(binary, Err(PacketError::Empty)),
            (Version::V3, Some((4, rest))) => assert_eq!(binary, Ok(Packet::Message(rest.to_vec().into()))),
            (Version::V3, Some((0..=6, _))) => assert!(binary.is_ok()),
            (Version::V3, Some((kind, _))) => assert_eq!(binary, Err(PacketError::UnknownType(*kind))),
            _ => assert_eq!(binary, Ok(Packet::Message(data.to_vec().into()))),
        }
        let said = text.clone().ok().map(|text| {
            let decoded = encoding.decode_frame(Frame::Text(text.clone()));
            if let Some(rest) = text.strip_prefix('4') {
                assert_eq!(decoded, Ok(Packet::Message(rest.into())));
            }
            decoded
        });
        for packet in [Some(binary), said].into_iter().flatten().flatten() {
            let (opcode, written) = written(encoding.encode_frame(packet.clone()));
            assert_eq!(encoding.decode_frame(arrived(opcode, written)), Ok(packet));
        }
    }
}

/// The frame in one piece, having seen that its parts are the same.
fn written(frame: engineio_proto::OutFrame) -> (Opcode, Vec<u8>) {
    let mut whole = BytesMut::new();
    frame.write_to(&mut whole);
    assert_eq!(whole.len(), frame.len());
    let (opcode, first, rest) = frame.into_parts();
    let (front, back) = whole.split_at(usize::from(first.is_some()));
    assert!(front.first() == first.as_ref() && back == rest);
    (opcode, whole.into())
}

fn arrived(opcode: Opcode, bytes: Vec<u8>) -> Frame {
    match opcode {
        Opcode::Binary => Frame::Binary(bytes.into()),
        Opcode::Text => Frame::Text(Text::try_from(Bytes::from(bytes)).unwrap_or_default()),
    }
}
