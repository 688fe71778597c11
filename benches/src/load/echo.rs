//! Echoes over WebSocket.

use super::{
    Options, Sample, idle,
    meter::Clock,
    unexpected,
    websocket::{self, WebSocket},
};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use std::{
    io::{self, Read, Write},
    time::Duration,
};

/// How much is read at once.
pub(super) const READ: usize = 256 * 1024;

/// A socket on which a fixed number of messages is under way at any time.
struct Echoing<'b> {
    stream: TcpStream,
    /// As many frames as may be under way. What is sent is this, over and over.
    burst: &'b [u8],
    position: usize,
    /// How many bytes of frames are to be sent.
    owed: usize,
    frame: usize,
    echo: usize,
    /// How many bytes of an echo are there that is not complete.
    partial: usize,
}

pub(super) fn run(options: &Options) -> io::Result<Sample> {
    let message = options.message();
    let frame = websocket::message(&message, options.binary);
    let echo = websocket::echo(&message, options.binary);
    let burst = frame.repeat(options.in_flight);
    let _idle = idle::websockets(options, options.idle)?;

    let mut poll = Poll::new()?;
    let mut sockets = Vec::new();
    for token in 0..options.connections {
        let mut websocket = WebSocket::session(options)?;
        websocket.check(&frame, &echo)?;
        let mut stream = nonblocking(websocket.into_stream()?)?;
        poll.registry().register(&mut stream, Token(token), Interest::READABLE | Interest::WRITABLE)?;
        sockets.push(Echoing {
            stream,
            burst: &burst,
            position: 0,
            owed: burst.len(),
            frame: frame.len(),
            echo: echo.len(),
            partial: 0,
        });
    }

    let mut events = Events::with_capacity(1024);
    let mut buffer = vec![0; READ];
    let mut clock = Clock::new(options);
    let mut count = 0;
    for socket in &mut sockets {
        socket.write()?;
    }
    loop {
        poll.poll(&mut events, Some(Duration::from_millis(100)))?;
        for event in &events {
            count += sockets[event.token().0].ready(&mut buffer)?;
        }
        if let Some(sample) = clock.tick(count) {
            return Ok(sample);
        }
    }
}

impl Echoing<'_> {
    /// Reads what is there and sends as many frames as echoes came back.
    fn ready(&mut self, buffer: &mut [u8]) -> io::Result<u64> {
        let mut echoes = 0;
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    self.partial += count;
                    echoes += self.partial / self.echo;
                    self.partial %= self.echo;
                    // What comes later is another event.
                    if count < buffer.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        self.owed += echoes * self.frame;
        if self.owed > self.burst.len() {
            return Err(unexpected("more echoes than messages", &[]));
        }
        self.write()?;
        Ok(echoes as u64)
    }

    fn write(&mut self) -> io::Result<()> {
        while self.owed > 0 {
            let end = self.burst.len().min(self.position + self.owed);
            match self.stream.write(&self.burst[self.position..end]) {
                Ok(count) => {
                    self.owed -= count;
                    self.position = (self.position + count) % self.burst.len();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

pub(super) fn nonblocking(stream: std::net::TcpStream) -> io::Result<TcpStream> {
    stream.set_nonblocking(true)?;
    Ok(TcpStream::from_std(stream))
}
