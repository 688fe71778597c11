//! The WebSocket codec next to tungstenite: the same bytes, cut at the same places, mean the same to both, but for what
//! tungstenite is known to take differently.

mod reference;

use crate::Random;
use bytes::{Buf, Bytes};
use engineio_ws::{Fault, Incoming, Kind, Role, WebSocket};
use std::io;
use tungstenite::{
    Error, Message,
    error::CapacityError,
    protocol::{self, WebSocketConfig, WebSocketContext},
};

/// The limits on messages that are tried. tungstenite holds control frames to them too, so none is below theirs.
/// Most streams have the first, which makes them short and quick.
const LIMITS: [usize; 3] = [150, 1000, 70_000];

/// An end of a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Server,
    Client,
}

/// What was made of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Text(Bytes),
    Binary(Bytes),
    Close(Option<u16>),
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// More is awaited.
    Open,
    Closed,
    /// By a close code that must not be sent.
    CloseCode,
    /// By a control frame that is in fragments or too long, or says its length in more bytes than it may.
    Control,
    Protocol,
    Utf8,
    TooLarge,
}

/// What tungstenite is known to do differently. Nothing else may be different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Difference {
    /// It takes a control frame that says its length in more bytes than needed, which RFC 6455 forbids (section 5.2: "the
    /// minimal number of bytes MUST be used"; one of 126 or more is no control frame's).
    LongControl,
    /// It makes code 1002 of a close code that must not be sent, and takes the Close frame. It also does so with 1014,
    /// which is registered since the RFC.
    CloseCode,
    /// It looks at a Close frame's reason before its code, so of two faults it tells the other.
    ReasonFirst,
    /// It looks at a frame's length before the rest of its header, so of two faults it tells the other.
    LengthFirst,
    /// It awaits the end of a frame before it judges it. That is no fault, only late.
    Late,
}

/// Bytes of a peer. The first chooses the end and the limit, the second how the rest is cut; a stream that is marked as
/// a recipe by the first is made into frames.
///
/// - Our codec hands out the messages that a plain reading of RFC 6455 finds, answers the same pings, and ends for the
///   same reason, however the bytes are cut.
/// - So does tungstenite, but for what is listed here.
/// - What is handed out can be sent back, and tungstenite's other end then hands out the same.
///
/// # Panics
/// If one of these does not hold.
pub fn differential(data: &[u8]) {
    let &[settings, cut, ref rest @ ..] = data else { return };
    let end = if settings & 1 == 0 { End::Server } else { End::Client };
    let limit = LIMITS[usize::from(settings >> 1 & 0x1f).saturating_sub(29)];
    let stream = if settings & 0x80 == 0 { frames(end, limit, rest) } else { rest.to_vec() };
    let mut ours = Ours::new(end, limit);
    let mut theirs = Theirs::new(end, limit);
    let mut cuts = Random::new(u64::from(cut));
    let mut input = &stream[..];
    while !input.is_empty() {
        // Most are short, some take all that there is. The middle of a long one is all the same.
        let most = match cut % 4 {
            0 => input.len() as u64,
            _ if stream.len() - input.len() > FINE && input.len() > FINE => (input.len() - FINE) as u64,
            1 => 1,
            2 => 8,
            _ => 300,
        };
        let (piece, after) = input.split_at(input.len().min(cuts.below(most) as usize + 1));
        input = after;
        ours.read(piece);
        theirs.read(piece);
    }
    let expected = reference::read(end, limit, &stream);
    assert_eq!((&ours.seen, ours.verdict), (&expected.seen, expected.verdict), "{stream:?}");
    theirs.compare(&expected, &stream);
    ours.answers(&expected);
    ours.echo();
}

/// So many bytes at either end of a stream are cut finely.
const FINE: usize = 300;

