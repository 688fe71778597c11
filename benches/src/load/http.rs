//! The HTTP client of the load generator.

use super::{Options, connect::connect, unexpected};
use std::{
    borrow::Cow,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
};

/// A blocking connection with one request at a time.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// A complete response.
#[derive(Debug)]
pub(super) struct Response<'r> {
    pub(super) body: Cow<'r, [u8]>,
    /// The length in bytes of head and body.
    pub(super) length: usize,
}

impl Connection {
    pub(super) fn open(addr: SocketAddr) -> io::Result<Self> {
        Ok(Self { stream: connect(addr)?, received: Vec::new() })
    }

    /// Opens a session and returns its id. Receives the initial ping if the server sends one.
    pub(super) fn session(&mut self, options: &Options) -> io::Result<String> {
        let sid = sid(&self.exchange(&get(options.addr, None))?)?;
        if options.initial_ping {
            let ping = self.exchange(&get(options.addr, Some(&sid)))?;
            if ping != b"2" {
                return Err(unexpected("not a ping", &ping));
            }
        }
        Ok(sid)
    }

    pub(super) fn exchange(&mut self, request: &[u8]) -> io::Result<Vec<u8>> {
        self.send(request)?;
        self.receive()
    }

    pub(super) fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request)
    }

    /// Receives the next response and returns its body. Fails unless the status is 200.
    pub(super) fn receive(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(Response { body, length }) = parse(&self.received)? {
                let body = body.into_owned();
                self.received.drain(..length);
                return Ok(body);
            }
            let mut buffer = [0; 4096];
            let count = self.stream.read(&mut buffer)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.received.extend_from_slice(&buffer[..count]);
        }
    }

    pub(super) fn into_stream(self) -> TcpStream {
        self.stream
    }
}

/// Returns a poll of the session `sid`, or without one the request that opens a session.
pub(super) fn get(addr: SocketAddr, sid: Option<&str>) -> Vec<u8> {
    format!("GET {} HTTP/1.1\r\nhost: {addr}\r\naccept: */*\r\n\r\n", target("polling", sid)).into_bytes()
}

/// Returns the POST of a payload.
pub(super) fn post(addr: SocketAddr, sid: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: {addr}\r\naccept: */*\r\ncontent-type: text/plain;charset=UTF-8\r\n\
         content-length: {}\r\n\r\n",
        target("polling", Some(sid)),
        payload.len()
    );
    [head.as_bytes(), payload].concat()
}

/// Returns the requests of a polling session: the request that opens it, the POST of a payload of `messages` messages
/// of 32 bytes, and the poll.
#[must_use]
pub fn polling_requests(sid: &str, messages: usize) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let addr = SocketAddr::from(([127, 0, 0, 1], 3000));
    let payload = vec!["4abcdefghijklmnopqrstuvwxyz012345"; messages].join("\x1e");
    (get(addr, None), post(addr, sid, payload.as_bytes()), get(addr, Some(sid)))
}

/// Returns the requests that open a polling session and close it.
#[must_use]
pub fn cycle_requests(sid: &str) -> (Vec<u8>, Vec<u8>) {
    let addr = SocketAddr::from(([127, 0, 0, 1], 3000));
    (get(addr, None), post(addr, sid, b"1"))
}

/// Returns the session id in the response to a handshake.
///
/// # Panics
/// Panics if `received` is not a complete response with an open packet.
#[must_use]
pub fn session_id(received: &[u8]) -> String {
    let response = parse(received).expect("a response").expect("a complete response");
    sid(&response.body).expect("an open packet")
}

/// Returns the path and the query of a request.
pub(super) fn target(transport: &str, sid: Option<&str>) -> String {
    let sid = sid.map(|sid| format!("&sid={sid}")).unwrap_or_default();
    format!("/engine.io/?EIO=4&transport={transport}{sid}")
}

/// Returns the session id in an open packet.
pub(super) fn sid(open: &[u8]) -> io::Result<String> {
    let text = str::from_utf8(open).ok().filter(|text| text.starts_with("0{"));
    let sid = text.and_then(|text| text.split_once(r#""sid":""#)?.1.split('"').next());
    sid.map(str::to_owned).ok_or_else(|| unexpected("not an open packet", open))
}

/// Parses a response. Returns `None` if it is incomplete.
pub(super) fn parse(received: &[u8]) -> io::Result<Option<Response<'_>>> {
    let mut headers = [httparse::EMPTY_HEADER; 24];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(received) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(unexpected("not HTTP", received)),
    };
    if response.code != Some(200) {
        return Err(unexpected("status is not 200", received));
    }
    for header in response.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            let length = str::from_utf8(header.value).ok().and_then(|length| length.parse::<usize>().ok());
            let length = length.ok_or_else(|| unexpected("invalid content-length", header.value))? + head;
            let body = received.get(head..length).map(Cow::Borrowed);
            return Ok(body.map(|body| Response { body, length }));
        }
    }
    parse_chunked(received, head)
}

/// Parses a chunked body, which a server sends if it does not know the length beforehand.
fn parse_chunked(received: &[u8], head: usize) -> io::Result<Option<Response<'_>>> {
    let (mut body, mut position) = (Vec::new(), head);
    loop {
        let rest = &received[position..];
        match httparse::parse_chunk_size(rest) {
            Ok(httparse::Status::Complete((line, size))) => {
                let (start, end) = (position + line, position + line + size as usize);
                if received.len() < end + 2 {
                    return Ok(None);
                }
                body.extend_from_slice(&received[start..end]);
                position = end + 2;
                if size == 0 {
                    return Ok(Some(Response { body: Cow::Owned(body), length: position }));
                }
            }
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(unexpected("neither content-length nor a chunked body", received)),
        }
    }
}
