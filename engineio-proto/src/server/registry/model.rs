//! Copies of whole servers, what they look like, and whether they are in order (feature `model`).

use super::{Server, Slot};
use crate::model::Canonical as _;
use crate::{Fingerprint, Instant, Ticket};
use alloc::vec::Vec;

/// For model checkers (feature `model`).
impl<R> Server<R> {
    /// A second server in the same state, handles and all. Nobody can be answered twice in earnest: this is for
    /// looking at what would come of an input.
    #[must_use]
    pub fn fork(&self) -> Self
    where
        R: Clone,
    {
        let Self { config, shard, hash_key, now, slots, free, by_sid, agenda, ready, out, exchanges } = self;
        Self {
            config: config.clone(),
            shard: *shard,
            hash_key: *hash_key,
            now: *now,
            slots: slots.clone(),
            free: free.clone(),
            by_sid: by_sid.clone(),
            agenda: agenda.clone(),
            ready: ready.clone(),
            out: out.clone(),
            exchanges: *exchanges,
        }
    }

    /// What this server looks like at `now`: equal for servers that will do the same from here on.
    #[must_use]
    pub fn fingerprint(&self, now: Instant) -> Fingerprint {
        let mut to = Fingerprint::new(now);
        self.write(&mut to);
        to
    }

    /// The exchanges whose handles the server holds, each as often as it holds one.
    #[must_use]
    pub fn held(&self) -> Vec<Ticket> {
        let mut to = Fingerprint::of_holders(self.now);
        self.write(&mut to);
        to.into_held()
    }

    fn write(&self, to: &mut Fingerprint) {
        // Settings do not change, and counters and generations only tell ids apart.
        let Self { config: _, shard: _, hash_key: _, now: own, slots, free: _, by_sid, agenda, ready, out, .. } = self;
        to.instant_at_least(*own);
        for Slot { generation: _, queued, session } in slots {
            queued.write(to);
            session.write(to);
        }
        (by_sid.len() as u64).write(to);
        agenda.write(to);
        ready.write(to);
        out.write(to);
    }

    /// What in the registry does not go together, if anything: every session is found by its id and has an
    /// entry on the agenda that comes up in time, and nothing is noted of those that are gone.
    ///
    /// # Errors
    /// If something does not go together; the error says what.
    pub fn audit(&self) -> Result<(), &'static str> {
        let mut sessions = 0_usize;
        for (index, slot) in self.slots.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let armed = self.agenda.at_slot(index);
            let Some(session) = &slot.session else {
                if armed.is_some() {
                    return Err("a session that is gone has an entry on the agenda");
                }
                if !self.free.contains(&index) && slot.generation != u32::MAX {
                    return Err("a free slot is forgotten");
                }
                continue;
            };
            sessions = sessions.saturating_add(1);
            if self.by_sid.get(&(self.hash(session.sid()), session.sid())) != Some(&index) {
                return Err("a session is not found by its id");
            }
            if self.free.contains(&index) {
                return Err("a slot that is taken counts as free");
            }
            if session.deadline().is_none_or(|at| armed.is_none_or(|armed| armed > at)) {
                return Err("a session's deadline is not on the agenda");
            }
            let ready = self.ready.iter().filter(|key| key.slot == index && key.generation == slot.generation).count();
            if ready != usize::from(slot.queued) {
                return Err("a session is not queued as often as it says");
            }
        }
        if sessions == self.by_sid.len() { Ok(()) } else { Err("an id leads nowhere") }
    }
}
