//! How a session's packets are written: what was fixed when its transport was created.

use crate::{Jsonp, Version};

/// How the packets of one transport are written and read, fixed when that transport was created: no later
/// request changes it.
///
/// Its methods are pure functions of what they are given. Call them outside any lock: they are the part of the
/// protocol whose cost grows with the data.
///
/// ```
/// use engineio_proto::{Encoding, Message, Version};
///
/// let encoding = Encoding::new(Version::V4);
/// let upload = encoding.decode_payload("4hello\x1ebAQID".into(), 10_000);
/// let messages: Vec<Message> = upload.into_messages().collect();
/// assert_eq!(messages, [Message::from("hello"), Message::from(vec![1, 2, 3])]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Encoding {
    version: Version,
    base64: bool,
    octet_stream: bool,
    jsonp: Option<Jsonp>,
}

impl Encoding {
    /// The encoding of a protocol revision's transports, for a peer that asks for nothing else.
    #[must_use]
    pub const fn new(version: Version) -> Self {
        Self { version, base64: false, octet_stream: false, jsonp: None }
    }

    /// The same for a peer that cannot take binary (the `b64` parameter): what is sent to it is text.
    ///
    /// Payloads of protocol 4 are text anyhow.
    ///
    /// ```
    /// use engineio_proto::{Encoding, Message, Opcode, Packet, Version};
    ///
    /// let encoding = Encoding::new(Version::V4).with_base64();
    /// let frame = encoding.encode_frame(Packet::Message(Message::from(vec![1, 2, 3])));
    /// assert_eq!(frame.into_parts(), (Opcode::Text, Some(b'b'), "AQID".into()));
    /// ```
    #[must_use]
    pub const fn with_base64(self) -> Self {
        Self { base64: true, ..self }
    }

    /// The same for payloads that travel as scripts and forms (the `j` parameter). They are text.
    #[must_use]
    pub const fn with_jsonp(self, jsonp: Jsonp) -> Self {
        Self { jsonp: Some(jsonp), ..self }
    }

    /// The same for the payload of a body whose `Content-Type` is `application/octet-stream`: protocol 3 knows two
    /// forms and tells them apart by that. To protocol 4 and to JSONP it makes no difference.
    ///
    /// ```
    /// use engineio_proto::{Encoding, Message, Version};
    ///
    /// let encoding = Encoding::new(Version::V3);
    /// let text = encoding.decode_payload("6:4hello".into(), 10_000);
    /// assert_eq!(text.into_messages().next(), Some(Message::from("hello")));
    ///
    /// let binary = encoding.of_octet_stream().decode_payload(b"\x01\x03\xff\x04\x07\x08".as_slice().into(), 10_000);
    /// assert_eq!(binary.into_messages().next(), Some(Message::from(vec![7, 8])));
    /// ```
    #[must_use]
    pub const fn of_octet_stream(self) -> Self {
        Self { octet_stream: true, ..self }
    }

    /// The protocol revision.
    #[must_use]
    #[inline]
    pub const fn version(self) -> Version {
        self.version
    }

    /// Which callback the session's answers call, if they travel as JSONP.
    #[must_use]
    pub const fn jsonp(self) -> Option<Jsonp> {
        self.jsonp
    }

    /// Whether the peer cannot take binary.
    #[must_use]
    #[inline]
    pub const fn is_base64(self) -> bool {
        self.base64
    }

    /// Whether what is written must be text.
    pub(crate) const fn is_text_only(self) -> bool {
        self.base64 || self.jsonp.is_some()
    }

    /// Whether what is read need not be text.
    pub(crate) const fn is_octet_stream(self) -> bool {
        self.octet_stream && self.jsonp.is_none()
    }
}
