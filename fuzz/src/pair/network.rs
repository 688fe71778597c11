//! What happens on connections.

use super::Pair;
use super::connection::{Connection, Down, Far, Move, Near, Said, Up};
use super::due::{Heard, is_switch};
use crate::handle::Handle;
use crate::violation::{Checked, ensure};
use engineio_proto::{CallFault, Delivery, RequestHead, Response, Route, SessionKey, Sid, Transport, WsEnd, WsFault};

impl Pair {
    pub(super) fn moves(&self) -> impl Iterator<Item = (u32, Move)> {
        self.connections.iter().flat_map(|(id, connection)| connection.moves().map(|step| (*id, step)))
    }

    /// How many things can happen by themselves.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.moves().count()
    }

    pub(super) fn arrive(&mut self, nth: u8) -> Checked {
        let Some(nth) = usize::from(nth).checked_rem(self.waiting()) else { return Ok(()) };
        let Some((id, step)) = self.moves().nth(nth) else { return Ok(()) };
        match step {
            Move::Up => self.arrives_up(id)?,
            Move::Down => self.arrives_down(id)?,
            Move::ClientTakes => self.client_takes(id)?,
            Move::ClientWrites => self.client_writes(id),
            Move::ServerTakes => self.server_takes(id)?,
            Move::ServerWrites => self.server_writes(id),
            Move::Answer => self.answers(id),
        }
        Ok(())
    }

    fn arrives_up(&mut self, id: u32) -> Checked {
        let now = self.now;
        let Some(connection) = self.connections.get_mut(&id) else { return Ok(()) };
        let Some(up) = connection.up.pop_front() else { return Ok(()) };
        match (up, &connection.far) {
            (Up::Request { method, target, octets }, _) => self.request(id, method, &target, octets)?,
            (Up::Body(body), Far::Asked(ticket)) => {
                let ticket = *ticket;
                ticket.session().into_iter().for_each(|key| self.heard_at_server(key));
                if let Some(encoding) = self.server.awaits_body(ticket) {
                    self.server.body(now, ticket, encoding.decode_payload(body, 1000));
                }
            }
            (Up::Frame(frame), Far::Open(ws)) => {
                let ws = *ws;
                connection.switched |= is_switch(&frame);
                self.heard_at_server(ws.session());
                for frame in self.fault.frames(frame) {
                    self.server.frame(now, ws, frame);
                }
            }
            (Up::End(orderly), Far::Open(ws)) => {
                let ws = *ws;
                connection.far = Far::Gone;
                connection.server_frames.clear();
                self.stale.socket = Some(ws);
                self.server.ws_closed(now, ws, end(orderly));
            }
            (Up::End(_), Far::Asked(ticket)) => {
                let ticket = *ticket;
                connection.far = Far::Gone;
                self.stale.ticket = Some(ticket);
                self.server.abort(now, ticket).map(Handle::settle);
            }
            (Up::End(_), Far::Answering(ticket, ..)) => {
                let ticket = *ticket;
                connection.far = Far::Gone;
                self.stale.ticket = Some(ticket);
                self.server.written(now, ticket, Delivery::Lost);
            }
            (Up::End(_), Far::Nothing) => connection.far = Far::Gone,
            (Up::Body(_) | Up::Frame(_) | Up::End(_), _) => {}
        }
        Ok(())
    }

    fn heard_at_server(&mut self, key: SessionKey) {
        if let Some((_, side)) = self.sessions.get_mut(&key) {
            side.heard = Heard::new(self.now);
        }
    }

    fn request(&mut self, id: u32, method: &'static str, target: &str, octets: bool) -> Checked {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        ensure!(self.router.matches(path), "I2", "a request elsewhere: {target}");
        let upgrade = query.contains("transport=websocket");
        let content_type = octets.then_some(b"application/octet-stream".as_slice());
        let head = RequestHead { method, query, upgrade, content_type, ..RequestHead::default() };
        let handle = Handle::new(id, self.strict);
        let asked = match self.router.route(&head) {
            Ok(Route::Session(request)) => Some(self.server.request(self.now, request, handle)),
            Ok(Route::Open(opening)) => {
                let mut entropy = [0; 15];
                entropy[..8].copy_from_slice(&(self.sessions.len() as u64).to_be_bytes());
                let sid = Sid::from_entropy(entropy);
                match self.server.open(self.now, opening.pending(handle).accept(sid)) {
                    Ok(ticket) => {
                        self.opened(ticket, sid)?;
                        Some(ticket)
                    }
                    Err(collision) => {
                        collision.into_pending().aborted().settle();
                        None
                    }
                }
            }
            Err(refusal) => {
                handle.settle();
                self.respond(id, &Response::refusal(refusal, upgrade));
                None
            }
        };
        if let (Some(ticket), Some(connection)) = (asked, self.connections.get_mut(&id)) {
            connection.far = Far::Asked(ticket);
            (connection.asked, connection.upgrades) = (self.now, upgrade && query.contains("sid="));
            ticket.session().into_iter().for_each(|key| self.heard_at_server(key));
        }
        Ok(())
    }

    pub(super) fn respond(&mut self, id: u32, response: &Response) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.far = Far::Gone;
            connection.send_down(Down::Response(Said::new(response)));
        }
    }

    fn arrives_down(&mut self, id: u32) -> Checked {
        let now = self.now;
        let Some(connection) = self.connections.get_mut(&id) else { return Ok(()) };
        let Some(down) = connection.down.pop_front() else { return Ok(()) };
        if !matches!((&down, &connection.near), (Down::End(_), _) | (_, Near::Gone)) {
            self.at_client.heard = Heard::new(now);
        }
        match (down, std::mem::replace(&mut connection.near, Near::Gone)) {
            (Down::Response(said), Near::Get(call)) => self.client.response(now, said.decode(call)),
            (Down::Response(said), Near::Post(call)) => {
                if said.status == 200 {
                    self.up.accepted = self.up.posting.take();
                }
                self.client.response(now, said.decode(call));
            }
            (Down::Response(said), Near::Dial(call)) => {
                self.client.failed(now, call, CallFault::Refused(said.status));
            }
            (Down::Open, Near::Dial(call)) => match self.client.connected(now, call) {
                Some(ws) => connection.near = Near::Open(ws),
                None => connection.send_up(Up::End(true)),
            },
            (Down::Frame(frame), Near::Open(ws)) => {
                connection.near = Near::Open(ws);
                self.client.frame(now, ws, frame);
            }
            (Down::End(orderly), Near::Open(ws)) => {
                connection.client_frames.clear();
                connection.send_up(Up::End(true));
                self.stale.client_socket = Some(ws);
                self.client.ws_closed(now, ws, end(orderly));
            }
            (Down::End(_), Near::Get(call) | Near::Post(call)) => {
                connection.send_up(Up::End(true));
                self.client.failed(now, call, CallFault::Connection);
            }
            (Down::End(_), Near::Dial(call)) => {
                connection.send_up(Up::End(true));
                self.client.failed(now, call, CallFault::Connection);
            }
            (_, near) => connection.near = near,
        }
        Ok(())
    }

    pub(super) fn cut(&mut self, nth: u8, kept: u8) {
        let Some(nth) = usize::from(nth).checked_rem(self.connections.len()) else { return };
        let Some(connection) = self.connections.values_mut().nth(nth).filter(|connection| !connection.cut) else {
            return;
        };
        // A session that is on polling can do without the connection of its upgrade.
        let upgrade = matches!(connection.near, Near::Dial(_) | Near::Open(_) | Near::Gone);
        self.harmed |= !upgrade || self.client.transport() != Some(Transport::Polling);
        connection.up.truncate(usize::from(kept & 0xf));
        connection.down.truncate(usize::from(kept >> 4));
        connection.up.push_back(Up::End(false));
        connection.down.push_back(Down::End(false));
        connection.cut = true;
    }

    /// All connections are cut, and nobody hears of it.
    pub(super) fn cut_everything(&mut self) {
        self.harmed = true;
        for connection in self.connections.values_mut() {
            connection.cut = true;
            connection.up.clear();
            connection.down.clear();
        }
    }

    /// A proxy sends the first upgrade request that it finds once more, and throws the answer away.
    pub(super) fn repeat(&mut self) {
        let request = self.connections.values().flat_map(|connection| &connection.up).find_map(|up| match up {
            Up::Request { target, .. } if target.contains("transport=websocket") && target.contains("sid=") => {
                Some(up.clone())
            }
            _ => None,
        });
        if let Some(request) = request {
            self.connect(Near::Gone, [request]);
        }
    }

    pub(super) fn connect(&mut self, near: Near, up: impl IntoIterator<Item = Up>) {
        self.next += 1;
        self.connections.insert(self.next, Connection::new(self.now, near, up));
    }
}

const fn end(orderly: bool) -> WsEnd {
    if orderly { WsEnd::Closed } else { WsEnd::Failed(WsFault::Connection) }
}
