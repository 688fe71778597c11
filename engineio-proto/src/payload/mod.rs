//! Several packets in one HTTP body: `4hello␞bAQID`, where `␞` is U+001E.

mod batch;
mod download;
mod messages;
mod scan;
mod upload;

use crate::Message;

pub use batch::Batch;
pub(crate) use download::decode_download;
pub use download::{Download, DownloadEnd};
pub use messages::Messages;
pub(crate) use upload::decode_upload;
pub use upload::{Upload, UploadEnd};

/// Stands between two packets. There is no escape for it, so no text of a payload may hold it.
const SEPARATOR: u8 = 0x1e;

/// Stands in front of a binary message, which is base64, in the place of a type.
const BINARY: u8 = b'b';

/// Whether the message would fall apart in a payload.
pub(crate) fn separates(message: &Message) -> bool {
    matches!(message, Message::Text(text) if separator(text.as_bytes()).is_some())
}

/// The packets of a payload that is UTF-8, undecoded. There is always a first one, though it may be empty.
struct Packets<'p> {
    rest: Option<&'p [u8]>,
}

impl<'p> Packets<'p> {
    const fn new(payload: &'p [u8]) -> Self {
        Self { rest: Some(payload) }
    }

    /// Whether the packet that was returned last was not followed by a separator.
    const fn at_end(&self) -> bool {
        self.rest.is_none()
    }
}

impl<'p> Iterator for Packets<'p> {
    type Item = &'p [u8];

    fn next(&mut self) -> Option<&'p [u8]> {
        let rest = self.rest?;
        let (packet, rest) = match separator(rest).and_then(|at| rest.split_at_checked(at)) {
            Some((packet, rest)) => (packet, rest.get(1..)),
            None => (rest, None),
        };
        self.rest = rest;
        Some(packet)
    }
}

/// Where the next separator is. With a plain loop for it, 1 MB of text would take six times as long to decode.
fn separator(payload: &[u8]) -> Option<usize> {
    memchr::memchr(SEPARATOR, payload)
}
