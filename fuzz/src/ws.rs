//! A differential test of engineio-ws against tungstenite and against a reference decoder, on the same input in the
//! same pieces. The known differences of tungstenite are listed in one enum.

mod generate;
mod reference;
mod tungstenite_codec;

use crate::Random;
use bytes::{Buf, Bytes};
use engineio_ws::{Fault, Incoming, Kind, Role, WebSocket};
use reference::Rules;
use tungstenite_codec::Tungstenite;

/// The limits on messages, in bytes. tungstenite applies them to control frames too, so each is at least 125. Most
/// streams use the first one, which keeps them short and the test fast.
const LIMITS: [usize; 3] = [150, 1000, 70_000];

/// An endpoint of a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    Server,
    Client,
}

/// A decoded message or Close frame.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Event {
    Text(Bytes),
    Binary(Bytes),
    Close(Option<u16>),
}

/// The state of a decoder after the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// The decoder expects more input.
    Open,
    Closed,
    /// A Close frame has a code that must not be sent.
    CloseCode,
    /// A control frame is fragmented, too long, or has an extended length.
    Control,
    Protocol,
    Utf8,
    TooLarge,
}

/// Tests the codec on one fuzzer input.
///
/// The first byte selects the endpoint, the limit, and whether the rest is the stream itself or a recipe for frames.
/// The second byte selects how the stream is split into pieces. The test checks that:
///
/// - engineio-ws returns the events that the reference decoder finds, answers the same pings, and stops for the same
///   reason, for every split;
/// - tungstenite does the same, except for its known differences;
/// - tungstenite, as the other endpoint, decodes the echoed messages to the same messages.
///
/// # Panics
/// Panics if one of these checks fails.
pub fn differential(data: &[u8]) {
    let &[settings, cut, ref rest @ ..] = data else { return };
    let end = if settings & 1 == 0 { Endpoint::Server } else { Endpoint::Client };
    let limit = LIMITS[usize::from(settings >> 1 & 0x1f).saturating_sub(29)];
    let stream = if settings & 0x80 == 0 { generate::frames(end, limit, rest) } else { rest.to_vec() };
    let mut ours = OurCodec::new(end, limit);
    let mut tungstenite = Tungstenite::new(end, limit);
    let mut cuts = Random::new(u64::from(cut));
    let mut input = &stream[..];
    while !input.is_empty() {
        // Most pieces are short, and some take all of the rest. The middle of a long stream is not split finely.
        let most = match cut % 4 {
            0 => input.len() as u64,
            _ if stream.len() - input.len() > FINE_CUTS && input.len() > FINE_CUTS => (input.len() - FINE_CUTS) as u64,
            1 => 1,
            2 => 8,
            _ => 300,
        };
        let (piece, after) = input.split_at(input.len().min(cuts.below(most) as usize + 1));
        input = after;
        ours.read(piece);
        tungstenite.read(piece);
    }
    let expected = reference::read(Rules::Rfc, end, limit, &stream);
    assert_eq!((&ours.events, ours.status), (&expected.events, expected.status), "{stream:?}");
    ours.check_answers(&expected);
    tungstenite.compare(expected, &stream);
    ours.check_echo();
}

/// The number of bytes at the start and at the end of a stream that are split into short pieces.
const FINE_CUTS: usize = 300;

/// Masks or unmasks bytes. It processes eight bytes at a time, because fuzzers instrument each iteration of a loop.
fn mask(bytes: &mut [u8], key: [u8; 4]) {
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (chunks, rest) = bytes.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    rest.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
}

/// Appends a frame to `out`.
pub(crate) fn frame(out: &mut Vec<u8>, first: u8, key: Option<[u8; 4]>, payload: &[u8]) {
    let bit = if key.is_some() { 0x80 } else { 0 };
    out.push(first);
    match payload.len() {
        len @ ..126 => out.push(bit | len as u8),
        len @ 126..65_536 => {
            out.push(bit | 126);
            out.extend((len as u16).to_be_bytes());
        }
        len => {
            out.push(bit | 127);
            out.extend((len as u64).to_be_bytes());
        }
    }
    out.extend(key.into_iter().flatten());
    let start = out.len();
    out.extend_from_slice(payload);
    mask(&mut out[start..], key.unwrap_or_default());
}

