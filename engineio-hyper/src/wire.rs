//! The seam between the pump and the WebSocket codec.
//!
//! It does no I/O: bytes go in, messages come out, and what is to be written collects in one output. What the core
//! calls things and what the codec calls them meets here.

use bytes::{Buf, Bytes, BytesMut};
use engineio_proto::{CloseCode, Frame, Opcode, OutFrame, Text, WsFault};
use engineio_ws::{Fault, Kind, Negotiated, Output, Role, WebSocket};

/// One WebSocket's codec.
#[derive(Debug)]
pub(crate) struct Wire {
    socket: WebSocket,
    /// Messages that arrive may be compressed.
    inflates: bool,
}

/// What the peer sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A whole message.
    Message(Frame),
    /// A Close frame; the answer to it, where one is due, is in the output. Nothing may follow.
    Close,
}

impl Wire {
    /// A server's end of a WebSocket whose handshake is done. Messages up to `max_payload` bytes are accepted.
    pub(crate) fn server(max_payload: usize) -> Self {
        Self { socket: WebSocket::new(Role::Server, max_payload), inflates: false }
    }

    /// A client's end. Messages up to `max_message` bytes are accepted.
    pub(crate) fn client(max_message: usize) -> Self {
        Self { socket: WebSocket::new(Role::Client { mask: rand::random }, max_message), inflates: false }
    }

    /// The same, with what was agreed to about compression.
    pub(crate) fn deflating(self, negotiated: Option<Negotiated>) -> Self {
        match negotiated {
            Some(negotiated) => Self { socket: self.socket.with_deflate(&negotiated), inflates: true },
            None => self,
        }
    }

    /// Whether what arrives may become more, by much.
    pub(crate) const fn inflates(&self) -> bool {
        self.inflates
    }

    /// Decodes the next message. `None` says that `input` was taken in and the next message is not complete.
    ///
    /// After a fault the peer has been told, by what is in the output, and nothing more can be read.
    #[inline]
    pub(crate) fn next(&mut self, input: &mut &[u8]) -> Result<Option<Incoming>, WsFault> {
        match self.socket.next(input) {
            Ok(None) => Ok(None),
            Ok(Some(engineio_ws::Incoming::Message { kind: Kind::Text, payload })) => {
                Ok(Some(Incoming::Message(Frame::Text(Text::assume_utf8(payload)))))
            }
            Ok(Some(engineio_ws::Incoming::Message { kind: Kind::Binary, payload })) => {
                Ok(Some(Incoming::Message(Frame::Binary(payload))))
            }
            Ok(Some(engineio_ws::Incoming::Close(_))) => Ok(Some(Incoming::Close)),
            Err(fault) => Err(self.fail(fault)),
        }
    }

    /// Tells the peer what it did wrong.
    #[cold]
    fn fail(&mut self, fault: Fault) -> WsFault {
        self.socket.fail(fault);
        match fault {
            Fault::Utf8 => WsFault::Utf8,
            Fault::TooLarge => WsFault::TooLarge,
            _ => WsFault::Protocol,
        }
    }

    /// Queues messages, which are `size` bytes in all.
    #[inline]
    pub(crate) fn push_all(&mut self, frames: &mut Vec<OutFrame>, size: usize) {
        if frames.len() > 1 {
            self.socket.reserve(frames.len(), size);
        }
        for frame in &*frames {
            self.push(frame);
        }
        frames.clear();
    }

    /// Queues a message.
    #[inline]
    pub(crate) fn push(&mut self, frame: &OutFrame) {
        match frame.parts() {
            Some((opcode, first, rest)) => self.send(opcode, frame.compress(), first.as_slice(), rest),
            None => {
                let mut whole = BytesMut::new();
                frame.write_to(&mut whole);
                self.send(frame.opcode(), frame.compress(), &[], &whole.freeze());
            }
        }
    }

    #[inline]
    fn send(&mut self, opcode: Opcode, compress: bool, first: &[u8], rest: &Bytes) {
        let kind = match opcode {
            Opcode::Text => Kind::Text,
            Opcode::Binary => Kind::Binary,
        };
        if compress {
            self.socket.send(kind, first, rest);
        } else {
            self.socket.send_uncompressed(kind, first, rest);
        }
    }

    /// Queues what arrived, as it is.
    pub(crate) fn echo(&mut self, frame: &Frame) {
        match frame {
            Frame::Text(text) => self.socket.send(Kind::Text, &[], text.as_bytes()),
            Frame::Binary(bytes) => self.socket.send(Kind::Binary, &[], bytes),
        }
    }

    /// Queues a Close frame, after which nothing more can be queued.
    pub(crate) fn close(&mut self, code: CloseCode) {
        self.socket.close(match code {
            CloseCode::GoingAway => Some(engineio_ws::CloseCode::GOING_AWAY),
            _ => None,
        });
    }

    /// What is to be written.
    pub(crate) const fn output(&self) -> &Output {
        self.socket.output()
    }

    /// Whether everything was written.
    pub(crate) fn is_drained(&self) -> bool {
        !self.output().has_remaining()
    }

    /// The first `count` bytes of the output were written.
    pub(crate) fn written(&mut self, count: usize) {
        self.socket.written(count);
    }

    /// How many bytes of the output, at most, the peer caused just by asking.
    pub(crate) const fn replies(&self) -> usize {
        self.socket.replies()
    }
}

#[cfg(test)]
mod tests;
