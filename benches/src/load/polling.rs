//! Echoes over polling: a payload is posted, and polled until all of it came back.

use super::{
    Options, Sample,
    echo::{READ, nonblocking},
    http::{self, Connection},
    meter::Clock,
    unexpected,
};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use std::{
    io::{self, Read, Write},
    time::Duration,
};

/// What stands between the packets of a payload.
const SEPARATOR: u8 = 0x1e;

/// A session, on one connection or on two.
struct Session {
    /// That of the polls, and that of the posts, if it is another.
    connections: Vec<Half>,
    get: Vec<u8>,
    post: Vec<u8>,
    /// How many messages a payload has.
    messages: usize,
    /// How many of them did not come back yet.
    missing: usize,
    posted: bool,
}

struct Half {
    stream: TcpStream,
    received: Vec<u8>,
    /// What is under way: responses come in the order of requests.
    asked: Option<Asked>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Get,
    Post,
}

pub(super) fn run(options: &Options) -> io::Result<Sample> {
    let packet = [b"4", &*options.message()].concat();
    let payload = vec![packet; options.in_flight].join(&SEPARATOR);
    let halves = if options.parked { 2 } else { 1 };

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
            missing: 0,
            posted: true,
        };
        check(&mut connection, &session, &payload)?;
        let other = if options.parked { Some(Connection::open(options.addr)?) } else { None };
        for (half, connection) in [connection].into_iter().chain(other).enumerate() {
            let mut stream = nonblocking(connection.into_stream())?;
            poll.registry().register(&mut stream, Token(number * halves + half), Interest::READABLE)?;
            session.connections.push(Half { stream, received: Vec::new(), asked: None });
        }
        sessions.push(session);
    }

    let mut events = Events::with_capacity(1024);
    let mut buffer = vec![0; READ];
    let mut clock = Clock::new(options);
    let mut count = 0;
    for session in &mut sessions {
        session.next_round()?;
    }
    loop {
        poll.poll(&mut events, Some(Duration::from_millis(100)))?;
        for event in &events {
            let Token(token) = event.token();
            count += sessions[token / halves].ready(token % halves, &mut buffer)?;
        }
        if let Some(sample) = clock.tick(count) {
            return Ok(sample);
        }
    }
}

/// Does it once and looks closely.
fn check(connection: &mut Connection, session: &Session, payload: &[u8]) -> io::Result<()> {
    let ok = connection.exchange(&session.post)?;
    if !ok.eq_ignore_ascii_case(b"ok") {
        return Err(unexpected("not ok", &ok));
    }
    let mut echo = connection.exchange(&session.get)?;
    while echo.len() < payload.len() {
        echo.push(SEPARATOR);
        echo.extend(connection.exchange(&session.get)?);
    }
    if echo == payload { Ok(()) } else { Err(unexpected("not an echo", &echo)) }
}

impl Session {
    /// Posts a payload, with a poll that waits for it if there is a connection for that.
    fn next_round(&mut self) -> io::Result<()> {
        (self.missing, self.posted) = (self.messages, false);
        if let [polls, posts] = &mut *self.connections {
            polls.send(Asked::Get, &self.get)?;
            posts.send(Asked::Post, &self.post)
        } else {
            self.connections[0].send(Asked::Post, &self.post)
        }
    }

    /// Reads what a connection has, and goes on. Returns how many payloads came back.
    fn ready(&mut self, half: usize, buffer: &mut [u8]) -> io::Result<u64> {
        let Some((asked, packets)) = self.connections[half].read(buffer)? else { return Ok(0) };
        match asked {
            Asked::Post => self.posted = true,
            Asked::Get => {
                let missing = self.missing.checked_sub(packets);
                self.missing = missing.ok_or_else(|| unexpected("more echoes than messages", &[]))?;
            }
        }
        if self.missing == 0 && self.posted {
            self.next_round()?;
            return Ok(1);
        }
        let polls = &mut self.connections[0];
        if self.missing > 0 && polls.asked.is_none() {
            polls.send(Asked::Get, &self.get)?;
        }
        Ok(0)
    }
}

impl Half {
    /// A request is small enough for any socket's buffer.
    fn send(&mut self, asked: Asked, request: &[u8]) -> io::Result<()> {
        self.asked = Some(asked);
        self.stream.write_all(request)
    }

    /// Reads; when a response is complete, tells to what, and how many packets it carries.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<(Asked, usize)>> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) if count < buffer.len() => {
                    // Most responses come in one piece, which is not copied.
                    if self.received.is_empty()
                        && let Some(response) = http::parse(&buffer[..count])?
                    {
                        return Ok(self.asked.take().map(|asked| (asked, packets(&response.body))));
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
        Ok(self.asked.take().map(|asked| (asked, packets)))
    }
}

fn packets(body: &[u8]) -> usize {
    memchr::memchr_iter(SEPARATOR, body).count() + 1
}
