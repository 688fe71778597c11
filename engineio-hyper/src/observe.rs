//! What is told to `tracing`: under the target `engineio`, with session ids shortened, as they are secrets. No lock may
//! be held, for a subscriber is foreign code.

use crate::session::Session;
use engineio_proto::{Refusal, Sid, Transport};
use std::{error::Error, io, net::SocketAddr};
use tracing::{Span, debug, debug_span, error, warn};

/// The span that the callbacks of a session's handler are called in.
pub(crate) fn session(sid: Sid, transport: Transport, remote_addr: Option<SocketAddr>) -> Span {
    let span = debug_span!(target: "engineio", "session", ?sid, %transport, remote_addr = tracing::field::Empty);
    if let Some(addr) = remote_addr {
        span.record("remote_addr", tracing::field::display(addr));
    }
    span
}

pub(crate) fn opened(session: &Session) {
    debug!(target: "engineio", parent: &session.span, "session opened");
}

pub(crate) fn upgraded(session: &Session) {
    debug!(target: "engineio", parent: &session.span, "session upgraded to websocket");
}

pub(crate) fn closed(session: &Session) {
    if let Some(reason) = session.lane.closed() {
        debug!(target: "engineio", parent: &session.span, %reason, detail = ?reason, "session closed");
    }
}

pub(crate) fn panicked(session: &Session) {
    error!(target: "engineio", parent: &session.span, "handler panicked: its session is closed");
}

pub(crate) fn refused(
    refusal: &Refusal,
    remote_addr: Option<SocketAddr>,
    cause: Option<&(dyn Error + Send + Sync + 'static)>,
) {
    debug!(target: "engineio", ?refusal, ?remote_addr, cause = ?cause.map(ToString::to_string), "request refused");
}

pub(crate) fn unbounded_sessions() {
    warn!(target: "engineio", "max_sessions is not set: anyone can open sessions until memory runs out");
}

pub(crate) fn exhausted(error: &io::Error) {
    warn!(target: "engineio", %error, "no connection can be accepted for now");
}
