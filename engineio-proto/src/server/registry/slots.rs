//! The slots that the sessions live in: finding one, giving it an input, and taking note of what it then waits for.

use super::super::session::{Cx, Session};
use super::{Server, Slot};
use crate::ids::ExchangeId;
use crate::{Action, Handshake, Instant, OutFrame, SendError, SessionKey, Sid, Ticket, Transport, Upgrades, WsKey};
use alloc::collections::VecDeque;
use core::hash::Hasher as _;

impl<R> Server<R> {
    /// Lets time pass. Each input begins with this, so that one that comes at a deadline or after it finds that passed,
    /// even if the host has not called [`timeout`](Self::timeout) yet: what is dead stays dead.
    pub(super) fn pass(&mut self, now: Instant) {
        self.now = self.now.max(now);
        while let Some(slot) = self.agenda.pop_due(self.now) {
            if let Some(key) = self.key_of(slot) {
                self.with(key, Session::timeout);
            }
        }
    }

    pub(super) fn session(&self, key: SessionKey) -> Option<&Session<R>> {
        let named = |slot: &&Slot<R>| slot.generation == key.generation && key.shard == self.shard;
        self.slots.get(key.slot()).filter(named)?.session.as_deref()
    }

    pub(super) fn live(&mut self, key: SessionKey) -> Option<(&mut Session<R>, Cx<'_, R>)> {
        let session = named(&mut self.slots, self.shard, key)?.session.as_deref_mut()?;
        Some((session, Cx { now: self.now, config: &self.config, out: &mut self.out }))
    }

