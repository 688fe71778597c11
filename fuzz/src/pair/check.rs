//! What must hold between a client and a server.

use super::Pair;
use super::connection::Near;
use super::due::Heard;
use crate::outgoing::compresses;
use crate::violation::{Checked, Violation, ensure};
use engineio_proto::{CloseReason, Instant, Message, Messages, Outgoing, SessionId, Sid, Ticket, Transport, Unsent};

/// What is sent and what arrives, in one direction.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) from: char,
    /// How many messages the application has sent, how many have left its queue, and how many have arrived.
    pub(super) sent: u32,
    pub(super) handed: u32,
    pub(super) received: u32,
    /// How many came back.
    pub(super) returned: Option<u32>,
    /// How many had been handed over with the POST that is outstanding.
    pub(super) posting: Option<u32>,
    /// How many had been with the one that was answered with 200 since the last check.
    pub(super) accepted: Option<u32>,
}

/// What the application on one side was told.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) opened: bool,
    pub(super) upgraded: bool,
    pub(super) failed_upgrades: u32,
    pub(super) closed: Option<CloseReason>,
    /// When the application first closed the session.
    pub(super) closing: Option<Instant>,
    pub(super) heard: Heard,
}

impl Flow {
    pub(super) const fn new(from: char) -> Self {
        Self { from, sent: 0, handed: 0, received: 0, returned: None, posting: None, accepted: None }
    }

    /// The next message to be sent. Every third is binary.
    pub(super) fn next(&self, padding: u8) -> Outgoing {
        Outgoing::new(self.message(self.sent, padding), compresses(self.sent))
    }

    /// So many messages leave together, and may be compressed or not.
    pub(super) fn leave(&mut self, messages: usize, compress: bool) -> Checked {
        let numbers = self.handed..self.handed + u32::try_from(messages).unwrap_or(u32::MAX);
        self.handed = numbers.end;
        let right = numbers.clone().any(compresses) == compress;
        ensure!(right, "I3", "messages {numbers:?} may be compressed: {compress}");
        Ok(())
    }

    fn message(&self, number: u32, padding: u8) -> Message {
        let text = format!("{}{number}{}", self.from, ".".repeat(usize::from(padding % 32)));
        if number % 3 == 2 { Message::from(text.into_bytes()) } else { Message::from(text) }
    }

    /// Messages come in the order in which they were sent, none missing and none twice.
    pub(super) fn receive(&mut self, messages: Messages) -> Checked {
        for message in messages {
            ensure!(self.is_nth(&message, self.received), "I3", "{message:?} arrives after {} others", self.received);
            self.received += 1;
            ensure!(self.received <= self.handed, "I3", "{message:?} arrives before it was sent");
        }
        Ok(())
    }

    /// What comes back is all that has not left, in order, and it comes once.
    pub(super) fn unsent(&mut self, unsent: Unsent) -> Checked {
        let mut count = 0;
        for message in unsent {
            let number = self.handed + count;
            let right =
                message.compress() == compresses(number) && self.is_nth(&message.clone().into_message(), number);
            ensure!(right, "I3", "{message:?} comes back, {} left", self.handed);
            count += 1;
        }
        ensure!(self.returned.replace(count).is_none(), "I3", "messages come back twice");
        Ok(())
    }

    fn is_nth(&self, message: &Message, number: u32) -> bool {
        let said = String::from_utf8_lossy(message.as_bytes()).into_owned();
        *message == self.message(number, 0) || {
            let padding = said.bytes().filter(|byte| *byte == b'.').count();
            *message == self.message(number, u8::try_from(padding).unwrap_or(u8::MAX))
        }
    }

    fn is_done(&self) -> bool {
        self.received == self.sent
    }
}

impl Side {
    pub(super) const fn new(now: Instant) -> Self {
        let heard = Heard::new(now);
        Self { opened: false, upgraded: false, failed_upgrades: 0, closed: None, closing: None, heard }
    }

    pub(super) fn close(&mut self, now: Instant) {
        self.closing.get_or_insert(now);
    }

    pub(super) fn open(&mut self) -> Checked {
        ensure!(!std::mem::replace(&mut self.opened, true), "I4", "a second open event");
        Ok(())
    }

    pub(super) fn upgrade(&mut self) -> Checked {
        ensure!(!std::mem::replace(&mut self.upgraded, true), "I14", "a second upgrade");
        Ok(())
    }
}

