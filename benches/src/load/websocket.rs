//! The WebSocket client of the load generator.

use super::{
    Options,
    connect::connect,
    http::{sid, target},
    unexpected,
};
use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
};

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;

/// The masking key of all frames. The cost of unmasking is the same for every key but zero.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A blocking WebSocket.
#[derive(Debug)]
pub(super) struct WebSocket {
    stream: TcpStream,
    received: Vec<u8>,
}

impl WebSocket {
    /// Opens a WebSocket for the session `sid`, or without one to open a session.
    pub(super) fn open(addr: SocketAddr, sid: Option<&str>) -> io::Result<Self> {
        let mut stream = connect(addr)?;
        stream.write_all(upgrade(addr, sid).as_bytes())?;
        let mut websocket = Self { stream, received: Vec::new() };
        loop {
            if let Some(end) = websocket.received.windows(4).position(|window| window == b"\r\n\r\n") {
                if !websocket.received.starts_with(b"HTTP/1.1 101") {
                    return Err(unexpected("status is not 101", &websocket.received));
                }
                websocket.received.drain(..end + 4);
                return Ok(websocket);
            }
            websocket.fill()?;
        }
    }

    /// Opens a session. Answers the initial ping if the server sends one.
    pub(super) fn session(options: &Options) -> io::Result<Self> {
        let mut websocket = Self::open(options.addr, None)?;
        let open = websocket.receive()?;
        sid(&open)?;
        if options.initial_ping {
            let ping = websocket.receive()?;
            if ping != b"2" {
                return Err(unexpected("not a ping", &ping));
            }
            websocket.send(&text(b"3"))?;
        }
        Ok(websocket)
    }

    pub(super) fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        self.stream.write_all(frame)
    }

    /// Receives the next frame and returns its payload.
    pub(super) fn receive(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some((start, end)) = extent(&self.received) {
                let payload = self.received[start..end].to_vec();
                self.received.drain(..end);
                return Ok(payload);
            }
            self.fill()?;
        }
    }

    /// Sends a frame and compares the echo.
    pub(super) fn check(&mut self, frame: &[u8], echo: &[u8]) -> io::Result<()> {
        self.send(frame)?;
        while self.received.len() < echo.len() {
            self.fill()?;
        }
        if self.received != echo {
            return Err(unexpected("not an echo", &self.received));
        }
        self.received.clear();
        Ok(())
    }

    /// Closes the WebSocket and waits until the server closes the connection.
    pub(super) fn close(mut self) -> io::Result<()> {
        self.send(&close())?;
        while self.fill().is_ok() {}
        Ok(())
    }

    /// Returns the connection. Fails if unexpected data was received.
    pub(super) fn into_stream(self) -> io::Result<TcpStream> {
        if self.received.is_empty() { Ok(self.stream) } else { Err(unexpected("unexpected data", &self.received)) }
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        let count = self.stream.read(&mut buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.received.extend_from_slice(&buffer[..count]);
        Ok(())
    }
}

/// Returns the request that opens a WebSocket session, and the frames of `messages` messages of 32 bytes.
#[must_use]
pub fn websocket_requests(messages: usize) -> (Vec<u8>, Vec<u8>) {
    let addr = SocketAddr::from(([127, 0, 0, 1], 3000));
    (upgrade(addr, None).into_bytes(), message(b"abcdefghijklmnopqrstuvwxyz012345", false).repeat(messages))
}

fn upgrade(addr: SocketAddr, sid: Option<&str>) -> String {
    format!(
        "GET {} HTTP/1.1\r\nhost: {addr}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        target("websocket", sid)
    )
}

/// Returns the frame of an Engine.IO message from the client. On WebSocket, binary messages have no type digit.
pub(super) fn message(message: &[u8], binary: bool) -> Vec<u8> {
    if binary { frame(BINARY, message, true) } else { text(&[b"4", message].concat()) }
}

/// Returns the frame of the echo of an Engine.IO message.
pub(super) fn echo(message: &[u8], binary: bool) -> Vec<u8> {
    if binary { frame(BINARY, message, false) } else { frame(TEXT, &[b"4", message].concat(), false) }
}

/// Returns the frame of a text packet.
pub(super) fn text(packet: &[u8]) -> Vec<u8> {
    frame(TEXT, packet, true)
}

fn close() -> Vec<u8> {
    frame(CLOSE, &1000_u16.to_be_bytes(), true)
}

fn frame(opcode: u8, payload: &[u8], masked: bool) -> Vec<u8> {
    let mask_bit = if masked { 0x80 } else { 0 };
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        length @ ..126 => frame.push(mask_bit | length as u8),
        length @ 126..0x1_0000 => {
            frame.push(mask_bit | 126);
            frame.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            frame.push(mask_bit | 127);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    if masked {
        frame.extend_from_slice(&MASK);
        frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    } else {
        frame.extend_from_slice(payload);
    }
    frame
}

/// Returns the start and the end of the first frame's payload, or `None` if the frame is incomplete. Frames from a
/// server are not masked.
fn extent(received: &[u8]) -> Option<(usize, usize)> {
    let (start, length) = match received.get(1)? & 0x7f {
        126 => (4, u64::from(u16::from_be_bytes(received.get(2..4)?.try_into().ok()?))),
        127 => (10, u64::from_be_bytes(received.get(2..10)?.try_into().ok()?)),
        length => (2, u64::from(length)),
    };
    let end = start + usize::try_from(length).ok()?;
    (received.len() >= end).then_some((start, end))
}
