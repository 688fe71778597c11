//! A client's core, and what its handles and its driver share.

use crate::{
    lane::{Bound, Happening, Lane, Load, Released},
    timed::Timed,
};
use engineio_proto::{
    Client, ClientAction, ClientConfig, ClientEvent, ClientStart, Handshake, Instant, SessionId, Transport, Unsent,
};
use http::request::Parts;
use std::{
    collections::VecDeque,
    io, mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::Waker,
};
use tokio::sync::oneshot;

/// A client's core, and what its handles and its driver share.
///
/// As on the server's side, the core is locked for one call, what it leads to is collected, and only after the lock
/// was given back is anybody woken or told.
pub(crate) struct ClientSession {
    pub(crate) lane: Lane,
    /// How many handles the application has. The first is there from the beginning.
    pub(crate) handles: AtomicUsize,
    /// The URL and the application's headers.
    pub(crate) head: Arc<Parts>,
    pub(super) timed: Timed,
    on_websocket: AtomicBool,
    state: Mutex<State>,
}

struct State {
    core: Client,
    /// What the driver is to do.
    orders: VecDeque<ClientAction>,
    /// Whoever waits for the session to be open. Dropped if it will not be.
    opened: Option<oneshot::Sender<Handshake<SessionId>>>,
    /// What went wrong with a connection the last time.
    cause: Option<io::Error>,
    driver: Parked,
}

/// The driver, as long as it waits.
#[derive(Default)]
struct Parked {
    waker: Option<Waker>,
    /// When it will wake up by itself.
    due: Option<Instant>,
}

/// What the driver is to do when it has done everything.
pub(super) enum Rest {
    /// There is more to do.
    None,
    /// Wait, and let time pass at this instant.
    Until(Option<Instant>),
    /// The session is over.
    End,
}

/// A Close frame that is not written yet. As long as there is one, nobody is told that the session has ended: a program
/// that waits for the end and exits would cut the connection off without it.
pub(super) struct Ending(Arc<ClientSession>);

impl Drop for Ending {
    fn drop(&mut self) {
        let mut released = Released::default();
        self.0.lane.end_told(&mut released);
        released.apply();
    }
}

/// What a call into the core leads to, to be done after the lock was given back.
#[derive(Default)]
struct Effects {
    released: Released,
    opened: Option<(oneshot::Sender<Handshake<SessionId>>, Handshake<SessionId>)>,
    /// Nobody will be told of an opening any more.
    over: Option<oneshot::Sender<Handshake<SessionId>>>,
    /// The application's memory: dropping it may run its code.
    unsent: Option<Unsent>,
}

impl ClientSession {
    /// Begins to open a session. The receiver gets the handshake, or an error if there is none.
    pub(super) fn open(
        timed: Timed,
        config: ClientConfig,
        cache_buster: u64,
        inbox: Bound,
        head: Parts,
        websocket_worked: bool,
    ) -> (Arc<Self>, oneshot::Receiver<Handshake<SessionId>>) {
        static KEYS: AtomicU64 = AtomicU64::new(0);
        let start = ClientStart { key: KEYS.fetch_add(1, Ordering::Relaxed), cache_buster, websocket_worked };
        let (opened, greeting) = oneshot::channel();
        let state = State {
            core: Client::open(timed.now(), config, start),
            orders: VecDeque::new(),
            opened: Some(opened),
            cause: None,
            driver: Parked::default(),
        };
        let session = Self {
            lane: Lane::new(inbox, false),
            handles: AtomicUsize::new(1),
            head: Arc::new(head),
            timed,
            on_websocket: AtomicBool::new(false),
            state: Mutex::new(state),
        };
        // So that the first orders are there.
        session.enter(|_, _| {});
        (Arc::new(session), greeting)
    }

    /// Calls into the core and does what that leads to. No lock may be held.
    pub(crate) fn enter<T>(&self, call: impl FnOnce(&mut Client, Instant) -> T) -> T {
        let now = self.timed.now();
        let mut effects = Effects::default();
        let mut state = self.lock();
        let result = call(&mut state.core, now);
        self.collect(&mut state, &mut effects);
        drop(state);
        effects.apply();
        result
    }

