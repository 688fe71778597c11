//! What a call into a core leads to, to be done after the lock was given back.

use crate::{
    alarm,
    backlog::Application,
    host::{Host, Turns},
    inspect::Noted,
    lane::Released,
    observe,
    responder::Responder,
    session::Session,
    turn,
};
use engineio_proto::{Answer, Sid, Unsent};
use std::{mem, sync::Arc};

/// What a call into a core leads to. Under the lock it is only collected; waking, calling and dropping what is
/// not ours comes after.
#[derive(Default)]
pub(crate) struct Effects {
    /// The first answer. Mostly it is the only one.
    answer: Option<Answer<Responder>>,
    pub(crate) released: Released,
    /// The first session whose handler is to be called, and by us. Mostly it is the only one.
    turn: Option<Arc<Session>>,
    rare: Option<Box<Rare>>,
}

/// What seldom happens, so that what often does is not delayed by looking for it.
#[derive(Default)]
pub(crate) struct Rare {
    pub(crate) opened: Vec<Arc<Session>>,
    pub(crate) upgraded: Vec<Arc<Session>>,
    /// More answers, which follow the first.
    answers: Vec<Answer<Responder>>,
    /// More sessions whose handlers are to be called.
    turns: Vec<Arc<Session>>,
    /// Sessions that are over: their last reference may be here.
    pub(crate) closed: Vec<Arc<Session>>,
    /// The application's messages that were never sent: dropping them may run its code.
    pub(crate) unsent: Vec<Unsent>,
    pub(crate) noted: Vec<(Sid, Noted)>,
    pub(crate) start_alarm: bool,
}

impl Effects {
    /// The handler of this session is to be called, and by us.
    pub(crate) fn turn(&mut self, session: Arc<Session>) {
        match &self.turn {
            None => self.turn = Some(session),
            Some(_) => self.rare().turns.push(session),
        }
    }

    /// An exchange is settled.
    pub(crate) fn answer(&mut self, answer: Answer<Responder>) {
        match &self.answer {
            None => self.answer = Some(answer),
            Some(_) => self.rare().answers.push(answer),
        }
    }

    pub(crate) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Does it all. No lock may be held.
    pub(crate) fn apply(self, host: &Arc<Host>, shard: usize, turns: Turns) {
        let Self { answer, released, turn, mut rare } = self;
        if let Some(rare) = &rare {
            rare.tell(host, shard);
        }
        if let Some(answer) = answer {
            Responder::settle(host, shard, answer);
        }
        for answer in rare.as_mut().map(|rare| mem::take(&mut rare.answers)).unwrap_or_default() {
            Responder::settle(host, shard, answer);
        }
        released.apply();
        if let (Application::Accept(backlog), Some(rare)) = (&host.application, &mut rare) {
            for session in rare.opened.drain(..) {
                backlog.arrive(session);
            }
        }
        if let Some(session) = turn {
            turns.take(session);
        }
        for session in rare.as_mut().map(|rare| mem::take(&mut rare.turns)).unwrap_or_default() {
            turns.take(session);
        }
        if let Some(rare) = rare
            && !rare.closed.is_empty()
        {
            rare.closed.iter().for_each(|session| observe::closed(session));
            host.shutdown.progress();
        }
    }
}

impl Turns {
    /// Calls a session's handler.
    fn take(self, session: Arc<Session>) {
        match self {
            Self::Meanwhile => turn::run(session),
            Self::Here => {
                turn::run(session.clone());
                session.enter(Self::Elsewhere, |_, _| ());
            }
            Self::Elsewhere => turn::spawn(session),
        }
    }
}

impl Rare {
    fn tell(&self, host: &Arc<Host>, shard: usize) {
        let Self { opened, upgraded, answers: _, turns: _, closed: _, unsent: _, noted, start_alarm } = self;
        for (sid, noted) in noted {
            host.hooks.inspector.note(Some(*sid), [noted.exchanged()]);
        }
        opened.iter().for_each(|session| observe::opened(session));
        upgraded.iter().for_each(|session| observe::upgraded(session));
        if *start_alarm {
            alarm::start(host, shard);
        }
    }
}
