//! The codecs: payloads, frames, handshake and query, through their public interface.

#![allow(clippy::arithmetic_side_effects, missing_docs)]

mod base64;
mod counted;
mod decode;
mod encode;
mod every_input;
mod frame;
mod handshake;
mod jsonp;
mod marked;
mod memory;
mod query;
mod reference;
mod values;

use engineio_proto::{Encoding, Message, Upload, UploadEnd, Version};

const V3: Encoding = Encoding::new(Version::V3);
const V4: Encoding = Encoding::new(Version::V4);

/// A bound on the number of packets that no test meets by accident.
const MANY: usize = 1_000_000;

/// What came out of a payload: what it says to the application, whether it holds the peer's part of the heartbeat
/// (a pong, or in protocol 3 a ping), and how it ends.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    messages: Vec<Message>,
    pong: bool,
    end: Option<UploadEnd>,
}

impl From<Upload> for Outcome {
    /// Takes the messages one by one and checks at each step that what is left is counted right.
    fn from(upload: Upload) -> Self {
        let (pong, end) = (upload.heartbeat(), upload.end());
        let mut left = upload.into_messages();
        let mut messages = Vec::new();
        let (mut count, mut byte_len) = (left.len(), left.byte_len());
        while let Some(message) = left.next() {
            count -= 1;
            byte_len -= message.byte_len();
            assert_eq!((left.len(), left.byte_len(), left.is_empty()), (count, byte_len, count == 0));
            messages.push(message);
        }
        assert_eq!((count, byte_len), (0, 0), "as many were announced as came");
        assert!(left.next().is_none());
        Self { messages, pong, end }
    }
}

/// Decodes a payload with nothing in its way.
fn decode(body: impl AsRef<[u8]>) -> Outcome {
    V4.decode_payload(body.as_ref().to_vec().into(), MANY).into()
}

/// What comes out of a payload that holds only messages.
fn messages<M: Into<Message>>(messages: impl IntoIterator<Item = M>) -> Outcome {
    Outcome { messages: messages.into_iter().map(Into::into).collect(), pong: false, end: None }
}

impl Outcome {
    fn then(self, end: UploadEnd) -> Self {
        Self { end: Some(end), ..self }
    }
}

fn text(text: &str) -> Message {
    Message::from(text)
}

fn binary(bytes: &[u8]) -> Message {
    Message::from(bytes.to_vec())
}
