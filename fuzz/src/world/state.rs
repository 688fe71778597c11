//! Which state a session is in, for people to read.

use super::World;
use super::model::{Last, Phase, Session, Stage};
use crate::Scenario;

impl World {
    /// The state of the most recent session; `None` if there was none.
    #[must_use]
    pub fn scenario(&self) -> Option<Scenario> {
        self.model.sessions.last().map(|session| self.scenario_of(session))
    }

    fn scenario_of(&self, session: &Session) -> Scenario {
        let stage = session.probe.as_ref().map(|probe| &probe.stage);
        match (session.phase, stage) {
            (Phase::Over, _) => Scenario::Closed,
            (Phase::Opening { websocket: false, .. }, _) => Scenario::Opening,
            (Phase::Opening { websocket: true, .. }, _) => Scenario::OpeningWebSocket,
            (Phase::Polling, Some(Stage::Offered(_))) => Scenario::Offered,
            (Phase::Polling, Some(Stage::Open(_, None))) => Scenario::Probing,
            (Phase::Polling, Some(Stage::Open(_, Some(_)))) => Scenario::Probed,
            (Phase::Polling, None) if session.post.is_some_and(|post| self.model.reads(post)) => Scenario::Posting,
            (Phase::Polling, None) if session.get.is_some() => Scenario::Parked,
            (Phase::Polling, None) if session.flight.is_some() => Scenario::InFlight,
            (Phase::Polling, None) => Scenario::Polling,
            (Phase::WebSocket(_), _) if session.early.is_some() => Scenario::Switching,
            (Phase::WebSocket(socket), _) => {
                let upgraded = self.model.sockets.get(&socket).is_some_and(|socket| socket.upgraded);
                if upgraded { Scenario::Upgraded } else { Scenario::WebSocket }
            }
            (Phase::Closing { on: Last::Hello { .. }, .. }, _) => Scenario::ClosingHello,
            (Phase::Closing { on: Last::Offered { .. }, .. }, _) => Scenario::ClosingOffered,
            (Phase::Closing { on: Last::Socket { .. }, .. }, _) if session.early.is_some() => {
                Scenario::ClosingSwitching
            }
            (Phase::Closing { on: Last::Socket { .. }, .. }, _) => Scenario::ClosingWebSocket,
            (Phase::Closing { .. }, Some(_)) => Scenario::ClosingProbing,
            (Phase::Closing { on: Last::Said, .. }, None) => Scenario::ClosingSaid,
            (Phase::Closing { .. }, None) => Scenario::ClosingPolling,
        }
    }
}