/// Makes frames of bytes that say what frames to make: mostly good ones.
#[must_use]
fn frames(reader: End, limit: usize, mut recipe: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut next = || {
        let (first, rest) = recipe.split_first()?;
        recipe = rest;
        Some(*first)
    };
    while let (Some(kind), Some(len), Some(fill)) = (next(), next(), next()) {
        let mut first = match kind & 0xf {
            0..=2 => 0x81,
            3..=5 => 0x82,
            6 => 0x01,
            7 => 0x02,
            8 | 9 => 0x00,
            10 | 11 => 0x80,
            12 => 0x89,
            13 => 0x8a,
            14 => 0x88,
            _ => fill,
        };
        if kind & 0xf0 == 0xf0 {
            first ^= 0x40;
        }
        let len = match len {
            0..=128 => usize::from(len),
            129..=199 => usize::from(len) * 5,
            200..=253 => usize::from(len) * 100,
            _ => 65_536,
        };
        // More than the limit by more than one is nothing new.
        let len = len.min(limit + 1);
        let mut payload: Vec<u8> = match fill & 7 {
            0 => vec![fill; len],
            1..=4 => repeated("aä€😀".as_bytes(), usize::from(fill >> 3), len),
            5 => repeated(b"ab", 0, len),
            _ => (0..len).map(|_| next().unwrap_or(b'z')).collect(),
        };
        if kind & 0xf == 14 && fill & 0x10 == 0 {
            let code = 990 + u16::from(next().unwrap_or(10));
            payload.splice(..payload.len().min(2), code.to_be_bytes());
            payload.truncate(125);
        }
        let masked = (reader == End::Server) != (kind & 0xf0 == 0xe0);
        frame(&mut out, first, masked.then_some([kind, 0x55, fill, 0xaa]), &payload);
    }
    out
}

/// So many bytes of a pattern, from somewhere in it on.
fn repeated(pattern: &[u8], start: usize, len: usize) -> Vec<u8> {
    let start = start % pattern.len();
    let mut bytes = pattern.repeat((start + len).div_ceil(pattern.len()));
    bytes.truncate(start + len);
    bytes.drain(..start);
    bytes
}

/// Masks what is not masked, and the other way round; eight bytes at a time, as fuzzers count each turn of a loop.
fn mask(bytes: &mut [u8], key: [u8; 4]) {
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (chunks, rest) = bytes.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    rest.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
}

/// Writes a frame.
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

fn socket(end: End, limit: usize) -> WebSocket {
    let role = match end {
        End::Server => Role::Server,
        End::Client => Role::Client { mask: || [0x11, 0, 0xff, 0x80] },
    };
    WebSocket::new(role, limit)
}

fn context(end: End, limit: usize) -> WebSocketContext {
    let role = match end {
        End::Server => protocol::Role::Server,
        End::Client => protocol::Role::Client,
    };
    let config = WebSocketConfig::default().read_buffer_size(512).write_buffer_size(0);
    WebSocketContext::new(role, Some(config.max_message_size(Some(limit)).max_frame_size(Some(limit))))
}

impl End {
    const fn other(self) -> Self {
        match self {
            Self::Server => Self::Client,
            Self::Client => Self::Server,
        }
    }
}

/// Our codec, and what it made of the input.
#[derive(Debug)]
struct Ours {
    end: End,
    socket: WebSocket,
    seen: Vec<Seen>,
    verdict: Verdict,
}

impl Ours {
    fn new(end: End, limit: usize) -> Self {
        Self { end, socket: socket(end, limit), seen: Vec::new(), verdict: Verdict::Open }
    }

    fn read(&mut self, mut input: &[u8]) {
        while self.verdict == Verdict::Open {
            match self.socket.next(&mut input) {
                Ok(Some(Incoming::Message { kind: Kind::Text, payload })) => {
                    assert!(std::str::from_utf8(&payload).is_ok(), "{payload:?} is not text");
                    self.seen.push(Seen::Text(payload));
                }
                Ok(Some(Incoming::Message { kind: Kind::Binary, payload })) => self.seen.push(Seen::Binary(payload)),
                Ok(Some(Incoming::Close(close))) => {
                    self.seen.push(Seen::Close(close.map(|close| close.code.get())));
                    self.verdict = Verdict::Closed;
                }
                Ok(None) => {
                    assert!(input.is_empty(), "not all was taken");
                    return;
                }
                Err(fault) => self.verdict = verdict(fault),
            }
        }
    }