fn socket(end: Endpoint, limit: usize) -> WebSocket {
    let role = match end {
        Endpoint::Server => Role::Server,
        Endpoint::Client => Role::Client { mask: || [0x11, 0, 0xff, 0x80] },
    };
    WebSocket::new(role, limit)
}

impl Endpoint {
    const fn other(self) -> Self {
        match self {
            Self::Server => Self::Client,
            Self::Client => Self::Server,
        }
    }
}

/// engineio-ws, and the events that it decoded.
#[derive(Debug)]
struct OurCodec {
    end: Endpoint,
    socket: WebSocket,
    events: Vec<Event>,
    status: Status,
}

impl OurCodec {
    fn new(end: Endpoint, limit: usize) -> Self {
        Self { end, socket: socket(end, limit), events: Vec::new(), status: Status::Open }
    }

    fn read(&mut self, mut input: &[u8]) {
        while self.status == Status::Open {
            match self.socket.next(&mut input) {
                Ok(Some(Incoming::Message { kind: Kind::Text, payload })) => {
                    assert!(std::str::from_utf8(&payload).is_ok(), "{payload:?} is not UTF-8");
                    self.events.push(Event::Text(payload));
                }
                Ok(Some(Incoming::Message { kind: Kind::Binary, payload })) => self.events.push(Event::Binary(payload)),
                Ok(Some(Incoming::Close(close))) => {
                    self.events.push(Event::Close(close.map(|close| close.code.get())));
                    self.status = Status::Closed;
                }
                Ok(None) => {
                    assert!(input.is_empty(), "some input was not consumed");
                    return;
                }
                Err(fault) => self.status = status(fault),
            }
        }
    }

    /// Checks that all pings are answered in order, followed by the answer to the Close frame.
    fn check_answers(&mut self, expected: &reference::Expected) {
        let answers = reference::read(Rules::Rfc, self.end.other(), usize::MAX, &take(&mut self.socket));
        let close: Vec<_> = self.events.iter().filter(|event| matches!(event, Event::Close(_))).cloned().collect();
        assert_eq!((answers.pongs, answers.events), (expected.pings.clone(), close), "the answers");
        assert!(
            answers.complete && answers.pings.is_empty() && matches!(answers.status, Status::Open | Status::Closed)
        );
    }

    /// Checks that tungstenite decodes the echo of each message.
    fn check_echo(self) {
        let mut echo = socket(self.end, usize::MAX);
        let mut sent = Vec::new();
        for event in self.events {
            match &event {
                Event::Text(payload) => echo.send(Kind::Text, &[], payload),
                Event::Binary(payload) => echo.send(Kind::Binary, &[], payload),
                Event::Close(_) => continue,
            }
            sent.push(event);
        }
        if !sent.is_empty() {
            let mut receiver = Tungstenite::new(self.end.other(), usize::MAX);
            receiver.read(&take(&mut echo));
            assert_eq!(receiver.events, sent);
        }
    }
}

/// Removes all of a socket's output and returns it.
pub(crate) fn take(socket: &mut WebSocket) -> Vec<u8> {
    let mut out = Vec::new();
    while socket.output().has_remaining() {
        let chunk = socket.output().chunk();
        let count = chunk.len();
        out.extend_from_slice(chunk);
        socket.written(count);
    }
    assert_eq!(socket.replies(), 0);
    out
}

const fn status(fault: Fault) -> Status {
    match fault {
        Fault::Utf8 => Status::Utf8,
        Fault::TooLarge => Status::TooLarge,
        Fault::CloseCode(_) => Status::CloseCode,
        Fault::Control => Status::Control,
        _ => Status::Protocol,
    }
}
