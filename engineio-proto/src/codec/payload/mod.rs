//! Several packets in one HTTP body: [`separated`] in protocol 4, [`measured`] in protocol 3.

mod batch;
mod download;
mod framing;
mod measured;
mod messages;
mod scan;
mod separated;
mod upload;

use crate::{Encoding, Text, Version};

pub use batch::Batch;
pub(crate) use batch::Room;
pub use download::{Download, DownloadEnd};
pub use messages::Messages;
pub use upload::{Upload, UploadEnd};

/// Whether a message of this text would fall apart in a payload.
pub(crate) fn separates(encoding: Encoding, text: &Text) -> bool {
    match encoding.version() {
        Version::V4 => separated::separator(text.as_bytes()).is_some(),
        // It tells packets apart by their lengths.
        Version::V3 => false,
    }
}
