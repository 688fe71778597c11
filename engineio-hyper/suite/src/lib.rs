//! What the adapters share to be tried out and tested: the [echo server](echo), the [client](eio) and the
//! [Socket.IO server](socketio) that each has as examples, and the suites that each is put to: [over sockets](wire), [as a client](clients),
//! [with its options](options), and [dropped at every await point](cancel).
#![forbid(unsafe_code)]

pub mod bare;
pub mod cancel;
pub mod clients;
pub mod echo;
pub mod eio;
pub mod options;
pub mod order;
mod scenarios;
pub mod socketio;
pub mod wire;

use core::{fmt, net::SocketAddr};
use engineio_hyper::{Engine, Runtime};

/// What a runtime's adapter must offer to be tested.
///
/// It is blocking on purpose: the tests are about sockets as a peer sees them, so they use the standard library's
/// and threads.
pub trait Adapter: 'static {
    /// The adapter's runtime.
    type Runtime: Runtime;

    /// A runtime that works in threads of its own.
    fn runtime() -> Self::Runtime;

    /// Serves an engine, and nothing else, on a free port of 127.0.0.1.
    fn serve(engine: Engine<Self::Runtime>) -> Running;

    /// Waits for a future.
    fn block_on<F: Future>(future: F) -> F::Output;
}

/// A server that runs until this is dropped.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Stops it when it is dropped.
    pub stop: Box<dyn Send>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("addr", &self.addr).finish_non_exhaustive()
    }
}
