//! tungstenite, and where it is known to differ.

use super::{
    End, Seen, Verdict,
    reference::{self, Reading, Rules},
};
use std::io;
use tungstenite::{
    Error, Message,
    error::CapacityError,
    protocol::{self, WebSocketConfig, WebSocketContext},
};

/// What tungstenite is known to do differently, beside the rule of RFC 6455 that it does not hold to
/// ([`Rules::LongControls`]). Nothing else may be different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Difference {
    /// It makes code 1002 of a close code that must not be sent, and takes the Close frame. It also does so with 1014,
    /// which is registered since the RFC.
    CloseCode,
    /// It looks at a Close frame's reason before its code, so of two faults it tells the other.
    ReasonFirst,
    /// It looks at a frame's length before the rest of its header, so of two faults it tells the other.
    LengthFirst,
    /// It has one word for all breaches of the protocol.
    OneWord,
    /// It awaits the end of a frame before it judges it. That is no fault, only late.
    Late,
}

fn context(end: End, limit: usize) -> WebSocketContext {
    let role = match end {
        End::Server => protocol::Role::Server,
        End::Client => protocol::Role::Client,
    };
    // It clears so much at every read.
    let config = WebSocketConfig::default().read_buffer_size(128).write_buffer_size(0);
    WebSocketContext::new(role, Some(config.max_message_size(Some(limit)).max_frame_size(Some(limit))))
}

/// tungstenite, and what it made of the input.
#[derive(Debug)]
pub(super) struct Theirs {
    end: End,
    limit: usize,
    context: WebSocketContext,
    output: Vec<u8>,
    pub(super) seen: Vec<Seen>,
    verdict: Verdict,
}

impl Theirs {
    pub(super) fn new(end: End, limit: usize) -> Self {
        let (output, seen) = (Vec::new(), Vec::new());
        Self { end, limit, context: context(end, limit), output, seen, verdict: Verdict::Open }
    }

    pub(super) fn read(&mut self, mut input: &[u8]) {
        while self.verdict == Verdict::Open {
            match self.context.read(&mut Memory { input: &mut input, output: &mut self.output }) {
                Ok(Message::Text(text)) => self.seen.push(Seen::Text(text.into())),
                Ok(Message::Binary(bytes)) => self.seen.push(Seen::Binary(bytes)),
                // A pong that nobody asked for is nothing to us.
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
                Ok(Message::Close(close)) => {
                    let _ = self.context.flush(&mut Memory { input: &mut &[][..], output: &mut self.output });
                    let code = close.map(|close| u16::from(close.code));
                    self.seen.push(Seen::Close(code));
                    self.verdict = Verdict::Closed;
                }
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(Error::Utf8(_)) => self.verdict = Verdict::Utf8,
                Err(Error::Capacity(CapacityError::MessageTooLong { .. })) => self.verdict = Verdict::TooLarge,
                Err(_) => self.verdict = Verdict::Protocol,
            }
        }
    }
}

impl Theirs {
    /// It is what was expected, or differs as it is known to.
    pub(super) fn compare(mut self, mut expected: Reading, stream: &[u8]) {
        if expected.verdict == Verdict::Control {
            // It may have gone on, and then what follows is to be read by its rules.
            expected = reference::read(Rules::LongControls, self.end, self.limit, stream);
        }
        let difference = self.difference(&expected);
        if difference == Some(Difference::CloseCode) {
            assert_eq!(self.seen.pop(), Some(Seen::Close(Some(1002))), "{stream:?}");
            if expected.verdict == Verdict::Closed {
                self.seen.push(Seen::Close(Some(1014)));
            }
        }
        let made = (difference.map_or(self.verdict, |_| expected.verdict), &self.seen);
        assert_eq!(made, (expected.verdict, &expected.seen), "{difference:?} {stream:?}");
        let said = reference::read(Rules::Rfc, self.end.other(), usize::MAX, &self.output);
        assert_eq!(said.pongs, expected.pings, "tungstenite's answers: {stream:?}");
    }

    /// Which of the known differences this may be.
    fn difference(&self, expected: &Reading) -> Option<Difference> {
        match (expected.verdict, self.verdict) {
            (Verdict::CloseCode, Verdict::Closed) => Some(Difference::CloseCode),
            (Verdict::Closed, Verdict::Closed) if expected.seen.last() == Some(&Seen::Close(Some(1014))) => {
                Some(Difference::CloseCode)
            }
            (Verdict::CloseCode, Verdict::Utf8) if expected.garbled => Some(Difference::ReasonFirst),
            (Verdict::Protocol | Verdict::Control, Verdict::TooLarge) if expected.len > self.limit => {
                Some(Difference::LengthFirst)
            }
            (Verdict::Control, Verdict::Protocol) => Some(Difference::OneWord),
            (Verdict::Protocol | Verdict::Control | Verdict::Utf8 | Verdict::TooLarge, Verdict::Open) => {
                (!expected.whole).then_some(Difference::Late)
            }
            _ => None,
        }
    }
}

/// What tungstenite takes for its connection.
struct Memory<'m, 'i> {
    input: &'m mut &'i [u8],
    output: &'m mut Vec<u8>,
}

impl io::Read for Memory<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.input.read(buffer)
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
