//! From bytes to messages.

use super::{
    arena::Arena,
    assembly::Assembly,
    header::{Header, Opcode, Partial},
    mask::Mask,
};
use crate::{Close, Fault, Kind};
use bytes::{Bytes, BytesMut};

/// Takes the peer's bytes apart.
#[derive(Debug)]
pub(crate) struct Decoder {
    /// The peer is a client.
    masked: bool,
    /// An extension gave the first reserved bit a meaning.
    may_compress: bool,
    max_message: usize,
    partial: Partial,
    /// The frame of which not all is there.
    frame: Option<Frame>,
    /// The message of which not all is there.
    message: Option<Assembly>,
    /// What there is of a control frame.
    control: BytesMut,
    arena: Arena,
}

/// What the peer sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Text is UTF-8.
    Message {
        kind: Kind,
        payload: Bytes,
    },
    /// A message that is compressed.
    Compressed {
        kind: Kind,
        payload: Bytes,
    },
    Ping(Bytes),
    Pong,
    Close(Option<Close>),
}

/// A frame whose payload is under way.
#[derive(Clone, Copy, Debug)]
struct Frame {
    opcode: Opcode,
    fin: bool,
    mask: Option<Mask>,
    /// How many bytes are still to come.
    remaining: usize,
}

impl Decoder {
    pub(crate) fn new(masked: bool, max_message: usize) -> Self {
        Self {
            masked,
            may_compress: false,
            max_message,
            partial: Partial::default(),
            frame: None,
            message: None,
            control: BytesMut::new(),
            arena: Arena::default(),
        }
    }

    /// Takes the next event from the input. `None` says that all of the input was taken.
    ///
    /// What mostly comes, a message that is there as a whole, is told by the header alone, which then is nowhere but in
    /// registers.
    #[inline]
    pub(crate) fn next(&mut self, input: &mut &[u8]) -> Result<Option<Event>, Fault> {
        loop {
            if self.frame.is_none() {
                if input.is_empty() {
                    break;
                }
                let Some(header) = self.partial.take(input)? else { break };
                let frame = self.begin(header)?;
                if let Some(kind) = self.whole(&frame, input) {
                    let (payload, ascii) = self.arena.take(input, frame.remaining, frame.mask);
                    if kind == Kind::Text && !ascii && simdutf8::basic::from_utf8(&payload).is_err() {
                        return Err(Fault::Utf8);
                    }
                    return Ok(Some(Event::Message { kind, payload }));
                }
                self.frame = Some(frame);
            }
            match self.go_on(input)? {
                None if self.frame.is_some() => break,
                None => {}
                event => return Ok(event),
            }
        }
        self.arena.rest();
        Ok(None)
    }

    /// Goes on with the frame that has begun.
    #[inline(never)]
    fn go_on(&mut self, input: &mut &[u8]) -> Result<Option<Event>, Fault> {
        let Some(frame) = self.frame.take() else { return Ok(None) };
        if frame.opcode.is_control() { self.control(frame, input) } else { self.data(frame, input) }
    }

    /// Judges a header.
    #[inline]
    fn begin(&mut self, header: Header) -> Result<Frame, Fault> {
        let Header { fin, compressed, opcode, mask, len } = header;
        match (mask, self.masked) {
            (None, true) => return Err(Fault::Unmasked),
            (Some(_), false) => return Err(Fault::Masked),
            _ => {}
        }
        let begins = matches!(opcode, Opcode::Text | Opcode::Binary);
        if compressed && !(begins && self.may_compress) {
            return Err(Fault::ReservedBit);
        }
        let remaining = usize::try_from(len).map_err(|_| Fault::TooLarge)?;
        let before = match (&self.message, opcode) {
            (Some(_), Opcode::Text | Opcode::Binary) => return Err(Fault::Interleaved),
            (None, Opcode::Continuation) => return Err(Fault::Continuation),
            (Some(message), Opcode::Continuation) => message.len(),
            _ => 0,
        };
        if !opcode.is_control() && remaining > self.max_message.saturating_sub(before) {
            let compressed = compressed || self.message.as_ref().is_some_and(Assembly::is_compressed);
            if !compressed || remaining > most_compressed(self.max_message).saturating_sub(before) {
                return Err(Fault::TooLarge);
            }
        }
        if begins && (compressed || !fin) {
            self.message = Some(Assembly::new(kind(opcode), compressed));
        }
        Ok(Frame { opcode, fin, mask, remaining })
    }

    /// From now on messages may be compressed.
    #[cfg(feature = "deflate")]
    pub(crate) const fn allow_compressed(&mut self) {
        self.may_compress = true;
    }

    /// The most bytes that a message may have.
    pub(crate) const fn max_message(&self) -> usize {
        self.max_message
    }

    /// The kind of message that the frame is, if it is one and all of it is there.
    #[inline]
    fn whole(&self, frame: &Frame, input: &[u8]) -> Option<Kind> {
        let is_whole = frame.fin && self.message.is_none() && frame.remaining <= input.len();
        match frame.opcode {
            Opcode::Text if is_whole => Some(Kind::Text),
            Opcode::Binary if is_whole => Some(Kind::Binary),
            _ => None,
        }
    }

    /// Adds to the message.
    fn data(&mut self, mut frame: Frame, input: &mut &[u8]) -> Result<Option<Event>, Fault> {
        let message = self.message.get_or_insert_with(|| Assembly::new(kind(frame.opcode), false));
        let (payload, rest) = input.split_at(frame.remaining.min(input.len()));
        *input = rest;
        message.append(payload, frame.mask, frame.remaining)?;
        frame.remaining -= payload.len();
        if frame.remaining > 0 {
            frame.mask = frame.mask.map(|mask| mask.after(payload.len()));
            self.frame = Some(frame);
            return Ok(None);
        }
        let Some(message) = self.message.take_if(|_| frame.fin) else { return Ok(None) };
        let (kind, payload, compressed) = message.finish()?;
        Ok(Some(if compressed { Event::Compressed { kind, payload } } else { Event::Message { kind, payload } }))
    }

    /// Adds to the control frame. Its payload stays masked until all of it is there.
    fn control(&mut self, mut frame: Frame, input: &mut &[u8]) -> Result<Option<Event>, Fault> {
        let payload = if self.control.is_empty() && frame.remaining <= input.len() {
            self.arena.take(input, frame.remaining, frame.mask).0
        } else {
            let (payload, rest) = input.split_at(frame.remaining.min(input.len()));
            *input = rest;
            self.control.extend_from_slice(payload);
            frame.remaining -= payload.len();
            if frame.remaining > 0 {
                self.frame = Some(frame);
                return Ok(None);
            }
            let mut payload = core::mem::take(&mut self.control);
            if let Some(mask) = frame.mask {
                mask.apply(&mut payload);
            }
            payload.freeze()
        };
        Ok(Some(match frame.opcode {
            Opcode::Ping => Event::Ping(payload),
            Opcode::Close => Event::Close(Close::parse(payload)?),
            _ => Event::Pong,
        }))
    }
}

/// How long a message may be while it is compressed. What cannot be compressed becomes longer, but not by more than this.
const fn most_compressed(max_message: usize) -> usize {
    max_message.saturating_add(max_message / 8).saturating_add(64)
}

const fn kind(opcode: Opcode) -> Kind {
    match opcode {
        Opcode::Text => Kind::Text,
        _ => Kind::Binary,
    }
}
