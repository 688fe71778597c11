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

/// Of what was read where it may be compressed, no more is decoded at once than makes this much and the message that
/// passes it. The rest waits as it came, so that whoever holds the peer back holds back what would inflate.
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
    /// Read where it may be compressed, and not yet decoded.
    compressed: Bytes,
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
        Self { io, wire, flushed: true, compressed: Bytes::new() }
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

    /// Reads what is there, once, unless the peer is held back.
    pub(crate) fn read(&mut self, held_back: bool, arrived: &mut Vec<Frame>, cx: &mut Context<'_>) -> Input {
        if self.wire.inflates() {
            return self.read_compressed(held_back, arrived, cx);
        }
        read(&mut self.io, &mut self.wire, held_back, cx, |_, frame| arrived.push(frame))
    }

    /// As [`read`](Self::read), where what arrives may become more by much. After [`INFLATED`] bytes the peer may have to
    /// be held back, so the caller is asked again before more is decoded.
    fn read_compressed(&mut self, held_back: bool, arrived: &mut Vec<Frame>, cx: &mut Context<'_>) -> Input {
        if held_back || self.wire.replies() >= REPLIES {
            return Input::None;
        }
        if self.compressed.is_empty() {
            let mut buffer = [MaybeUninit::uninit(); READ_COMPRESSED];
            let mut buffer = ReadBuf::uninit(&mut buffer);
            match Pin::new(&mut self.io).poll_read(cx, buffer.unfilled()) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
                Poll::Ready(_) => return Input::End { end: WsEnd::Failed(WsFault::Connection), reachable: false },
                Poll::Pending => return Input::None,
            }
            self.compressed = Bytes::copy_from_slice(buffer.filled());
        }
        let mut input = &self.compressed[..];
        let mut size = 0;
        let decoded = loop {
            match self.wire.next(&mut input) {
                Ok(Some(Incoming::Message(frame))) => {
                    size += match &frame {
                        Frame::Text(text) => text.len(),
                        Frame::Binary(bytes) => bytes.len(),
                    };
                    arrived.push(frame);
                    if size >= INFLATED {
                        break Input::Some;
                    }
                }
                Ok(Some(Incoming::Close)) => break Input::End { end: WsEnd::Closed, reachable: true },
                Ok(None) => break Input::Some,
                Err(fault) => break Input::End { end: WsEnd::Failed(fault), reachable: true },
            }
        };
        let left = input.len();
        self.compressed.advance(self.compressed.len() - left);
        if left == 0 {
            // An idle connection keeps no memory for it.
            self.compressed = Bytes::new();
        }
        decoded
    }
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
