//! A session over long-polling.

use super::seen::await_seen;
use super::{Conn, QUIET, Response, request};
use core::fmt::Display;
use core::net::SocketAddr;

/// One session as a polling client sees it.
#[derive(Debug)]
pub struct Polling {
    addr: SocketAddr,
    sid: String,
    conn: Option<Conn>,
}

/// A POST whose head has been let in and whose body has not been sent to its end.
#[derive(Debug)]
pub struct Uploading {
    conn: Conn,
}

/// The target of a request: the default path, protocol 4, a transport and, if there is one, a session.
#[must_use]
pub fn target(transport: &str, sid: Option<&str>) -> String {
    let sid = sid.map_or_else(String::new, |sid| format!("&sid={sid}"));
    format!("/engine.io/?EIO=4&transport={transport}{sid}")
}

impl Polling {
    /// Does the handshake.
    ///
    /// # Panics
    /// If it is refused.
    #[must_use]
    pub fn open(addr: SocketAddr) -> Self {
        let mut conn = Conn::open(addr);
        let response = conn.exchange(&request("GET", &target("polling", None), &[], b""));
        let packets = response.packets();
        let sid = packets.strip_prefix(r#"0{"sid":""#).and_then(|rest| rest.split('"').next());
        let sid = sid.unwrap_or_else(|| panic!("the handshake begins with the session id: {packets}")).to_owned();
        Self { addr, sid, conn: Some(conn) }
    }

    /// A session that exists.
    #[must_use]
    pub fn attach(addr: SocketAddr, sid: &str) -> Self {
        Self { addr, sid: sid.to_owned(), conn: None }
    }

    /// The session's id.
    #[must_use]
    pub fn sid(&self) -> &str {
        &self.sid
    }

    /// The target of a polling request of this session.
    #[must_use]
    pub fn target(&self) -> String {
        target("polling", Some(&self.sid))
    }

    /// The target of a WebSocket of this session.
    #[must_use]
    pub fn websocket_target(&self) -> String {
        target("websocket", Some(&self.sid))
    }

    /// Sends a request over the connection that is kept alive and reads the response.
    ///
    /// # Panics
    /// If there is none.
    pub fn exchange(&mut self, bytes: &[u8]) -> Response {
        let mut conn = self.conn.take().unwrap_or_else(|| Conn::open(self.addr));
        let response = conn.exchange(bytes);
        if response.header("connection") != Some("close") {
            self.conn = Some(conn);
        }
        response
    }

    /// A GET, answered.
    ///
    /// # Panics
    /// If it is not answered.
    pub fn get(&mut self) -> Response {
        self.exchange(&request("GET", &self.target(), &[], b""))
    }

    /// A POST, answered.
    ///
    /// # Panics
    /// If it is not answered.
    pub fn post(&mut self, body: impl AsRef<[u8]>) -> Response {
        self.exchange(&request("POST", &self.target(), &[], body.as_ref()))
    }

    /// Checks that a GET brings these packets.
    ///
    /// # Panics
    /// If it does not.
    pub fn expect(&mut self, packets: impl Display) {
        assert_eq!(self.get().packets(), packets.to_string());
    }

    /// Checks that GETs bring this packet, whatever comes before it.
    ///
    /// # Panics
    /// If it does not come.
    pub fn expect_packet(&mut self, packet: &str) {
        while !self.get().packets().split('\x1e').any(|found| found == packet) {}
    }

    /// Checks that a POST is accepted.
    ///
    /// # Panics
    /// If it is not.
    pub fn accept(&mut self, body: impl AsRef<[u8]>) {
        let response = self.post(body);
        response.expect(200, "ok");
        assert_eq!(response.header("content-type"), Some("text/html"));
        assert_eq!(response.header("content-length"), Some("2"));
    }

    /// Checks that a GET learns that the application has closed the session, be it just then or before.
    ///
    /// # Panics
    /// If it does not.
    pub fn expect_closing(&mut self) {
        let response = self.get();
        assert!(matches!(response.packets(), "1" | "6\x1e1"), "{}", response.text());
    }

    /// Checks that the session is gone.
    ///
    /// # Panics
    /// If it is not.
    pub fn expect_gone(&mut self) {
        self.conn = None;
        self.get().expect_refusal(1);
    }

    /// A GET on a connection of its own, sent.
    #[must_use]
    pub fn begin_get(&self) -> Conn {
        let mut conn = Conn::open(self.addr);
        conn.send(&request("GET", &self.target(), &[], b""));
        conn
    }

    /// A GET on a connection of its own that the server has seen and left unanswered.
    ///
    /// # Panics
    /// If it is answered or never seen.
    #[must_use]
    pub fn park(&self) -> Conn {
        let mut conn = await_seen(self.addr, || self.begin_get());
        conn.expect_quiet(QUIET);
        conn
    }

    /// A POST on a connection of its own, let in by the server, which now waits for `length` bytes of body.
    ///
    /// # Panics
    /// If it is not let in.
    #[must_use]
    pub fn upload(&self, length: usize) -> Uploading {
        self.upload_as(&[("Content-Length", &length.to_string())])
    }

    /// A POST on a connection of its own, let in by the server, framed as these headers say.
    ///
    /// # Panics
    /// If it is not let in.
    #[must_use]
    pub fn upload_as(&self, headers: &[(&str, &str)]) -> Uploading {
        let mut conn = Conn::open(self.addr);
        let headers: Vec<_> = headers.iter().copied().chain([("Expect", "100-continue")]).collect();
        conn.send(&request("POST", &self.target(), &headers, b""));
        conn.expect_continue();
        Uploading { conn }
    }
}

impl Uploading {
    /// Sends some of the body.
    ///
    /// # Panics
    /// If the server does not take it.
    pub fn send(&mut self, body: &[u8]) {
        self.conn.send(body);
    }

    /// Sends some of the body to a server that may have had enough.
    pub fn offer(&mut self, body: &[u8]) {
        let _ = self.conn.try_send(body);
    }

    /// The connection.
    #[must_use]
    pub fn into_conn(self) -> Conn {
        self.conn
    }
}
