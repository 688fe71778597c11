//! A connection with its WebSocket codec: what the pumps of both roles have in common.

use crate::wire::{Incoming, Wire};
use bytes::{Buf, Bytes};
use engineio_proto::{Frame, WsEnd, WsFault};
use hyper::rt::{Read, ReadBuf, Write};
use std::{
    io::{self, IoSlice},
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// How much is read at once: on the stack, so that an idle connection keeps none of it. What is read at once is also
/// written at once, so this saves system calls: with 16 KiB, many messages of 1 KiB took half as much time again.
const READ: usize = 64 * 1024;

/// How much is read at once where it may be compressed: it becomes a thousand times as much at most.
const READ_COMPRESSED: usize = 4 * 1024;

/// How many messages of one read are handed on at a time. The pump counts its turn by them, so a read that holds
/// thousands of one-byte messages does not keep its thread from other connections.
const MESSAGES: usize = 256;

/// How many bytes of messages that may be compressed are handed on at a time, without the message that passes it. The rest
/// stays compressed, so that a peer that is held back cannot make it inflate.
const INFLATED: usize = READ;

/// A peer that pings and does not read the pongs is not read from any more.
const REPLIES: usize = 16 * 1024;

/// How many chunks are written at once, by connections that can.
const CHUNKS: usize = 16;

/// A connection with its WebSocket codec.
pub(crate) struct Duplex<Io> {
    pub(crate) io: Io,
    pub(crate) wire: Wire,
    flushed: bool,
    /// Read, and not yet decoded.
    undecoded: Bytes,
}

/// What came of reading.
pub(crate) enum Input {
    /// Nothing, for now.
    None,
    /// Something. There may be more.
    Some,
    /// Nothing more will come. `reachable` says whether the peer may still be told something.
    End { end: WsEnd, reachable: bool },
}

impl<Io: Read + Write + Unpin> Duplex<Io> {
    pub(crate) const fn new(io: Io, wire: Wire) -> Self {
        Self { io, wire, flushed: true, undecoded: Bytes::new() }
    }

    /// Whether all that was queued has left.
    pub(crate) fn is_drained(&self) -> bool {
        self.wire.is_drained() && self.flushed
    }

    /// Writes as much as the connection takes.
    pub(crate) fn write(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while !self.wire.is_drained() {
            match poll_write(&mut self.io, &mut self.wire, cx) {
                Poll::Ready(written) => written?,
                Poll::Pending => return Ok(()),
            }
            self.flushed = false;
        }
        if !self.flushed
            && let Poll::Ready(flushed) = Pin::new(&mut self.io).poll_flush(cx)
        {
            flushed?;
            self.flushed = true;
        }
        Ok(())
    }

    /// Decodes what has been read, or reads once, unless the peer is held back. After [`MESSAGES`] messages, and after
    /// [`INFLATED`] bytes of messages that may be compressed, the rest waits undecoded for the next call.
    pub(crate) fn read(&mut self, held_back: bool, arrived: &mut Vec<Frame>, cx: &mut Context<'_>) -> Input {
        if held_back || self.wire.replies() >= REPLIES {
            return Input::None;
        }
        if !self.undecoded.is_empty() {
            let mut input = &self.undecoded[..];
            let decoded = decode_some(&mut self.wire, &mut input, arrived);
            let left = input.len();
            self.undecoded.advance(self.undecoded.len() - left);
            if left == 0 {
                // An idle connection keeps no memory for it.
                self.undecoded = Bytes::new();
            }
            return decoded;
        }
        let mut buffer = [const { MaybeUninit::uninit() }; READ];
        let most = if self.wire.inflates() { READ_COMPRESSED } else { READ };
        let mut buffer = ReadBuf::uninit(&mut buffer[..most]);
        match Pin::new(&mut self.io).poll_read(cx, buffer.unfilled()) {
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
            Poll::Ready(_) => return Input::End { end: WsEnd::Failed(WsFault::Connection), reachable: false },
            Poll::Pending => return Input::None,
        }
        let mut input = buffer.filled();
        let decoded = decode_some(&mut self.wire, &mut input, arrived);
        if !input.is_empty() && matches!(decoded, Input::Some) {
            self.undecoded = Bytes::copy_from_slice(input);
        }
        decoded
    }
}

/// Decodes messages until the input is used up or a bound is reached.
fn decode_some(wire: &mut Wire, input: &mut &[u8], arrived: &mut Vec<Frame>) -> Input {
    let inflates = wire.inflates();
    let mut size = 0;
    for _ in 0..MESSAGES {
        match wire.next(input) {
            Ok(Some(Incoming::Message(frame))) => {
                if inflates {
                    size += match &frame {
                        Frame::Text(text) => text.len(),
                        Frame::Binary(bytes) => bytes.len(),
                    };
                }
                arrived.push(frame);
                if size >= INFLATED {
                    break;
                }
            }
            Ok(Some(Incoming::Close)) => return Input::End { end: WsEnd::Closed, reachable: true },
            Ok(None) => break,
            Err(fault) => return Input::End { end: WsEnd::Failed(fault), reachable: true },
        }
    }
    Input::Some
}

/// Reads what is there, once, unless the peer is held back, and hands each message to `take`.
pub(crate) fn read<Io: Read + Unpin>(
    io: &mut Io,
    wire: &mut Wire,
    held_back: bool,
    cx: &mut Context<'_>,
    mut take: impl FnMut(&mut Wire, Frame),
) -> Input {
    if held_back || wire.replies() >= REPLIES {
        return Input::None;
    }
    let mut buffer = [const { MaybeUninit::uninit() }; READ];
    let mut buffer = ReadBuf::uninit(&mut buffer);
    match Pin::new(io).poll_read(cx, buffer.unfilled()) {
        Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
        Poll::Ready(_) => return Input::End { end: WsEnd::Failed(WsFault::Connection), reachable: false },
        Poll::Pending => return Input::None,
    }
    let mut input = buffer.filled();
    loop {
        match wire.next(&mut input) {
            Ok(Some(Incoming::Message(frame))) => take(wire, frame),
            Ok(Some(Incoming::Close)) => return Input::End { end: WsEnd::Closed, reachable: true },
            Ok(None) => return Input::Some,
            Err(fault) => return Input::End { end: WsEnd::Failed(fault), reachable: true },
        }
    }
}

/// Writes once, of what is to be written.
pub(crate) fn poll_write<Io: Write + Unpin>(
    io: &mut Io,
    wire: &mut Wire,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    let output = wire.output();
    let written = if output.is_scattered() && io.is_write_vectored() {
        let mut chunks = [IoSlice::new(&[]); CHUNKS];
        let count = output.chunks_vectored(&mut chunks);
        ready!(Pin::new(io).poll_write_vectored(cx, &chunks[..count]))?
    } else {
        ready!(Pin::new(io).poll_write(cx, output.chunk()))?
    };
    if written == 0 {
        return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
    }
    wire.written(written);
    Poll::Ready(Ok(()))
}
