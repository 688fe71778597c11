//! The role of an endpoint: server or client.

/// The role of this endpoint. It decides which direction is masked.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Role {
    /// The server. It sends unmasked frames and requires masked ones.
    Server,
    /// The client. It masks each frame and requires unmasked ones.
    Client {
        /// Returns the masking key of the next frame. The keys must be unpredictable (RFC 6455, section 10.3).
        mask: fn() -> [u8; 4],
    },
}
