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

/// The size in bytes of the read buffer.
pub(super) const READ_SIZE: usize = 256 * 1024;

/// A socket with a fixed number of messages in flight.
struct EchoSocket<'b> {
    stream: TcpStream,
    /// The frames of all messages in flight. They are sent repeatedly.
    burst: &'b [u8],
    /// The position in `burst` of the next byte to send.
    position: usize,
    /// The number of bytes to send.
    unsent: usize,
    /// The length in bytes of a frame.
    frame: usize,
    /// The length in bytes of an echo.
    echo: usize,
    /// The number of bytes received of an incomplete echo.
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
        sockets.push(EchoSocket {
            stream,
            burst: &burst,
            position: 0,
            unsent: burst.len(),
            frame: frame.len(),
            echo: echo.len(),
            partial: 0,
        });
    }

    let mut events = Events::with_capacity(1024);
    let mut buffer = vec![0; READ_SIZE];
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

impl EchoSocket<'_> {
    /// Reads the available echoes and sends as many frames. Returns the number of echoes.
    fn ready(&mut self, buffer: &mut [u8]) -> io::Result<u64> {
        let mut echoes = 0;
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    self.partial += count;
                    echoes += self.partial / self.echo;
                    self.partial %= self.echo;
                    // The socket is drained; poll reports data that arrives later.
                    if count < buffer.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        self.unsent += echoes * self.frame;
        if self.unsent > self.burst.len() {
            return Err(unexpected("more echoes than messages", &[]));
        }
        self.write()?;
        Ok(echoes as u64)
    }

    fn write(&mut self) -> io::Result<()> {
        while self.unsent > 0 {
            let end = self.burst.len().min(self.position + self.unsent);
            match self.stream.write(&self.burst[self.position..end]) {
                Ok(count) => {
                    self.unsent -= count;
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
