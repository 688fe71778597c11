//! The slots that the sessions live in: finding one, giving it an input, and taking note of what it then waits for.

use super::super::session::{Cx, Session};
use super::{Server, Slot};
use crate::ids::ExchangeId;
use crate::{Handshake, Instant, SessionKey, Sid, Ticket, Transport, Upgrades};
use core::hash::Hasher as _;

impl<R> Server<R> {
    pub(super) fn pass(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    pub(super) fn session(&self, key: SessionKey) -> Option<&Session<R>> {
        let named = |slot: &&Slot<R>| slot.generation == key.generation && key.shard == self.shard;
        self.slots.get(key.slot()).filter(named)?.session.as_deref()
    }

    pub(super) fn live(&mut self, key: SessionKey) -> Option<(&mut Session<R>, Cx<'_, R>)> {
        let named = |slot: &&mut Slot<R>| slot.generation == key.generation && key.shard == self.shard;
        let slot = self.slots.get_mut(key.slot()).filter(named)?;
        let session = slot.session.as_deref_mut()?;
        Some((session, Cx { now: self.now, config: &self.config, out: &mut self.out }))
    }

    /// Gives a session an input, and takes note of what it then waits for.
    pub(super) fn with<T>(
        &mut self,
        now: Instant,
        key: SessionKey,
        input: impl FnOnce(&mut Session<R>, &mut Cx<'_, R>) -> T,
    ) -> Option<T> {
        self.pass(now);
        let (session, mut cx) = self.live(key)?;
        let result = input(session, &mut cx);
        self.touch(key);
        Some(result)
    }

    /// A session has changed: it may have something to put out, another deadline, or its end behind it.
    pub(super) fn touch(&mut self, key: SessionKey) {
        if !self.settle(key) {
            return;
        }
        if let Some(slot) = self.slots.get_mut(key.slot())
            && !core::mem::replace(&mut slot.queued, true)
        {
            self.ready.push_back(key);
        }
    }

    /// Arms the deadline of a session, or frees its slot if it has ended. Returns whether there still is one.
    pub(super) fn settle(&mut self, key: SessionKey) -> bool {
        let Some(session) = self.session(key) else { return false };
        match session.deadline() {
            Some(at) => {
                self.agenda.arm(key.slot, at);
                true
            }
            None => {
                let sid = session.sid();
                self.vacate(key, sid);
                false
            }
        }
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
