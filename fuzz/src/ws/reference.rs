//! A reference decoder: a direct transcription of RFC 6455 that takes all of the input at once and keeps no state.

use super::{Endpoint, Event, Status, mask};

/// The rules that the decoder applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rules {
    /// RFC 6455.
    Rfc,
    /// RFC 6455, except that a control frame can have an extended length. The RFC forbids that (section 5.2: "the
    /// minimal number of bytes MUST be used"), so a control frame whose length field is 126 or 127 is rejected before
    /// the rest of its header arrives. tungstenite allows it.
    LongControlFrames,
}

/// The expected result of an input.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) events: Vec<Event>,
    /// The payloads of the peer's pings.
    pub(super) pings: Vec<Vec<u8>>,
    /// The payloads of the peer's pongs.
    pub(super) pongs: Vec<Vec<u8>>,
    pub(super) status: Status,
    /// Whether the last frame is complete in the input.
    pub(super) complete: bool,
    /// The payload length in the header of the last frame.
    pub(super) len: usize,
    /// The reason in the Close frame is not UTF-8.
    pub(super) reason_is_not_utf8: bool,
}

/// Decodes the input that the endpoint `end` receives.
pub(super) fn read(rules: Rules, end: Endpoint, limit: usize, input: &[u8]) -> Expected {
    let mut reading = Expected {
        events: Vec::new(),
        pings: Vec::new(),
        pongs: Vec::new(),
        status: Status::Open,
        complete: true,
        len: 0,
        reason_is_not_utf8: false,
    };
    let (mut rest, mut message) = (input, None);
    while let Some(after) = reading.frame(rules, end, limit, rest, &mut message) {
        rest = after;
    }
    reading
}

/// An incomplete message: whether it is text, and its data so far.
type Message = Option<(bool, Vec<u8>)>;

impl Expected {
    /// Decodes a frame and returns the rest of the input. Returns `None` if no further frame can be decoded.
    fn frame<'i>(
        &mut self,
        rules: Rules,
        end: Endpoint,
        limit: usize,
        input: &'i [u8],
        message: &mut Message,
    ) -> Option<&'i [u8]> {
        let &[first, second, ref rest @ ..] = input else { return None };
        let (fin, opcode, short) = (first & 0x80 != 0, first & 0xf, usize::from(second & 0x7f));
        let control = opcode >= 8;
        (self.complete, self.len) = (false, short);
        let extended = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let header = extended + if second & 0x80 == 0 { 0 } else { 4 };
        if let Some(length) = rest.get(..extended).filter(|length| !length.is_empty()) {
            let length = length.iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
            self.len = usize::try_from(length).unwrap_or(usize::MAX);
        }
        self.complete = rest.len() >= header && rest.len() - header >= self.len;
        // A decoder checks the first two bytes when they arrive, and everything else when the header is complete.
        if first & 0x30 != 0 || !matches!(opcode, 0..=2 | 8..=10) {
            return self.stop(Status::Protocol);
        }
        if control && (!fin || rules == Rules::Rfc && short > 125) {
            return self.stop(Status::Control);
        }
        let (header, rest) = rest.split_at_checked(header)?;
        let key = &header[extended..];
        let before = message.as_ref().map_or(0, |(_, data)| data.len());
        if key.is_empty() == (end == Endpoint::Server)
            || first & 0x40 != 0
            || matches!(opcode, 1 | 2) && message.is_some()
            || opcode == 0 && message.is_none()
        {
            return self.stop(Status::Protocol);
        }
        if control && self.len > 125 {
            return self.stop(Status::Control);
        }
        if !control && self.len > limit.saturating_sub(before) {
            return self.stop(Status::TooLarge);
        }
        let (payload, rest) = rest.split_at(rest.len().min(self.len));
        let mut payload = payload.to_vec();
        mask(&mut payload, key.try_into().unwrap_or_default());
        if control {
            return if self.complete && self.control(opcode, payload) { Some(rest) } else { None };
        }
        let (text, data) = message.get_or_insert_with(|| (opcode == 1, Vec::new()));
        data.extend(payload);
        let message_ends = self.complete && fin;
        if *text {
            match std::str::from_utf8(data) {
                // An incomplete character at the end is valid as long as the message continues.
                Err(error) if message_ends || error.error_len().is_some() => return self.stop(Status::Utf8),
                _ => {}
            }
        }
        if message_ends && let Some((text, data)) = message.take() {
            self.events.push(if text { Event::Text(data.into()) } else { Event::Binary(data.into()) });
        }
        self.complete.then_some(rest)
    }

    /// Handles a control frame. Returns whether further frames can follow.
    fn control(&mut self, opcode: u8, payload: Vec<u8>) -> bool {
        match opcode {
            9 => self.pings.push(payload),
            10 => self.pongs.push(payload),
            _ => {
                self.status = match *payload.as_slice() {
                    [] => self.closed(None),
                    [_] => Status::Protocol,
                    [high, low, ref reason @ ..] => {
                        let code = u16::from_be_bytes([high, low]);
                        self.reason_is_not_utf8 = std::str::from_utf8(reason).is_err();
                        match code {
                            1000..=1003 | 1007..=1014 | 3000..=4999 if self.reason_is_not_utf8 => Status::Utf8,
                            1000..=1003 | 1007..=1014 | 3000..=4999 => self.closed(Some(code)),
                            _ => Status::CloseCode,
                        }
                    }
                };
                return false;
            }
        }
        true
    }

    fn closed(&mut self, code: Option<u16>) -> Status {
        self.events.push(Event::Close(code));
        Status::Closed
    }

    fn stop<T>(&mut self, status: Status) -> Option<T> {
        self.status = status;
        None
    }
}
