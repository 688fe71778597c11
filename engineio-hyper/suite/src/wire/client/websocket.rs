//! WebSocket by hand.

use super::{Conn, Ended, Response, request};
use core::net::SocketAddr;
use core::str;

/// A valid key of an upgrade request (the one of RFC 6455, section 1.3).
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// What [`KEY`] is answered with.
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The headers that make a request an upgrade.
pub const UPGRADE_HEADERS: [(&str, &str); 4] =
    [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", KEY)];

/// The bytes of an upgrade request.
#[must_use]
pub fn upgrade_request(target: &str) -> Vec<u8> {
    request("GET", target, &UPGRADE_HEADERS, b"")
}

/// One frame, as written by a test or read from the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// FIN, the reserved bits and the opcode.
    pub first: u8,
    /// Whether its payload is masked on the wire.
    pub masked: bool,
    /// The payload, unmasked.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A whole message, or a control frame, from a client.
    #[must_use]
    pub fn new(opcode: u8, payload: &[u8]) -> Self {
        Self { first: 0x80 | opcode, masked: true, payload: payload.to_vec() }
    }

    /// A whole text message.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::new(0x1, text.as_bytes())
    }

    /// A whole binary message.
    #[must_use]
    pub fn binary(bytes: &[u8]) -> Self {
        Self::new(0x2, bytes)
    }

    /// The frame, with FIN cleared: more of the message follows.
    #[must_use]
    pub fn more(mut self) -> Self {
        self.first &= 0x7f;
        self
    }

    /// FIN, the reserved bits and the opcode replaced.
    #[must_use]
    pub fn first(mut self, first: u8) -> Self {
        self.first = first;
        self
    }

    /// Without the mask that a client must use.
    #[must_use]
    pub fn unmasked(mut self) -> Self {
        self.masked = false;
        self
    }

    /// As it stands on the wire.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
        let length = self.payload.len();
        let flag = if self.masked { 0x80 } else { 0 };
        let mut bytes = vec![self.first];
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(small @ 0..=125), _) => bytes.push(flag | small),
            (_, Ok(medium)) => {
                bytes.push(flag | 126);
                bytes.extend(medium.to_be_bytes());
            }
            _ => {
                bytes.push(flag | 127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        if self.masked {
            bytes.extend(MASK);
            bytes.extend(self.payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        } else {
            bytes.extend(&self.payload);
        }
        bytes
    }

    /// The code of a Close frame; `None` if it carries none.
    ///
    /// # Panics
    /// If it is no Close frame.
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        assert_eq!(self.first, 0x88, "a Close frame: {self:?}");
        self.payload.first_chunk().map(|code| u16::from_be_bytes(*code))
    }
}

impl core::fmt::Debug for Frame {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let head = &self.payload[..self.payload.len().min(80)];
        let length = self.payload.len();
        write!(f, "{:#04x} ({length} bytes) {:?}", self.first, String::from_utf8_lossy(head))
    }
}

/// One WebSocket.
#[derive(Debug)]
pub struct WebSocket {
    conn: Conn,
}

impl WebSocket {
    /// Opens one.
    ///
    /// # Panics
    /// If it is refused.
    #[must_use]
    pub fn open(addr: SocketAddr, target: &str) -> Self {
        Self::upgrade(Conn::open(addr), target, b"")
    }

    /// Opens one on a connection, with bytes that follow the request in the same segment.
    ///
    /// # Panics
    /// If it is refused.
    #[must_use]
    pub fn upgrade(mut conn: Conn, target: &str, early: &[u8]) -> Self {
        conn.send(&[&upgrade_request(target), early].concat());
        Self::switched(conn)
    }

    /// Reads the 101 of an upgrade request that was sent.
    ///
    /// # Panics
    /// If it is refused.
    #[must_use]
    pub fn switched(conn: Conn) -> Self {
        let (socket, extensions) = Self::switched_with_extensions(conn);
        assert_eq!(extensions, None, "no extension was asked for");
        socket
    }

    /// Reads the 101 of an upgrade request that was sent and offered extensions; returns those that were chosen too.
    ///
    /// # Panics
    /// If it is refused.
    #[must_use]
    pub fn switched_with_extensions(mut conn: Conn) -> (Self, Option<String>) {
        let response = conn.response();
        Self::check(&response);
        (Self { conn }, response.header("sec-websocket-extensions").map(str::to_owned))
    }

    fn check(response: &Response) {
        assert_eq!(response.status, 101, "{:?} {:?}", response.headers, String::from_utf8_lossy(&response.body));
        assert_eq!(response.header("upgrade").map(str::to_ascii_lowercase).as_deref(), Some("websocket"));
        assert_eq!(response.header("connection").map(str::to_ascii_lowercase).as_deref(), Some("upgrade"));
        assert_eq!(response.header("sec-websocket-accept"), Some(ACCEPT));
    }

