//! The host loop: lock a shard, one call into its core, collect what it leads to, unlock, do it.

use crate::{
    backlog::Application,
    effects::Effects,
    hooks::Hooks,
    lane::Bound,
    metrics::Counters,
    responder::Settled,
    runtime::{AnyRuntime, BoxFuture},
    session::Session,
    shard::Shard,
    shutdown::Shutdown,
    socket::Socket,
    timed::Timed,
    upload::Drain,
};
use engineio_proto::{Config, Instant, Router, Sid, Ticket};
use std::{
    hash::{BuildHasher, RandomState},
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// Everything that an engine's requests, sockets and timers share.
pub(crate) struct Host {
    pub(crate) runtime: Timed,
    pub(crate) config: Config,
    pub(crate) router: Router,
    pub(crate) application: Application,
    pub(crate) inbox: Bound,
    pub(crate) remote_addr: RemoteAddrOf,
    pub(crate) hooks: Hooks,
    pub(crate) drain: Drain,
    pub(crate) linger: Duration,
    pub(crate) shutdown: Shutdown,
    pub(crate) counters: Arc<Counters>,
    shards: Box<[Mutex<Shard>]>,
    /// Session ids need not be uniform, and a peer must not be able to choose a shard.
    hasher: RandomState,
    max_sessions: usize,
    count: Arc<AtomicUsize>,
}

/// Finds a request's peer.
pub(crate) type RemoteAddrOf = Box<dyn Fn(&http::Extensions) -> Option<SocketAddr> + Send + Sync>;

/// Who calls the handlers that a call into a core gives work to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turns {
    /// The caller, who drives a connection.
    Here,
    /// The caller, who drives a connection and will enter this core again, whatever becomes of it.
    Meanwhile,
    /// Tasks of their own: the caller is the application, a destructor or a timer.
    Elsewhere,
}

/// The right to open one session.
pub(crate) struct Permit<'h> {
    host: &'h Host,
    used: bool,
}

/// What a [`Host`] is made of.
pub(crate) struct Parts {
    pub(crate) runtime: Box<dyn AnyRuntime>,
    pub(crate) config: Config,
    pub(crate) application: Application,
    pub(crate) inbox: Bound,
    pub(crate) remote_addr: RemoteAddrOf,
    pub(crate) hooks: Hooks,
    pub(crate) drain: Drain,
    pub(crate) linger: Duration,
    pub(crate) max_sessions: usize,
}

