//! What a pair looks like to a model checker.

use super::check::{Flow, Side};
use super::connection::{Connection, Down, Far, Near, Up};
use super::{Pair, Spent};
use crate::world::{Key, digest};
use engineio_proto::{Fingerprint, Frame, Sid};
use std::collections::VecDeque;

impl Pair {
    /// A second pair in the same state.
    ///
    /// # Panics
    /// If this one is strict and a peer waits.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            client: self.client.fork(),
            server: self.server.fork(),
            router: self.router.clone(),
            connections: self.connections.iter().map(|(id, connection)| (*id, connection.fork())).collect(),
            sessions: self.sessions.clone(),
            up: self.up.clone(),
            down: self.down.clone(),
            at_client: self.at_client.clone(),
            stale: self.stale.fork(),
            ..*self
        }
    }

    /// Equal for pairs in which the same can happen: names are renumbered and times are relative.
    #[must_use]
    pub fn key(&self) -> Key {
        let mut to = self.server.fingerprint(self.now);
        self.client.add_to(&mut to);
        to.number(self.connections.len() as u64);
        for connection in self.connections.values() {
            add_connection(connection, &mut to);
        }
        to.number(self.sessions.len() as u64);
        for (key, (sid, side)) in &self.sessions {
            to.session(*key);
            add_sid(*sid, &mut to);
            add_side(side, &mut to);
        }
        if let Some(key) = self.key {
            to.session(key);
        }
        add_side(&self.at_client, &mut to);
        for flow in [&self.up, &self.down] {
            let Flow { from: _, sent, handed, received, returned, posting, accepted } = flow;
            for number in [*sent, *handed, *received] {
                to.number(number.into());
            }
            for number in [returned, posting, accepted] {
                to.number(number.map_or(0, |number| u64::from(number) + 1));
            }
        }
        for (_, due) in self.client_dues().chain(self.server_dues()) {
            to.instant(due);
        }
        let Spent { losses, closes, discards, delays, repeats, naps } = self.spent;
        for number in [losses, closes, discards, delays, repeats, naps, self.unpolled.into(), self.harmed.into()] {
            to.number(number.into());
        }
        digest(&to)
    }
}

fn add_connection(connection: &Connection, to: &mut Fingerprint) {
    let Connection { near, far, up, down, client_frames, server_frames, client_ready, server_ready, cut, .. } =
        connection;
    match near {
        Near::Get(call) => (to.number(0), to.call(call.id())),
        Near::Post(call) => (to.number(1), to.call(call.id())),
        Near::Dial(call) => (to.number(2), to.call(call.id())),
        Near::Open(ws) => (to.number(3), to.client_ws(*ws)),
        Near::Gone => (to.number(4), ()),
    };
    match far {
        Far::Nothing => to.number(0),
        Far::Asked(ticket) => {
            to.number(1);
            to.ticket(*ticket);
        }
        Far::Answering(ticket, said) => {
            to.number(2);
            to.ticket(*ticket);
            to.number(said.status.into());
            to.bytes(&said.body);
        }
        Far::Open(ws) => {
            to.number(3);
            to.ws(*ws);
        }
        Far::Gone => to.number(4),
    }
    to.number(up.len() as u64);
    for up in up {
        match up {
            Up::Request { method, target, octets } => {
                to.number(u64::from(*octets));
                to.bytes(method.as_bytes());
                to.bytes(target.as_bytes());
            }
            Up::Body(body) => {
                to.number(2);
                to.bytes(body);
            }
            Up::Frame(frame) => {
                to.number(3);
                add_frame(frame, to);
            }
            Up::End(orderly) => to.number(4 + u64::from(*orderly)),
        }
    }
    to.number(down.len() as u64);
    for down in down {
        match down {
            Down::Response(said) => {
                to.number(0);
                to.number(said.status.into());
                to.bytes(&said.body);
            }
            Down::Open => to.number(1),
            Down::Frame(frame) => {
                to.number(2);
                add_frame(frame, to);
            }
            Down::End(orderly) => to.number(3 + u64::from(*orderly)),
        }
    }
    let add_frames = |frames: &VecDeque<Frame>, to: &mut Fingerprint| {
        to.number(frames.len() as u64);
        frames.iter().for_each(|frame| add_frame(frame, to));
    };
    add_frames(client_frames, to);
    add_frames(server_frames, to);
    let marks = [*client_ready, *server_ready, *cut, connection.upgrades, connection.switched];
    to.number(marks.iter().fold(0, |marks, mark| marks << 1 | u64::from(*mark)));
}

fn add_frame(frame: &Frame, to: &mut Fingerprint) {
    let (kind, bytes) = match frame {
        Frame::Text(text) => (0, text.as_bytes()),
        Frame::Binary(bytes) => (1, bytes),
    };
    to.number(kind);
    to.bytes(bytes);
}

fn add_side(side: &Side, to: &mut Fingerprint) {
    let Side { opened, upgraded, failed_upgrades, closed, closing: _, heard: _ } = side;
    // Why it ended makes no difference any more.
    to.number(u64::from(*opened) | u64::from(*upgraded) << 1 | u64::from(closed.is_some()) << 2);
    // How often an upgrade failed is only counted.
    let _ = failed_upgrades;
}

fn add_sid(sid: Sid, to: &mut Fingerprint) {
    to.bytes(sid.as_str().as_bytes());
}
