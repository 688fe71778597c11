//! permessage-deflate: what one end compresses, cut and in fragments, and what no end would send.

use crate::{
    Random,
    ws::{frame, take},
};
use bytes::Bytes;
use engineio_ws::{Fault, Incoming, Kind, PerMessageDeflate, Role, WebSocket};

/// The limits on messages that are tried.
const LIMITS: [usize; 4] = [100, 1000, 5000, 70_000];

/// What a reader made of its input: the messages, and the fault that ended it.
type Seen = (Vec<(Kind, Bytes)>, Option<Fault>);

/// The first bytes choose how both ends agree and how the stream is cut, the rest says what is sent: messages, some of
/// them in fragments, some damaged on the way, and frames that only claim to be compressed.
///
/// - However the stream is cut, the same is made of it.
/// - No message is over the limit; text is text.
/// - Unless something was damaged, what comes out is what was sent, up to the first message over the limit.
///
/// # Panics
/// If one of these does not hold.
pub fn deflate(data: &[u8]) {
    let &[agreed, how, cut, ref recipe @ ..] = data else { return };
    let limit = LIMITS[usize::from(how & 3)];
    let settings = PerMessageDeflate::default()
        .threshold(usize::from(how >> 2 & 3) * 50)
        .level([1, 2, 6, 9][usize::from(how >> 4 & 3)])
        .context_takeover(agreed & 1 == 1);
    let to_server = agreed & 2 == 2;
    let window = 8 + (agreed >> 2) % 8;
    let Some(stream) = stream(settings, to_server, window, limit, recipe) else { return };
    let pair = || negotiate(settings, to_server, window, limit).map(|[_, reader]| reader);
    let (Some(mut whole), Some(mut pieces)) = (pair(), pair()) else { return };

    let seen = read(&mut whole, [&stream.bytes[..]]);
    let mut cuts = Random::new(u64::from(cut));
    let most = if cut & 1 == 0 { 3 } else { 2000 };
    let mut rest = &stream.bytes[..];
    let cut = std::iter::from_fn(|| {
        let length = rest.len().min(cuts.below(most) as usize + 1);
        let (piece, after) = rest.split_at(length);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    });
    assert_eq!(read(&mut pieces, cut), seen);
    for (kind, payload) in &seen.0 {
        assert!(payload.len() <= limit, "{} bytes are over {limit}", payload.len());
        assert!(*kind == Kind::Binary || std::str::from_utf8(payload).is_ok(), "{payload:?} is not text");
    }
    if !stream.damaged {
        let fits = stream.sent.iter().position(|(_, payload)| payload.len() > limit).unwrap_or(stream.sent.len());
        assert_eq!(seen.0, stream.sent[..fits]);
        assert_eq!(seen.1, (fits < stream.sent.len()).then_some(Fault::TooLarge));
    }
}

/// A sender and a reader that agreed by each other's headers. `None` if they cannot.
fn negotiate(settings: PerMessageDeflate, to_server: bool, window: u8, limit: usize) -> Option<[WebSocket; 2]> {
    let offer = match window {
        // What is offered by default.
        15 => settings.offer().to_owned(),
        bits if settings == settings.context_takeover(true) => {
            format!("permessage-deflate; server_max_window_bits={bits}")
        }
        bits => format!("permessage-deflate; server_no_context_takeover; server_max_window_bits={bits}"),
    };
    let chosen = settings.accept([offer]).expect("it is a list")?;
    let mut answer = chosen.to_string();
    if window < 15 {
        answer = format!("{answer}; client_max_window_bits={window}");
    }
    let concluded = settings.conclude([answer]).ok()??;
    let server = WebSocket::new(Role::Server, limit).with_deflate(&chosen);
    let client = WebSocket::new(Role::Client { mask: || [0; 4] }, limit).with_deflate(&concluded);
    Some(if to_server { [client, server] } else { [server, client] })
}

/// What goes over the connection.
struct Stream {
    bytes: Vec<u8>,
    sent: Vec<(Kind, Bytes)>,
    /// Not all of it is as it was sent.
    damaged: bool,
}

fn stream(settings: PerMessageDeflate, to_server: bool, window: u8, limit: usize, recipe: &[u8]) -> Option<Stream> {
    let [mut sender, _] = negotiate(settings, to_server, window, limit)?;
    let mask = to_server.then_some([0; 4]);
    let mut out = Stream { bytes: Vec::new(), sent: Vec::new(), damaged: false };
    let mut recipe = recipe.iter().copied();
    while let Some(action) = recipe.next() {
        let argument = recipe.next().unwrap_or_default();
        if action & 0xf == 0xf {
            let payload: Vec<u8> = recipe.by_ref().take(usize::from(argument & 0x3f)).collect();
            frame(&mut out.bytes, if action & 0x10 == 0 { 0xc1 } else { 0xc2 }, mask, &payload);
            out.damaged = true;
            continue;
        }
        let length = (usize::from(argument) * [1, 1, 10, 300][usize::from(action >> 4 & 3)]).min(limit + 1);
        let payload: Bytes = match action & 3 {
            0 => vec![action; length].into(),
            1 => recipe.by_ref().take(length).collect(),
            2 => b"{\"id\":1,\"name\":\"again and again\"},".iter().copied().cycle().take(length).collect(),
            _ => {
                let mut random = Random::new(u64::from(argument));
                (0..length).map(|_| random.byte()).collect()
            }
        };
        let kind = if payload.is_ascii() { Kind::Text } else { Kind::Binary };
        let (prefix, rest) =
            if payload.len() > 1 { (payload.slice(..1), payload.slice(1..)) } else { (Bytes::new(), payload.clone()) };
        if action & 0xc == 4 {
            sender.send_uncompressed(kind, &prefix, &rest);
        } else {
            sender.send(kind, &prefix, &rest);
        }
        let mut sent = take(&mut sender);
        out.sent.push((kind, payload));
        match action & 0xcc {
            0x48 => {
                let at = usize::from(argument) * 7 % sent.len();
                sent[at] ^= action | 1;
                out.damaged = true;
                out.bytes.extend(sent);
            }
            0x88 | 0x8c => {
                let header = match sent[1] & 0x7f {
                    126 => 4,
                    127 => 10,
                    _ => 2,
                } + if to_server { 4 } else { 0 };
                let (first, payload) = (sent[0], &sent[header..]);
                let (one, two) = payload.split_at(usize::from(argument) * 13 % (payload.len() + 1));
                frame(&mut out.bytes, first & 0x7f, mask, one);
                frame(&mut out.bytes, 0x89, mask, b"between");
                frame(&mut out.bytes, 0x80, mask, two);
            }
            _ => out.bytes.extend(sent),
        }
    }
    Some(out)
}

fn read<'p>(reader: &mut WebSocket, pieces: impl IntoIterator<Item = &'p [u8]>) -> Seen {
    let mut seen = Vec::new();
    for mut piece in pieces {
        loop {
            match reader.next(&mut piece) {
                Ok(Some(Incoming::Message { kind, payload })) => seen.push((kind, payload)),
                // Of damage.
                Ok(Some(Incoming::Close(_))) => return (seen, None),
                Ok(None) => break,
                Err(fault) => return (seen, Some(fault)),
            }
        }
    }
    (seen, None)
}
