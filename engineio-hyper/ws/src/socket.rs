//! One endpoint of a WebSocket connection.

#[cfg(feature = "deflate")]
use crate::deflate::Negotiated;
use crate::{
    Close, CloseCode, Fault, Kind, Output, Role,
    deflate::Extension,
    frame::{Decoder, Event, Header, MAX_HEADER, Mask, Opcode},
    output::ZERO_COPY_THRESHOLD,
};
use bytes::{Buf, BufMut, Bytes};

/// The largest reason in bytes that fits into a Close frame beside its code.
const MAX_REASON: usize = 123;

/// An event that the caller must handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A complete message.
    Message {
        /// The message's kind.
        kind: Kind,
        /// The message's data, uncompressed. Text is valid UTF-8.
        payload: Bytes,
    },
    /// The peer's Close frame, or `None` if its payload is empty. No event follows. The answer is in the output, unless
    /// a Close frame was queued before.
    Close(Option<Close>),
}

/// One endpoint of a WebSocket connection, after the opening handshake.
///
/// - [`next`](Self::next) decodes the bytes that the caller read.
/// - [`send`](Self::send), [`close`](Self::close) and [`fail`](Self::fail) queue frames.
/// - [`output`](Self::output) holds the queued bytes, which the caller writes. It includes the pongs and the answer to
///   the peer's Close frame, which `next` queues.
///
/// # Examples
/// A server that echoes messages on a blocking stream:
///
/// ```
/// use engineio_ws::{Buf, Incoming, Role, WebSocket};
/// use std::io::{self, Read, Write};
///
/// fn echo(mut stream: impl Read + Write) -> io::Result<()> {
///     let mut socket = WebSocket::new(Role::Server, 1_000_000);
///     let mut buffer = [0; 8 * 1024];
///     loop {
///         let count = stream.read(&mut buffer)?;
///         let mut input = &buffer[..count];
///         let mut ended = input.is_empty();
///         while !ended {
///             match socket.next(&mut input) {
///                 Ok(Some(Incoming::Message { kind, payload })) => socket.send(kind, b"", &payload),
///                 Ok(Some(Incoming::Close(_))) => ended = true,
///                 Ok(None) => break,
///                 Err(fault) => {
///                     socket.fail(fault);
///                     ended = true;
///                 }
///             }
///         }
///         while socket.output().has_remaining() {
///             let count = stream.write(socket.output().chunk())?;
///             if count == 0 {
///                 return Err(io::ErrorKind::WriteZero.into());
///             }
///             socket.written(count);
///         }
///         if ended {
///             return Ok(());
///         }
///     }
/// }
/// ```
#[derive(Debug)]
pub struct WebSocket {
    role: Role,
    decoder: Decoder,
    extension: Extension,
    output: Output,
    /// A Close frame is queued or sent.
    closing: bool,
    /// The peer's Close frame was decoded.
    closed: bool,
    /// The number of pong bytes in the output, at most.
    replies: usize,
}

impl WebSocket {
    /// Creates an endpoint that accepts messages of up to `max_message` bytes.
    ///
    /// The limit applies to received messages only.
    #[must_use]
    pub fn new(role: Role, max_message: usize) -> Self {
        let peer_masks = matches!(role, Role::Server);
        Self {
            role,
            decoder: Decoder::new(peer_masks, max_message),
            extension: Extension::none(),
            output: Output::default(),
            closing: false,
            closed: false,
            replies: 0,
        }
    }

