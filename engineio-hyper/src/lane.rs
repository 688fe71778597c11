//! A session's delivery lane: what goes from the transports to the application, in order, one at a time.

use crate::waiters::{Place, Waiters};
use engineio_proto::{CloseReason, Message, Messages, SendId};
use std::{
    cell::Cell,
    collections::VecDeque,
    mem,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};
use tokio::sync::oneshot;

/// What each message that waits for the application is charged, in bytes, besides its own.
const MESSAGE: usize = 64;

/// For how many items memory is kept by each thread.
const KEEP: usize = 256;

/// A session's delivery lane. It is filled under the lock of the session's shard, so that its order is the
/// core's, whatever task an event arrived on; it is emptied outside of that lock.
///
/// Locks nest one way: shard, then lane. No foreign code runs under either.
#[derive(Debug)]
pub(crate) struct Lane {
    bound: Bound,
    /// Whether the application is further behind than it may be, for a look without the lock.
    behind: AtomicBool,
    state: Mutex<State>,
}

/// How much may wait for the application before its peer is held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) bytes: usize,
    pub(crate) packets: usize,
}

/// One thing for the application.
#[derive(Debug)]
pub(crate) enum Item {
    Messages(Messages),
    Happening(Happening),
}

/// What is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    Open,
    Upgrade,
    Close(CloseReason),
}

/// How much there is of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) packets: usize,
    pub(crate) bytes: usize,
}

impl Load {
    pub(crate) fn of(messages: &Messages) -> Self {
        Self { packets: messages.len(), bytes: messages.byte_len() }
    }

    /// What it counts against the bound on bytes: a message without a byte takes memory as well.
    const fn charge(self) -> usize {
        self.bytes.saturating_add(self.packets.saturating_mul(MESSAGE))
    }

    pub(crate) fn add(&mut self, messages: &Messages) {
        self.packets += messages.len();
        self.bytes += messages.byte_len();
    }
}

thread_local! {
    /// Memory for a queue: an idle lane has none, and a busy one is not to ask the allocator each time.
    static SPARE: Cell<VecDeque<Item>> = const { Cell::new(VecDeque::new()) };
}

/// A queue with nothing in it, but with the memory of one that was [kept](keep).
pub(crate) fn spare() -> VecDeque<Item> {
    SPARE.try_with(Cell::take).unwrap_or_default()
}

/// Keeps the memory of a queue that is empty, if it has any.
pub(crate) fn keep(queue: VecDeque<Item>) {
    debug_assert!(queue.is_empty(), "what was in it was handled");
    if (1..=KEEP).contains(&queue.capacity()) {
        let _ = SPARE.try_with(|spare| spare.set(queue));
    }
}

#[derive(Debug)]
struct State {
    /// It has memory only while there is something in it, and while somebody has the turn.
    queue: VecDeque<Item>,
    /// What all messages are charged.
    bytes: usize,
    packets: usize,
    turn: TurnState,
    closed: Option<CloseReason>,
    /// How many transports have yet to tell the peer of their end.
    untold: usize,
    confirmations: VecDeque<(SendId, oneshot::Sender<()>)>,
    waiters: [Waiters; 4],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TurnState {
    /// Nobody takes turns: the application receives by itself.
    None,
    Idle,
    Taken,
}

/// What a task can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// A message, or the end.
    Message = 0,
    /// The application to take what it was given.
    Inbox = 1,
    /// Room for what is to be sent.
    Outbox = 2,
    /// The end.
    Closed = 3,
}

/// What is to be done, once no lock is held, with what left a lane.
#[derive(Debug, Default)]
pub(crate) struct Released {
    /// The first that is to be woken. Mostly there is none, or it is the only one.
    waker: Option<Waker>,
    more: Option<Box<More>>,
}

#[derive(Debug, Default)]
struct More {
    wakers: Vec<Waker>,
    confirmed: Vec<oneshot::Sender<()>>,
    disappointed: Vec<oneshot::Sender<()>>,
}

/// A task's place among those who wait.
#[derive(Debug)]
pub(crate) struct Visit<'l> {
    lane: &'l Lane,
    wait: Wait,
    pub(crate) place: Place,
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.lane.leave(self.wait, &mut self.place);
    }
}

impl Lane {
    /// A lane whose items are handed out in turns to one drainer at a time, or else one by one to receivers.
    pub(crate) fn new(bound: Bound, in_turns: bool) -> Self {
        Self {
            bound,
            behind: AtomicBool::new(false),
            state: Mutex::new(State {
                queue: VecDeque::new(),
                bytes: 0,
                packets: 0,
                turn: if in_turns { TurnState::Idle } else { TurnState::None },
                closed: None,
                untold: 0,
                confirmations: VecDeque::new(),
                waiters: Default::default(),
            }),
        }
    }

