//! Generates streams of mostly valid frames from arbitrary bytes.

use super::{Endpoint, frame};

/// Generates the frames that `recipe` describes: three bytes per frame, and the content of some payloads.
#[must_use]
pub(super) fn frames(reader: Endpoint, limit: usize, mut recipe: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some((&[kind, len, fill], rest)) = recipe.split_first_chunk() {
        recipe = rest;
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
        // A longer payload takes the same path as one byte over the limit.
        let len = len.min(limit + 1);
        let mut payload: Vec<u8> = match fill & 7 {
            0 => vec![fill; len],
            1..=4 => repeated("aä€😀".as_bytes(), usize::from(fill >> 3), len),
            5 => repeated(b"ab", 0, len),
            _ => {
                // Copies in one step, because fuzzers instrument each iteration of a loop.
                let taken = recipe.split_off(..len.min(recipe.len())).unwrap_or_default();
                let mut payload = taken.to_vec();
                payload.resize(len, b'z');
                payload
            }
        };
        if kind & 0xf == 14 && fill & 0x10 == 0 {
            let code = 990 + u16::from(recipe.split_off_first().copied().unwrap_or(10));
            payload.splice(..payload.len().min(2), code.to_be_bytes());
            payload.truncate(125);
        }
        let masked = (reader == Endpoint::Server) != (kind & 0xf0 == 0xe0);
        frame(&mut out, first, masked.then_some([kind, 0x55, fill, 0xaa]), &payload);
    }
    out
}

/// Returns `len` bytes of a repeated pattern, from the offset `start` on.
fn repeated(pattern: &[u8], start: usize, len: usize) -> Vec<u8> {
    let start = start % pattern.len();
    let mut bytes = pattern.repeat((start + len).div_ceil(pattern.len()));
    bytes.truncate(start + len);
    bytes.drain(..start);
    bytes
}
