//! A client that has no manners: it sends exactly the bytes that a test wants and reads what comes back, over plain
//! blocking sockets, so that no client library can hide what a server does.

mod http;
pub mod http2;
mod polling;
mod response;
mod seen;
mod websocket;

pub use http::{Conn, Ended, request};
pub use polling::{Polling, Uploading, target};
pub use response::Response;
pub use seen::{Seen, watch};
pub use websocket::{ACCEPT, Frame, KEY, UPGRADE_HEADERS, WebSocket, upgrade_request};

use core::time::Duration;

/// How long a test waits for what must happen. Generous: nothing that works comes near it.
pub const LIMIT: Duration = Duration::from_secs(10);

/// How long a test watches for what must not happen.
pub const QUIET: Duration = Duration::from_millis(40);