    /// Pings are answered in order, and so is the Close.
    fn answers(&mut self, expected: &reference::Reading) {
        let said = reference::read(self.end.other(), usize::MAX, &take(&mut self.socket));
        let close: Vec<_> = self.seen.iter().filter(|seen| matches!(seen, Seen::Close(_))).cloned().collect();
        assert_eq!((said.pongs, said.seen), (expected.pings.clone(), close), "the answers");
        assert!(said.whole && said.pings.is_empty() && matches!(said.verdict, Verdict::Open | Verdict::Closed));
    }

    /// Sent back, it is understood.
    fn echo(self) {
        let mut echo = socket(self.end, usize::MAX);
        let mut sent = Vec::new();
        for seen in self.seen {
            match &seen {
                Seen::Text(payload) => echo.send(Kind::Text, &[], payload.clone()),
                Seen::Binary(payload) => echo.send(Kind::Binary, &[], payload.clone()),
                Seen::Close(_) => continue,
            }
            sent.push(seen);
        }
        if !sent.is_empty() {
            let mut again = Theirs::new(self.end.other(), usize::MAX);
            again.read(&take(&mut echo));
            assert_eq!(again.seen, sent);
        }
    }
}

/// All of a socket's output.
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

const fn verdict(fault: Fault) -> Verdict {
    match fault {
        Fault::Utf8 => Verdict::Utf8,
        Fault::TooLarge => Verdict::TooLarge,
        Fault::CloseCode(_) => Verdict::CloseCode,
        Fault::Control => Verdict::Control,
        _ => Verdict::Protocol,
    }
}

/// tungstenite, and what it made of the input.
#[derive(Debug)]
struct Theirs {
    end: End,
    limit: usize,
    context: WebSocketContext,
    output: Vec<u8>,
    seen: Vec<Seen>,
    verdict: Verdict,
}

impl Theirs {
    fn new(end: End, limit: usize) -> Self {
        let (output, seen) = (Vec::new(), Vec::new());
        Self { end, limit, context: context(end, limit), output, seen, verdict: Verdict::Open }
    }

    fn read(&mut self, mut input: &[u8]) {
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
    fn compare(mut self, expected: &reference::Reading, stream: &[u8]) {
        // It has one word for all breaches of the protocol.
        let same = self.verdict == expected.verdict
            || (expected.verdict, self.verdict) == (Verdict::Control, Verdict::Protocol);
        if same && self.seen == expected.seen {
            let said = reference::read(self.end.other(), usize::MAX, &self.output);
            assert_eq!(said.pongs, expected.pings, "tungstenite's answers");
            return;
        }
        let difference = self.difference(expected);
        match difference {
            // Where it goes on, there is nothing to compare with.
            Some(Difference::LongControl) => self.seen.truncate(expected.seen.len()),
            Some(Difference::CloseCode) => {
                assert_eq!(self.seen.pop(), Some(Seen::Close(Some(1002))));
                if expected.verdict == Verdict::Closed {
                    self.seen.push(Seen::Close(Some(1014)));
                }
            }
            Some(Difference::ReasonFirst | Difference::LengthFirst | Difference::Late) => {}
            None => assert_eq!((self.verdict, &self.seen), (expected.verdict, &expected.seen), "{stream:?}"),
        }
        assert_eq!(self.seen, expected.seen, "{difference:?} {stream:?}");
    }

    /// Which of the known differences this may be.
    fn difference(&self, expected: &reference::Reading) -> Option<Difference> {
        let short = expected.len <= 125;
        match (expected.verdict, self.verdict) {
            (Verdict::Control, _) if short && expected.long => Some(Difference::LongControl),
            (Verdict::CloseCode, Verdict::Closed) => Some(Difference::CloseCode),
            (Verdict::Closed, Verdict::Closed) if expected.seen.last() == Some(&Seen::Close(Some(1014))) => {
                Some(Difference::CloseCode)
            }
            (Verdict::CloseCode, Verdict::Utf8) if expected.garbled => Some(Difference::ReasonFirst),
            (Verdict::Protocol | Verdict::Control, Verdict::TooLarge) if expected.len > self.limit => {
                Some(Difference::LengthFirst)
            }
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