    /// Enables permessage-deflate as both peers negotiated it.
    ///
    /// The limit on messages then applies to their decompressed size.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn with_deflate(mut self, negotiated: &Negotiated) -> Self {
        self.decoder.allow_compressed();
        self.extension = Extension::new(self.role, negotiated);
        self
    }

    /// Decodes the next event and advances `input` past the bytes that were decoded.
    ///
    /// Returns `None` when all of `input` is consumed and the next event needs more of it. After the peer's Close
    /// frame, all input is discarded. Pings are answered in the output and not returned.
    ///
    /// # Errors
    /// Returns the violation if the peer violates the protocol. Call [`fail`](Self::fail) to report it to the peer, and
    /// do not call `next` again.
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
                    if let Some(incoming) = self.handle_event(event)? {
                        return Ok(Some(incoming));
                    }
                }
            }
        }
    }

    /// Handles an event of the decoder, and returns the event that the caller must handle.
    ///
    /// It is not inlined, so that the path of an uncompressed message in `next` stays short.
    #[inline(never)]
    fn handle_event(&mut self, event: Event) -> Result<Option<Incoming>, Fault> {
        Ok(match event {
            Event::Message { kind, payload } => Some(Incoming::Message { kind, payload }),
            Event::Compressed { kind, payload } => {
                let payload = self.extension.inflate(kind, &payload, self.decoder.max_message())?;
                Some(Incoming::Message { kind, payload })
            }
            Event::Ping(payload) => {
                if !self.closing {
                    let before = self.output.remaining();
                    self.queue_control(Opcode::Pong, &payload, &[]);
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

    /// Reserves output capacity for `count` messages of `bytes` bytes in total.
    ///
    /// Queueing the messages then does not grow the output step by step.
    pub fn reserve(&mut self, count: usize, bytes: usize) {
        // A server does not copy payloads of `ZERO_COPY_THRESHOLD` or more. The header of a copied one has at most
        // eight bytes.
        let copied = match self.role {
            Role::Server => bytes.min(count.saturating_mul(ZERO_COPY_THRESHOLD)),
            Role::Client { .. } => bytes,
        };
        self.output.tail().reserve(copied + 8 * count + MAX_HEADER);
    }

    /// Queues a message that consists of `prefix`, which can be empty, and `payload`.
    ///
    /// If `kind` is [`Kind::Text`], both together must be UTF-8; this is not checked. The message is compressed if that
    /// was negotiated, its length reaches the threshold, and compression makes it smaller. Unless it compresses the
    /// message, a server does not copy a payload of 4 KiB or more: the output shares its memory.
    ///
    /// Does nothing once a Close frame is queued.
    #[inline]
    pub fn send(&mut self, kind: Kind, prefix: &[u8], payload: &Bytes) {
        if self.closing {
            return;
        }
        match self.extension.deflate(prefix, payload) {
            Some(compressed) => self.queue_message(kind, true, &[], &compressed),
            None => self.queue_message(kind, false, prefix, payload),
        }
    }

    /// Queues a message without compression. Otherwise like [`send`](Self::send).
    pub fn send_uncompressed(&mut self, kind: Kind, prefix: &[u8], payload: &Bytes) {
        if !self.closing {
            self.queue_message(kind, false, prefix, payload);
        }
    }

    /// Queues a Close frame. Does nothing if one is queued already.
    pub fn close(&mut self, code: Option<CloseCode>) {
        self.close_with(code, "");
    }

    /// Queues a Close frame with a reason. Does nothing if a Close frame is queued already.
    ///
    /// The reason is truncated to 123 bytes, at a character boundary. It is omitted if `code` is `None`.
    pub fn close_with(&mut self, code: Option<CloseCode>, reason: &str) {
        if self.closing {
            return;
        }
        self.closing = true;
        match code {
            Some(code) => {
                let end = (0..=MAX_REASON).rev().find(|end| reason.is_char_boundary(*end));
                let reason = reason.get(..end.unwrap_or(0)).unwrap_or_default();
                self.queue_control(Opcode::Close, &code.get().to_be_bytes(), reason.as_bytes());
            }
            None => self.queue_control(Opcode::Close, &[], &[]),
        }
    }

    /// Queues the Close frame that reports a violation to the peer.
    pub fn fail(&mut self, fault: Fault) {
        self.close(Some(fault.close_code()));
    }

    /// Returns the bytes that the caller must write to the connection.
    #[must_use]
    pub const fn output(&self) -> &Output {
        &self.output
    }

    /// Removes the first `count` bytes of the output, which the caller has written.
    ///
    /// # Panics
    /// Panics if the output has fewer than `count` bytes.
    pub fn written(&mut self, count: usize) {
        self.output.advance(count);
        if !self.output.has_remaining() {
            self.replies = 0;
        }
    }

    /// Returns the number of bytes in the output that are answers to the peer's pings, at most.
    ///
    /// Stop reading from the connection while this number is large: the peer sends pings and does not read the pongs.
    #[must_use]
    pub const fn replies(&self) -> usize {
        self.replies
    }

    #[inline]
    fn queue_message(&mut self, kind: Kind, compressed: bool, prefix: &[u8], payload: &Bytes) {
        let opcode = match kind {
            Kind::Text => Opcode::Text,
            Kind::Binary => Opcode::Binary,
        };
        if matches!(self.role, Role::Server) && payload.len() >= ZERO_COPY_THRESHOLD {
            let tail = self.output.tail();
            tail.reserve(MAX_HEADER + prefix.len());
            Header::write(opcode, compressed, None, prefix.len() + payload.len(), tail);
            tail.extend_from_slice(prefix);
            self.output.push(payload.clone());
        } else {
            self.append_frame(opcode, compressed, prefix, payload);
        }
    }

    fn queue_control(&mut self, opcode: Opcode, first: &[u8], second: &[u8]) {
        self.append_frame(opcode, false, first, second);
    }

    /// Appends a frame to the output's tail, with a copy of its payload.
    fn append_frame(&mut self, opcode: Opcode, compressed: bool, first: &[u8], second: &[u8]) {
        let key = match self.role {
            Role::Server => None,
            Role::Client { mask } => Some(mask()),
        };
        let len = first.len() + second.len();
        let tail = self.output.tail();
        tail.reserve(MAX_HEADER + len);
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
