//! RFC 6455 written down plainly, for judging the two codecs: all of the input at once, and nothing is kept.

use super::{End, Seen, Verdict, mask};

/// What is read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rules {
    /// RFC 6455.
    Rfc,
    /// The same, but that a control frame may say its length in more bytes than needed. The RFC forbids that (section 5.2:
    /// "the minimal number of bytes MUST be used"), so that a control frame which says 126 or 127 where its length
    /// stands is refused before the rest of its header is there; tungstenite allows it.
    LongControls,
}

/// What is to be made of an input.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) seen: Vec<Seen>,
    /// What the peer's pings hold.
    pub(super) pings: Vec<Vec<u8>>,
    /// What its pongs hold.
    pub(super) pongs: Vec<Vec<u8>>,
    pub(super) verdict: Verdict,
    /// Whether all of the frame that led to the verdict is there.
    pub(super) whole: bool,
    /// The length that the header of this frame states.
    pub(super) len: usize,
    /// The reason in the Close frame that led to the verdict is no UTF-8.
    pub(super) garbled: bool,
}

/// Reads what comes to this end.
pub(super) fn read(rules: Rules, end: End, limit: usize, input: &[u8]) -> Reading {
    let mut reading = Reading {
        seen: Vec::new(),
        pings: Vec::new(),
        pongs: Vec::new(),
        verdict: Verdict::Open,
        whole: true,
        len: 0,
        garbled: false,
    };
    let (mut rest, mut message) = (input, None);
    while let Some(after) = reading.frame(rules, end, limit, rest, &mut message) {
        rest = after;
    }
    reading
}

/// A message of which not all is there: whether it is text, and what there is.
type Message = Option<(bool, Vec<u8>)>;

impl Reading {
    /// Reads a frame. `None` if nothing can be read after it, or nothing is left.
    fn frame<'i>(
        &mut self,
        rules: Rules,
        end: End,
        limit: usize,
        input: &'i [u8],
        message: &mut Message,
    ) -> Option<&'i [u8]> {
        let &[first, second, ref rest @ ..] = input else { return None };
        let (fin, opcode, short) = (first & 0x80 != 0, first & 0xf, usize::from(second & 0x7f));
        let control = opcode >= 8;
        (self.whole, self.len) = (false, short);
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
        self.whole = rest.len() >= header && rest.len() - header >= self.len;
        // The first two bytes are judged when they are there, everything else when the header is.
        if first & 0x30 != 0 || !matches!(opcode, 0..=2 | 8..=10) {
            return self.end(Verdict::Protocol);
        }
        if control && (!fin || rules == Rules::Rfc && short > 125) {
            return self.end(Verdict::Control);
        }
        let (header, rest) = rest.split_at_checked(header)?;
        let key = &header[extended..];
        let before = message.as_ref().map_or(0, |(_, data)| data.len());
        if key.is_empty() == (end == End::Server)
            || first & 0x40 != 0
            || matches!(opcode, 1 | 2) && message.is_some()
            || opcode == 0 && message.is_none()
        {
            return self.end(Verdict::Protocol);
        }
        if control && self.len > 125 {
            return self.end(Verdict::Control);
        }
        if !control && self.len > limit.saturating_sub(before) {
            return self.end(Verdict::TooLarge);
        }
        let (payload, rest) = rest.split_at(rest.len().min(self.len));
        let mut payload = payload.to_vec();
        mask(&mut payload, key.try_into().unwrap_or_default());
        if control {
            return if self.whole && self.control(opcode, payload) { Some(rest) } else { None };
        }
        let (text, data) = message.get_or_insert_with(|| (opcode == 1, Vec::new()));
        data.extend(payload);
        let over = self.whole && fin;
        if *text {
            match std::str::from_utf8(data) {
                // What may become UTF-8 may do so as long as the message goes on.
                Err(error) if over || error.error_len().is_some() => return self.end(Verdict::Utf8),
                _ => {}
            }
        }
        if over && let Some((text, data)) = message.take() {
            self.seen.push(if text { Seen::Text(data.into()) } else { Seen::Binary(data.into()) });
        }
        self.whole.then_some(rest)
    }

    /// Takes a control frame. Says whether anything may follow.
    fn control(&mut self, opcode: u8, payload: Vec<u8>) -> bool {
        match opcode {
            9 => self.pings.push(payload),
            10 => self.pongs.push(payload),
            _ => {
                self.verdict = match *payload.as_slice() {
                    [] => self.closed(None),
                    [_] => Verdict::Protocol,
                    [high, low, ref reason @ ..] => {
                        let code = u16::from_be_bytes([high, low]);
                        self.garbled = std::str::from_utf8(reason).is_err();
                        match code {
                            1000..=1003 | 1007..=1014 | 3000..=4999 if self.garbled => Verdict::Utf8,
                            1000..=1003 | 1007..=1014 | 3000..=4999 => self.closed(Some(code)),
                            _ => Verdict::CloseCode,
                        }
                    }
                };
                return false;
            }
        }
        true
    }

    fn closed(&mut self, code: Option<u16>) -> Verdict {
        self.seen.push(Seen::Close(code));
        Verdict::Closed
    }

    fn end<T>(&mut self, verdict: Verdict) -> Option<T> {
        self.verdict = verdict;
        None
    }
}
