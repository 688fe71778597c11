//! Tasks that wait for the same thing.

use crate::lane::Released;
use std::task::Waker;

/// Tasks that wait for the same thing. It lives behind its owner's lock.
///
/// A waker is foreign code: cloning, dropping or waking it may call back. So wakers come in by value, cloned
/// before the lock was taken, and leave by value, to be woken or dropped after it was given back.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    parked: Vec<(u64, Waker)>,
    last: u64,
}

/// A place among the [`Waiters`]; empty until the task waits for the first time.
#[derive(Debug, Default)]
pub(crate) struct Place(Option<u64>);

impl Waiters {
    /// Waits, or goes on waiting with another waker. Gives back what is to be dropped outside the lock.
    #[must_use = "a waker is to be dropped outside the lock"]
    pub(crate) fn park(&mut self, place: &mut Place, waker: Waker) -> Option<Waker> {
        if let Some(id) = place.0
            && let Some((_, parked)) = self.parked.iter_mut().find(|(parked, _)| *parked == id)
        {
            return Some(std::mem::replace(parked, waker));
        }
        self.last += 1;
        place.0 = Some(self.last);
        self.parked.push((self.last, waker));
        None
    }

    /// Waits no longer. Gives back what is to be dropped outside the lock.
    #[must_use = "a waker is to be dropped outside the lock"]
    pub(crate) fn leave(&mut self, place: &mut Place) -> Option<Waker> {
        let id = place.0.take()?;
        let index = self.parked.iter().position(|(parked, _)| *parked == id)?;
        Some(self.parked.swap_remove(index).1)
    }

    /// What they waited for has come: hands over their wakers, to be woken outside the lock.
    #[inline]
    pub(crate) fn release(&mut self, released: &mut Released) {
        if !self.parked.is_empty() {
            self.parked.drain(..).for_each(|(_, waker)| released.wake(waker));
        }
    }
}

impl Place {
    /// Not taken.
    pub(crate) const NONE: Self = Self(None);

    /// Whether the task may be among the waiters.
    pub(crate) const fn is_taken(&self) -> bool {
        self.0.is_some()
    }
}
