//! What both ends agree to (RFC 7692, sections 5 and 7.1).

use super::{
    header::{self, Item},
    settings::{PerMessageDeflate, Window},
};
use core::{fmt, mem};

const NAME: &str = "permessage-deflate";

/// The values that a window's parameter may have, which are written in one way only.
const LEGAL: [(u8, &str); 8] =
    [(8, "8"), (9, "9"), (10, "10"), (11, "11"), (12, "12"), (13, "13"), (14, "14"), (15, "15")];

/// Why a header of extensions cannot be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionError {
    /// It is no list of extensions.
    #[error("Sec-WebSocket-Extensions is malformed")]
    Malformed,
    /// The server chose what was not offered to it.
    #[error("the server chose an extension that was not offered")]
    NotOffered,
}

/// What both ends agreed to. [`with_deflate`](crate::WebSocket::with_deflate) makes it so.
///
/// Its [`Display`](fmt::Display) is the value of the header by which a server tells what it chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiated {
    pub(super) settings: PerMessageDeflate,
    pub(super) server: Direction,
    pub(super) client: Direction,
}

/// How the messages of one end are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Direction {
    /// They may refer to those before them.
    pub(super) takeover: bool,
    /// How far back they may refer, if that was spoken of. It is known of the end that compresses at most.
    pub(super) window: Option<Window>,
}

impl PerMessageDeflate {
    /// What a server makes of a client's offers: the lines of `Sec-WebSocket-Extensions` in the request. `None` is that
    /// there is none to its liking; the WebSocket has no extension then.
    ///
    /// The first offer is taken that holds only what this extension knows, each thing once, and that asks for no window
    /// of 2⁸ bytes. What it asks for is granted. If context takeover is not wanted, both ends are told to go without.
    ///
    /// # Errors
    /// If one of the lines is malformed, for which the handshake is to fail.
    pub fn accept<L: AsRef<[u8]>>(
        self,
        lines: impl IntoIterator<Item = L>,
    ) -> Result<Option<Negotiated>, ExtensionError> {
        let mut chosen = None;
        for line in lines {
            let items = header::parse(line.as_ref()).ok_or(ExtensionError::Malformed)?;
            chosen = chosen.or_else(|| items.iter().find_map(|item| self.accept_one(item)));
        }
        Ok(chosen)
    }

    fn accept_one(self, item: &Item<'_>) -> Option<Negotiated> {
        let offer = Parameters::read(item)?;
        let window = offer.server_max_window_bits.window()?;
        Some(Negotiated {
            settings: self,
            server: Direction { takeover: self.takeover && !offer.server_no_context_takeover, window },
            // The client's window needs no bound: what it sends is decompressed by the largest.
            client: Direction { takeover: self.takeover && !offer.client_no_context_takeover, window: None },
        })
    }

    /// What a client offers, as the value of `Sec-WebSocket-Extensions` in its request.
    #[must_use]
    pub const fn offer(self) -> &'static str {
        if self.takeover {
            "permessage-deflate; client_max_window_bits"
        } else {
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits"
        }
    }

    /// What a client makes of the server's answer to its [`offer`](Self::offer): the lines of `Sec-WebSocket-Extensions`
    /// in the response. `None` is that the server declined.
    ///
    /// # Errors
    /// If the server chose something else, for which the handshake has failed. A window of 2⁸ bytes for the client, by
    /// which it could not compress, counts as that, and so does context takeover if it was not wanted.
    pub fn conclude<L: AsRef<[u8]>>(
        self,
        lines: impl IntoIterator<Item = L>,
    ) -> Result<Option<Negotiated>, ExtensionError> {
        let mut chosen = None;
        for line in lines {
            for item in header::parse(line.as_ref()).ok_or(ExtensionError::Malformed)? {
                let negotiated = self.conclude_one(&item).filter(|_| chosen.is_none());
                chosen = Some(negotiated.ok_or(ExtensionError::NotOffered)?);
            }
        }
        Ok(chosen)
    }

    fn conclude_one(self, item: &Item<'_>) -> Option<Negotiated> {
        let answer = Parameters::read(item)?;
        if !self.takeover && !answer.server_no_context_takeover || answer.server_max_window_bits == WindowBits::Bare {
            return None;
        }
        let window = answer.client_max_window_bits.window()?;
        Some(Negotiated {
            settings: self,
            server: Direction { takeover: !answer.server_no_context_takeover, window: None },
            client: Direction { takeover: self.takeover && !answer.client_no_context_takeover, window },
        })
    }
}

impl fmt::Display for Negotiated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)?;
        for (end, direction) in [("server", self.server), ("client", self.client)] {
            if !direction.takeover {
                write!(f, "; {end}_no_context_takeover")?;
            }
            if let Some(Window(bits)) = direction.window {
                write!(f, "; {end}_max_window_bits={bits}")?;
            }
        }
        Ok(())
    }
}

/// The parameters of an offer or an answer.
#[derive(Debug, Default)]
struct Parameters {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: WindowBits,
    client_max_window_bits: WindowBits,
}

/// What is said of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum WindowBits {
    #[default]
    Absent,
    /// The parameter has no value.
    Bare,
    Bits(u8),
}

impl Parameters {
    /// `None` is another extension, or something is wrong with it: a parameter that is unknown or there twice, or a value
    /// that it cannot have.
    fn read(item: &Item<'_>) -> Option<Self> {
        if item.name != NAME {
            return None;
        }
        let mut read = Self::default();
        for (name, value) in &item.parameters {
            let fresh = match (*name, value) {
                ("server_no_context_takeover", None) => !mem::replace(&mut read.server_no_context_takeover, true),
                ("client_no_context_takeover", None) => !mem::replace(&mut read.client_no_context_takeover, true),
                ("server_max_window_bits", value) => read.server_max_window_bits.set(value.as_deref())?,
                ("client_max_window_bits", value) => read.client_max_window_bits.set(value.as_deref())?,
                _ => false,
            };
            fresh.then_some(())?;
        }
        Some(read)
    }
}

impl WindowBits {
    /// Says whether there was nothing before. `None` is a value that it cannot have.
    fn set(&mut self, value: Option<&str>) -> Option<bool> {
        let new = match value {
            None => Self::Bare,
            Some(value) => Self::Bits(LEGAL.into_iter().find(|(_, text)| *text == value)?.0),
        };
        Some(mem::replace(self, new) == Self::Absent)
    }

    /// The window that is asked for, if any is. `None` is that there is no such window.
    const fn window(self) -> Option<Option<Window>> {
        match self {
            Self::Absent => Some(None),
            Self::Bare => None,
            Self::Bits(bits) => match Window::new(bits) {
                Some(window) => Some(Some(window)),
                None => None,
            },
        }
    }
}

#[cfg(test)]
mod tests;
