//! Several packets in one HTTP body: [`separated`] in protocol 4, [`measured`] in protocol 3.

mod batch;
mod cursor;
mod download;
mod encode;
mod framing;
mod measured;
mod messages;
mod room;
mod scan;
mod separated;
mod upload;

pub use batch::Batch;
pub use download::{Download, DownloadEnd};
pub use messages::Messages;
pub(crate) use room::Room;
pub(crate) use separated::separates;
pub use upload::{Upload, UploadEnd};
