//! Hosts and networks that do what none may do, so that it is seen to be found.

use engineio_proto::Frame;

/// What is done wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The client's host never says what time it is.
    ClientClock,
    /// The server's host never does.
    ServerClock,
    /// A message to the server is lost on a WebSocket that goes on.
    Lost,
    /// One comes twice.
    Doubled,
}

/// The fault of a pair, if it has one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults(pub(super) Option<Fault>);

impl Faults {
    pub(super) fn is(self, fault: Fault) -> bool {
        self.0 == Some(fault)
    }

    /// What becomes of a frame.
    pub(super) fn frames(self, frame: Frame) -> impl Iterator<Item = Frame> {
        let message = matches!(&frame, Frame::Text(text) if text.as_str().starts_with('4'));
        let times = match self.0 {
            Some(Fault::Lost) if message => 0,
            Some(Fault::Doubled) if message => 2,
            _ => 1,
        };
        std::iter::repeat_n(frame, times)
    }
}
