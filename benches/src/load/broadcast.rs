//! Broadcasts: the server sends one session's message to all sessions.

use super::{
    Options, Sample,
    echo::{READ_SIZE, nonblocking},
    meter::Clock,
    websocket::{self, WebSocket},
};
use mio::{Events, Interest, Poll, Token};
use std::{
    io::{self, Read, Write},
    time::Duration,
};

pub(super) fn run(options: &Options) -> io::Result<Sample> {
    let message = options.message();
    let frame = websocket::message(&message, options.binary);
    let echo = websocket::echo(&message, options.binary);

    let mut poll = Poll::new()?;
    let mut sockets = Vec::new();
    for token in 0..options.connections {
        let mut stream = nonblocking(WebSocket::session(options)?.into_stream()?)?;
        poll.registry().register(&mut stream, Token(token), Interest::READABLE)?;
        sockets.push(stream);
    }

    let mut events = Events::with_capacity(1024);
    let mut buffer = vec![0; READ_SIZE];
    let mut clock = Clock::new(options);
    let all = options.connections * echo.len();
    let mut count = 0;
    loop {
        sockets[0].write_all(&frame)?;
        let mut received = 0;
        while received < all {
            poll.poll(&mut events, Some(Duration::from_secs(30)))?;
            if events.is_empty() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            for event in &events {
                loop {
                    match sockets[event.token().0].read(&mut buffer) {
                        Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                        Ok(bytes) => received += bytes,
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        count += options.connections as u64;
        if let Some(sample) = clock.tick(count) {
            return Ok(sample);
        }
    }
}
