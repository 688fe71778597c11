//! Which steps mean something in a state: what a model checker tries.

use super::World;
use super::model::{ExchangeKind, Status};
use crate::explore::Bounds;
use crate::step::{Body, End, Head, Kind, Step};

impl World {
    /// All steps within the bounds that do something here.
    #[must_use]
    pub fn possible(&self, bounds: &Bounds) -> Vec<Step> {
        let mut steps = Vec::new();
        if !self.quiet {
            steps.push(Step::Drain);
            if bounds.piecemeal {
                steps.push(Step::Poll);
            }
        }
        if self.batch >= bounds.batch {
            return steps;
        }
        if self.model.sessions.len() < bounds.sessions {
            steps.extend(match bounds.version3 {
                true => [false, true].map(|websocket| Step::Open3 { websocket, base64: false }),
                false => [Step::OpenPolling, Step::OpenWebSocket],
            });
        }
        for nth in 0..u8::try_from(self.model.sessions.len().min(4)).unwrap_or(4) {
            self.session_steps(nth, bounds, &mut steps);
        }
        self.exchange_steps(bounds, &mut steps);
        self.socket_steps(bounds, &mut steps);
        if self.server.deadline().is_some() {
            steps.push(Step::Deadline);
        }
        steps
    }

    fn session_steps(&self, nth: u8, bounds: &Bounds, steps: &mut Vec<Step>) {
        let Some(session) = self.session(nth).map(|at| &self.model.sessions[at]) else { return };
        let count = |kind| self.model.exchanges.values().filter(|exchange| exchange.kind == kind).count();
        if count(ExchangeKind::Get) < bounds.gets {
            steps.push(Step::Get(nth));
        }
        if count(ExchangeKind::Post) < bounds.posts {
            steps.extend([Head::Plain, Head::TooLong].map(|head| Step::Post(nth, head)));
        }
        if count(ExchangeKind::Upgrade) + self.model.sockets.len() < bounds.upgrades {
            steps.push(Step::Upgrade(nth));
        }
        if session.sent < bounds.sent {
            // Every second one is tracked.
            let tracked = session.sent % 2 == 1;
            steps.push(if tracked { Step::SendTracked(nth, 0) } else { Step::Send(nth, 0) });
        }
        if !session.is_over() {
            steps.extend([Step::Close(nth), Step::Discard(nth)]);
        }
    }

    fn exchange_steps(&self, bounds: &Bounds, steps: &mut Vec<Step>) {
        let mut unreported = 0;
        for (nth, exchange) in self.model.exchanges.values().enumerate() {
            let nth = u8::try_from(nth).unwrap_or(u8::MAX);
            match exchange.status {
                Status::Unreported(_) => {
                    steps.extend([Step::Written(unreported), Step::Lost(unreported)]);
                    unreported += 1;
                    continue;
                }
                Status::Waiting(Some(awaited)) => {
                    // Once a body, enough for its window.
                    if awaited.received == 0 {
                        steps.push(Step::Progress(nth, u8::MAX));
                    }
                    let received = exchange.session.map_or(0, |at| self.model.sessions[at].received);
                    let bodies = [Body::Noop, Body::Pong, Body::Ping, Body::Empty, Body::TooLarge];
                    steps.extend(bodies.map(|body| Step::Body(nth, body)));
                    if received < bounds.received {
                        let bodies = [Body::Message, Body::Close, Body::Garbage];
                        steps.extend(bodies.map(|body| Step::Body(nth, body)));
                    }
                    if received + 1 < bounds.received {
                        steps.push(Step::Body(nth, Body::Several));
                    }
                }
                Status::Waiting(None) | Status::Due(_) => {}
            }
            steps.push(Step::Abort(nth));
        }
    }

    fn socket_steps(&self, bounds: &Bounds, steps: &mut Vec<Step>) {
        for (nth, (id, socket)) in self.model.sockets.iter().enumerate() {
            let nth = u8::try_from(nth).unwrap_or(u8::MAX);
            let session = &self.model.sessions[socket.session];
            let early = session.early.as_ref().map_or(0, std::collections::VecDeque::len);
            // As is one that piles up what a POST holds back.
            if early < bounds.early {
                let kinds =
                    [Kind::Probe, Kind::Upgrade, Kind::Pong, Kind::Ping, Kind::Close, Kind::Noop, Kind::Garbage];
                steps.extend(kinds.map(|kind| Step::Frame(nth, kind)));
                if session.received < bounds.received {
                    steps.push(Step::Frame(nth, Kind::Text));
                }
            }
            steps.extend([End::Closed, End::Fault, End::Aborted].map(|end| Step::WsEnd(nth, end)));
            // A host that takes frames for ever and writes none would be one more state for each.
            if socket.taken.len() < 2 && (socket.announced || self.model.has_frames(*id)) {
                steps.push(Step::Pull(nth, 0));
                if bounds.piecemeal {
                    steps.push(Step::Pull(nth, 1));
                }
            }
            if !socket.taken.is_empty() {
                steps.push(Step::Wrote(nth, 0));
                if bounds.piecemeal && socket.taken.len() > 1 {
                    steps.push(Step::Wrote(nth, 1));
                }
            }
        }
    }
}
