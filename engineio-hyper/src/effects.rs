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
use std::sync::Arc;

/// What a call into a core leads to. Under the lock it is only collected; waking, calling and dropping what is
/// not ours comes after.
#[derive(Default)]
pub(crate) struct Effects {
    pub(crate) answers: Vec<Answer<Responder>>,
    pub(crate) released: Released,
    pub(crate) opened: Vec<Arc<Session>>,
    pub(crate) upgraded: Vec<Arc<Session>>,
    /// Sessions whose handler is to be called, and by us.
    pub(crate) turns: Vec<Arc<Session>>,
    /// Sessions that are over: their last reference may be here.
    pub(crate) closed: Vec<Arc<Session>>,
    /// The application's messages that were never sent: dropping them may run its code.
    pub(crate) unsent: Vec<Unsent>,
    pub(crate) noted: Vec<(Sid, Noted)>,
    pub(crate) start_alarm: bool,
}

impl Effects {
    /// Does it all. No lock may be held.
    pub(crate) fn apply(self, host: &Arc<Host>, shard: usize, turns: Turns) {
        let Self { answers, released, opened, upgraded, turns: sessions, closed, unsent, noted, start_alarm } = self;
        for (sid, noted) in &noted {
            host.hooks.inspector.note(Some(*sid), [noted.exchanged()]);
        }
        opened.iter().for_each(|session| observe::opened(session));
        upgraded.iter().for_each(|session| observe::upgraded(session));
        if start_alarm {
            alarm::start(host, shard);
        }
        for answer in answers {
            Responder::settle(host, shard, answer);
        }
        released.apply();
        if let Application::Accept(backlog) = &host.application {
            for session in opened {
                backlog.arrive(session);
            }
        }
        for session in sessions {
            match turns {
                Turns::Meanwhile => turn::run(session),
                Turns::Here => {
                    turn::run(session.clone());
                    session.enter(Turns::Elsewhere, |_, _| ());
                }
                Turns::Elsewhere => turn::spawn(session),
            }
        }
        closed.iter().for_each(|session| observe::closed(session));
        if !closed.is_empty() {
            host.shutdown.progress();
        }
        drop((upgraded, closed, unsent, noted));
    }
}
