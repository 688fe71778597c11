//! Several packets in one HTTP body: [`separated`] in protocol 4, [`measured`] in protocol 3.

mod batch;
mod download;
mod framing;
mod measured;
mod messages;
mod scan;
mod separated;
mod upload;

use crate::{Encoding, Message, Version};

pub use batch::Batch;
pub(crate) use batch::Room;
pub(crate) use download::decode_download;
pub use download::{Download, DownloadEnd};
pub use messages::Messages;
pub(crate) use upload::decode_upload;
pub use upload::{Upload, UploadEnd};

/// Whether the message would fall apart in a payload.
pub(crate) fn separates(encoding: Encoding, message: &Message) -> bool {
    match (encoding.version(), message) {
        (Version::V4, Message::Text(text)) => separated::separator(text.as_bytes()).is_some(),
        // Protocol 3 tells packets apart by their lengths.
        (Version::V4, Message::Binary(_)) | (Version::V3, _) => false,
    }
}
