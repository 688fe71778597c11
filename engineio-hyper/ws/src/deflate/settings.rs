//! The settings of permessage-deflate.

/// The settings of permessage-deflate (RFC 7692) at one endpoint, and its side of the negotiation.
///
/// | setting | default | in npm's `ws` |
/// |---|---|---|
/// | [`threshold`](Self::threshold) | 1,024 bytes | `threshold` |
/// | [`level`](Self::level) | 1 | `zlibDeflateOptions.level`, default 6 |
/// | [`context_takeover`](Self::context_takeover) | no | `serverNoContextTakeover` and `clientNoContextTakeover`, default yes |
///
/// # Examples
/// ```
/// use engineio_ws::{Buf, Kind, PerMessageDeflate, Role, WebSocket};
///
/// let deflate = PerMessageDeflate::default();
/// // The client sends this as `Sec-WebSocket-Extensions` in its request.
/// let offer = deflate.offer();
/// // The server accepts, and sends its answer in the same header of the response.
/// let accepted = deflate.accept([offer])?.expect("the settings of both are the same");
/// let answer = accepted.to_string();
/// // The client checks the answer.
/// let concluded = deflate.conclude([answer])?.expect("the server accepted");
///
/// let mut server = WebSocket::new(Role::Server, 1_000_000).with_deflate(&accepted);
/// let client = WebSocket::new(Role::Client { mask: || [1, 2, 3, 4] }, 1_000_000).with_deflate(&concluded);
///
/// server.send(Kind::Text, b"", &"ten bytes ".repeat(1000).into());
/// assert!(server.output().remaining() < 500, "10,000 bytes, compressed");
/// # Ok::<(), engineio_ws::ExtensionError>(())
/// ```
///
/// # Memory
/// - Without context takeover a connection holds no compression state. Each thread that sends or receives compressed
///   messages keeps one compressor of 371 KiB and one decompressor of 46 KiB for all of its connections.
/// - With context takeover each connection keeps its own compressor after it first sends a compressed message, and its
///   own decompressor after it first receives one. For 10,000 connections this is 4 GiB, so it is off by default.
///
/// A message is decompressed once all of it has arrived. Decompression stops with a fault at the limit on messages,
/// which applies to the decompressed size. A message that compression does not make smaller is sent uncompressed.
///
/// # Limitations
/// - Text is validated as UTF-8 during decompression, so invalid text is rejected only when its message is complete.
/// - With context takeover, a message that is truncated inside a block is not always detected: the next message is read
///   as the rest of that block. Without context takeover, such a message is a fault.
/// - After a final block (RFC 7692, section 7.2.3.4) no data can refer to data before that block, even with context
///   takeover. Such a reference is a fault.
///
/// # Security
/// The length of compressed data depends on its content. If a message, or with context takeover a connection, contains
/// both a secret and data that an attacker chooses, an attacker who observes the lengths of the messages can guess the
/// secret step by step, even over TLS. This is how CRIME and BREACH work. Send such messages by
/// [`send_uncompressed`](crate::WebSocket::send_uncompressed), or do not enable compression.
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
    /// Sets the length in bytes from which on a message is compressed. The default is 1,024.
    #[must_use]
    pub const fn threshold(mut self, bytes: usize) -> Self {
        self.threshold = bytes;
        self
    }

    /// Sets the compression level, from 1 (fastest) to 9 (smallest output). The default is 1.
    ///
    /// 0 counts as 1, and a greater number than 9 as 9.
    #[must_use]
    pub const fn level(mut self, level: u32) -> Self {
        self.level = match level {
            0 => 1,
            1..=9 => level,
            _ => 9,
        };
        self
    }

    /// Sets whether messages can refer to earlier messages of their direction, in both directions. The default is
    /// `false`.
    ///
    /// This makes messages smaller, short ones in particular, and costs [memory](Self#memory) for each connection.
    #[must_use]
    pub const fn context_takeover(mut self, takeover: bool) -> Self {
        self.takeover = takeover;
        self
    }
}

/// The size of the window that compressed data can refer to, as a power of two in bytes.
///
/// RFC 7692 also allows 8, but zlib cannot compress with it.
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
