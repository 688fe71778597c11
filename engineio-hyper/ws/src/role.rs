//! The two ends of a WebSocket.

/// Which end of the connection this is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Role {
    /// The one that was connected to.
    Server,
    /// The one that connected.
    Client {
        /// Makes the mask of a frame, which must not be foreseeable (RFC 6455, section 10.3).
        mask: fn() -> [u8; 4],
    },
}
