//! What can happen to a client.

use arbitrary::Arbitrary;
use engineio_proto::{CallFault, WsEnd};

#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) enum Step {
    Poll,
    Drain,
    /// A GET or a POST is answered.
    Answer {
        post: bool,
        status: Status,
        says: [Says; 2],
    },
    Fails(Kind, CallFault),
    Connected,
    Frame(Says),
    Raw(u8),
    WsEnds(WsEnd),
    Pull(u8),
    Wrote(u8),
    Send(u8),
    SendTracked,
    SendMany(u8),
    Close,
    Discard,
    Deadline,
    Wait(u8),
    Stale,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
pub(super) enum Kind {
    Get,
    Post,
    Dial,
}

#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) enum Status {
    Ok,
    Fine,
    Bad,
}

#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) enum Says {
    Message,
    Binary,
    Hello,
    HelloWithoutUpgrades,
    BadHello,
    Ping,
    Probe,
    Noop,
    Close,
    Garbage,
    Nothing,
}
