//! Where new sessions go: to a handler, or to whoever accepts them.

use crate::{
    handler::{AnyDriver, AnyHandler},
    lane::Released,
    role::Role,
    session::Session,
    socket::Socket,
    waiters::{Place, Waiters},
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

/// Who the sessions are for.
pub(crate) enum Application {
    Handler(Box<dyn AnyHandler>),
    Accept(Backlog),
}

impl Application {
    pub(crate) fn driver(&self) -> Option<Box<dyn AnyDriver>> {
        match self {
            Self::Handler(handler) => Some(handler.driver()),
            Self::Accept(_) => None,
        }
    }
}

/// The sessions that nobody has accepted yet, and the places kept for those that are being opened.
pub(crate) struct Backlog {
    limit: usize,
    state: Mutex<State>,
}

struct State {
    arrived: VecDeque<Socket>,
    /// Those that arrived, and those that will.
    taken: usize,
    open: bool,
    waiters: Waiters,
}

impl Backlog {
    pub(crate) fn new(limit: usize) -> Self {
        let state = State { arrived: VecDeque::new(), taken: 0, open: true, waiters: Waiters::default() };
        Self { limit, state: Mutex::new(state) }
    }

    /// Keeps a place for a session that is about to be opened.
    pub(crate) fn reserve(&self) -> bool {
        let mut state = self.lock();
        let room = state.open && state.taken < self.limit;
        if room {
            state.taken += 1;
        }
        room
    }

    /// The session was not opened after all.
    pub(crate) fn give_back(&self) {
        self.lock().taken -= 1;
    }

    /// A session takes the place that was kept for it.
    pub(crate) fn arrive(&self, session: Arc<Session>) {
        let socket = Socket::first(Role::Server(session));
        let mut released = Released::default();
        let mut state = self.lock();
        // A socket that nobody can accept any more is dropped below, which closes its session.
        let refused = if state.open {
            state.arrived.push_back(socket);
            None
        } else {
            Some(socket)
        };
        state.waiters.release(&mut released);
        drop(state);
        drop(refused);
        released.apply();
    }

    /// Waits for the next session; `None` when there will be none.
    pub(crate) fn poll_accept(&self, place: &mut Place, cx: &mut Context<'_>) -> Poll<Option<Socket>> {
        let waker = cx.waker().clone();
        let mut state = self.lock();
        let arrived = state.arrived.pop_front();
        let ready = arrived.is_some() || !state.open;
        if arrived.is_some() {
            state.taken -= 1;
        }
        let old = if ready { state.waiters.leave(place) } else { state.waiters.park(place, waker) };
        drop(state);
        drop(old);
        if ready { Poll::Ready(arrived) } else { Poll::Pending }
    }

    pub(crate) fn leave(&self, place: &mut Place) {
        let old = self.lock().waiters.leave(place);
        drop(old);
    }

    /// Nobody will accept any more.
    pub(crate) fn close(&self) {
        let mut released = Released::default();
        let mut state = self.lock();
        state.open = false;
        let unaccepted = std::mem::take(&mut state.arrived);
        state.taken -= unaccepted.len();
        state.waiters.release(&mut released);
        drop(state);
        drop(unaccepted);
        released.apply();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