impl Host {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { runtime, config, application, inbox, remote_addr, hooks, drain, linger, max_sessions } = parts;
        let hasher = RandomState::new();
        let count = Arc::new(AtomicUsize::new(0));
        let counters = Arc::new(Counters::default());
        let inspected = hooks.inspector.is_some();
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let shards = (0..(16 * cores).next_power_of_two().min(1024) as u16)
            .map(|number| {
                let hash_key = [hasher.hash_one((number, 0)), hasher.hash_one((number, 1))];
                Mutex::new(Shard::new(config.clone(), number, hash_key, count.clone(), counters.clone(), inspected))
            })
            .collect();
        Self {
            runtime: Timed::new(runtime),
            router: Router::new(config.clone()),
            config,
            application,
            inbox,
            remote_addr,
            hooks,
            drain,
            linger,
            shutdown: Shutdown::default(),
            counters,
            shards,
            hasher,
            max_sessions,
            count,
        }
    }

    /// Calls into a core and does what that leads to. No lock may be held.
    pub(crate) fn enter<T>(
        self: &Arc<Self>,
        shard: usize,
        turns: Turns,
        call: impl FnOnce(&mut Shard, Instant) -> T,
    ) -> T {
        let now = self.now();
        self.enter_untimed(shard, turns, |shard| call(shard, now))
    }

    /// As [`enter`](Self::enter), for who knows what time it is.
    pub(crate) fn enter_untimed<T>(
        self: &Arc<Self>,
        shard: usize,
        turns: Turns,
        call: impl FnOnce(&mut Shard) -> T,
    ) -> T {
        let mut locked = self.lock(shard);
        let result = call(&mut locked);
        if !locked.server.is_quiet() {
            self.heed(locked, shard, turns);
        }
        result
    }

    /// As [`enter`](Self::enter), for who waits for the answer to the exchange whose ticket the call returns: gives it
    /// back if that is there at once, instead of sending it.
    pub(crate) fn enter_for_answer<T>(
        self: &Arc<Self>,
        shard: usize,
        turns: Turns,
        call: impl FnOnce(&mut Shard, Instant) -> (Ticket, T),
    ) -> (Ticket, T, Option<Settled>) {
        let now = self.now();
        let mut locked = self.lock(shard);
        let (ticket, result) = call(&mut locked, now);
        if locked.server.is_quiet() {
            return (ticket, result, None);
        }
        let mut effects = Effects::default();
        locked.collect(&mut effects);
        drop(locked);
        // Nobody waits at the other end of its responder.
        let answer = effects.take_answer(ticket).map(|answer| Settled::of(self, shard, answer).1);
        effects.apply(self, shard, turns);
        (ticket, result, answer)
    }

    /// Does what a call into a core leads to.
    fn heed(self: &Arc<Self>, mut locked: MutexGuard<'_, Shard>, shard: usize, turns: Turns) {
        let mut effects = Effects::default();
        locked.collect(&mut effects);
        drop(locked);
        effects.apply(self, shard, turns);
    }

    /// Locks a shard. A panic of somebody who held the lock is no reason to end all its sessions: the core is
    /// consistent between any two statements of ours.
    #[inline]
    pub(crate) fn lock(&self, shard: usize) -> MutexGuard<'_, Shard> {
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Instant {
        self.runtime.now()
    }

    pub(crate) fn sleep_until(&self, instant: Instant) -> BoxFuture {
        self.runtime.sleep_until(instant)
    }

    pub(crate) fn sleep(&self, duration: Duration) -> BoxFuture {
        self.runtime.sleep(duration)
    }

    pub(crate) fn shards(&self) -> std::ops::Range<usize> {
        0..self.shards.len()
    }

    pub(crate) fn shard_of(&self, sid: Sid) -> usize {
        self.hasher.hash_one(sid) as usize & (self.shards.len() - 1)
    }

    /// How many sessions there are.
    pub(crate) fn sessions(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// The right to open a session, unless there are too many, there is nobody to accept it, or no more are wanted.
    pub(crate) fn permit(&self) -> Option<Permit<'_>> {
        if self.shutdown.has_begun() {
            return None;
        }
        let more = |count: usize| (count < self.max_sessions).then_some(count + 1);
        self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        if let Application::Accept(backlog) = &self.application
            && !backlog.reserve()
        {
            self.count.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Permit { host: self, used: false })
    }

    /// The session with this id.
    pub(crate) fn find(&self, sid: Sid) -> Option<Socket> {
        let shard = self.lock(self.shard_of(sid));
        let session = shard.session(shard.server.find(sid)?)?.clone();
        drop(shard);
        Some(Socket::of(session))
    }

    /// All sessions of a shard.
    pub(crate) fn sessions_of(&self, shard: usize) -> Vec<Arc<Session>> {
        self.lock(shard).sessions().cloned().collect()
    }

    /// Ends everything at once.
    pub(crate) fn discard_all(self: &Arc<Self>) {
        for shard in self.shards() {
            for session in self.sessions_of(shard) {
                session.enter(Turns::Elsewhere, |shard, now| shard.server.discard(now, session.key));
            }
        }
        if let Application::Accept(backlog) = &self.application {
            backlog.close();
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        for shard in &mut self.shards {
            let shard = shard.get_mut().unwrap_or_else(PoisonError::into_inner);
            if let Some(alarm) = shard.alarm.waker.take() {
                alarm.wake();
            }
        }
    }
}

impl Permit<'_> {
    /// The session is there: its end gives the right back.
    pub(crate) fn spend(mut self) {
        self.used = true;
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.used {
            return;
        }
        self.host.count.fetch_sub(1, Ordering::Relaxed);
        if let Application::Accept(backlog) = &self.host.application {
            backlog.give_back();
        }
        self.host.shutdown.progress();
    }
}
