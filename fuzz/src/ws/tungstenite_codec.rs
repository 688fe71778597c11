//! tungstenite as a codec under test, and its known differences from RFC 6455.

use super::{
    Endpoint, Event, Status,
    reference::{self, Expected, Rules},
};
use std::io;
use tungstenite::{
    Error, Message,
    error::CapacityError,
    protocol::{self, WebSocketConfig, WebSocketContext},
};

/// The known differences of tungstenite from RFC 6455, beside [`Rules::LongControlFrames`]. Any other difference fails
/// the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Difference {
    /// It replaces a close code that must not be sent by 1002 and accepts the Close frame. It also replaces 1014, which
    /// was registered after the RFC.
    CloseCode,
    /// It checks the reason of a Close frame before the code, so of two faults it reports the other one.
    ReasonFirst,
    /// It checks the length of a frame before the rest of the header, so of two faults it reports the other one.
    LengthFirst,
    /// It reports all protocol violations by the same error.
    SingleError,
    /// It checks a frame when it is complete, so it reports the fault later.
    DetectedLater,
}

fn context(end: Endpoint, limit: usize) -> WebSocketContext {
    let role = match end {
        Endpoint::Server => protocol::Role::Server,
        Endpoint::Client => protocol::Role::Client,
    };
    // tungstenite zeroes the read buffer at every read, so a small one is faster.
    let config = WebSocketConfig::default().read_buffer_size(128).write_buffer_size(0);
    WebSocketContext::new(role, Some(config.max_message_size(Some(limit)).max_frame_size(Some(limit))))
}

/// tungstenite, and the events that it decoded.
#[derive(Debug)]
pub(super) struct Tungstenite {
    end: Endpoint,
    limit: usize,
    context: WebSocketContext,
    output: Vec<u8>,
    pub(super) events: Vec<Event>,
    status: Status,
}

impl Tungstenite {
    pub(super) fn new(end: Endpoint, limit: usize) -> Self {
        let (output, events) = (Vec::new(), Vec::new());
        Self { end, limit, context: context(end, limit), output, events, status: Status::Open }
    }

    pub(super) fn read(&mut self, mut input: &[u8]) {
        while self.status == Status::Open {
            match self.context.read(&mut MemoryStream { input: &mut input, output: &mut self.output }) {
                Ok(Message::Text(text)) => self.events.push(Event::Text(text.into())),
                Ok(Message::Binary(bytes)) => self.events.push(Event::Binary(bytes)),
                // Pings and pongs are not events.
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
                Ok(Message::Close(close)) => {
                    let _ = self.context.flush(&mut MemoryStream { input: &mut &[][..], output: &mut self.output });
                    let code = close.map(|close| u16::from(close.code));
                    self.events.push(Event::Close(code));
                    self.status = Status::Closed;
                }
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(Error::Utf8(_)) => self.status = Status::Utf8,
                Err(Error::Capacity(CapacityError::MessageTooLong { .. })) => self.status = Status::TooLarge,
                Err(_) => self.status = Status::Protocol,
            }
        }
    }
}

impl Tungstenite {
    /// Checks that the events are the expected ones, except for known differences.
    pub(super) fn compare(mut self, mut expected: Expected, stream: &[u8]) {
        if expected.status == Status::Control {
            // tungstenite accepts some of these control frames. The rest of the input is then expected by the same
            // rules.
            expected = reference::read(Rules::LongControlFrames, self.end, self.limit, stream);
        }
        let difference = self.difference(&expected);
        if difference == Some(Difference::CloseCode) {
            assert_eq!(self.events.pop(), Some(Event::Close(Some(1002))), "{stream:?}");
            if expected.status == Status::Closed {
                self.events.push(Event::Close(Some(1014)));
            }
        }
        let actual = (difference.map_or(self.status, |_| expected.status), &self.events);
        assert_eq!(actual, (expected.status, &expected.events), "{difference:?} {stream:?}");
        let answers = reference::read(Rules::Rfc, self.end.other(), usize::MAX, &self.output);
        assert_eq!(answers.pongs, expected.pings, "tungstenite's answers: {stream:?}");
    }

    /// Returns the known difference that explains the result, if there is one.
    fn difference(&self, expected: &Expected) -> Option<Difference> {
        match (expected.status, self.status) {
            (Status::CloseCode, Status::Closed) => Some(Difference::CloseCode),
            (Status::Closed, Status::Closed) if expected.events.last() == Some(&Event::Close(Some(1014))) => {
                Some(Difference::CloseCode)
            }
            (Status::CloseCode, Status::Utf8) if expected.reason_is_not_utf8 => Some(Difference::ReasonFirst),
            (Status::Protocol | Status::Control, Status::TooLarge) if expected.len > self.limit => {
                Some(Difference::LengthFirst)
            }
            (Status::Control, Status::Protocol) => Some(Difference::SingleError),
            (Status::Protocol | Status::Control | Status::Utf8 | Status::TooLarge, Status::Open) => {
                (!expected.complete).then_some(Difference::DetectedLater)
            }
            _ => None,
        }
    }
}

/// The stream of tungstenite: reads from and writes to memory.
struct MemoryStream<'m, 'i> {
    input: &'m mut &'i [u8],
    output: &'m mut Vec<u8>,
}

impl io::Read for MemoryStream<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.input.read(buffer)
    }
}

impl io::Write for MemoryStream<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