    /// Gives a session an input, and takes note of what it then waits for. Time has [passed](Self::pass) already.
    pub(super) fn with<T>(
        &mut self,
        key: SessionKey,
        input: impl FnOnce(&mut Session<R>, &mut Cx<'_, R>) -> T,
    ) -> Option<T> {
        let Slot { session, queued, generation: _ } = named(&mut self.slots, self.shard, key)?;
        let session = session.as_deref_mut()?;
        let result = input(session, &mut Cx { now: self.now, config: &self.config, out: &mut self.out });
        match session.deadline() {
            Some(at) => {
                // Mostly an input leaves the deadline alone, and often there is nothing to say to it.
                let earlier = self.agenda.arm(key.slot, at);
                queue(&mut self.ready, key, queued, || earlier || !session.is_quiet());
            }
            None => {
                let sid = session.sid();
                self.vacate(key, sid);
            }
        }
        Some(result)
    }

    /// A session has changed: it may have something to put out, another deadline, or its end behind it.
    pub(super) fn touch(&mut self, key: SessionKey) {
        self.with(key, |_, _| ());
    }

    /// What the session at the front of those that are ready puts out. Having nothing more to say it leaves them, until
    /// it changes again.
    pub(super) fn poll_ready(&mut self, key: SessionKey) -> Option<Action<R>> {
        let slot = named(&mut self.slots, self.shard, key);
        let Some(Slot { session: Some(session), queued, generation: _ }) = slot else {
            self.ready.pop_front();
            return None;
        };
        let action = session.poll(&mut Cx { now: self.now, config: &self.config, out: &mut self.out });
        if action.is_some() && !session.is_quiet() {
            return action;
        }
        self.ready.pop_front();
        *queued = false;
        match session.deadline() {
            Some(at) => {
                self.agenda.arm(key.slot, at);
            }
            None => {
                let sid = session.sid();
                self.vacate(key, sid);
            }
        }
        action
    }

    /// Hands out the frames of a session's WebSocket.
    pub(super) fn frames_of(&mut self, ws: WsKey, take: impl FnMut(OutFrame) -> bool) -> bool {
        let key = ws.session;
        let slot = named(&mut self.slots, self.shard, key);
        let Some(Slot { session: Some(session), queued, generation: _ }) = slot else { return true };
        let dry = session.poll_frames(&mut Cx { now: self.now, config: &self.config, out: &mut self.out }, ws, take);
        // Mostly that was all that it had to say, and nobody need ask.
        if dry && self.ready.front() == Some(&key) && session.is_quiet() {
            self.ready.pop_front();
            *queued = false;
        }
        dry
    }

    /// Lets a session queue what is to be sent, which moves no deadline and ends nothing.
    #[inline]
    pub(super) fn send_with<M, T>(
        &mut self,
        key: SessionKey,
        unsent: M,
        send: impl FnOnce(&mut Session<R>, &Cx<'_, R>, M) -> Result<T, SendError<M>>,
    ) -> Result<T, SendError<M>> {
        let slot = named(&mut self.slots, self.shard, key);
        let Some(Slot { session: Some(session), queued, generation: _ }) = slot else {
            return Err(SendError::Closed(unsent));
        };
        let result = send(session, &Cx { now: self.now, config: &self.config, out: &mut self.out }, unsent);
        queue(&mut self.ready, key, queued, || result.is_ok() && !session.is_quiet());
        result
    }

    fn vacate(&mut self, key: SessionKey, sid: Sid) {
        self.by_sid.remove(&(self.hash(sid), sid));
        self.agenda.remove(key.slot);
        let Some(slot) = self.slots.get_mut(key.slot()) else { return };
        slot.session = None;
        slot.queued = false;
        // A slot whose generations are used up is never used again, so that no key ever names two sessions.
        if let Some(next) = slot.generation.checked_add(1) {
            slot.generation = next;
            self.free.push(key.slot);
        }
    }

    pub(super) fn vacancy(&mut self) -> SessionKey {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, queued: false, session: None });
            u32::try_from(self.slots.len().saturating_sub(1)).unwrap_or(u32::MAX)
        });
        let generation = self.slots.get(slot as usize).map_or(0, |slot| slot.generation);
        SessionKey { shard: self.shard, slot, generation }
    }

    pub(super) fn key_of(&self, slot: u32) -> Option<SessionKey> {
        let generation = self.slots.get(slot as usize)?.generation;
        Some(SessionKey { shard: self.shard, slot, generation })
    }

    pub(super) fn ticket(&mut self, session: Option<SessionKey>) -> Ticket {
        self.exchanges = self.exchanges.saturating_add(1);
        Ticket { session, exchange: ExchangeId(self.exchanges) }
    }

    pub(super) fn handshake(&self, sid: Sid, transport: Transport) -> Handshake {
        let upgradable = transport == Transport::Polling && self.config.allows_upgrades();
        let upgrades = Upgrades::default();
        Handshake {
            sid,
            upgrades: if upgradable { upgrades.with(Transport::WebSocket) } else { upgrades },
            ping_interval: self.config.ping_interval(),
            ping_timeout: self.config.ping_timeout(),
            max_payload: Some(self.config.max_payload() as u64),
        }
    }

    #[expect(deprecated, reason = "the only keyed hash in the core library; SipHash-2-4 is what is wanted here")]
    pub(super) fn hash(&self, sid: Sid) -> u64 {
        let [k0, k1] = self.hash_key;
        let mut hasher = core::hash::SipHasher::new_with_keys(k0, k1);
        hasher.write(sid.as_bytes());
        hasher.finish()
    }
}

/// Queues a session that may have something to put out: one that is queued already, as whoever sends many at a time is
/// after the first, is not asked.
#[inline]
fn queue(ready: &mut VecDeque<SessionKey>, key: SessionKey, queued: &mut bool, may: impl FnOnce() -> bool) {
    if !*queued && may() {
        *queued = true;
        ready.push_back(key);
    }
}

/// The slot that `key` names, unless what it named is gone.
fn named<R>(slots: &mut [Slot<R>], shard: u16, key: SessionKey) -> Option<&mut Slot<R>> {
    slots.get_mut(key.slot()).filter(|slot| slot.generation == key.generation && key.shard == shard)
}
