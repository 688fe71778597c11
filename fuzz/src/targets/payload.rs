//! The bodies of POSTs.

use crate::codec::{Framing, decode_upload, encode_payload};
use bytes::Bytes;
use engineio_proto::{Batch, Encoding, Message, Packet, Version};

const V3: Encoding = Encoding::new(Version::V3);
const V4: Encoding = Encoding::new(Version::V4);

/// The body of a POST of protocol 4. The first byte bounds the number of packets.
///
/// - It decodes to what the plain decoder says, and its messages count themselves rightly.
/// - Those are encoded as the plain encoder does, in exactly the length that was said, and decode to the same.
///
/// # Panics
/// If one of these does not hold.
pub fn payload(data: &[u8]) {
    any(V4, Framing::Separated, data);
}

/// As [`payload`], of protocol 3 in text.
///
/// # Panics
/// If something does not hold.
pub fn payload3_text(data: &[u8]) {
    any(V3, Framing::Counted, data);
}

/// As [`payload`], of protocol 3 in bytes.
///
/// # Panics
/// If something does not hold.
pub fn payload3_binary(data: &[u8]) {
    any(V3.of_octet_stream(), Framing::Marked, data);
}

fn any(encoding: Encoding, framing: Framing, data: &[u8]) {
    let Some((most, body)) = data.split_first() else { return };
    let most = match most {
        0..=15 => usize::from(*most) + 1,
        _ => 10_000,
    };
    let upload = encoding.decode_payload(Bytes::copy_from_slice(body), most);
    let expected = decode_upload(framing, body, most);
    assert_eq!((upload.heartbeat(), upload.end()), (expected.heartbeat, expected.end));
    let messages = expected.messages;
    same(upload.into_messages(), &messages);
    if messages.is_empty() {
        return;
    }

    let packets: Vec<Packet> = messages.iter().cloned().map(Packet::Message).collect();
    let version3 = encoding.version() == Version::V3;
    for base64 in [false, true] {
        let encoding = if base64 { encoding.with_base64() } else { encoding };
        let batch = Batch::new(encoding, packets.iter().cloned());
        let encoded = batch.encode();
        assert_eq!(encoded.len(), batch.encoded_len());
        assert_eq!(encoded, encode_payload(version3, base64, &packets));
        let bytes = batch.content_type() == "application/octet-stream";
        let reads = if bytes { V3.of_octet_stream() } else { Encoding::new(encoding.version()) };
        same(reads.decode_payload(encoded, messages.len()).into_messages(), &messages);
    }
}

/// They are these, and say how many of how many bytes are left.
fn same(mut messages: engineio_proto::Messages, expected: &[Message]) {
    for message in expected {
        let (len, bytes) = (messages.len(), messages.byte_len());
        assert_eq!(messages.next().as_ref(), Some(message));
        assert_eq!((messages.len(), messages.byte_len()), (len - 1, bytes - message.byte_len()));
    }
    assert_eq!((messages.len(), messages.byte_len(), messages.next()), (0, 0, None));
}
