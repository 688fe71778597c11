//! What the application does, in the server and in the reference model.

use super::{World, wire};
use crate::violation::{Checked, ensure};
use engineio_proto::{CloseCode, CloseReason};

impl World {
    pub(super) fn send(&mut self, nth: u8, padding: u8, tracked: bool) -> Checked {
        let Some(at) = self.session(nth) else { return Ok(()) };
        let session = &self.model.sessions[at];
        let (key, message) = (session.key, wire::outgoing(session.sent, padding));
        let outcome = if tracked {
            self.server.send_tracked(key, message.clone()).map(Some)
        } else {
            self.server.send(key, message.clone()).map(|()| None)
        };
        let got = outcome.as_ref().map(|_| ()).map_err(Clone::clone);
        let number = session.sent;
        let expected = self.model.send(at, vec![message.clone()]).map_err(|why| why(message));
        ensure!(got == expected, "I10", "send gave {got:?} instead of {expected:?}");
        if let Ok(Some(id)) = outcome {
            self.model.sessions[at].tracked.push_back((id, number));
        }
        Ok(())
    }

    pub(super) fn send_many(&mut self, nth: u8, count: u8) -> Checked {
        let Some(at) = self.session(nth) else { return Ok(()) };
        let session = &self.model.sessions[at];
        let messages: Vec<_> = (0..u32::from(count)).map(|n| wire::outgoing(session.sent + n, 0)).collect();
        let got = self.server.send_many(session.key, messages.clone());
        let expected = self.model.send(at, messages.clone()).map_err(|why| why(messages));
        ensure!(got == expected, "I10", "send_many gave {got:?} instead of {expected:?}");
        Ok(())
    }

    pub(super) fn close(&mut self, nth: u8) -> Checked {
        if let Some(at) = self.session(nth) {
            self.catch_up();
            self.server.close(self.model.now, self.model.sessions[at].key);
            self.model.close(at, CloseCode::None);
        }
        Ok(())
    }

    pub(super) fn discard(&mut self, nth: u8) -> Checked {
        if let Some(at) = self.session(nth) {
            self.catch_up();
            self.server.discard(self.model.now, self.model.sessions[at].key);
            self.model.end(at, CloseReason::ForcedClose, super::transitions::Farewell::Close);
        }
        Ok(())
    }
}
