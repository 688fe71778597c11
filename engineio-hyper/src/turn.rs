//! Taking turns: whoever finds a session's lane idle calls its handler, until the lane is empty.

use crate::{
    handler::AnyDriver,
    host::Turns,
    lane::{self, Happening, Item, Load, Released},
    observe,
    session::Session,
    socket::Socket,
};
use engineio_proto::Messages;
use std::{
    collections::VecDeque,
    future::Future,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, PoisonError},
    task::{Context, Poll},
};

/// After so many items the turn goes to a task of its own, so that a peer that keeps a session busy does not
/// keep another exchange of it waiting.
const BUDGET: usize = 64;

/// The right and the duty to call a session's handler.
pub(crate) struct Turn {
    pub(crate) session: Arc<Session>,
    /// What comes next, before all that is in the lane. It may be nothing.
    pub(crate) next: Messages,
}

impl Turn {
    /// Takes the turn here, for as long as is fair. What the handler sends to its session has reached the core, but not
    /// its transport: the caller enters the session's shard again.
    #[inline]
    pub(crate) fn run(self) {
        let Self { session, next } = self;
        if take(&session, next) == Progress::More {
            Self { session, next: Messages::default() }.spawn();
        }
    }

    /// Takes the turn in a task of its own.
    pub(crate) fn spawn(self) {
        self.session.host.clone().runtime.spawn_boxed(Box::pin(TurnTask { turn: Some(self) }));
    }
}

struct TurnTask {
    turn: Option<Turn>,
}

impl Future for TurnTask {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(Turn { session, next }) = &mut self.turn {
            let progress = take(session, mem::take(next));
            session.follow_up();
            if progress == Progress::More {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
        self.turn = None;
        Poll::Ready(())
    }
}

/// A runtime that shuts down drops its tasks: somebody else may take the turn when the next item comes.
impl Drop for TurnTask {
    fn drop(&mut self) {
        if let Some(Turn { session, next }) = &mut self.turn {
            session.lane.forfeit(mem::take(next));
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// The turn was given back.
    Idle,
    /// The turn is still ours.
    More,
}

fn take(session: &Arc<Session>, next: Messages) -> Progress {
    let socket = Socket::in_turn(session.clone());
    let _entered = session.span.enter();
    // Only the one who has the turn locks this.
    let mut driver = session.driver.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut load, mut budget) = (Load::of(&next), BUDGET);
    if !next.is_empty() {
        budget -= 1;
        guarded(session, &mut driver, |driver| driver.messages(&socket, next));
    }
    while is_more(session, load) {
        if budget == 0 {
            return Progress::More;
        }
        let mut batch = VecDeque::new();
        session.lane.take(budget, &mut batch);
        budget -= batch.len();
        load = Load::default();
        for item in batch.drain(..) {
            if let Item::Messages(messages) = &item {
                load.add(messages);
            }
            deliver(session, &socket, &mut driver, item);
        }
        lane::keep(batch);
    }
    Progress::Idle
}

/// Whether there is more to be handled, after so much was.
fn is_more(session: &Session, done: Load) -> bool {
    let mut released = Released::default();
    let more = session.lane.done(done, &mut released);
    released.apply();
    more
}

fn deliver(session: &Session, socket: &Socket, driver: &mut Option<Box<dyn AnyDriver>>, item: Item) {
    match item {
        Item::Happening(Happening::Open) => guarded(session, driver, |driver| driver.open(socket)),
        Item::Messages(messages) => guarded(session, driver, |driver| driver.messages(socket, messages)),
        Item::Happening(Happening::Upgrade) => guarded(session, driver, |driver| driver.upgrade(socket)),
        Item::Happening(Happening::Close(reason)) => {
            guarded(session, driver, |driver| driver.close(socket, reason));
            // It may hold the application's own handles of this session, which must not keep each other alive.
            let over = driver.take();
            let _ = catch_unwind(AssertUnwindSafe(|| drop(over)));
        }
    }
}

/// Calls a handler. Its panic is its session's end, and no one else's.
fn guarded(session: &Session, driver: &mut Option<Box<dyn AnyDriver>>, call: impl FnOnce(&mut dyn AnyDriver)) {
    let Some(driver) = driver.as_deref_mut() else { return };
    if catch_unwind(AssertUnwindSafe(|| call(driver))).is_err() {
        driver.break_off();
        observe::panicked(session);
        session.enter(Turns::Elsewhere, |shard, now| shard.server.discard(now, session.key));
    }
}
