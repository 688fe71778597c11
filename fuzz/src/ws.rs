//! The WebSocket codec next to tungstenite: the same bytes, cut at the same places, mean the same to both.

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
    Pong(Bytes),
    Close(Option<u16>),
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// More is awaited.
    Open,
    Closed,
    /// By a close code that must not be sent. tungstenite takes that for a Close of code 1002.
    CloseCode,
    /// By a control frame that is in fragments or too long. tungstenite takes one that only says its length in more
    /// bytes than it may.
    Control,
    Protocol,
    Utf8,
    TooLarge,
}

/// Bytes of a peer. The first chooses the end and the limit, the second how the rest is cut; a stream that is marked as
/// a recipe by the first is made into frames.
///
/// - Both hand out the same messages, up to the same end.
/// - Both answer pings and the Close alike; what each says is understood by the other.
/// - What is handed out can be sent back, and the other's other end then hands out the same.
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
        // Most are short, some take all that there is.
        let most = match cut % 4 {
            0 => input.len() as u64,
            1 => 1,
            2 => 8,
            _ => 300,
        };
        let (piece, after) = input.split_at(input.len().min(cuts.below(most) as usize + 1));
        input = after;
        ours.read(piece);
        theirs.read(piece);
    }
    if ours.verdict != Verdict::Open && theirs.verdict == Verdict::Open {
        // It waits for the end of the frame before it judges.
        assert!(!matches!(ours.verdict, Verdict::Closed | Verdict::CloseCode), "{ours:?} {theirs:?}");
        theirs.read(&vec![0; limit + 14]);
    }
    ours.compare(&theirs);
}

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
            1..=4 => "aä€😀".bytes().cycle().skip(usize::from(fill >> 3)).take(len).collect(),
            5 => "ab".bytes().cycle().take(len).collect(),
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

fn frame(out: &mut Vec<u8>, first: u8, mask: Option<[u8; 4]>, payload: &[u8]) {
    let bit = if mask.is_some() { 0x80 } else { 0 };
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
    let key = mask.unwrap_or_default();
    out.extend(mask.into_iter().flatten());
    out.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
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
                    // Of a registered code tungstenite knows nothing.
                    let code = close.map(|close| close.code.get()).map(|code| if code == 1014 { 1002 } else { code });
                    self.seen.push(Seen::Close(code));
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

    fn compare(mut self, theirs: &Theirs) {
        let (mut own, other) = (self.verdict, theirs.verdict);
        // A pong that nobody asked for is nothing to us.
        let mut expected = theirs.seen.clone();
        expected.retain(|seen| !matches!(seen, Seen::Pong(_)));
        if own == Verdict::Control {
            assert!(other != Verdict::Open && expected.starts_with(&self.seen), "{:?} {expected:?}", self.seen);
            return;
        }
        if own == Verdict::CloseCode && other != Verdict::Utf8 {
            assert_eq!((expected.pop(), other), (Some(Seen::Close(Some(1002))), Verdict::Closed));
            own = other;
        }
        if matches!((own, other), (Verdict::Protocol, Verdict::TooLarge) | (Verdict::CloseCode, Verdict::Utf8)) {
            // Of two faults in one frame, it tells the other.
            own = other;
        }
        assert_eq!((&self.seen, own), (&expected, other));

        // Sent back, it is understood.
        let mut answers = Theirs::new(self.end.other(), usize::MAX);
        answers.read(&take(&mut self.socket));
        let mut expected = Theirs::new(self.end.other(), usize::MAX);
        expected.read(&theirs.output);
        if self.verdict == Verdict::CloseCode && other == Verdict::Closed {
            expected.seen.pop();
        }
        assert_eq!(answers.seen, expected.seen, "the answers differ");

        let mut echo = socket(self.end, usize::MAX);
        let mut again = Theirs::new(self.end.other(), usize::MAX);
        let mut sent = Vec::new();
        for seen in self.seen {
            match &seen {
                Seen::Text(payload) => echo.send(Kind::Text, &[], payload.clone()),
                Seen::Binary(payload) => echo.send(Kind::Binary, &[], payload.clone()),
                Seen::Pong(_) | Seen::Close(_) => continue,
            }
            sent.push(seen);
        }
        again.read(&take(&mut echo));
        assert_eq!(again.seen, sent);
    }
}

/// All of a socket's output.
fn take(socket: &mut WebSocket) -> Vec<u8> {
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
    context: WebSocketContext,
    output: Vec<u8>,
    seen: Vec<Seen>,
    verdict: Verdict,
}

impl Theirs {
    fn new(end: End, limit: usize) -> Self {
        Self { context: context(end, limit), output: Vec::new(), seen: Vec::new(), verdict: Verdict::Open }
    }

    fn read(&mut self, mut input: &[u8]) {
        while self.verdict == Verdict::Open {
            match self.context.read(&mut Memory { input: &mut input, output: &mut self.output }) {
                Ok(Message::Text(text)) => self.seen.push(Seen::Text(text.into())),
                Ok(Message::Binary(bytes)) => self.seen.push(Seen::Binary(bytes)),
                Ok(Message::Pong(bytes)) => self.seen.push(Seen::Pong(bytes)),
                Ok(Message::Ping(_) | Message::Frame(_)) => {}
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
