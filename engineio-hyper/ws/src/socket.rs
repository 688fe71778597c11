//! One end of a WebSocket.

#[cfg(feature = "deflate")]
use crate::deflate::Negotiated;
use crate::{
    Close, CloseCode, Fault, Kind, Output, Role,
    deflate::Extension,
    frame::{Decoder, Event, Header, LONGEST, Mask, Opcode},
    output::BY_REFERENCE,
};
use bytes::{Buf, BufMut, Bytes};

/// The most that may be said in a Close frame beside its code.
const REASON: usize = 123;

/// What the peer sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A message.
    Message {
        /// Its kind.
        kind: Kind,
        /// What it says. Text was found to be UTF-8.
        payload: Bytes,
    },
    /// A Close frame: nothing may follow. It has been answered.
    Close(Option<Close>),
}

/// One end of a WebSocket whose handshake is done.
///
/// - [`next`](Self::next) takes what was read.
/// - [`send`](Self::send), [`close`](Self::close) and [`fail`](Self::fail) queue what is to be written.
/// - [`output`](Self::output) is what is to be written; pings and the peer's Close are answered there.
#[derive(Debug)]
pub struct WebSocket {
    role: Role,
    decoder: Decoder,
    extension: Extension,
    output: Output,
    /// A Close frame was queued.
    closing: bool,
    /// The peer's Close frame was read.
    closed: bool,
    /// How much of the output the peer caused just by asking.
    replies: usize,
}

impl WebSocket {
    /// Messages up to `max_message` bytes are accepted.
    #[must_use]
    pub fn new(role: Role, max_message: usize) -> Self {
        let masked = matches!(role, Role::Server);
        Self {
            role,
            decoder: Decoder::new(masked, max_message),
            extension: Extension::none(),
            output: Output::default(),
            closing: false,
            closed: false,
            replies: 0,
        }
    }