    /// Takes all that the core has to say.
    fn collect(&self, state: &mut State, effects: &mut Effects) {
        while let Some(action) = state.core.poll() {
            match action {
                ClientAction::Sent(id) => self.lane.confirmed(id, &mut effects.released),
                ClientAction::Writable => self.lane.writable(&mut effects.released),
                ClientAction::Unsent(unsent) => effects.unsent = Some(unsent),
                ClientAction::Event(event) => self.event(event, state, effects),
                ClientAction::CloseWs(key) => {
                    // Where its session has ended, this is polled before the end itself.
                    self.lane.delay_end();
                    state.orders.push_back(ClientAction::CloseWs(key));
                }
                order => state.orders.push_back(order),
            }
        }
        let earlier = match (state.core.deadline(), state.driver.due) {
            (Some(deadline), Some(due)) => deadline < due,
            (Some(_), None) => true,
            (None, _) => state.core.is_closed(),
        };
        if earlier || !state.orders.is_empty() {
            state.driver.waker.take().into_iter().for_each(|waker| effects.released.wake(waker));
        }
    }

    fn event(&self, event: ClientEvent, state: &mut State, effects: &mut Effects) {
        let happening = match event {
            ClientEvent::Open(handshake) => {
                self.note_transport(&state.core);
                effects.opened = state.opened.take().map(|opened| (opened, handshake));
                return;
            }
            ClientEvent::Messages(mut messages) => {
                // Nobody takes turns.
                let load = Load::of(&messages);
                self.lane.fill_messages(&mut messages, load, &mut effects.released);
                return;
            }
            ClientEvent::Upgrade | ClientEvent::UpgradeFailed(_) => {
                self.note_transport(&state.core);
                // The driver tells whoever inspects the client.
                state.orders.push_back(ClientAction::Event(event));
                return;
            }
            ClientEvent::Close(reason) => {
                effects.over = state.opened.take();
                Happening::Close(reason)
            }
        };
        self.lane.fill(happening, &mut effects.released);
    }

    fn note_transport(&self, core: &Client) {
        // It may have ended in the same call.
        if core.last_transport() == Some(Transport::WebSocket) {
            self.on_websocket.store(true, Ordering::Relaxed);
        }
    }

    /// Keeps [`closed`](crate::Socket::closed) waiting until the guard is dropped, for the driver that was ordered to
    /// close a WebSocket: [`collect`](Self::collect) has begun the delay with that order.
    pub(super) fn ending(self: &Arc<Self>) -> Ending {
        Ending(self.clone())
    }

    /// The transport that the session is on, or was on when it ended.
    pub(crate) fn transport(&self) -> Transport {
        if self.on_websocket.load(Ordering::Relaxed) { Transport::WebSocket } else { Transport::Polling }
    }

    /// What the driver is to do.
    pub(super) fn orders(&self) -> VecDeque<ClientAction> {
        let mut state = self.lock();
        let orders = mem::take(&mut state.orders);
        // It is awake, and needs nobody to wake it.
        let old = mem::take(&mut state.driver);
        drop(state);
        drop(old);
        orders
    }

    /// Lets the driver wait, unless there is something to do.
    pub(super) fn park(&self, waker: Waker) -> Rest {
        let mut state = self.lock();
        if !state.orders.is_empty() {
            return Rest::None;
        }
        if state.core.is_closed() {
            return Rest::End;
        }
        let due = state.core.deadline();
        let old = mem::replace(&mut state.driver, Parked { waker: Some(waker), due });
        drop(state);
        drop(old);
        Rest::Until(due)
    }

    /// Something went wrong with a connection: whoever opens the session may want to know.
    pub(super) fn note_cause(&self, cause: Option<io::Error>) {
        let old = mem::replace(&mut self.lock().cause, cause);
        drop(old);
    }

    /// What went wrong with a connection the last time.
    pub(super) fn take_cause(&self) -> Option<io::Error> {
        self.lock().cause.take()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Effects {
    fn apply(self) {
        let Self { released, opened, over, unsent } = self;
        if let Some((opened, handshake)) = opened {
            // Whoever wanted it may have gone.
            let _ = opened.send(handshake);
        }
        drop(over);
        drop(unsent);
        released.apply();
    }
}
