//! The seam between the pump and the WebSocket codec.
//!
//! It does no I/O: bytes go in, messages come out, and what is to be written collects in one buffer. Another
//! codec is another version of this file.

use bytes::{Buf, BufMut, BytesMut};
use engineio_proto::{CloseCode, Frame, Opcode, OutFrame, Text, WsFault};
use std::io;
use tungstenite::{
    Error, Message,
    error::CapacityError,
    protocol::{
        CloseFrame, Role, WebSocketConfig, WebSocketContext,
        frame::{
            FrameHeader, Utf8Bytes,
            coding::{self, Data, OpCode},
        },
    },
};

/// How much is read ahead of a frame's end. Each idle connection keeps this much.
const READ_AHEAD: usize = 4 * 1024;

/// The largest output buffer that a connection keeps while it has nothing to say.
const KEEP: usize = 4 * 1024;

/// The longest header of a frame, with its mask.
const HEADER: usize = 14;

/// One WebSocket's codec.
pub(crate) struct Wire {
    context: WebSocketContext,
    /// Clients mask what they send, servers do not.
    masks: bool,
    output: BytesMut,
    /// How much of the output the codec wrote by itself: pongs, which the peer asked for.
    replies: usize,
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
        Self::new(Role::Server, max_payload)
    }

    /// A client's end. Messages up to `max_message` bytes are accepted.
    pub(crate) fn client(max_message: usize) -> Self {
        Self::new(Role::Client, max_message)
    }

    fn new(role: Role, max_message: usize) -> Self {
        let limit = Some(max_message);
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_AHEAD)
            .write_buffer_size(0)
            .max_message_size(limit)
            .max_frame_size(limit);
        Self {
            context: WebSocketContext::new(role, Some(config)),
            masks: role == Role::Client,
            output: BytesMut::new(),
            replies: 0,
        }
    }

    /// Decodes the next message. `None` says that `input` was taken in and the next message is not complete.
    ///
    /// After a fault, [`fail`](Self::fail) tells the peer; nothing more can be read.
    pub(crate) fn next(&mut self, input: &mut &[u8]) -> Result<Option<Incoming>, WsFault> {
        loop {
            let before = self.output.len();
            let read = self.context.read(&mut Memory { input: &mut *input, output: &mut self.output });
            self.replies += self.output.len() - before;
            return Ok(Some(match read {
                Ok(Message::Text(text)) => Incoming::Message(Frame::Text(Text::assume_utf8(text.into()))),
                Ok(Message::Binary(bytes)) => Incoming::Message(Frame::Binary(bytes)),
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => continue,
                Ok(Message::Close(_)) => {
                    // Writes the answer; that it also reports the end is no news.
                    let _ = self.context.flush(&mut Memory { input: &mut &[][..], output: &mut self.output });
                    Incoming::Close
                }
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => Incoming::Close,
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(fault(&error)),
            }));
        }
    }

    /// Queues a message.
    pub(crate) fn push(&mut self, frame: &OutFrame) {
        let opcode = match frame.opcode() {
            Opcode::Text => Data::Text,
            Opcode::Binary => Data::Binary,
        };
        let mask = self.masks.then(rand::random::<[u8; 4]>);
        let header = FrameHeader { opcode: OpCode::Data(opcode), mask, ..FrameHeader::default() };
        self.output.reserve(HEADER + frame.len());
        // Writing into memory cannot fail.
        let _ = header.format(frame.len() as u64, &mut (&mut self.output).writer());
        let start = self.output.len();
        frame.write_to(&mut self.output);
        if let Some(mask) = mask {
            apply_mask(&mut self.output[start..], mask);
        }
    }

    /// Queues a Close frame, after which nothing more can be queued.
    pub(crate) fn close(&mut self, code: CloseCode) {
        self.queue_close(match code {
            CloseCode::GoingAway => Some(coding::CloseCode::Away),
            _ => None,
        });
    }

    /// Queues the Close frame that tells the peer what it did wrong.
    pub(crate) fn fail(&mut self, fault: WsFault) {
        self.queue_close(Some(match fault {
            WsFault::Utf8 => coding::CloseCode::Invalid,
            WsFault::TooLarge => coding::CloseCode::Size,
            _ => coding::CloseCode::Protocol,
        }));
    }

    /// What is to be written.
    pub(crate) fn output(&self) -> &[u8] {
        &self.output
    }

    /// The first `count` bytes of the output were written.
    pub(crate) fn written(&mut self, count: usize) {
        self.output.advance(count);
        if self.output.is_empty() {
            self.replies = 0;
            if self.output.capacity() > KEEP {
                self.output = BytesMut::new();
            }
        }
    }

    /// How many bytes of the output, at most, the peer caused just by asking.
    pub(crate) const fn replies(&self) -> usize {
        self.replies
    }

    fn queue_close(&mut self, code: Option<coding::CloseCode>) {
        let frame = code.map(|code| CloseFrame { code, reason: Utf8Bytes::default() });
        // Fails only where a Close frame is under way already.
        let _ = self.context.close(&mut Memory { input: &mut &[][..], output: &mut self.output }, frame);
    }
}

/// In steps that the compiler makes vectors of.
fn apply_mask(payload: &mut [u8], mask: [u8; 4]) {
    const STEP: usize = 32;
    let key: [u8; STEP] = std::array::from_fn(|index| mask[index % mask.len()]);
    for step in payload.chunks_mut(STEP) {
        for (byte, key) in step.iter_mut().zip(key) {
            *byte ^= key;
        }
    }
}

fn fault(error: &Error) -> WsFault {
    match error {
        Error::Utf8(_) => WsFault::Utf8,
        Error::Capacity(CapacityError::MessageTooLong { .. }) => WsFault::TooLarge,
        _ => WsFault::Protocol,
    }
}

/// What the codec takes for its connection.
struct Memory<'m, 'i> {
    input: &'m mut &'i [u8],
    output: &'m mut BytesMut,
}

impl io::Read for Memory<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        io::Read::read(&mut *self.input, buffer)
    }
}

impl io::Write for Memory<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
