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
    turn::Turn,
};
use engineio_proto::{Answer, Sid, Ticket, Unsent};
use std::{mem, sync::Arc};

/// What a call into a core leads to. Under the lock it is only collected; waking, calling and dropping what is
/// not ours comes after.
#[derive(Default)]
pub(crate) struct Effects {
    /// The first answer. Mostly it is the only one.
    answer: Option<Answer<Responder>>,
    pub(crate) released: Released,
    /// The first turn that is ours. Mostly it is the only one.
    turn: Option<Turn>,
    rare: Option<Box<Rare>>,
}

/// What seldom happens, so that what often does is not delayed by looking for it.
#[derive(Default)]
pub(crate) struct Rare {
    pub(crate) opened: Vec<Arc<Session>>,
    pub(crate) upgraded: Vec<Arc<Session>>,
    /// More answers, which follow the first.
    answers: Vec<Answer<Responder>>,
    /// More turns.
    turns: Vec<Turn>,
    /// Sessions that are over: their last reference may be here.
    pub(crate) closed: Vec<Arc<Session>>,
    /// The application's messages that were never sent: dropping them may run its code.
    pub(crate) unsent: Vec<Unsent>,
    pub(crate) noted: Vec<(Sid, Noted)>,
    pub(crate) start_alarm: bool,
}

impl Effects {
    /// This turn is ours.
    #[inline]
    pub(crate) fn turn(&mut self, turn: Turn) {
        match &self.turn {
            None => self.turn = Some(turn),
            Some(_) => self.rare().turns.push(turn),
        }
    }

    /// An exchange is settled.
    pub(crate) fn answer(&mut self, answer: Answer<Responder>) {
        match &self.answer {
            None => self.answer = Some(answer),
            Some(_) => self.rare().answers.push(answer),
        }
    }

    /// Takes the answer to this exchange, if it is among those of these effects and the first.
    pub(crate) fn take_answer(&mut self, ticket: Ticket) -> Option<Answer<Responder>> {
        self.answer.take_if(|answer| answer.ticket() == Some(ticket))
    }

    pub(crate) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Does it all. No lock may be held.
    pub(crate) fn apply(&mut self, host: &Arc<Host>, shard: usize, turns: Turns) {
        let Self { answer, released, turn, rare } = self;
        if let Some(rare) = rare {
            rare.tell(host, shard);
        }
        if answer.is_some()
            && let Some(answer) = answer.take()
        {
            Responder::settle(host, shard, answer);
        }
        if let Some(rare) = rare {
            for answer in mem::take(&mut rare.answers) {
                Responder::settle(host, shard, answer);
            }
        }
        mem::take(released).apply();
        if let (Application::Accept(backlog), Some(rare)) = (&host.application, rare.as_mut()) {
            for session in rare.opened.drain(..) {
                backlog.arrive(session);
            }
        }
        if let Some(turn) = turn.take() {
            turns.take(turn);
        }
        if let Some(mut rare) = rare.take() {
            for turn in mem::take(&mut rare.turns) {
                turns.take(turn);
            }
            if !rare.closed.is_empty() {
                rare.closed.iter().for_each(|session| observe::closed(session));
                host.shutdown.progress();
            }
        }
    }
}

impl Turns {
    /// Calls a session's handler.
    #[inline]
    fn take(self, turn: Turn) {
        match self {
            Self::Meanwhile => turn.run(),
            Self::Here => {
                let session = turn.session.clone();
                turn.run();
                session.follow_up();
            }
            Self::Elsewhere => turn.spawn(),
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
