//! Any state of a session, in one line; and what each input does in each of them.

use crate::step::{Body, End, Head, Kind, Strange};
use crate::{Step, Violation, World};
use engineio_proto::Config;

/// A state of a session, as its host may meet it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scenario {
    /// The handshake asks for polling, and its answer is due.
    Opening,
    /// The handshake asks for a WebSocket, and its 101 is due.
    OpeningWebSocket,
    /// On polling; nothing is outstanding.
    Polling,
    /// On polling; a GET is parked.
    Parked,
    /// On polling; the body of a POST is awaited.
    Posting,
    /// On polling; an answer with messages is on its way.
    InFlight,
    /// On polling; the 101 of an upgrade is due.
    Offered,
    /// On polling; the upgrade's WebSocket is open.
    Probing,
    /// On polling; the upgrade's WebSocket has said `2probe`.
    Probed,
    /// The WebSocket has said `5` while the body of a POST was awaited.
    Switching,
    /// On a WebSocket that it was upgraded to.
    Upgraded,
    /// On the WebSocket that it began on.
    WebSocket,
    /// Closing before the handshake was answered.
    ClosingHello,
    /// Closing before the 101 of its handshake has left.
    ClosingOffered,
    /// Closing on polling; a message waits for the next GET.
    ClosingPolling,
    /// Closing on polling; the last packet is on its way.
    ClosingSaid,
    /// Closing on polling, while a WebSocket is tried out.
    ClosingProbing,
    /// Closing on polling, with `5` said while the body of a POST is awaited.
    ClosingSwitching,
    /// Closing on a WebSocket with a message to send.
    ClosingWebSocket,
    /// Over.
    Closed,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Opening,
        Self::OpeningWebSocket,
        Self::Polling,
        Self::Parked,
        Self::Posting,
        Self::InFlight,
        Self::Offered,
        Self::Probing,
        Self::Probed,
        Self::Switching,
        Self::Upgraded,
        Self::WebSocket,
        Self::ClosingHello,
        Self::ClosingOffered,
        Self::ClosingPolling,
        Self::ClosingSaid,
        Self::ClosingProbing,
        Self::ClosingSwitching,
        Self::ClosingWebSocket,
        Self::Closed,
    ];

    /// The steps that lead there.
    #[must_use]
    pub fn steps(self) -> Vec<Step> {
        let (then, more): (Option<Self>, &[Step]) = match self {
            Self::Opening => (None, &[Step::OpenPolling]),
            Self::OpeningWebSocket => (None, &[Step::OpenWebSocket]),
            Self::Polling => (Some(Self::Opening), &[Step::Drain, Step::Written(0)]),
            Self::Parked => (Some(Self::Polling), &[Step::Get(0), Step::Drain]),
            Self::Posting => (Some(Self::Polling), &[Step::Post(0, Head::Plain)]),
            Self::InFlight => (Some(Self::Parked), &[Step::Send(0, 0), Step::Drain]),
            Self::Offered => (Some(Self::Polling), &[Step::Upgrade(0)]),
            Self::Probing => (Some(Self::Offered), &[Step::Drain]),
            Self::Probed => (Some(Self::Probing), &[Step::Frame(0, Kind::Probe), Step::Drain, Step::Pull(0, 0)]),
            Self::Switching => {
                (Some(Self::Probed), &[Step::Post(0, Head::Plain), Step::Frame(0, Kind::Upgrade), Step::Drain])
            }
            Self::Upgraded => (Some(Self::Probed), &[Step::Frame(0, Kind::Upgrade), Step::Drain]),
            Self::WebSocket => {
                (Some(Self::OpeningWebSocket), &[Step::Drain, Step::Pull(0, 0), Step::Wrote(0, 0), Step::Drain])
            }
            Self::ClosingHello => (Some(Self::Opening), &[Step::Close(0)]),
            Self::ClosingOffered => (Some(Self::OpeningWebSocket), &[Step::Close(0)]),
            Self::ClosingPolling => (Some(Self::Polling), &[Step::Send(0, 0), Step::Close(0), Step::Drain]),
            Self::ClosingSaid => (Some(Self::Parked), &[Step::Close(0), Step::Drain]),
            Self::ClosingProbing => (Some(Self::Probing), &[Step::Close(0), Step::Drain]),
            Self::ClosingSwitching => (Some(Self::Switching), &[Step::Close(0), Step::Drain]),
            Self::ClosingWebSocket => (Some(Self::WebSocket), &[Step::Send(0, 0), Step::Close(0)]),
            Self::Closed => (Some(Self::Polling), &[Step::Discard(0), Step::Drain]),
        };
        then.map(Self::steps).unwrap_or_default().into_iter().chain(more.iter().copied()).collect()
    }

    /// A strict world with one session in this state.
    ///
    /// # Errors
    /// If an invariant does not hold on the way.
    pub fn world(self, config: Config) -> Result<World, Violation> {
        let mut world = World::strict(config);
        for step in self.steps() {
            if let Err(violation) = world.checked_step(step) {
                world.abandon();
                return Err(violation);
            }
        }
        Ok(world)
    }
}

/// One of each kind of input, by a short name.
pub const INPUTS: [(&str, Step); 35] = [
    ("get", Step::Get(0)),
    ("post", Step::Post(0, Head::Plain)),
    ("post too long", Step::Post(0, Head::TooLong)),
    ("post octets", Step::Post(0, Head::OctetStream)),
    ("upgrade", Step::Upgrade(0)),
    ("other version", Step::Strange(0, Strange::Version)),
    ("put", Step::Strange(0, Strange::Put)),
    ("progress", Step::Progress(u8::MAX, u8::MAX)),
    ("body", Step::Body(u8::MAX, Body::Message)),
    ("body close", Step::Body(u8::MAX, Body::Close)),
    ("body garbage", Step::Body(u8::MAX, Body::Garbage)),
    ("body too large", Step::Body(u8::MAX, Body::TooLarge)),
    ("abort", Step::Abort(u8::MAX)),
    ("written", Step::Written(u8::MAX)),
    ("lost", Step::Lost(u8::MAX)),
    ("2probe", Step::Frame(u8::MAX, Kind::Probe)),
    ("5", Step::Frame(u8::MAX, Kind::Upgrade)),
    ("text", Step::Frame(u8::MAX, Kind::Text)),
    ("binary", Step::Frame(u8::MAX, Kind::Binary)),
    ("pong", Step::Frame(u8::MAX, Kind::Pong)),
    ("ping", Step::Frame(u8::MAX, Kind::Ping)),
    ("1", Step::Frame(u8::MAX, Kind::Close)),
    ("garbage", Step::Frame(u8::MAX, Kind::Garbage)),
    ("ws closed", Step::WsEnd(u8::MAX, End::Closed)),
    ("ws failed", Step::WsEnd(u8::MAX, End::Fault)),
    ("ws aborted", Step::WsEnd(u8::MAX, End::Aborted)),
    ("pull", Step::Pull(u8::MAX, 0)),
    ("wrote", Step::Wrote(u8::MAX, 0)),
    ("send", Step::Send(0, 0)),
    ("close", Step::Close(0)),
    ("discard", Step::Discard(0)),
    ("close all", Step::CloseAll),
    ("deadline", Step::Deadline),
    ("clock back", Step::Back),
    ("stale names", Step::Stale(0)),
];
