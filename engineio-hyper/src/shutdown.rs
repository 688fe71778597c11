//! The orderly end of an engine.

use crate::{
    backlog::Application,
    engine::Engine,
    host::{Host, Turns},
    runtime::Runtime,
};
use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};
use tokio::sync::Notify;

/// How much longer than the close timeout a shutdown may take.
const GRACE: Duration = Duration::from_secs(1);

/// Whether an engine is being shut down, and how far that is.
#[derive(Debug, Default)]
pub(crate) struct Shutdown {
    begun: AtomicBool,
    /// WebSocket connections, which outlive their sessions by a closing handshake.
    connections: AtomicUsize,
    progress: Notify,
}

/// A WebSocket connection.
pub(crate) struct Connection(Arc<Host>);

impl<Rt: Runtime> Engine<Rt> {
    /// Shuts down in an orderly way, and waits until that is done.
    ///
    /// From now on handshakes are answered 503. Each session is closed: a parked poll is answered with a close packet,
    /// what was queued still leaves, WebSockets are closed with the code 1001, and the reason is
    /// [`ForcedClose`](crate::CloseReason::ForcedClose). Sessions whose peers do not take what is queued, or do not ask
    /// for their close packet, end after [`close_timeout`](crate::EngineBuilder::close_timeout) (30 s by default); at
    /// the latest one second later this is done. [`accept`](Self::accept) returns `None`.
    ///
    /// The server must go on serving meanwhile: see
    /// [`Serve::with_graceful_shutdown`](crate::Serve::with_graceful_shutdown).
    ///
    /// Dropping the future does not take the shutdown back; it may be waited for again, and by many.
    pub async fn shutdown(&self) {
        let host = self.host();
        begin(host);
        let mut timeout = host.sleep(host.config.close_timeout().saturating_add(GRACE));
        loop {
            let mut progress = pin!(host.shutdown.progress.notified());
            progress.as_mut().enable();
            if host.sessions() == 0 && host.shutdown.connections.load(Ordering::Acquire) == 0 {
                return;
            }
            let in_time = poll_fn(|cx| match progress.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(true),
                Poll::Pending => timeout.as_mut().poll(cx).map(|()| false),
            });
            if !in_time.await {
                host.discard_all();
                return;
            }
        }
    }
}

fn begin(host: &Arc<Host>) {
    host.shutdown.begun.store(true, Ordering::SeqCst);
    // Sessions are opened under the lock of their shard, so those that are not seen here have seen the flag.
    for shard in host.shards() {
        host.enter(shard, Turns::Elsewhere, |shard, now| shard.server.close_all(now));
    }
    if let Application::Accept(backlog) = &host.application {
        backlog.close();
    }
}

impl Shutdown {
    /// Whether there are to be no more sessions.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::SeqCst)
    }

    /// A session has ended, or will not begin. No lock may be held.
    pub(crate) fn progress(&self) {
        if self.has_begun() {
            self.progress.notify_waiters();
        }
    }
}

impl Connection {
    pub(crate) fn new(host: &Arc<Host>) -> Self {
        host.shutdown.connections.fetch_add(1, Ordering::Relaxed);
        Self(host.clone())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.shutdown.connections.fetch_sub(1, Ordering::Release);
        self.0.shutdown.progress();
    }
}
