//! What there is in a server: its sessions, and what is known of each.

use super::super::config::Config;
use super::super::session::Session;
use super::Server;
use crate::{SessionKey, Sid, Transport};
use alloc::vec::Vec;

/// What there is.
impl<R> Server<R> {
    /// The settings.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// How many sessions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_sid.len()
    }

    /// Whether there is no session.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_sid.is_empty()
    }

    /// The session with this id.
    #[must_use]
    pub fn find(&self, sid: Sid) -> Option<SessionKey> {
        self.by_sid.get(&(self.hash(sid), sid)).and_then(|slot| self.key_of(*slot))
    }

    /// The id of a session; `None` if it has ended.
    #[must_use]
    pub fn sid(&self, session: SessionKey) -> Option<Sid> {
        self.session(session).map(Session::sid)
    }

    /// The transport that a session is on; `None` if it has ended.
    #[must_use]
    pub fn transport(&self, session: SessionKey) -> Option<Transport> {
        let websocket = self.session(session)?.is_on_websocket();
        Some(if websocket { Transport::WebSocket } else { Transport::Polling })
    }

    /// How much waits in a session for its peer: messages, and their bytes. `None` if it has ended.
    #[must_use]
    pub fn queued(&self, session: SessionKey) -> Option<(usize, usize)> {
        self.session(session).map(Session::queued)
    }

    /// The keys of all sessions.
    pub(super) fn keys(&self) -> Vec<SessionKey> {
        self.by_sid.values().filter_map(|slot| self.key_of(*slot)).collect()
    }
}
