//! The WebSocket codec next to tungstenite: the same bytes, cut at the same places, mean the same to both, but for what
//! tungstenite is known to take differently.

mod recipe;
mod reference;
mod theirs;

use crate::Random;
use bytes::{Buf, Bytes};
use engineio_ws::{Fault, Incoming, Kind, Role, WebSocket};
use reference::Rules;
use theirs::Theirs;

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

/// Bytes of a peer. The first chooses the end and the limit, the second how the rest is cut; a stream that is marked as
/// a recipe by the first is made into frames.
///
/// - Our codec hands out the messages that a plain reading of RFC 6455 finds, answers the same pings, and ends for the
///   same reason, however the bytes are cut.
/// - So does tungstenite, but for what it is known to take differently.
/// - What is handed out can be sent back, and tungstenite's other end then hands out the same.
///
/// # Panics
/// If one of these does not hold.
pub fn differential(data: &[u8]) {
    let &[settings, cut, ref rest @ ..] = data else { return };
    let end = if settings & 1 == 0 { End::Server } else { End::Client };
    let limit = LIMITS[usize::from(settings >> 1 & 0x1f).saturating_sub(29)];
    let stream = if settings & 0x80 == 0 { recipe::frames(end, limit, rest) } else { rest.to_vec() };
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
    let expected = reference::read(Rules::Rfc, end, limit, &stream);
    assert_eq!((&ours.seen, ours.verdict), (&expected.seen, expected.verdict), "{stream:?}");
    ours.answers(&expected);
    theirs.compare(expected, &stream);
    ours.echo();
}

/// So many bytes at either end of a stream are cut finely.
const FINE: usize = 300;

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
        let said = reference::read(Rules::Rfc, self.end.other(), usize::MAX, &take(&mut self.socket));
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
                Seen::Text(payload) => echo.send(Kind::Text, &[], payload),
                Seen::Binary(payload) => echo.send(Kind::Binary, &[], payload),
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
