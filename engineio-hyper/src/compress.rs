//! Compression of answers to polls.

use crate::host::Host;
use bytes::Bytes;
use flate2::write::{GzEncoder, ZlibEncoder};
use http::{HeaderMap, HeaderValue, header};
use std::io::{self, Write};
use tokio::sync::oneshot;

/// What is larger is compressed elsewhere, so as not to keep the connections of this thread waiting.
const INLINE: usize = 64 * 1024;

/// Compression of the answers to polls by gzip or deflate, as the peer accepts.
///
/// | setting | default | the reference's name |
/// |---|---|---|
/// | [`threshold`](Self::threshold) | 1,024 bytes | `httpCompression.threshold` |
/// | [`level`](Self::level) | 3 | `httpCompression.level`, where it is 6 |
///
/// The reference compresses unless told otherwise; here it is to be asked for. It costs time, and where one answer
/// holds a secret together with what somebody else chose, its length tells about the secret.
///
/// A message may be sent [uncompressed](crate::Message::uncompressed). An answer of only such messages is left as it is;
/// one with others among them is compressed as a whole, as the reference does it.
///
/// An answer of more than 64 KiB is compressed by [`Runtime::spawn_blocking`](crate::Runtime::spawn_blocking). A peer
/// that goes away meanwhile has lost it, as any answer that does not reach it. Requests are never taken in compressed
/// form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    threshold: usize,
    level: u32,
}

/// The codings that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Deflate,
}

impl Default for Compression {
    fn default() -> Self {
        Self { threshold: 1024, level: 3 }
    }
}

impl Compression {
    /// The length in bytes from which on an answer is compressed.
    #[must_use]
    pub const fn threshold(mut self, bytes: usize) -> Self {
        self.threshold = bytes;
        self
    }

    /// From 1, the fastest, to 9, the smallest. What is beyond counts as the nearest.
    #[must_use]
    pub const fn level(mut self, level: u32) -> Self {
        self.level = match level {
            0 => 1,
            1..=9 => level,
            _ => 9,
        };
        self
    }

    /// Whether an answer of this length is a candidate, so that it depends on the request.
    pub(crate) const fn applies(&self, length: usize) -> bool {
        length > 0 && length >= self.threshold
    }

    /// Compresses an answer. `None` leaves it as it is.
    pub(crate) async fn compress(self, host: &Host, coding: Coding, body: &Bytes) -> Option<Bytes> {
        if body.len() <= INLINE {
            return coding.encode(body, self.level).ok();
        }
        let (done, compressed) = oneshot::channel();
        let body = body.clone();
        host.runtime.spawn_blocking_boxed(Box::new(move || {
            // Nobody may wait for it any more, and then it is not worth the work.
            if !done.is_closed() {
                let _ = done.send(coding.encode(&body, self.level).ok());
            }
        }));
        compressed.await.ok().flatten()
    }
}

impl Coding {
    /// The coding that the peer prefers; among equals, the one that it names first.
    pub(crate) fn accepted(request: &HeaderMap) -> Option<Self> {
        let items = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let mut best = None;
        let (mut any, mut named) = (None, [false; 2]);
        for item in items.flat_map(|value| value.split(',')) {
            let (name, quality) = preference(item);
            let coding = match name {
                name if name.eq_ignore_ascii_case("gzip") => Self::Gzip,
                name if name.eq_ignore_ascii_case("deflate") => Self::Deflate,
                "*" => {
                    any = Some(quality);
                    continue;
                }
                _ => continue,
            };
            named[coding as usize] = true;
            if quality > best.map_or(0, |(_, best)| best) {
                best = Some((coding, quality));
            }
        }
        let rest = [Self::Gzip, Self::Deflate].into_iter().find(|coding| !named[*coding as usize]);
        if let (Some(quality), Some(coding)) = (any, rest)
            && quality > best.map_or(0, |(_, best)| best)
        {
            best = Some((coding, quality));
        }
        best.map(|(coding, _)| coding)
    }

    pub(crate) const fn name(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        })
    }

    fn encode(self, body: &[u8], level: u32) -> io::Result<Bytes> {
        let (level, room) = (flate2::Compression::new(level), Vec::with_capacity(body.len() / 2 + 32));
        let encoded = match self {
            Self::Gzip => {
                let mut encoder = GzEncoder::new(room, level);
                encoder.write_all(body)?;
                encoder.finish()?
            }
            Self::Deflate => {
                let mut encoder = ZlibEncoder::new(room, level);
                encoder.write_all(body)?;
                encoder.finish()?
            }
        };
        Ok(encoded.into())
    }
}

/// An item of `Accept-Encoding` with its quality in thousandths. One that cannot be read is not accepted.
fn preference(item: &str) -> (&str, u16) {
    let mut parts = item.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let quality = quality.map_or(1.0, |quality| quality.parse::<f32>().unwrap_or(0.0));
    // What is no number is zero, as all out of range are brought into it.
    (name, (quality.clamp(0.0, 1.0) * 1000.0) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peer_chooses() {
        for (accept, expected) in [
            ("gzip", Some(Coding::Gzip)),
            ("deflate", Some(Coding::Deflate)),
            ("gzip, deflate, br", Some(Coding::Gzip)),
            ("deflate, gzip", Some(Coding::Deflate)),
            ("gzip;q=0.5, deflate;q=0.8", Some(Coding::Deflate)),
            ("GZIP ; Q=1", Some(Coding::Gzip)),
            ("br, zstd", None),
            ("identity", None),
            ("", None),
            ("gzip;q=0", None),
            ("gzip;q=0, *", Some(Coding::Deflate)),
            ("gzip;q=0, deflate;q=0, *", None),
            ("*", Some(Coding::Gzip)),
            ("*;q=0", None),
            ("br, *;q=0.1", Some(Coding::Gzip)),
            ("gzip;q=NaN", None),
            ("gzip;q=-1", None),
            ("gzip;q=x", None),
            ("xgzip", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accept));
            assert_eq!(Coding::accepted(&headers), expected, "{accept}");
        }
        assert_eq!(Coding::accepted(&HeaderMap::new()), None);
    }

    #[test]
    fn levels_are_brought_into_range() {
        for (given, taken) in [(0, 1), (1, 1), (9, 9), (u32::MAX, 9)] {
            let compression = Compression::default().level(given);
            assert_eq!(compression.level, taken);
            assert!(Coding::Gzip.encode(b"x", compression.level).is_ok());
        }
    }
}