    /// Appends what has happened. Returns whether the caller now has the turn, and with it the duty to
    /// [`take`](Self::take) until there is nothing left.
    pub(crate) fn fill(&self, happening: Happening, released: &mut Released) -> bool {
        let mut state = self.lock();
        if let Happening::Close(reason) = happening {
            state.closed = Some(reason);
            self.behind.store(false, Ordering::Relaxed);
            let confirmations = mem::take(&mut state.confirmations);
            if !confirmations.is_empty() {
                released.more().disappointed.extend(confirmations.into_iter().map(|(_, sender)| sender));
            }
            for wait in [Wait::Message, Wait::Inbox, Wait::Outbox, Wait::Closed] {
                state.release(wait, released);
            }
        }
        if state.turn != TurnState::None {
            state.push(Item::Happening(happening));
        }
        state.claim()
    }

    /// Appends messages, which are so much. Returns whether the caller now has the turn, as [`fill`](Self::fill); if the
    /// messages come next, they are left to it and not taken.
    pub(crate) fn fill_messages(&self, messages: &mut Messages, load: Load, released: &mut Released) -> bool {
        let mut state = self.lock();
        state.bytes += load.charge();
        state.packets += load.packets;
        self.behind.store(state.is_over(self.bound), Ordering::Relaxed);
        state.release(Wait::Message, released);
        let ours = state.claim();
        if !ours || !state.queue.is_empty() {
            state.push(Item::Messages(mem::take(messages)));
        }
        ours
    }

    /// Takes the next items, at most so many, into `batch`, which is empty, for the one who has the turn.
    ///
    /// They count as waiting until they are [`done`](Self::done).
    pub(crate) fn take(&self, most: usize, batch: &mut VecDeque<Item>) {
        debug_assert!(batch.is_empty(), "what was taken before was handled");
        let mut state = self.lock();
        if state.queue.len() <= most {
            // With the memory of the queue, which has none until something comes.
            mem::swap(&mut state.queue, batch);
        } else {
            batch.extend(state.queue.drain(..most));
        }
    }

    /// The one who has the turn has done so much. Returns whether it is still theirs: if there is nothing more it is given
    /// back.
    pub(crate) fn done(&self, load: Load, released: &mut Released) -> bool {
        let mut state = self.lock();
        self.took(&mut state, load, released);
        if !state.queue.is_empty() {
            return true;
        }
        if state.queue.capacity() > 0 {
            // What came while the last batch was handled has left it memory.
            keep(mem::take(&mut state.queue));
        }
        state.turn = TurnState::Idle;
        false
    }

    /// Gives up the turn of somebody who will not take it, with the messages that they should have begun with.
    pub(crate) fn forfeit(&self, next: Messages) {
        let mut state = self.lock();
        if !next.is_empty() {
            state.queue.push_front(Item::Messages(next));
        }
        state.turn = TurnState::Idle;
    }

    /// Receives the next message; `None` is the end.
    pub(crate) fn poll_recv(&self, place: &mut Place, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        let mut released = Released::default();
        let received = self.poll(Wait::Message, place, cx, |state| match state.next_message() {
            Some(message) => {
                self.took(state, Load { packets: 1, bytes: message.byte_len() }, &mut released);
                Some(Some(message))
            }
            None => state.closed.map(|_| None),
        });
        released.apply();
        received
    }

    /// Waits until the application is no more behind than it may be.
    #[inline]
    pub(crate) fn poll_inbox(&self, place: &mut Place, cx: &mut Context<'_>) -> Poll<()> {
        // A look that is a little old lets one read more through, which is what a look before it would have done. Who
        // is among those who wait goes by the lock, to leave them.
        if !place.is_taken() && !self.behind.load(Ordering::Relaxed) {
            return Poll::Ready(());
        }
        self.poll_inbox_locked(place, cx)
    }

    fn poll_inbox_locked(&self, place: &mut Place, cx: &mut Context<'_>) -> Poll<()> {
        self.poll(Wait::Inbox, place, cx, |state| (!state.is_over(self.bound)).then_some(()))
    }

    /// Waits for the end, and until the peer was told of it.
    pub(crate) fn poll_closed(&self, place: &mut Place, cx: &mut Context<'_>) -> Poll<CloseReason> {
        self.poll(Wait::Closed, place, cx, |state| state.closed.filter(|_| state.untold == 0))
    }

    /// A transport has yet to tell the peer of its end. Ends with [`end_told`](Self::end_told).
    pub(crate) fn delay_end(&self) {
        self.lock().untold += 1;
    }

    /// A transport has told the peer of its end, or has failed.
    pub(crate) fn end_told(&self, released: &mut Released) {
        let mut state = self.lock();
        state.untold = state.untold.saturating_sub(1);
        if state.untold == 0 && state.closed.is_some() {
            state.release(Wait::Closed, released);
        }
    }

