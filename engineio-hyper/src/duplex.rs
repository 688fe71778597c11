//! A connection with its WebSocket codec: what the pumps of both roles have in common.

use crate::wire::{Incoming, Wire};
use engineio_proto::{Frame, OutFrame, WsEnd, WsFault};
use hyper::rt::{Read, ReadBuf, Write};
use std::{
    io,
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll},
};

/// How much is read at once: on the stack, so that an idle connection keeps none of it.
const READ: usize = 16 * 1024;

/// A peer that pings and does not read the pongs is not read from any more.
const REPLIES: usize = 16 * 1024;

/// A connection with its WebSocket codec.
pub(crate) struct Duplex<Io> {
    pub(crate) io: Io,
    pub(crate) wire: Wire,
    /// Read, and not yet given to the core.
    pub(crate) arrived: Vec<Frame>,
    flushed: bool,
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
        Self { io, wire, arrived: Vec::new(), flushed: true }
    }

    /// Queues a message.
    pub(crate) fn push(&mut self, frame: &OutFrame) {
        self.wire.push(frame);
    }

    /// Whether all that was queued has left.
    pub(crate) fn is_drained(&self) -> bool {
        self.wire.output().is_empty() && self.flushed
    }

    /// Writes as much as the connection takes.
    pub(crate) fn write(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while !self.wire.output().is_empty() {
            match Pin::new(&mut self.io).poll_write(cx, self.wire.output()) {
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(written) => self.wire.written(written?),
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
    pub(crate) fn read(&mut self, held_back: bool, cx: &mut Context<'_>) -> Input {
        if held_back || self.wire.replies() >= REPLIES {
            return Input::None;
        }
        let mut buffer = [const { MaybeUninit::uninit() }; READ];
        let mut buffer = ReadBuf::uninit(&mut buffer);
        match Pin::new(&mut self.io).poll_read(cx, buffer.unfilled()) {
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
            Poll::Ready(_) => return Input::End { end: WsEnd::Failed(WsFault::Connection), reachable: false },
            Poll::Pending => return Input::None,
        }
        let mut input = buffer.filled();
        loop {
            match self.wire.next(&mut input) {
                Ok(Some(Incoming::Message(frame))) => self.arrived.push(frame),
                Ok(Some(Incoming::Close)) => return Input::End { end: WsEnd::Closed, reachable: true },
                Ok(None) => return Input::Some,
                Err(fault) => {
                    self.wire.fail(fault);
                    return Input::End { end: WsEnd::Failed(fault), reachable: true };
                }
            }
        }
    }
}
