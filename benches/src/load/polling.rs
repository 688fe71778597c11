//! Echoes over polling: the client posts a payload, and polls until all of its messages came back.

use super::{
    Options, Sample,
    echo::{READ_SIZE, nonblocking},
    http::{self, Connection},
    meter::Clock,
    unexpected,
};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use std::{
    io::{self, Read, Write},
    time::Duration,
};

/// The separator of packets in a payload.
const SEPARATOR: u8 = 0x1e;

/// A session on one or two connections.
struct Session {
    /// The connection of the polls, followed by that of the posts if it is another.
    connections: Vec<HttpConnection>,
    get: Vec<u8>,
    post: Vec<u8>,
    /// The number of messages in a payload.
    messages: usize,
    /// The number of messages of the current payload whose echo did not arrive yet.
    outstanding: usize,
    /// The POST of the current payload is answered.
    posted: bool,
}

struct HttpConnection {
    stream: TcpStream,
    received: Vec<u8>,
    /// The request that is not answered yet.
    pending: Option<RequestKind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RequestKind {
    Get,
    Post,
}

pub(super) fn run(options: &Options) -> io::Result<Sample> {
    let packet = [b"4", &*options.message()].concat();
    let payload = vec![packet; options.in_flight].join(&SEPARATOR);
    let connections_per_session = if options.pending_poll { 2 } else { 1 };

    let mut poll = Poll::new()?;
    let mut sessions = Vec::new();
    for number in 0..options.connections {
        let mut connection = Connection::open(options.addr)?;
        let sid = connection.session(options)?;
        let mut session = Session {
            connections: Vec::new(),
            get: http::get(options.addr, Some(&sid)),
            post: http::post(options.addr, &sid, &payload),
            messages: options.in_flight,
            outstanding: 0,
            posted: true,
        };
        check(&mut connection, &session, &payload)?;
        let other = if options.pending_poll { Some(Connection::open(options.addr)?) } else { None };
        for (index, connection) in [connection].into_iter().chain(other).enumerate() {
            let mut stream = nonblocking(connection.into_stream())?;
            poll.registry().register(
                &mut stream,
                Token(number * connections_per_session + index),
                Interest::READABLE,
            )?;
            session.connections.push(HttpConnection { stream, received: Vec::new(), pending: None });
        }
        sessions.push(session);
    }

    let mut events = Events::with_capacity(1024);
    let mut buffer = vec![0; READ_SIZE];
    let mut clock = Clock::new(options);
    let mut count = 0;
    for session in &mut sessions {
        session.next_round()?;
    }
    loop {
        poll.poll(&mut events, Some(Duration::from_millis(100)))?;
        for event in &events {
            let Token(token) = event.token();
            count += sessions[token / connections_per_session].ready(token % connections_per_session, &mut buffer)?;
        }
        if let Some(sample) = clock.tick(count) {
            return Ok(sample);
        }
    }
}

/// Echoes one payload and compares it in full.
fn check(connection: &mut Connection, session: &Session, payload: &[u8]) -> io::Result<()> {
    let ok = connection.exchange(&session.post)?;
    if !ok.eq_ignore_ascii_case(b"ok") {
        return Err(unexpected("response to a POST is not ok", &ok));
    }
    let mut echo = connection.exchange(&session.get)?;
    while echo.len() < payload.len() {
        echo.push(SEPARATOR);
        echo.extend(connection.exchange(&session.get)?);
    }
    if echo == payload { Ok(()) } else { Err(unexpected("not an echo", &echo)) }
}

impl Session {
    /// Posts a payload. If the session has two connections, sends a poll before.
    fn next_round(&mut self) -> io::Result<()> {
        (self.outstanding, self.posted) = (self.messages, false);
        if let [polls, posts] = &mut *self.connections {
            polls.send(RequestKind::Get, &self.get)?;
            posts.send(RequestKind::Post, &self.post)
        } else {
            self.connections[0].send(RequestKind::Post, &self.post)
        }
    }

    /// Reads from a connection and sends the next request. Returns the number of payloads that came back.
    fn ready(&mut self, index: usize, buffer: &mut [u8]) -> io::Result<u64> {
        let Some((pending, packets)) = self.connections[index].read(buffer)? else { return Ok(0) };
        match pending {
            RequestKind::Post => self.posted = true,
            RequestKind::Get => {
                let outstanding = self.outstanding.checked_sub(packets);
                self.outstanding = outstanding.ok_or_else(|| unexpected("more echoes than messages", &[]))?;
            }
        }
        if self.outstanding == 0 && self.posted {
            self.next_round()?;
            return Ok(1);
        }
        let polls = &mut self.connections[0];
        if self.outstanding > 0 && polls.pending.is_none() {
            polls.send(RequestKind::Get, &self.get)?;
        }
        Ok(0)
    }
}

impl HttpConnection {
    /// Sends a request. It fits into the socket's buffer, so the write is complete.
    fn send(&mut self, pending: RequestKind, request: &[u8]) -> io::Result<()> {
        self.pending = Some(pending);
        self.stream.write_all(request)
    }

    /// Reads from the connection. When a response is complete, returns the kind of its request and its number of
    /// packets.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<(RequestKind, usize)>> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) if count < buffer.len() => {
                    // Most responses arrive in one piece. They are parsed without a copy.
                    if self.received.is_empty()
                        && let Some(response) = http::parse(&buffer[..count])?
                    {
                        return Ok(self.pending.take().map(|pending| (pending, packets(&response.body))));
                    }
                    self.received.extend_from_slice(&buffer[..count]);
                    break;
                }
                Ok(count) => self.received.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        let Some(response) = http::parse(&self.received)? else { return Ok(None) };
        let packets = packets(&response.body);
        self.received.clear();
        Ok(self.pending.take().map(|pending| (pending, packets)))
    }
}

fn packets(body: &[u8]) -> usize {
    memchr::memchr_iter(SEPARATOR, body).count() + 1
}