    /// Why the session is over, if it is.
    pub(crate) fn closed(&self) -> Option<CloseReason> {
        self.lock().closed
    }

    /// Joins those who wait. To miss nothing, the caller holds the lock under which what it waits for comes.
    #[must_use = "a waker is to be dropped outside the lock"]
    pub(crate) fn park(&self, wait: Wait, place: &mut Place, waker: Waker) -> Option<Waker> {
        self.lock().waiters[wait as usize].park(place, waker)
    }

    /// Makes a place to wait at, which is left when it is dropped.
    pub(crate) fn visit(&self, wait: Wait) -> Visit<'_> {
        Visit { lane: self, wait, place: Place::default() }
    }

    /// Waits no longer.
    #[inline]
    pub(crate) fn leave(&self, wait: Wait, place: &mut Place) {
        if place.is_taken() {
            let old = self.lock().waiters[wait as usize].leave(place);
            drop(old);
        }
    }

    /// There is room for what is to be sent.
    pub(crate) fn writable(&self, released: &mut Released) {
        self.lock().release(Wait::Outbox, released);
    }

    /// Somebody wants to hear of the delivery of a message. Called under the shard's lock, in the order of ids.
    pub(crate) fn confirm(&self, id: SendId) -> oneshot::Receiver<()> {
        let (confirmation, confirmed) = oneshot::channel();
        self.lock().confirmations.push_back((id, confirmation));
        confirmed
    }

    /// A message was delivered.
    pub(crate) fn confirmed(&self, id: SendId, released: &mut Released) {
        let mut state = self.lock();
        let index = state.confirmations.iter().position(|(waiting, _)| *waiting == id);
        if let Some((_, sender)) = index.and_then(|index| state.confirmations.remove(index)) {
            released.more().confirmed.push(sender);
        }
    }

    fn poll<T>(
        &self,
        wait: Wait,
        place: &mut Place,
        cx: &mut Context<'_>,
        mut ready: impl FnMut(&mut State) -> Option<T>,
    ) -> Poll<T> {
        // The first look costs no waker.
        for waker in [None, Some(cx.waker())] {
            let waker = waker.cloned();
            let mut state = self.lock();
            let found = ready(&mut state);
            let waiters = &mut state.waiters[wait as usize];
            let old = match (&found, waker) {
                (Some(_), _) => waiters.leave(place),
                (None, Some(waker)) => waiters.park(place, waker),
                (None, None) => None,
            };
            drop(state);
            drop(old);
            if let Some(found) = found {
                return Poll::Ready(found);
            }
        }
        Poll::Pending
    }

    fn took(&self, state: &mut State, load: Load, released: &mut Released) {
        let was_over = state.is_over(self.bound);
        state.bytes = state.bytes.saturating_sub(load.charge());
        state.packets = state.packets.saturating_sub(load.packets);
        if was_over && !state.is_over(self.bound) {
            self.behind.store(false, Ordering::Relaxed);
            state.release(Wait::Inbox, released);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, item: Item) {
        if self.queue.capacity() == 0 {
            self.queue = spare();
        }
        self.queue.push_back(item);
    }

    fn next_message(&mut self) -> Option<Message> {
        while let Some(front) = self.queue.front_mut() {
            if let Item::Messages(messages) = front
                && let Some(message) = messages.next()
            {
                return Some(message);
            }
            self.queue.pop_front();
        }
        keep(mem::take(&mut self.queue));
        None
    }

    /// Takes the turn if nobody has it.
    fn claim(&mut self) -> bool {
        let idle = self.turn == TurnState::Idle;
        if idle {
            self.turn = TurnState::Taken;
        }
        idle
    }

    /// A closed session holds nobody back: its transport is gone.
    const fn is_over(&self, bound: Bound) -> bool {
        self.closed.is_none() && (self.bytes > bound.bytes || self.packets > bound.packets)
    }

    fn release(&mut self, wait: Wait, released: &mut Released) {
        self.waiters[wait as usize].release(released);
    }
}

impl Released {
    /// This one is to be woken.
    #[inline]
    pub(crate) fn wake(&mut self, waker: Waker) {
        match &self.waker {
            None => self.waker = Some(waker),
            Some(_) => self.more().wakers.push(waker),
        }
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    /// Wakes and tells. No lock may be held.
    #[inline]
    pub(crate) fn apply(self) {
        let Self { waker, more } = self;
        if let Some(waker) = waker {
            waker.wake();
        }
        if let Some(more) = more {
            more.tell();
        }
    }
}

impl More {
    fn tell(self) {
        let Self { wakers, confirmed, disappointed } = self;
        for waker in wakers {
            waker.wake();
        }
        for confirmed in confirmed {
            let _ = confirmed.send(());
        }
        drop(disappointed);
    }
}

#[cfg(test)]
mod tests;
