//! The ways in which a session's packets travel.

use core::fmt;

/// How a session's packets travel.
///
/// ```
/// use engineio_proto::Transport;
///
/// assert_eq!(Transport::WebSocket.to_string(), "websocket");
/// assert_eq!(Transport::from_name("polling"), Some(Transport::Polling));
/// assert_eq!(Transport::from_name("Polling"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Transport {
    /// HTTP long-polling: a GET that waits for packets, a POST that brings some.
    Polling,
    /// A WebSocket, one message a packet.
    WebSocket,
}

impl Transport {
    /// Every transport there is, the one that sessions can always begin on first.
    pub const ALL: [Self; 2] = [Self::Polling, Self::WebSocket];

    /// The transport's name in the `transport` parameter and in the handshake's `upgrades`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Polling => "polling",
            Self::WebSocket => "websocket",
        }
    }

    /// The transport of that name, which is compared exactly.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|transport| transport.name() == name)
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