    /// The same, whose messages may be compressed as both ends agreed. The limit counts what they say, not how long they are
    /// while they are compressed.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn with_deflate(mut self, negotiated: &Negotiated) -> Self {
        self.decoder.allow_compressed();
        self.extension = Extension::new(self.role, negotiated);
        self
    }

    /// Takes the next message from `input`. `None` says that all of the input was taken, and more is needed.
    ///
    /// # Errors
    /// If the peer broke the protocol. [`fail`](Self::fail) tells it so; nothing more can be read.
    #[inline]
    pub fn next(&mut self, input: &mut &[u8]) -> Result<Option<Incoming>, Fault> {
        if self.closed {
            *input = &[];
            return Ok(None);
        }
        loop {
            match self.decoder.next(input)? {
                None => return Ok(None),
                Some(Event::Message { kind, payload }) => return Ok(Some(Incoming::Message { kind, payload })),
                Some(event) => {
                    if let Some(incoming) = self.heed(event)? {
                        return Ok(Some(incoming));
                    }
                }
            }
        }
    }

    /// Deals with what came, and says what the host is to know of it. Apart, so that a message that comes as it is passes it
    /// by.
    #[inline(never)]
    fn heed(&mut self, event: Event) -> Result<Option<Incoming>, Fault> {
        Ok(match event {
            Event::Message { kind, payload } => Some(Incoming::Message { kind, payload }),
            Event::Compressed { kind, payload } => {
                let payload = self.extension.inflate(kind, &payload, self.decoder.max_message())?;
                Some(Incoming::Message { kind, payload })
            }
            Event::Ping(payload) => {
                if !self.closing {
                    let before = self.output.remaining();
                    self.control(Opcode::Pong, &payload, &[]);
                    self.replies += self.output.remaining() - before;
                }
                None
            }
            Event::Pong => None,
            Event::Close(close) => {
                self.closed = true;
                self.close(close.as_ref().map(|close| close.code));
                Some(Incoming::Close(close))
            }
        })
    }

    /// Makes room for `count` messages of `bytes` bytes in all that are to be queued: at once, and not step by step.
    pub fn reserve(&mut self, count: usize, bytes: usize) {
        // What is longer a server does not copy, and what is not has a header of eight bytes at most.
        let copied = match self.role {
            Role::Server => bytes.min(count.saturating_mul(BY_REFERENCE)),
            Role::Client { .. } => bytes,
        };
        self.output.tail().reserve(copied + 8 * count + LONGEST);
    }

    /// Queues a message: `prefix`, which may be empty, and `payload`. Text must be UTF-8. It is compressed if that was agreed
    /// and it is worth it. A server writes a large payload where it is, unless it is compressed: its
    /// memory is shared, and not copied.
    ///
    /// After a Close frame nothing can be said any more, and this does nothing.
    #[inline]
    pub fn send(&mut self, kind: Kind, prefix: &[u8], payload: &Bytes) {
        if self.closing {
            return;
        }
        match self.extension.deflate(prefix, payload) {
            Some(compressed) => self.message(kind, true, &[], &compressed),
            None => self.message(kind, false, prefix, payload),
        }
    }

    /// As [`send`](Self::send), and it is never compressed.
    pub fn send_plain(&mut self, kind: Kind, prefix: &[u8], payload: &Bytes) {
        if !self.closing {
            self.message(kind, false, prefix, payload);
        }
    }

    /// Queues a Close frame. A second one does nothing.
    pub fn close(&mut self, code: Option<CloseCode>) {
        self.close_with(code, "");
    }

    /// Queues a Close frame that gives a reason; what does not fit is left out. A second one does nothing.
    pub fn close_with(&mut self, code: Option<CloseCode>, reason: &str) {
        if self.closing {
            return;
        }
        self.closing = true;
        match code {
            Some(code) => {
                let end = (0..=REASON).rev().find(|end| reason.is_char_boundary(*end));
                let reason = reason.get(..end.unwrap_or(0)).unwrap_or_default();
                self.control(Opcode::Close, &code.get().to_be_bytes(), reason.as_bytes());
            }
            None => self.control(Opcode::Close, &[], &[]),
        }
    }

    /// Queues the Close frame that tells the peer what it did wrong.
    pub fn fail(&mut self, fault: Fault) {
        self.close(Some(fault.close_code()));
    }

    /// What is to be written.
    #[must_use]
    pub const fn output(&self) -> &Output {
        &self.output
    }

    /// So many bytes of the output were written.
    ///
    /// # Panics
    /// If there were less.
    pub fn written(&mut self, count: usize) {
        self.output.advance(count);
        if !self.output.has_remaining() {
            self.replies = 0;
        }
    }

    /// How many bytes of the output, at most, the peer caused just by asking: a peer that pings and does not read the
    /// pongs is better not read from any more.
    #[must_use]
    pub const fn replies(&self) -> usize {
        self.replies
    }

    #[inline]
    fn message(&mut self, kind: Kind, compressed: bool, prefix: &[u8], payload: &Bytes) {
        let opcode = match kind {
            Kind::Text => Opcode::Text,
            Kind::Binary => Opcode::Binary,
        };
        if matches!(self.role, Role::Server) && payload.len() >= BY_REFERENCE {
            let tail = self.output.tail();
            tail.reserve(LONGEST + prefix.len());
            Header::write(opcode, compressed, None, prefix.len() + payload.len(), tail);
            tail.extend_from_slice(prefix);
            self.output.push(payload.clone());
        } else {
            self.gather(opcode, compressed, prefix, payload);
        }
    }

    fn control(&mut self, opcode: Opcode, first: &[u8], second: &[u8]) {
        self.gather(opcode, false, first, second);
    }

    /// Adds a frame to the output's tail.
    fn gather(&mut self, opcode: Opcode, compressed: bool, first: &[u8], second: &[u8]) {
        let key = match self.role {
            Role::Server => None,
            Role::Client { mask } => Some(mask()),
        };
        let len = first.len() + second.len();
        let tail = self.output.tail();
        tail.reserve(LONGEST + len);
        Header::write(opcode, compressed, key, len, tail);
        let start = tail.len();
        match first {
            [] => {}
            [byte] => tail.put_u8(*byte),
            _ => tail.extend_from_slice(first),
        }
        tail.extend_from_slice(second);
        if let Some(key) = key {
            Mask::new(key).apply(&mut tail[start..]);
        }
    }
}

#[cfg(test)]
mod tests;
