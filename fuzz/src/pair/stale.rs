//! Hosts that use names of what is over, and that ask for what was not announced.

use super::Pair;
use super::connection::{Far, Near};
use crate::handle::Handle;
use crate::violation::{Checked, ensure};
use engineio_proto::{CallFault, ClientWsKey, Delivery, Fingerprint, Frame, Ticket, Upload, WsEnd, WsKey};

/// The last of each kind that were in use.
#[derive(Debug, Default)]
pub(super) struct Stale {
    pub(super) ticket: Option<Ticket>,
    pub(super) socket: Option<WsKey>,
    pub(super) client_socket: Option<ClientWsKey>,
    /// A call that the client has let go of.
    pub(super) call: Option<Near>,
}

impl Stale {
    pub(super) fn fork(&self) -> Self {
        Self { call: self.call.as_ref().map(Near::fork), ..*self }
    }
}

impl Pair {
    /// Hosts that ask for frames though none were announced get none.
    fn ask_unbidden(&mut self) -> Checked {
        if self.unpolled > 0 {
            return Ok(());
        }
        for connection in self.connections.values() {
            if let (Near::Open(ws), false) = (&connection.near, connection.client_ready) {
                ensure!(self.client.poll_frame(*ws).is_none(), "I14", "a frame of the client that was not announced");
            }
            if let (Far::Open(ws), false) = (&connection.far, connection.server_ready) {
                ensure!(self.server.poll_frame(*ws).is_none(), "I14", "a frame of the server that was not announced");
            }
        }
        Ok(())
    }

    /// Whatever is done with them, nothing changes.
    pub(super) fn use_stale_names(&mut self) -> Checked {
        let now = self.now;
        let looks = |pair: &Self| {
            let mut looks = Fingerprint::new(now);
            pair.client.add_to(&mut looks);
            let mut held = pair.server.held();
            held.sort_unstable();
            (looks, held)
        };
        let before = looks(self);
        let garbage = || Frame::Text("x".into());
        if let Some(ticket) = self.stale.ticket {
            let handle = self.server.abort(now, ticket).map(Handle::settle);
            ensure!(handle.is_none(), "I1", "a handle came back twice: {handle:?}");
            self.server.written(now, ticket, Delivery::Written);
            self.server.written(now, ticket, Delivery::Lost);
            self.server.body(now, ticket, Upload::too_large());
        }
        if let Some(ws) = self.stale.socket {
            self.server.frame(now, ws, garbage());
            self.server.wrote(now, ws, 9);
            self.server.ws_closed(now, ws, WsEnd::Closed);
            ensure!(self.server.poll_frame(ws).is_none(), "I2", "a frame for {ws:?}, which is over");
        }
        if let Some(ws) = self.stale.client_socket {
            self.client.frame(now, ws, garbage());
            self.client.wrote(now, ws, 9);
            self.client.ws_closed(now, ws, WsEnd::Closed);
            ensure!(self.client.poll_frame(ws).is_none(), "I2", "a frame for {ws:?}, which is over");
        }
        match self.stale.call.take() {
            Some(Near::Get(call)) => self.client.response(now, call.decode(200, "4late".into())),
            Some(Near::Post(call)) => self.client.failed(now, call, CallFault::Connection),
            Some(Near::Dial(call)) => {
                let ws = self.client.connected(now, call);
                ensure!(ws.is_none(), "I2", "a dial that was let go of becomes {ws:?}");
            }
            Some(Near::Open(_) | Near::Gone) | None => {}
        }
        self.ask_unbidden()?;
        let after = looks(self);
        ensure!(after.0 == before.0, "I2", "stale names changed the client: {:?}", self.client);
        ensure!(after.1 == before.1, "I2", "stale names changed what the server holds: {before:?}, {after:?}");
        Ok(())
    }
}
