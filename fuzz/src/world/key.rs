//! What a whole world looks like to a model checker.

use super::World;
use super::model::{Cargo, Exchange, Phase, Socket, Status};
use engineio_proto::{Fingerprint, Instant};
use std::hash::{DefaultHasher, Hasher as _};

/// A world, as 128 bits: equal for worlds in which the same can happen, but for a chance of one in 2^128.
pub type Key = (u64, u64);

pub(crate) fn digest(fingerprint: &Fingerprint) -> Key {
    let hash = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(salt);
        hasher.write(fingerprint.as_bytes());
        hasher.finish()
    };
    (hash(1), hash(2))
}

impl World {
    /// The world's key. Names are renumbered and times are relative, in the server and around it.
    #[must_use]
    pub fn key(&self) -> Key {
        digest(&self.fingerprint(self.server.fingerprint(self.model.now)))
    }

    /// What the server can tell, and then what the host and its peers know besides. What the reference model says
    /// of the server's own state is left out: the two agree, or there is a violation.
    fn fingerprint(&self, mut to: Fingerprint) -> Fingerprint {
        // How much may still come before the host asks.
        to.number(self.batch as u64);
        for session in &self.model.sessions {
            to.session(session.key);
            to.number(match session.phase {
                Phase::Over => 0,
                _ => 1 + u64::from(session.flight.is_some()),
            });
            for number in [session.sent, session.received, session.handed] {
                to.number(u64::from(number));
            }
            to.number(session.told.len() as u64);
            to.number(session.tracked.len() as u64);
            to.number(u64::from(session.room_due));
        }
        // Exchanges and sockets are written in an order that does not depend on when they began.
        let mut exchanges: Vec<(Vec<u8>, &Exchange)> =
            self.model.exchanges.values().map(|exchange| (shape(exchange, self.model.now), exchange)).collect();
        exchanges.sort_by(|(a, _), (b, _)| a.cmp(b));
        to.number(exchanges.len() as u64);
        for (shape, exchange) in exchanges {
            to.bytes(&shape);
            to.ticket(exchange.ticket);
        }
        let mut sockets: Vec<(Vec<u8>, &Socket)> =
            self.model.sockets.values().map(|socket| (socket_shape(socket), socket)).collect();
        sockets.sort_by(|(a, _), (b, _)| a.cmp(b));
        to.number(sockets.len() as u64);
        for (shape, socket) in sockets {
            to.bytes(&shape);
            to.ws(socket.key);
        }
        to
    }
}

/// An exchange without its name.
fn shape(exchange: &Exchange, now: Instant) -> Vec<u8> {
    let mut shape = vec![exchange.kind as u8, exchange.session.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)];
    match &exchange.status {
        Status::Waiting(awaited) => {
            let left = awaited.map_or(u64::MAX, |awaited| awaited.by().saturating_since(now).as_nanos() as u64);
            shape.push(0);
            shape.extend(left.to_le_bytes());
            shape.extend(awaited.map_or(0, |awaited| awaited.received).to_le_bytes());
        }
        Status::Due(fate) => {
            shape.push(1);
            shape.extend(fate.number().to_le_bytes());
        }
        Status::Unreported(cargo) => {
            let messages = if let Cargo::Packets(messages) = cargo { *messages } else { 0 };
            shape.push(match cargo {
                Cargo::Packets(_) => 2,
                Cargo::Accepted => 3,
                Cargo::Farewell => 4,
                Cargo::Nothing => 5,
            });
            shape.extend(messages.to_le_bytes());
        }
    }
    shape
}

/// A socket without its name.
fn socket_shape(socket: &Socket) -> Vec<u8> {
    let mut shape = vec![
        u8::try_from(socket.session).unwrap_or(u8::MAX),
        u8::from(socket.dying.is_some()),
        u8::from(socket.announced) | u8::from(socket.hello_due) << 1 | u8::from(socket.probe_due) << 2,
    ];
    shape.extend(socket.taken.iter().map(|message| u8::from(*message)));
    shape
}
