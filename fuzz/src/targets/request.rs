//! What stands in requests: their query, and JSONP.

use crate::codec::{Framing, decode_upload, encode_payload, jsonp_payload, unescape};
use bytes::Bytes;
use engineio_proto::{
    BadRequest, Batch, Eio, Encoding, Jsonp, Message, Packet, PacketError, Query, Refusal, Sid, Transport, UploadEnd,
    Version,
};

/// The query of a request.
///
/// - What is found is what a plain decoder of forms finds under the same name.
/// - A parameter with two values is refused, and so is what is too long; nothing else is.
///
/// # Panics
/// If one of these does not hold.
pub fn query(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let pairs: Vec<_> = text
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (unescape(name.as_bytes()), unescape(value.as_bytes())))
        .collect();
    let values = |wanted: &str| -> Vec<&Vec<u8>> {
        pairs.iter().filter(|(name, _)| name == wanted.as_bytes()).map(|(_, value)| value).collect()
    };
    let [transport, sid, eio, b64, j] = ["transport", "sid", "EIO", "b64", "j"].map(values);
    let differ = |values: &[&Vec<u8>]| values.iter().any(|value| *value != values[0]);
    let doubled = [&transport, &sid, &eio].iter().any(|values| differ(values));
    match Query::parse(text, 300) {
        Err(Refusal::QueryTooLong) => assert!(text.len() > 300),
        Err(Refusal::BadRequest(BadRequest::DuplicateParameter)) => assert!(doubled && text.len() <= 300),
        Err(other) => panic!("refused: {other:?}"),
        Ok(query) => {
            assert!(!doubled && text.len() <= 300);
            let name = |values: &[&Vec<u8>]| {
                values.first().map(|value| String::from_utf8((*value).clone()).unwrap_or_default())
            };
            assert_eq!(query.transport, name(&transport).as_deref().and_then(Transport::from_name));
            let expected = sid.first().map(|_| name(&sid).unwrap_or_default().parse::<Sid>());
            assert_eq!(query.sid, expected);
            let expected = eio.first().map(|value| match value.as_slice() {
                b"3" => Eio::Known(Version::V3),
                b"4" => Eio::Known(Version::V4),
                _ => Eio::Other,
            });
            assert_eq!(query.eio, expected);
            assert_eq!(query.b64, b64.iter().any(|value| !value.is_empty()));
            let expected = j.first().map(|_| number(&j));
            assert_eq!(query.j.map(|j| j.ok().map(Jsonp::number)), expected);
        }
    }
}

/// The number of a JSONP callback, which is to be the same wherever it stands.
fn number(values: &[&Vec<u8>]) -> Option<u64> {
    let numbers: Option<Vec<u64>> = values
        .iter()
        .map(|value| {
            let text = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
            text.filter(|text| text.len() <= 10).and_then(|text| text.parse().ok())
        })
        .collect();
    numbers.filter(|numbers| numbers.iter().all(|number| *number == numbers[0])).map(|numbers| numbers[0])
}

/// A JSONP POST, and the script of a JSONP poll with the same bytes in its messages. The first byte chooses the
/// protocol's version and the callback's number.
///
/// - The form decodes to what a plain decoder finds in its field `d`.
/// - A script is its callback with one string of JSON, in which nothing ends a line, a script or the string, and that
///   string is the payload; its length is what was said.
///
/// # Panics
/// If one of these does not hold.
pub fn jsonp(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    let version3 = first & 1 == 1;
    let (version, framing) = if version3 { (Version::V3, Framing::Counted) } else { (Version::V4, Framing::Separated) };
    let callback: Jsonp = (first >> 1).to_string().parse().unwrap_or_else(|_| panic!("a number"));
    let encoding = Encoding::new(version).with_jsonp(callback);

    let upload = encoding.decode_payload(Bytes::copy_from_slice(body), 1000);
    let messages: Vec<Message> = match jsonp_payload(body) {
        None => {
            assert_eq!((upload.heartbeat(), upload.end()), (false, Some(UploadEnd::Fault(PacketError::Form))));
            Vec::new()
        }
        Some(payload) => {
            let expected = decode_upload(framing, &payload, 1000);
            assert_eq!((upload.heartbeat(), upload.end()), (expected.heartbeat, expected.end));
            expected.messages
        }
    };
    assert_eq!(upload.into_messages().collect::<Vec<_>>(), messages);

    let said = [Message::from(String::from_utf8_lossy(body).into_owned()), Message::from(body.to_vec())];
    let packets: Vec<Packet> = messages.into_iter().chain(said).map(Packet::Message).chain([Packet::Noop]).collect();
    let batch = Batch::new(encoding, packets.iter().cloned());
    let script = batch.encode();
    assert_eq!(script.len(), batch.encoded_len());
    let script = std::str::from_utf8(&script).unwrap_or_else(|error| panic!("{error}"));
    assert!(!script.contains("</") && !script.contains(['\n', '\r', '\u{2028}', '\u{2029}']));
    let string = script.strip_prefix(&format!("___eio[{callback}](")).and_then(|rest| rest.strip_suffix(");"));
    let string: String = serde_json::from_str(string.unwrap_or_default()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(string.into_bytes(), encode_payload(version3, true, &packets));
}