    /// Opens one without a session and reads the handshake; returns the session's id too.
    ///
    /// # Panics
    /// If that fails.
    #[must_use]
    pub fn handshake(addr: SocketAddr) -> (Self, String) {
        let mut socket = Self::open(addr, &super::target("websocket", None));
        let sid = socket.opened();
        (socket, sid)
    }

    /// Reads the packet that opens a session; returns the session's id.
    ///
    /// # Panics
    /// If it does not come.
    pub fn opened(&mut self) -> String {
        let frame = self.frame();
        let open = str::from_utf8(&frame.payload).ok().and_then(|text| text.strip_prefix(r#"0{"sid":""#));
        let sid = open.and_then(|rest| rest.split('"').next());
        sid.unwrap_or_else(|| panic!("the handshake comes first: {frame:?}")).to_owned()
    }

    /// Sends frames, in one write.
    ///
    /// # Panics
    /// If the server does not take them.
    pub fn send(&mut self, frames: &[Frame]) {
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::bytes).collect();
        self.conn.send(&bytes);
    }

    /// Sends a text message.
    ///
    /// # Panics
    /// If the server does not take it.
    pub fn text(&mut self, text: &str) {
        self.send(&[Frame::text(text)]);
    }

    /// Sends a binary message.
    ///
    /// # Panics
    /// If the server does not take it.
    pub fn binary(&mut self, bytes: &[u8]) {
        self.send(&[Frame::binary(bytes)]);
    }

    /// Sends bytes that need not be frames.
    ///
    /// # Panics
    /// If the server does not take them.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.conn.send(bytes);
    }

    /// Reads one frame.
    ///
    /// # Panics
    /// If none comes.
    pub fn frame(&mut self) -> Frame {
        self.try_frame().expect("a frame comes")
    }

    /// Reads one frame, if one comes.
    ///
    /// # Errors
    /// Why none comes.
    ///
    /// # Panics
    /// If it is masked, which a server's never is.
    pub fn try_frame(&mut self) -> Result<Frame, Ended> {
        let head = self.conn.read(2)?;
        let (first, length) = (head[0], head[1]);
        assert_eq!(length & 0x80, 0, "a server does not mask");
        let length = match length {
            126 => usize::from(u16::from_be_bytes(self.conn.read(2)?.try_into().expect("two bytes"))),
            127 => {
                let length = u64::from_be_bytes(self.conn.read(8)?.try_into().expect("eight bytes"));
                usize::try_from(length).expect("a frame fits into memory")
            }
            small => usize::from(small),
        };
        Ok(Frame { first, masked: false, payload: self.conn.read(length)? })
    }

    /// Checks that this text message comes next.
    ///
    /// # Panics
    /// If it does not.
    pub fn expect(&mut self, text: &str) {
        assert_eq!(self.frame(), Frame::text(text).unmasked());
    }

    /// Checks that this text message comes, whatever comes before it.
    ///
    /// # Panics
    /// If it does not.
    pub fn expect_packet(&mut self, text: &str) {
        while self.frame() != Frame::text(text).unmasked() {}
    }

    /// Checks that this binary message comes next.
    ///
    /// # Panics
    /// If it does not.
    pub fn expect_binary(&mut self, bytes: &[u8]) {
        assert_eq!(self.frame(), Frame::binary(bytes).unmasked());
    }

    /// Checks that a Close frame with this code, or without one, comes next; answers it, and checks that the
    /// connection ends.
    ///
    /// # Panics
    /// If that is not so.
    pub fn expect_close(mut self, code: Option<u16>) {
        assert_eq!(self.frame().close_code(), code);
        // The server need not wait for this.
        let _ = self.conn.try_send(&Frame::new(0x8, b"").bytes());
        self.conn.expect_end();
    }

    /// Upgrades a session that is on polling: probe, its answer, upgrade.
    ///
    /// # Panics
    /// If the probe is not answered.
    pub fn probe_and_upgrade(&mut self) {
        self.probe();
        self.text("5");
    }

    /// Sends the probe and reads its answer.
    ///
    /// # Panics
    /// If it is not answered.
    pub fn probe(&mut self) {
        self.text("2probe");
        self.expect("3probe");
    }

    /// The connection, to break it.
    #[must_use]
    pub fn into_conn(self) -> Conn {
        self.conn
    }

    /// The connection.
    pub const fn conn(&mut self) -> &mut Conn {
        &mut self.conn
    }
}
