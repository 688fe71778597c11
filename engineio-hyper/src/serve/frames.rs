//! The frames of an HTTP/2 connection, as far as a peer must not send any number of them.
//!
//! A frame that carries no request costs the peer few bytes and the server some work: SETTINGS and PING are answered, PRIORITY,
//! WINDOW_UPDATE, RST_STREAM and empty DATA frames are looked at. Peers need such frames for what is exchanged, so their
//! number is bounded in relation to that.

use std::mem;

/// So many may come before anything is exchanged.
pub(super) const ALLOWANCE: usize = 1000;

/// So many more may come for each frame that carries something, in either direction.
const EARNED: usize = 4;

const HEADER: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;

/// Finds the frames in what is read or written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frames {
    /// How much of the current payload is to come.
    skip: usize,
    header: [u8; HEADER],
    /// How much of the header there is.
    filled: usize,
}

impl Frames {
    /// Calls `each` with the type and the length of each frame that begins in these bytes.
    fn find(&mut self, mut bytes: &[u8], mut each: impl FnMut(u8, usize)) {
        loop {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            if bytes.is_empty() {
                return;
            }
            let taken = (HEADER - self.filled).min(bytes.len());
            self.header[self.filled..self.filled + taken].copy_from_slice(&bytes[..taken]);
            self.filled += taken;
            bytes = &bytes[taken..];
            if self.filled == HEADER {
                let [high, middle, low, kind, ..] = mem::take(&mut self.header);
                self.filled = 0;
                self.skip = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
                each(kind, self.skip);
            }
        }
    }

    /// These bytes were read. Returns how many more frames without a request are allowed, out of so many; `None` if there
    /// were more.
    pub(super) fn read(&mut self, bytes: &[u8], mut allowed: usize) -> Option<usize> {
        let mut exceeded = false;
        self.find(bytes, |kind, length| match kind {
            HEADERS => allowed = (allowed + EARNED).min(ALLOWANCE),
            DATA if length > 0 => allowed = (allowed + EARNED).min(ALLOWANCE),
            // h2 bounds their number.
            CONTINUATION => {}
            _ => match allowed.checked_sub(1) {
                Some(left) => allowed = left,
                None => exceeded = true,
            },
        });
        (!exceeded).then_some(allowed)
    }

    /// These bytes were written. Returns how many more frames without a request are allowed.
    pub(super) fn wrote(&mut self, bytes: &[u8], mut allowed: usize) -> usize {
        self.find(bytes, |kind, _| {
            if kind == DATA {
                allowed = (allowed + EARNED).min(ALLOWANCE);
            }
        });
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, length: u8) -> Vec<u8> {
        [&[0, 0, length, kind, 0, 0, 0, 0, 1][..], &vec![0xff; length.into()]].concat()
    }

    #[test]
    fn frames_are_found_wherever_the_bytes_are_cut() {
        let bytes = [frame(4, 6), frame(HEADERS, 200), frame(DATA, 0), frame(6, 8)].concat();
        for cut in 0..bytes.len() {
            let mut frames = Frames::default();
            let mut found = Vec::new();
            for bytes in [&bytes[..cut], &bytes[cut..]] {
                frames.find(bytes, |kind, length| found.push((kind, length)));
            }
            assert_eq!(found, [(4, 6), (HEADERS, 200), (DATA, 0), (6, 8)]);
        }
    }

    #[test]
    fn u06_frames_without_a_request_are_counted() {
        const PING: u8 = 6;
        let mut frames = Frames::default();
        assert_eq!(frames.read(&frame(PING, 8), 1), Some(0));
        assert_eq!(frames.read(&frame(DATA, 0), 0), None);
        assert_eq!(frames.read(&frame(HEADERS, 9), 0), Some(EARNED));
        assert_eq!(frames.read(&frame(DATA, 9), ALLOWANCE - 1), Some(ALLOWANCE));
        assert_eq!(frames.wrote(&frame(DATA, 9), 0), EARNED);
        assert_eq!(frames.wrote(&frame(PING, 8), 0), 0);
    }
}
