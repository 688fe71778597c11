//! The decoder: from bytes to messages and control frames.

use super::{
    arena::Arena,
    assembly::Assembly,
    header::{Header, Opcode, PartialHeader},
    mask::Mask,
};
use crate::{Close, Fault, Kind};
use bytes::{Bytes, BytesMut};

/// Decodes the bytes that the peer sent.
#[derive(Debug)]
pub(crate) struct Decoder {
    /// The peer must mask its frames, because it is a client.
    peer_masks: bool,
    /// Messages can be compressed: permessage-deflate defines the first reserved bit.
    may_compress: bool,
    /// The largest message in bytes.
    max_message: usize,
    partial: PartialHeader,
    /// The frame whose payload is incomplete.
    frame: Option<Frame>,
    /// The message that is incomplete.
    message: Option<Assembly>,
    /// The masked payload of an incomplete control frame.
    control: BytesMut,
    arena: Arena,
}

/// A complete message or control frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A message that is not compressed. Text is valid UTF-8.
    Message {
        kind: Kind,
        payload: Bytes,
    },
    /// A message that is compressed. Its text is not validated.
    Compressed {
        kind: Kind,
        payload: Bytes,
    },
    Ping(Bytes),
    Pong,
    Close(Option<Close>),
}

/// A frame whose header is complete.
#[derive(Clone, Copy, Debug)]
struct Frame {
    opcode: Opcode,
    fin: bool,
    mask: Option<Mask>,
    /// The number of payload bytes that did not arrive yet.
    remaining: usize,
}

impl Decoder {
    pub(crate) fn new(peer_masks: bool, max_message: usize) -> Self {
        Self {
            peer_masks,
            may_compress: false,
            max_message,
            partial: PartialHeader::default(),
            frame: None,
            message: None,
            control: BytesMut::new(),
            arena: Arena::default(),
        }
    }

    /// Decodes the next event. Returns `None` when all of the input is consumed.
    ///
    /// The common case, an unfragmented message that is complete in the input, is recognised by its header before the
    /// header is stored, so the header stays in registers.
    #[inline]
    pub(crate) fn next(&mut self, input: &mut &[u8]) -> Result<Option<Event>, Fault> {
        loop {
            if self.frame.is_none() {
                if input.is_empty() {
                    break;
                }
                let Some(header) = self.partial.take(input)? else { break };
                let frame = self.begin_frame(header)?;
                if let Some(kind) = self.complete_message(&frame, input) {
                    let (payload, ascii) = self.arena.take(input, frame.remaining, frame.mask);
                    if kind == Kind::Text && !ascii && simdutf8::basic::from_utf8(&payload).is_err() {
                        return Err(Fault::Utf8);
                    }
                    return Ok(Some(Event::Message { kind, payload }));
                }
                self.frame = Some(frame);
            }
            match self.continue_frame(input)? {
                None if self.frame.is_some() => break,
                None => {}
                event => return Ok(event),
            }
        }
        self.arena.release_large();
        Ok(None)
    }

    /// Decodes more of the incomplete frame's payload.
    #[inline(never)]
    fn continue_frame(&mut self, input: &mut &[u8]) -> Result<Option<Event>, Fault> {
        let Some(frame) = self.frame.take() else { return Ok(None) };
        if frame.opcode.is_control() { self.control_payload(frame, input) } else { self.data_payload(frame, input) }
    }

    /// Validates a header and returns the frame that it begins.
    #[inline]
    fn begin_frame(&mut self, header: Header) -> Result<Frame, Fault> {
        let Header { fin, compressed, opcode, mask, len } = header;
        match (mask, self.peer_masks) {
            (None, true) => return Err(Fault::Unmasked),
            (Some(_), false) => return Err(Fault::Masked),
            _ => {}
        }
        let starts_message = matches!(opcode, Opcode::Text | Opcode::Binary);
        if compressed && !(starts_message && self.may_compress) {
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
            if !compressed || remaining > max_compressed_len(self.max_message).saturating_sub(before) {
                return Err(Fault::TooLarge);
            }
        }
        if starts_message && (compressed || !fin) {
            self.message = Some(Assembly::new(kind(opcode), compressed));
        }
        Ok(Frame { opcode, fin, mask, remaining })
    }

    /// Accepts compressed messages from now on.
    #[cfg(feature = "deflate")]
    pub(crate) const fn allow_compressed(&mut self) {
        self.may_compress = true;
    }

    /// Returns the size in bytes of the largest message that is accepted.
    pub(crate) const fn max_message(&self) -> usize {
        self.max_message
    }

    /// Returns the kind of the message if the frame is a complete message and all of its payload is in the input.
    #[inline]
    fn complete_message(&self, frame: &Frame, input: &[u8]) -> Option<Kind> {
        let is_complete = frame.fin && self.message.is_none() && frame.remaining <= input.len();
        match frame.opcode {
            Opcode::Text if is_complete => Some(Kind::Text),
            Opcode::Binary if is_complete => Some(Kind::Binary),
            _ => None,
        }
    }

    /// Decodes payload of a data frame.
    fn data_payload(&mut self, mut frame: Frame, input: &mut &[u8]) -> Result<Option<Event>, Fault> {
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

    /// Decodes payload of a control frame. The payload stays masked until it is complete.
    fn control_payload(&mut self, mut frame: Frame, input: &mut &[u8]) -> Result<Option<Event>, Fault> {
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

/// Returns the size in bytes of the largest compressed message that is accepted. DEFLATE makes incompressible data
/// longer, but not by more than this margin.
const fn max_compressed_len(max_message: usize) -> usize {
    max_message.saturating_add(max_message / 8).saturating_add(64)
}

const fn kind(opcode: Opcode) -> Kind {
    match opcode {
        Opcode::Text => Kind::Text,
        _ => Kind::Binary,
    }
}
