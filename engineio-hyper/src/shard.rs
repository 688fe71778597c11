//! One shard: a core with the host's side of its sessions, under one lock.

use crate::{
    effects::Effects,
    inspect::Inspected,
    lane::{Happening, Load},
    metrics::Counters,
    responder::Responder,
    session::Session,
    turn::Turn,
};
use engineio_proto::{Action, CloseCode, Config, Event, Instant, Messages, Server, SessionKey, Verdict, WsKey};
use rustc_hash::FxHashMap;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Waker,
};

/// A core, and what the host knows of its sessions and sockets. No foreign code runs while it is locked.
pub(crate) struct Shard {
    pub(crate) server: Inspected,
    /// By the key's slot. Sessions are here from before their first event until their last.
    sessions: Vec<Option<Arc<Session>>>,
    /// The sockets that a pump works for. Their keys are counted, and no peer can choose them.
    pub(crate) sockets: FxHashMap<WsKey, Signal>,
    pub(crate) alarm: Alarm,
    /// How many sessions all shards together have, with those that are about to be opened.
    count: Arc<AtomicUsize>,
    counters: Arc<Counters>,
}

/// What a pump is to be told.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    /// The core wants the socket to be closed, and has forgotten it.
    pub(crate) close: Option<CloseCode>,
    pub(crate) waker: Option<Waker>,
}

/// The state of the shard's alarm.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    /// Whether its task is there.
    pub(crate) running: bool,
    /// When it will ring.
    pub(crate) due: Option<Instant>,
    pub(crate) waker: Option<Waker>,
}

impl Shard {
    pub(crate) fn new(
        config: Config,
        number: u16,
        hash_key: [u64; 2],
        count: Arc<AtomicUsize>,
        counters: Arc<Counters>,
        inspected: bool,
    ) -> Self {
        Self {
            server: Inspected::new(Server::new(config, number, hash_key), inspected),
            sessions: Vec::new(),
            sockets: FxHashMap::default(),
            alarm: Alarm::default(),
            count,
            counters,
        }
    }

    /// The session of this key, unless it is over.
    pub(crate) fn session(&self, key: SessionKey) -> Option<&Arc<Session>> {
        self.sessions.get(key.slot())?.as_ref().filter(|session| session.key == key)
    }

    /// All sessions.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = &Arc<Session>> {
        self.sessions.iter().flatten()
    }

    /// A session was opened. To be called before its events are collected.
    pub(crate) fn enrol(&mut self, session: Arc<Session>) {
        let slot = session.key.slot();
        if self.sessions.len() <= slot {
            self.sessions.resize_with(slot + 1, || None);
        }
        self.sessions[slot] = Some(session);
    }

    /// Takes all that the core has to say. Afterwards the lock can be given back and the effects applied.
    pub(crate) fn collect(&mut self, effects: &mut Effects) {
        if let Some(noted) = self.server.take_noted() {
            for (key, noted) in noted {
                // An end that is collected below has not taken it away.
                effects.rare().noted.extend(self.session(key).map(|session| (session.sid, noted)));
            }
        }
        while !self.server.is_quiet() {
            let Some(action) = self.server.poll() else { break };
            self.note(action, effects);
        }
        self.set_alarm(effects);
    }

    /// Takes note of one thing that the core has said.
    fn note(&mut self, action: Action<Responder>, effects: &mut Effects) {
        match action {
            Action::Answer(answer) => {
                if let Verdict::Upgrade { ws, .. } = answer.verdict() {
                    self.sockets.insert(*ws, Signal::default());
                }
                effects.answer(answer);
            }
            Action::FramesReady(key) => self.signal(key, effects, |_| ()),
            Action::CloseWs(key, code) => self.signal(key, effects, |signal| signal.close = Some(code)),
            Action::Sent(key, id) => {
                if let Some(session) = self.session(key) {
                    session.lane.confirmed(id, &mut effects.released);
                }
            }
            Action::Writable(key) => {
                if let Some(session) = self.session(key) {
                    session.lane.writable(&mut effects.released);
                }
            }
            Action::Unsent(_, unsent) => effects.rare().unsent.push(unsent),
            Action::Event(key, Event::Messages(mut messages)) => {
                if let Some(session) = self.session(key) {
                    let load = Load::of(&messages);
                    self.counters.received(load);
                    if session.lane.fill_messages(&mut messages, load, &mut effects.released) {
                        effects.turn(Turn { session: session.clone(), next: messages });
                    }
                }
            }
            Action::Event(key, Event::Open(opened)) => {
                self.counters.opened(opened.transport);
                effects.rare().opened.extend(self.session(key).cloned());
                self.happens(key, Happening::Open, effects);
            }
            Action::Event(key, Event::Upgrade) => {
                self.counters.upgraded();
                if let Some(session) = self.session(key) {
                    session.upgraded();
                    effects.rare().upgraded.push(session.clone());
                }
                self.happens(key, Happening::Upgrade, effects);
            }
            Action::Event(key, Event::Close(reason)) if self.session(key).is_some() => {
                self.counters.closed(reason);
                self.happens(key, Happening::Close(reason), effects);
                effects.rare().closed.extend(self.sessions.get_mut(key.slot()).and_then(Option::take));
                self.count.fetch_sub(1, Ordering::Relaxed);
            }
            Action::Event(_, Event::Close(_)) => {}
        }
    }

    /// Has the alarm ring no later than the core wants it.
    fn set_alarm(&mut self, effects: &mut Effects) {
        let deadline = self.server.deadline();
        let earlier = deadline.is_some_and(|deadline| self.alarm.due.is_none_or(|due| deadline < due));
        if earlier {
            self.alarm.due = deadline;
            self.alarm.waker.take().into_iter().for_each(|waker| effects.released.wake(waker));
            if !std::mem::replace(&mut self.alarm.running, true) {
                effects.rare().start_alarm = true;
            }
        }
    }

    fn happens(&self, key: SessionKey, happening: Happening, effects: &mut Effects) {
        if let Some(session) = self.session(key)
            && session.lane.fill(happening, &mut effects.released)
        {
            effects.turn(Turn { session: session.clone(), next: Messages::default() });
        }
    }

    fn signal(&mut self, key: WsKey, effects: &mut Effects, tell: impl FnOnce(&mut Signal)) {
        if let Some(signal) = self.sockets.get_mut(&key) {
            tell(signal);
            signal.waker.take().into_iter().for_each(|waker| effects.released.wake(waker));
        }
    }
}
