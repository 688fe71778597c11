//! The query of a request: what it says to Engine.IO.

use crate::codec::urlencoded::decode;
use crate::{BadRequest, InvalidJsonp, InvalidSid, Jsonp, Refusal, Sid, Transport, Version};
use core::iter;

/// The parameters that Engine.IO reads from a request's query. All others are the application's.
///
/// Names and values are decoded as browsers encode them: `+` is a space and `%41` is `A`. Nothing is allocated.
///
/// ```
/// use engineio_proto::{Eio, Query, Transport, Version};
///
/// let query = Query::parse("EIO=4&transport=polling&t=abc", Query::MAX_LEN)?;
/// assert_eq!(query.transport, Some(Transport::Polling));
/// assert_eq!(query.eio, Some(Eio::Known(Version::V4)));
/// assert_eq!(query.sid, None);
/// # Ok::<(), engineio_proto::Refusal>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Query {
    /// `transport`: how the request wants packets to travel. `None` if it is missing or names no transport, which
    /// is refused alike (error code 0).
    pub transport: Option<Transport>,
    /// `sid`: the session that the request belongs to. A value that cannot be a session id, the empty one too, is
    /// an id that no session has (error code 1), and not a request for a new session.
    pub sid: Option<Result<Sid, InvalidSid>>,
    /// `EIO`: the protocol revision.
    pub eio: Option<Eio>,
    /// `b64`: whether the peer cannot take binary. Any value says so, but for the empty one.
    pub b64: bool,
    /// `j`: payloads are to travel as JSONP. One that is there twice with different values is invalid.
    pub j: Option<Result<Jsonp, InvalidJsonp>>,
}

/// What the parameter `EIO` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Eio {
    /// A revision of the protocol.
    Known(Version),
    /// Anything else.
    Other,
}

impl Query {
    /// The longest query that is of any use, in bytes: twenty times what clients send.
    pub const MAX_LEN: usize = 8 * 1024;

    /// Reads the query of a request target, without the `?`.
    ///
    /// # Errors
    ///
    /// [`Refusal::QueryTooLong`] if it is longer than `max_len` bytes, and [`BadRequest::DuplicateParameter`] if
    /// one of the parameters is there twice with different values: two parties that each look at another one
    /// would not be talking about the same request. The same value twice is harmless.
    pub fn parse(query: &str, max_len: usize) -> Result<Self, Refusal> {
        if query.len() > max_len {
            return Err(Refusal::QueryTooLong);
        }
        let [mut transport, mut sid, mut eio] = [None; 3];
        let (mut b64, mut j) = (false, None);
        for (name, value) in pairs(query) {
            let seen = match Parameter::of(name) {
                Some(Parameter::Transport) => &mut transport,
                Some(Parameter::Sid) => &mut sid,
                Some(Parameter::Eio) => &mut eio,
                Some(Parameter::B64) => {
                    b64 |= !value.is_empty();
                    continue;
                }
                Some(Parameter::J) => {
                    let number = Jsonp::from_digits(decode(value));
                    j = Some(if j.is_none_or(|first| first == number) { number } else { Err(InvalidJsonp) });
                    continue;
                }
                None => continue,
            };
            match seen.replace(value) {
                Some(first) if !decode(first).eq(decode(value)) => return Err(BadRequest::DuplicateParameter.into()),
                _ => {}
            }
        }
        Ok(Self {
            transport: transport
                .and_then(|value| Transport::ALL.into_iter().find(|transport| says(value, transport.name()))),
            sid: sid.map(decode_sid),
            eio: eio.map(decode_eio),
            b64,
            j,
        })
    }
}

/// A parameter that is the protocol's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parameter {
    Transport,
    Sid,
    Eio,
    B64,
    J,
}

impl Parameter {
    const ALL: [(&str, Self); 5] =
        [("transport", Self::Transport), ("sid", Self::Sid), ("EIO", Self::Eio), ("b64", Self::B64), ("j", Self::J)];

    fn of(name: &[u8]) -> Option<Self> {
        match name {
            b"transport" => Some(Self::Transport),
            b"sid" => Some(Self::Sid),
            b"EIO" => Some(Self::Eio),
            b"b64" => Some(Self::B64),
            b"j" => Some(Self::J),
            // Hardly any needs to be decoded.
            _ if name.contains(&b'%') => {
                Self::ALL.into_iter().find(|(known, _)| decode(name).eq(known.bytes())).map(|(_, parameter)| parameter)
            }
            _ => None,
        }
    }
}

/// The names and values of a query, as they are written.
fn pairs(query: &str) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = Some(query.as_bytes());
    iter::from_fn(move || {
        let (pair, after) = cut(rest?, |text| memchr::memchr(b'&', text));
        rest = after;
        // Names are so short that to look byte by byte takes less.
        let (name, value) = cut(pair, |text| text.iter().position(|byte| *byte == b'='));
        Some((name, value.unwrap_or_default()))
    })
}

/// What is before a byte of the text and what is behind it, if it is there.
fn cut(text: &[u8], find: impl FnOnce(&[u8]) -> Option<usize>) -> (&[u8], Option<&[u8]>) {
    let cut = find(text).and_then(|at| text.split_at_checked(at));
    cut.map_or((text, None), |(before, after)| (before, after.get(1..)))
}

/// Whether a value is `known` once it is decoded. Hardly any needs to be.
fn says(value: &[u8], known: &str) -> bool {
    value == known.as_bytes() || decode(value).eq(known.bytes())
}

fn decode_eio(value: &[u8]) -> Eio {
    [(Version::V4, "4"), (Version::V3, "3")]
        .into_iter()
        .find(|(_, number)| says(value, number))
        .map_or(Eio::Other, |(version, _)| Eio::Known(version))
}

/// Whether a query holds one of the parameters that are the protocol's own, whatever its value.
pub(crate) fn names_protocol_parameter(query: &str) -> bool {
    let mut names = pairs(query).map(|(name, _)| Parameter::of(name));
    names.any(|parameter| matches!(parameter, Some(Parameter::Transport | Parameter::Sid | Parameter::Eio)))
}

fn decode_sid(value: &[u8]) -> Result<Sid, InvalidSid> {
    // What an id consists of stands for itself.
    Sid::read(value).or_else(|InvalidSid| {
        // One byte more than the longest id, so that a longer one is still too long.
        let mut buffer = [0; Sid::MAX_LEN.saturating_add(1)];
        let mut len: usize = 0;
        for (slot, byte) in buffer.iter_mut().zip(decode(value)) {
            *slot = byte;
            len = len.saturating_add(1);
        }
        Sid::read(buffer.get(..len).unwrap_or_default())
    })
}
