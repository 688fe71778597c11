//! The negotiation of permessage-deflate (RFC 7692, sections 5 and 7.1).

use super::{
    header::{self, Item},
    settings::{PerMessageDeflate, Window},
};
use core::{fmt, mem};

const NAME: &str = "permessage-deflate";

/// The legal values of a window parameter. Each has a single spelling.
const WINDOW_BITS: [(u8, &str); 8] =
    [(8, "8"), (9, "9"), (10, "10"), (11, "11"), (12, "12"), (13, "13"), (14, "14"), (15, "15")];

/// An invalid `Sec-WebSocket-Extensions` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionError {
    /// The header is not a list of extensions.
    #[error("Sec-WebSocket-Extensions is malformed")]
    Malformed,
    /// The server chose an extension, or a parameter, that the client did not offer.
    #[error("server chose an extension or a parameter that was not offered")]
    NotOffered,
}

/// The negotiated parameters of permessage-deflate. Pass them to [`with_deflate`](crate::WebSocket::with_deflate).
///
/// [`Display`](fmt::Display) formats the value of the `Sec-WebSocket-Extensions` header in the server's response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiated {
    pub(super) settings: PerMessageDeflate,
    pub(super) server: Direction,
    pub(super) client: Direction,
}

/// The parameters of the messages that one endpoint sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Direction {
    /// A message can refer to those before it.
    pub(super) takeover: bool,
    /// The window's size if it was negotiated. It is stored for the direction that this endpoint compresses only.
    pub(super) window: Option<Window>,
}

impl PerMessageDeflate {
    /// Chooses one of a client's offers, for a server.
    ///
    /// `lines` are the values of `Sec-WebSocket-Extensions` in the request. Returns `None` if no offer is acceptable;
    /// the WebSocket then has no extension.
    ///
    /// The first acceptable offer is chosen, and all of its parameters are granted. An offer is acceptable if it has
    /// only known parameters, each at most once, and does not require a server window of 2⁸ bytes. If
    /// [`context_takeover`](Self::context_takeover) is off, the answer turns it off for both peers.
    ///
    /// # Errors
    /// Returns [`ExtensionError::Malformed`] if one of the lines is malformed. The server must then fail the handshake.
    pub fn accept<L: AsRef<[u8]>>(
        self,
        lines: impl IntoIterator<Item = L>,
    ) -> Result<Option<Negotiated>, ExtensionError> {
        let mut chosen = None;
        for line in lines {
            let items = header::parse(line.as_ref()).ok_or(ExtensionError::Malformed)?;
            chosen = chosen.or_else(|| items.iter().find_map(|item| self.accept_offer(item)));
        }
        Ok(chosen)
    }

    fn accept_offer(self, item: &Item<'_>) -> Option<Negotiated> {
        let offer = Parameters::parse(item)?;
        let window = offer.server_max_window_bits.window()?;
        Some(Negotiated {
            settings: self,
            server: Direction { takeover: self.takeover && !offer.server_no_context_takeover, window },
            // The client's window needs no limit: the decompressor always has the largest window.
            client: Direction { takeover: self.takeover && !offer.client_no_context_takeover, window: None },
        })
    }

    /// Returns a client's offer: the value of `Sec-WebSocket-Extensions` in its request.
    #[must_use]
    pub const fn offer(self) -> &'static str {
        if self.takeover {
            "permessage-deflate; client_max_window_bits"
        } else {
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits"
        }
    }

    /// Checks the server's answer to an [`offer`](Self::offer), for a client.
    ///
    /// `lines` are the values of `Sec-WebSocket-Extensions` in the response. Returns `None` if the server declined.
    ///
    /// # Errors
    /// Returns [`ExtensionError::Malformed`] if one of the lines is malformed, and [`ExtensionError::NotOffered`] if
    /// the server chose anything that the client did not offer. The client must then fail the handshake. Two answers
    /// are also `NotOffered`: a client window of 2⁸ bytes, with which zlib cannot compress, and context takeover by the
    /// server if [`context_takeover`](Self::context_takeover) is off.
    pub fn conclude<L: AsRef<[u8]>>(
        self,
        lines: impl IntoIterator<Item = L>,
    ) -> Result<Option<Negotiated>, ExtensionError> {
        let mut chosen = None;
        for line in lines {
            for item in header::parse(line.as_ref()).ok_or(ExtensionError::Malformed)? {
                let negotiated = self.accept_answer(&item).filter(|_| chosen.is_none());
                chosen = Some(negotiated.ok_or(ExtensionError::NotOffered)?);
            }
        }
        Ok(chosen)
    }

    fn accept_answer(self, item: &Item<'_>) -> Option<Negotiated> {
        let answer = Parameters::parse(item)?;
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

/// The value of a window parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum WindowBits {
    #[default]
    Absent,
    /// The parameter is present without a value.
    Bare,
    Bits(u8),
}

impl Parameters {
    /// Parses the parameters of permessage-deflate. Returns `None` if the item is another extension, or if a parameter
    /// is unknown, duplicate, or has an illegal value.
    fn parse(item: &Item<'_>) -> Option<Self> {
        if item.name != NAME {
            return None;
        }
        let mut parameters = Self::default();
        for (name, value) in &item.parameters {
            let is_first = match (*name, value) {
                ("server_no_context_takeover", None) => !mem::replace(&mut parameters.server_no_context_takeover, true),
                ("client_no_context_takeover", None) => !mem::replace(&mut parameters.client_no_context_takeover, true),
                ("server_max_window_bits", value) => parameters.server_max_window_bits.set(value.as_deref())?,
                ("client_max_window_bits", value) => parameters.client_max_window_bits.set(value.as_deref())?,
                _ => false,
            };
            is_first.then_some(())?;
        }
        Some(parameters)
    }
}

impl WindowBits {
    /// Sets the value, and returns whether the parameter was absent before. Returns `None` if the value is illegal.
    fn set(&mut self, value: Option<&str>) -> Option<bool> {
        let new = match value {
            None => Self::Bare,
            Some(value) => Self::Bits(WINDOW_BITS.into_iter().find(|(_, text)| *text == value)?.0),
        };
        Some(mem::replace(self, new) == Self::Absent)
    }

    /// Returns the requested window, if one is requested. The outer `None` means that the request cannot be met.
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
