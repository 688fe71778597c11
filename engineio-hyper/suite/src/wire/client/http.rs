//! HTTP/1.1 by hand.

use super::{LIMIT, Response};
use core::net::SocketAddr;
use core::{fmt::Write as _, str, time::Duration};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Instant;

/// One TCP connection and what was read from it and not yet used.
#[derive(Debug)]
pub struct Conn {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// Why nothing more could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The peer ended the connection in order.
    Fin,
    /// The peer reset the connection.
    Reset,
    /// Nothing came within the time limit.
    Silence,
}

/// A request's bytes. `Host` is added; `Content-Length` too if there is a body or the method is `POST`, unless the
/// headers given say how long the body is.
#[must_use]
pub fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let framed = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("transfer-encoding"));
    if !framed && (method == "POST" || !body.is_empty()) {
        let _ = write!(head, "Content-Length: {}\r\n", body.len());
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

impl Conn {
    /// Connects.
    ///
    /// # Panics
    /// If the server does not listen.
    #[must_use]
    pub fn open(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).expect("the server listens");
        stream.set_nodelay(true).expect("a fresh socket takes options");
        stream.set_write_timeout(Some(LIMIT)).expect("a fresh socket takes options");
        Self { stream, unread: Vec::new() }
    }

    /// Connects with a receive buffer of about this many bytes, so that the peer soon cannot write.
    ///
    /// # Panics
    /// If the server does not listen.
    #[must_use]
    pub fn open_narrow(addr: SocketAddr, bytes: usize) -> Self {
        let socket = socket2::Socket::new(socket2::Domain::for_address(addr), socket2::Type::STREAM, None)
            .expect("a socket can be made");
        socket.set_recv_buffer_size(bytes).expect("a fresh socket takes options");
        socket.connect(&addr.into()).expect("the server listens");
        Self { stream: socket.into(), unread: Vec::new() }
    }

    /// Sends a request and reads its response.
    ///
    /// # Panics
    /// If there is none.
    pub fn exchange(&mut self, request: &[u8]) -> Response {
        self.send(request);
        self.response()
    }

    /// Sends bytes, all of them.
    ///
    /// # Panics
    /// If the peer does not take them.
    pub fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).expect("the peer takes what is sent");
    }

    /// Sends bytes to a peer that may have gone away.
    ///
    /// # Errors
    /// What the socket says.
    pub fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Sends bytes until the peer has taken none for `stall`, or all; returns how many it took.
    ///
    /// # Panics
    /// If the peer goes away.
    pub fn send_until_stalled(&mut self, bytes: &[u8], stall: Duration) -> usize {
        self.stream.set_write_timeout(Some(stall)).expect("an open socket takes options");
        let mut sent = 0;
        while sent < bytes.len() {
            match self.stream.write(&bytes[sent..]) {
                Ok(n) => sent += n,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
                Err(error) => panic!("the peer stays connected: {error}"),
            }
        }
        self.stream.set_write_timeout(Some(LIMIT)).expect("an open socket takes options");
        sent
    }

    /// Ends this side's half of the connection (FIN); the other half can still be read.
    ///
    /// # Panics
    /// If the connection is gone already.
    pub fn fin(&self) {
        self.stream.shutdown(Shutdown::Write).expect("the connection is open");
    }

    /// Resets the connection (RST).
    ///
    /// # Panics
    /// If the socket does not take the option that does it.
    pub fn rst(self) {
        let socket = socket2::Socket::from(self.stream);
        socket.set_linger(Some(Duration::ZERO)).expect("an open socket takes options");
    }

    /// Another handle for the same connection, to write while this one reads.
    ///
    /// # Panics
    /// If the system has no handle left.
    #[must_use]
    pub fn writer(&self) -> Self {
        Self { stream: self.stream.try_clone().expect("a socket can be shared"), unread: Vec::new() }
    }

    /// Reads one response.
    ///
    /// # Panics
    /// If there is none.
    pub fn response(&mut self) -> Response {
        self.try_response().expect("the request is answered")
    }

    /// Reads one response, if there is one.
    ///
    /// # Errors
    /// Why there is none.
    pub fn try_response(&mut self) -> Result<Response, Ended> {
        self.try_response_within(LIMIT)
    }

    /// Reads one response, if there is one within this time. What came of it is kept.
    ///
    /// # Errors
    /// Why there is none.
    ///
    /// # Panics
    /// If what comes is no HTTP.
    pub fn try_response_within(&mut self, limit: Duration) -> Result<Response, Ended> {
        let deadline = Instant::now() + limit;
        let mut response = self.head(deadline)?;
        let length = response.header("content-length").map(|value| value.parse().expect("a length is a number"));
        response.body = if matches!(response.status, 100..=199 | 204 | 304) {
            Vec::new()
        } else if response.header("transfer-encoding") == Some("chunked") {
            self.chunks(deadline)?
        } else if let Some(length) = length {
            self.take(length, deadline)?
        } else {
            self.rest(deadline)?
        };
        Ok(response)
    }

    /// Reads a response to `HEAD`: one that has no body, whatever its headers say.
    ///
    /// # Panics
    /// If there is none.
    pub fn head_only(&mut self) -> Response {
        self.head(Instant::now() + LIMIT).expect("the request is answered")
    }

    /// Reads the interim response that says that the server has asked for the body of a request with
    /// `Expect: 100-continue`, and so that the request has been let in.
    ///
    /// # Panics
    /// If something else comes.
    pub fn expect_continue(&mut self) {
        let response = self.head(Instant::now() + LIMIT).expect("the request is let in");
        assert_eq!(response.status, 100, "{response:?}");
    }

    /// Reads exactly this many bytes.
    ///
    /// # Errors
    /// Why there are fewer.
    pub fn read(&mut self, length: usize) -> Result<Vec<u8>, Ended> {
        self.take(length, Instant::now() + LIMIT)
    }

    /// How the connection ends, whatever comes before that.
    #[must_use]
    pub fn ended(&mut self) -> Ended {
        let deadline = Instant::now() + LIMIT;
        loop {
            self.unread.clear();
            if let Err(ended) = self.fill(deadline) {
                return ended;
            }
        }
    }

    /// Checks that the connection ends, in whatever way, with nothing more said.
    ///
    /// # Panics
    /// If something comes, or nothing happens.
    pub fn expect_end(&mut self) {
        let ended = self.rest(Instant::now() + LIMIT);
        match ended {
            Ok(rest) => assert!(rest.is_empty(), "nothing more is said: {:?}", String::from_utf8_lossy(&rest)),
            Err(ended) => {
                assert_eq!(ended, Ended::Reset, "the connection ends");
                assert!(self.unread.is_empty(), "nothing more is said: {:?}", String::from_utf8_lossy(&self.unread));
            }
        }
    }

    /// Checks that nothing comes for a while and the connection stays open.
    ///
    /// # Panics
    /// If something does.
    pub fn expect_quiet(&mut self, length: Duration) {
        let quiet = self.unread.is_empty().then(|| self.fill(Instant::now() + length));
        assert_eq!(quiet, Some(Err(Ended::Silence)), "nothing comes: {:?}", String::from_utf8_lossy(&self.unread));
    }

    fn head(&mut self, deadline: Instant) -> Result<Response, Ended> {
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                break at;
            }
            self.fill(deadline)?;
        };
        let head: Vec<u8> = self.unread.drain(..end + 4).collect();
        let head = str::from_utf8(&head).expect("a head is text");
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).and_then(|line| line.get(..3));
        let status = status.and_then(|digits| digits.parse().ok());
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').expect("a header has a name");
            (name.to_ascii_lowercase(), value.trim().to_owned())
        });
        Ok(Response {
            status: status.unwrap_or_else(|| panic!("a response begins with a status line: {head:?}")),
            headers: headers.collect(),
            body: Vec::new(),
        })
    }

    fn chunks(&mut self, deadline: Instant) -> Result<Vec<u8>, Ended> {
        let mut body = Vec::new();
        loop {
            let line = loop {
                if let Some(at) = self.unread.windows(2).position(|window| window == b"\r\n") {
                    break at;
                }
                self.fill(deadline)?;
            };
            let line = self.take(line + 2, deadline)?;
            let length = str::from_utf8(&line).ok().and_then(|line| usize::from_str_radix(line.trim_end(), 16).ok());
            let length = length.expect("a chunk begins with its length");
            body.extend(self.take(length, deadline)?);
            assert_eq!(self.take(2, deadline)?, b"\r\n", "a chunk ends with a line's end");
            if length == 0 {
                return Ok(body);
            }
        }
    }

    fn take(&mut self, length: usize, deadline: Instant) -> Result<Vec<u8>, Ended> {
        while self.unread.len() < length {
            self.fill(deadline)?;
        }
        Ok(self.unread.drain(..length).collect())
    }

    fn rest(&mut self, deadline: Instant) -> Result<Vec<u8>, Ended> {
        loop {
            match self.fill(deadline) {
                Ok(()) => {}
                Err(Ended::Fin) => return Ok(core::mem::take(&mut self.unread)),
                Err(ended) => return Err(ended),
            }
        }
    }

    fn fill(&mut self, deadline: Instant) -> Result<(), Ended> {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.stream.set_read_timeout(Some(left)).expect("an open socket takes options");
        let mut buffer = vec![0; 64 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(Ended::Fin),
            Ok(n) => {
                self.unread.extend_from_slice(&buffer[..n]);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Err(Ended::Silence),
            Err(_) => Err(Ended::Reset),
        }
    }
}
