//! By when a wait is over. Whatever a side waits for has a limit of its own, which no other wait makes longer.

use super::Pair;
use super::connection::{Connection, Far, Near};
use crate::violation::{Checked, ensure};
use engineio_proto::{Frame, Instant, Transport};
use std::time::Duration;

/// Something that is waited for, and when that is over.
type Due = (&'static str, Instant);

/// When a side last heard of the other, and how late its host has told it the time since: a heartbeat takes so much longer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    at: Instant,
    late: Duration,
}

impl Heard {
    pub(super) const fn new(at: Instant) -> Self {
        Self { at, late: Duration::ZERO }
    }

    pub(super) const fn told_late(&mut self, late: Duration) {
        self.late = self.late.saturating_add(late);
    }
}

impl Pair {
    /// Each wait ends in time, and the side that waits asks for the clock by then.
    pub(super) fn check_dues(&self) -> Checked {
        let now = self.now;
        let client = self.client_dues().map(|due| ("client", due, self.client.deadline()));
        let server = self.server_dues().map(|due| ("server", due, self.server.deadline()));
        for (side, (what, due), asked) in client.chain(server) {
            ensure!(
                now < due,
                "I8",
                "the {side} still waits for {what} {:?} after that was over",
                now.saturating_since(due)
            );
            let in_time = asked.is_some_and(|asked| asked <= due);
            ensure!(in_time, "I8", "the {side} waits for {what} until {due:?} and asks for the clock at {asked:?}");
        }
        Ok(())
    }

    pub(super) fn client_dues(&self) -> impl Iterator<Item = Due> {
        let (side, config) = (&self.at_client, self.client.config());
        let open = side.closed.is_none();
        let closing = side.closing.map(|at| ("its close", at.after(config.close_timeout())));
        let heartbeat = (side.opened && closing.is_none()).then(|| ("a heartbeat", self.silent_at(side.heard)));
        let upgrading = self.client.transport() == Some(Transport::Polling);
        let of_connection = move |connection: &Connection| {
            let (what, timeout) = match connection.near {
                Near::Post(_) => ("the answer to a POST", config.post_timeout()),
                Near::Get(_) | Near::Dial(_) | Near::Open(_) if !side.opened => ("a session", config.open_timeout()),
                Near::Dial(_) | Near::Open(_) if upgrading && !connection.is_left_for() => {
                    ("an upgrade", config.upgrade_timeout())
                }
                Near::Get(_) | Near::Dial(_) | Near::Open(_) | Near::Gone => return None,
            };
            Some((what, connection.begun.after(timeout)))
        };
        let connections = self.connections.values().filter_map(of_connection);
        closing.into_iter().chain(heartbeat).chain(connections).filter(move |_| open)
    }

    pub(super) fn server_dues(&self) -> impl Iterator<Item = Due> {
        let config = self.server.config();
        let alive = || self.sessions.values().map(|(_, side)| side).filter(|side| side.closed.is_none());
        let of_session = |side: &super::Side| match side.closing {
            Some(at) => ("its close", at.after(config.close_timeout())),
            None => ("a heartbeat", self.silent_at(side.heard)),
        };
        let of_connection = |connection: &Connection| {
            let (what, timeout) = match connection.far {
                Far::Asked(ticket) if self.server.awaits_body(ticket).is_some() => ("a body", config.body_timeout()),
                Far::Open(_) if connection.upgrades && !connection.switched => ("an upgrade", config.upgrade_timeout()),
                _ => return None,
            };
            Some((what, connection.asked.after(timeout)))
        };
        alive().map(of_session).chain(self.connections.values().filter_map(of_connection))
    }

    /// When a side that has heard nothing since thinks that the other is gone.
    fn silent_at(&self, heard: Heard) -> Instant {
        let config = self.server.config();
        heard.at.after(config.ping_interval()).after(config.ping_timeout()).after(heard.late)
    }
}

impl Connection {
    /// The client's host is about to write the packet after which nothing goes over polling any more. Before it has, the
    /// client cannot know which of the two transports the session is on.
    pub(super) fn is_left_for(&self) -> bool {
        self.client_frames.iter().any(is_switch)
    }
}

/// Whether this is the packet with which a client goes over to a WebSocket.
pub(super) fn is_switch(frame: &Frame) -> bool {
    matches!(frame, Frame::Text(text) if text.as_str() == "5")
}
