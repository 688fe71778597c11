//! What the fuzzers call, and what replays their corpus. Each states what must hold, and panics if it does not.

use crate::codec::{decode_payload, encode_payload};
use crate::{Step, sim, trace};
use arbitrary::{Arbitrary, Unstructured};
use bytes::BytesMut;
use engineio_proto::{
    BadRequest, Batch, Encoding, Frame, Handshake, Message, Packet, Query, Refusal, Sid, Text, Transport, Version,
};

/// A fuzz target.
pub type Target = fn(&[u8]);

/// The targets, by the names of their corpora.
pub const ALL: [(&str, Target); 5] =
    [("frame", frame), ("payload", payload), ("query", query), ("handshake", handshake), ("server", server)];

const V4: Encoding = Encoding::new(Version::V4);

/// A WebSocket message.
///
/// - Whatever decodes is encoded to a frame that decodes to the same, of exactly the length that it says.
/// - A binary message is its bytes, and text is what stands behind its digit.
///
/// # Panics
/// If one of these does not hold.
pub fn frame(data: &[u8]) {
    let binary = V4.decode_frame(Frame::Binary(data.to_vec().into()));
    assert_eq!(binary, Ok(Packet::Message(Message::from(data.to_vec()))));
    let Ok(text) = Text::try_from(bytes::Bytes::copy_from_slice(data)) else { return };
    if let Some(rest) = text.strip_prefix('4') {
        assert_eq!(V4.decode_frame(Frame::Text(text.clone())), Ok(Packet::Message(rest.into())));
    }
    let decoded = [binary, V4.decode_frame(Frame::Text(text))];
    let own = Packet::arbitrary(&mut Unstructured::new(data)).map_err(drop);
    for packet in decoded.into_iter().flatten().chain(own) {
        let frame = V4.encode_frame(packet.clone());
        let mut written = BytesMut::new();
        frame.write_to(&mut written);
        assert_eq!(written.len(), frame.len());
        let (opcode, digit, rest) = frame.into_parts();
        let parts: Vec<u8> = digit.into_iter().chain(rest).collect();
        assert_eq!(parts, written);
        let again = match opcode {
            engineio_proto::Opcode::Binary => Frame::Binary(written.freeze()),
            engineio_proto::Opcode::Text => Frame::Text(Text::try_from(written.freeze()).unwrap_or_default()),
        };
        assert_eq!(V4.decode_frame(again), Ok(packet));
    }
}

/// The body of a POST. The first byte bounds the number of packets.
///
/// - It decodes to what the plain decoder says, and its messages count themselves rightly.
/// - Those that may travel are encoded as the plain encoder does, in exactly the length that was said, and decode to
///   the same.
///
/// # Panics
/// If one of these does not hold.
pub fn payload(data: &[u8]) {
    let Some((most, body)) = data.split_first() else { return };
    let most = match most {
        0..=15 => usize::from(*most) + 1,
        _ => 10_000,
    };
    let upload = V4.decode_payload(body.to_vec().into(), most);
    let expected = decode_payload(body, most);
    assert_eq!((upload.heartbeat(), upload.end()), (expected.pong, expected.end));
    let mut messages = upload.into_messages();
    for message in &expected.messages {
        let (len, bytes) = (messages.len(), messages.byte_len());
        assert_eq!(messages.next().as_ref(), Some(message));
        assert_eq!((messages.len(), messages.byte_len()), (len - 1, bytes - message.byte_len()));
    }
    assert_eq!((messages.len(), messages.byte_len(), messages.next()), (0, 0, None));

    let batch = Batch::new(V4, expected.messages.iter().cloned().map(Packet::Message));
    let encoded = batch.encode();
    assert_eq!(encoded.len(), batch.encoded_len());
    assert_eq!(encoded, encode_payload(&expected.messages));
    if !expected.messages.is_empty() {
        let again: Vec<Message> = V4.decode_payload(encoded, expected.messages.len()).into_messages().collect();
        assert_eq!(again, expected.messages);
    }
}

/// The query of a request.
///
/// - What is found is what a plain decoder of forms finds under the same name.
/// - A parameter with two values is refused, and so is what is too long; nothing else is.
///
/// # Panics
/// If one of these does not hold.
pub fn query(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let values = |wanted: &str| -> Vec<Vec<u8>> {
        let pairs = text.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.filter(|(name, _)| unescape(name) == wanted.as_bytes()).map(|(_, value)| unescape(value)).collect()
    };
    let [transport, sid, eio] = ["transport", "sid", "EIO"].map(values);
    let doubled = [&transport, &sid, &eio].iter().any(|values| values.iter().any(|value| *value != values[0]));
    match Query::parse(text, 300) {
        Err(Refusal::QueryTooLong) => assert!(text.len() > 300),
        Err(Refusal::BadRequest(BadRequest::DuplicateParameter)) => assert!(doubled && text.len() <= 300),
        Err(other) => panic!("refused: {other:?}"),
        Ok(query) => {
            assert!(!doubled && text.len() <= 300);
            let name = |values: &[Vec<u8>]| values.first().and_then(|value| String::from_utf8(value.clone()).ok());
            assert_eq!(query.transport, name(&transport).as_deref().and_then(Transport::from_name));
            let expected = sid.first().map(|_| name(&sid).unwrap_or_default().parse::<Sid>());
            assert_eq!(query.sid, expected);
            let known = matches!(query.eio, Some(engineio_proto::Eio::Known(Version::V4)));
            assert_eq!((query.eio.is_some(), known), (!eio.is_empty(), name(&eio).as_deref() == Some("4")));
        }
    }
}

/// The handshake's JSON.
///
/// - What decodes is encoded to what decodes to the same, and its durations are bounded.
/// - Nothing over the bound on its length is looked at.
///
/// # Panics
/// If one of these does not hold.
pub fn handshake(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(handshake) = Handshake::decode(text) else { return };
    assert!(text.len() <= Handshake::MAX_LEN);
    assert!(handshake.ping_interval.max(handshake.ping_timeout) <= Handshake::MAX_DURATION);
    assert_eq!(Handshake::decode(&handshake.encode()), Ok(handshake));
}

/// Steps of a server, its host and its peers, after a byte that chooses the settings.
///
/// - The server does what the reference model says, and the invariants hold after every step.
///
/// # Panics
/// With the shortest steps that show it, if that does not hold.
pub fn server(data: &[u8]) {
    let Some((seed, rest)) = data.split_first() else { return };
    let mut steps = Vec::new();
    let mut input = Unstructured::new(rest);
    while let Ok(step) = Step::arbitrary(&mut input) {
        steps.push(step);
        if input.is_empty() {
            break;
        }
    }
    let config = sim::config(u64::from(*seed));
    if let Err(counterexample) = trace::replay(&config, &steps) {
        panic!("\n{}", counterexample.minimized(&config));
    }
}

/// Names and values of a form, as the URL standard has it.
fn unescape(text: &str) -> Vec<u8> {
    let text = text.replace('+', " ");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *first == b'%').and_then(|code| std::str::from_utf8(code).ok());
        let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    bytes
}