impl Pair {
    /// The server has a session. It is the client's, unless the client makes several attempts: then it is the one
    /// that the client says it is in.
    pub(super) fn opened(&mut self, ticket: Ticket, sid: Sid) -> Checked {
        let Some(key) = ticket.session() else {
            return Err(Violation::new("I12", "a handshake without a session"));
        };
        ensure!(
            self.sessions.insert(key, (sid, Side::new(self.now))).is_none(),
            "I12",
            "a key was used twice: {key:?}"
        );
        if !self.several_attempts {
            self.key = Some(key);
        }
        Ok(())
    }

    /// The client is in the session of this id.
    pub(super) fn joined(&mut self, id: &SessionId) -> Checked {
        self.at_client.open()?;
        self.at_client.heard = Heard::new(self.now);
        let session = self.sessions.iter().find(|(_, (known, _))| id.sid() == Some(*known));
        self.key = session.map(|(key, _)| *key);
        ensure!(self.key.is_some(), "I12", "the client is in no session of the server: {id}");
        Ok(())
    }

    /// Asserts what must hold after every step.
    ///
    /// # Errors
    /// What does not hold.
    pub fn check(&mut self) -> Result<(), Violation> {
        self.server.audit().map_err(|what| Violation::new("I12", what))?;
        // Of a POST that was answered with 200 the server's application has all.
        let told = self.up.accepted.take().is_none_or(|handed| self.up.received >= handed);
        ensure!(told, "I3", "a POST was accepted and its messages were not told: {:?}", self.up);
        let over = self.at_client.closed.is_some();
        ensure!(self.client.is_closed() == over, "I4", "the client is closed: {:?}", self.at_client);
        ensure!(self.client.deadline().is_none() == over, "I5", "the client's deadline: {:?}", self.client.deadline());
        let alive = self.sessions.values().filter(|(_, side)| side.closed.is_none()).count();
        ensure!(self.server.len() == alive, "I4", "the server's sessions: {:?}", self.sessions);
        let deadline = self.server.deadline();
        ensure!(deadline.is_some() == (alive > 0), "I5", "the server's deadline: {deadline:?}");
        if self.at_client.closed.is_some() {
            let left = self.connections.values().find(|connection| !matches!(connection.near, Near::Gone));
            ensure!(left.is_none(), "I9", "the client is closed and a connection is left: {left:?}");
        }
        self.check_dues()?;
        let on = self.client.transport();
        let ended = self.at_client.closed.or(self.closed_at_server());
        ensure!(self.harmed || ended.is_none(), "I20", "a session that nothing happened to ends: {ended:?}");
        let right = !self.at_client.upgraded || matches!(on, Some(Transport::WebSocket) | None);
        ensure!(right, "I14", "the client went back to {on:?}");
        Ok(())
    }

    /// Takes note if a session that is on its WebSocket loses a connection.
    pub(super) fn notice(&mut self) {
        let cut = || self.connections.values().any(|connection| connection.cut);
        self.harmed |= self.client.transport() == Some(Transport::WebSocket) && cut();
    }

    /// Why the client's session ended at the server, if it did.
    pub(super) fn closed_at_server(&self) -> Option<CloseReason> {
        self.sessions.get(&self.key?).and_then(|(_, side)| side.closed)
    }

    /// Whether an upgrade has begun that is not over.
    pub(super) fn upgrade_pending(&self) -> bool {
        let open = |near: &Near| matches!(near, Near::Dial(_) | Near::Open(_));
        self.client.transport() == Some(Transport::Polling)
            && self.connections.values().any(|connection| open(&connection.near))
    }

    /// What must hold when nothing is left to happen without the clock.
    pub(super) fn check_rest(&self) -> Checked {
        if self.at_client.closed.is_none() && self.closed_at_server().is_none() {
            ensure!(self.up.is_done(), "I3", "messages to the server are missing: {:?}", self.up);
            ensure!(self.down.is_done(), "I3", "messages to the client are missing: {:?}", self.down);
        }
        Ok(())
    }

    /// What must hold when both are over.
    pub(super) fn check_end(&self) -> Checked {
        for flow in [&self.up, &self.down] {
            let returned = flow.returned.unwrap_or(0);
            // Each message has left, or has come back.
            ensure!(flow.handed + returned == flow.sent, "I3", "messages are gone without a word: {flow:?}");
        }
        Ok(())
    }
}
