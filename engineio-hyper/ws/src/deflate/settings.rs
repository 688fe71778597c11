//! What one end is willing to do.

/// What one end of a WebSocket is willing to do about permessage-deflate: to compress messages.
///
/// | setting | default | in npm's `ws` |
/// |---|---|---|
/// | [`threshold`](Self::threshold) | 1,024 bytes | `threshold` |
/// | [`level`](Self::level) | 1 | `zlibDeflateOptions.level`, where it is 6 |
/// | [`context_takeover`](Self::context_takeover) | no | `serverNoContextTakeover` and `clientNoContextTakeover`, where it is yes |
///
/// ```
/// use engineio_ws::{Buf, Kind, PerMessageDeflate, Role, WebSocket};
///
/// let deflate = PerMessageDeflate::default();
/// // The header of a client's request, and what a server answers.
/// let offer = deflate.offer();
/// let chosen = deflate.accept([offer])?.expect("it is as good as one's own");
/// let answer = chosen.to_string();
///
/// let mut server = WebSocket::new(Role::Server, 1_000_000).with_deflate(&chosen);
/// server.send(Kind::Text, b"", &"again and ".repeat(1000).into());
/// assert!(server.output().remaining() < 500, "10,000 bytes, compressed");
///
/// let concluded = deflate.conclude([answer])?.expect("the server accepted");
/// let client = WebSocket::new(Role::Client { mask: || [1, 2, 3, 4] }, 1_000_000).with_deflate(&concluded);
/// # Ok::<(), engineio_ws::ExtensionError>(())
/// ```
///
/// # Memory
/// - Without context takeover a connection keeps nothing. Each thread that sends or receives compressed messages keeps
///   one compressor of 371 KiB and one decompressor of 46 KiB for all of its connections.
/// - With it a connection keeps a compressor of its own from the first message on that it sends compressed, and a
///   decompressor from the first on that it receives. This is why it is to be asked for: 10,000 connections come to 4 GiB.
///
/// A message is decompressed when all of it is there, no further than the limit on messages, by which its size is
/// measured then. One that is not smaller when it is compressed is sent as it is.
///
/// # Limits
/// - Text is found to be UTF-8 while it is decompressed, and so not before all of its message is there.
/// - With context takeover a message that was cut in the middle of a block is not always found out: what follows is read
///   as the rest of that block. Without it, it is a fault.
/// - After a block that ends its stream (section 7.2.3.4) nothing can refer to what was before it, takeover or not; what
///   does is a fault.
///
/// # Secrets
/// The length of what is compressed tells something about it. If a message, or with context takeover a connection, holds
/// both a secret and what somebody else may choose, whoever sees how long the messages are can guess the secret piece by
/// piece, TLS or not, as CRIME and BREACH did. Such messages are to be sent by
/// [`send_plain`](crate::WebSocket::send_plain), or not to be compressed at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerMessageDeflate {
    pub(super) threshold: usize,
    pub(super) level: u32,
    pub(super) takeover: bool,
}

impl Default for PerMessageDeflate {
    fn default() -> Self {
        Self { threshold: 1024, level: 1, takeover: false }
    }
}

impl PerMessageDeflate {
    /// The length in bytes from which on a message is sent compressed.
    #[must_use]
    pub const fn threshold(mut self, bytes: usize) -> Self {
        self.threshold = bytes;
        self
    }

    /// From 1, the fastest, to 9, the smallest. What is beyond counts as the nearest.
    #[must_use]
    pub const fn level(mut self, level: u32) -> Self {
        self.level = match level {
            0 => 1,
            1..=9 => level,
            _ => 9,
        };
        self
    }

    /// Whether messages may refer to those before them, in both directions. They are smaller then, small ones by much.
    #[must_use]
    pub const fn context_takeover(mut self, takeover: bool) -> Self {
        self.takeover = takeover;
        self
    }
}

/// How far back compressed data may refer, as a power of two in bytes.
///
/// 8 would be legal too, but zlib cannot compress by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window(pub(super) u8);

impl Window {
    pub(super) const MAX: Self = Self(15);

    pub(super) const fn new(bits: u8) -> Option<Self> {
        match bits {
            9..=15 => Some(Self(bits)),
            _ => None,
        }
    }
}
