//! The deadlines of many sessions: at most one entry each, the earliest on top.

use crate::Instant;
use alloc::vec::Vec;

/// A binary heap of slots by deadline that knows where each slot is, so that an entry can be moved instead of
/// being joined by a second one.
#[derive(Debug, Default)]
#[cfg_attr(feature = "model", derive(Clone))]
pub(super) struct Agenda {
    heap: Vec<(Instant, u32)>,
    /// By slot: its place in `heap`, plus one; zero if it has none.
    places: Vec<u32>,
}

impl Agenda {
    #[inline]
    pub(super) fn first(&self) -> Option<Instant> {
        self.heap.first().map(|&(at, _)| at)
    }

    /// Takes the slot on top if its time has come.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<u32> {
        let &(at, slot) = self.heap.first()?;
        (at <= now).then(|| {
            self.remove(slot);
            slot
        })
    }

    /// Makes sure that `slot` comes up no later than `at`. An entry that comes up earlier is left as it is, as
    /// deadlines mostly move away: it then costs a look, once. Returns whether there was none that was so early.
    #[inline]
    pub(super) fn arm(&mut self, slot: u32, at: Instant) -> bool {
        let moves = self.at_slot(slot).is_none_or(|armed| at < armed);
        if moves {
            self.advance(slot, at);
        }
        moves
    }

    fn advance(&mut self, slot: u32, at: Instant) {
        let index = slot as usize;
        if self.places.len() <= index {
            self.places.resize(index.saturating_add(1), 0);
        }
        match self.place(slot) {
            Some(place) => {
                let Some(entry) = self.heap.get_mut(place) else { return };
                entry.0 = at;
                self.rise(place);
            }
            None => {
                let place = self.heap.len();
                self.heap.push((at, slot));
                self.note(place);
                self.rise(place);
            }
        }
    }

    pub(super) fn remove(&mut self, slot: u32) {
        let Some(place) = self.place(slot) else { return };
        let end = self.heap.len().saturating_sub(1);
        self.swap(place, end);
        self.heap.pop();
        if let Some(gone) = self.places.get_mut(slot as usize) {
            *gone = 0;
        }
        if place < end {
            self.sink(place);
            self.rise(place);
        }
    }

    /// When a slot comes up.
    #[inline]
    pub(super) fn at_slot(&self, slot: u32) -> Option<Instant> {
        self.at(self.place(slot)?)
    }

    #[inline]
    fn place(&self, slot: u32) -> Option<usize> {
        self.places.get(slot as usize)?.checked_sub(1).map(|place| place as usize)
    }

    fn note(&mut self, place: usize) {
        let Some(&(_, slot)) = self.heap.get(place) else { return };
        if let Some(noted) = self.places.get_mut(slot as usize) {
            // There are fewer entries than slots, and slots are counted in 32 bits.
            *noted = u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1);
        }
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.heap.swap(a, b);
        self.note(a);
        self.note(b);
    }

    #[inline]
    fn at(&self, place: usize) -> Option<Instant> {
        self.heap.get(place).map(|&(at, _)| at)
    }

    fn rise(&mut self, mut place: usize) {
        while let Some(above) = place.checked_sub(1).map(|below| below / 2) {
            if self.at(above) <= self.at(place) {
                break;
            }
            self.swap(above, place);
            place = above;
        }
    }

    fn sink(&mut self, mut place: usize) {
        loop {
            let left = place.saturating_mul(2).saturating_add(1);
            let right = left.saturating_add(1);
            let Some(left_at) = self.at(left) else { break };
            let least = if self.at(right).is_some_and(|right_at| right_at < left_at) { right } else { left };
            if self.at(place) <= self.at(least) {
                break;
            }
            self.swap(place, least);
            place = least;
        }
    }
}

#[cfg(feature = "model")]
impl crate::model::Canonical for Agenda {
    /// In the order of the slots: where an entry stands in the heap only matters among equal instants.
    fn write(&self, to: &mut crate::model::Fingerprint) {
        let Self { heap: _, places } = self;
        for slot in 0..u32::try_from(places.len()).unwrap_or(u32::MAX) {
            self.at_slot(slot).write(to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;

    fn at(seconds: u64) -> Instant {
        Instant::from_epoch(Duration::from_secs(seconds))
    }

    /// Against a list that is searched: any sequence of calls gives the same slots in the same order of time.
    #[test]
    fn agrees_with_a_plain_list() {
        let (mut agenda, mut list) = (Agenda::default(), Vec::<(Instant, u32)>::new());
        let mut random = 1_u64;
        let mut next = |bound: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % bound
        };
        for _ in 0..20_000 {
            let (slot, when) = (next(50) as u32, at(next(1000)));
            match next(4) {
                0 | 1 => {
                    agenda.arm(slot, when);
                    match list.iter_mut().find(|entry| entry.1 == slot) {
                        Some(entry) => entry.0 = entry.0.min(when),
                        None => list.push((when, slot)),
                    }
                }
                2 => {
                    agenda.remove(slot);
                    list.retain(|entry| entry.1 != slot);
                }
                _ => {
                    let popped = agenda.pop_due(when);
                    let least = list.iter().map(|entry| entry.0).min().filter(|least| *least <= when);
                    assert_eq!(popped.is_some(), least.is_some());
                    if let Some(slot) = popped {
                        assert!(list.contains(&(least.unwrap(), slot)));
                        list.retain(|entry| entry.1 != slot);
                    }
                }
            }
            assert_eq!(agenda.first(), list.iter().map(|entry| entry.0).min());
        }
    }
}
