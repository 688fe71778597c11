//! The engine: what an application builds, mounts and asks about its sessions.

use crate::{
    backlog::Application,
    builder::EngineBuilder,
    host::{Host, Turns},
    runtime::Runtime,
    service::{EngineLayer, EngineService, NotFound},
    socket::Socket,
    waiters::Place,
};
use engineio_proto::{Config, Outgoing, Sid};
use std::{fmt, future::poll_fn, sync::Arc};

/// An Engine.IO server without a listener: all its sessions, and the ways to mount it.
///
/// Clones are cheap and are one engine. It lives as long as a clone of it, a [service](Self::service) or a
/// [layer](Self::layer) of it does; then its sessions end at once. For an orderly end there is
/// [`shutdown`](Self::shutdown).
pub struct Engine<Rt> {
    owner: Arc<Owner>,
    runtime: Rt,
}

/// Keeps an engine's sessions alive.
pub(crate) struct Owner(pub(crate) Arc<Host>);

impl<Rt: Runtime> Engine<Rt> {
    /// Starts from the defaults, on the runtime that this is called on.
    ///
    /// # Panics
    /// On tokio, outside of a runtime.
    pub fn builder() -> EngineBuilder<Rt>
    where
        Rt: Default,
    {
        Self::builder_on(Rt::default())
    }

    /// Starts from the defaults, on this runtime.
    pub fn builder_on(runtime: Rt) -> EngineBuilder<Rt> {
        EngineBuilder::new(runtime)
    }

    pub(crate) fn new(host: Host, runtime: Rt) -> Self {
        Self { owner: Arc::new(Owner(Arc::new(host))), runtime }
    }

    /// Waits for the next session. `None` if there will be none: the sessions are a [`Handler`](crate::Handler)'s, or the
    /// engine was [shut down](Self::shutdown).
    ///
    /// Sessions that nobody accepts wait in a backlog of bounded length; when it is full, handshakes are answered
    /// 503.
    pub async fn accept(&self) -> Option<Socket> {
        let Application::Accept(backlog) = &self.host().application else { return None };
        let mut visit = Visit { engine: self, place: Place::NONE };
        poll_fn(|cx| backlog.poll_accept(&mut visit.place, cx)).await
    }

    /// A tower service for requests to the engine's path; others are answered 404.
    #[must_use]
    pub fn service(&self) -> EngineService {
        EngineService::new(self.owner.clone(), NotFound)
    }

    /// A tower layer that takes the requests to the engine's path and leaves all others to the inner service.
    #[must_use]
    pub fn layer(&self) -> EngineLayer {
        EngineLayer::new(self.owner.clone())
    }

    /// How many sessions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.host().sessions()
    }

    /// Whether there is no session.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The session with this id, if there is one. A [`Sid`], a [`SessionId`](crate::SessionId) and a string will do.
    #[must_use]
    pub fn socket(&self, id: impl AsRef<str>) -> Option<Socket> {
        let sid: Sid = id.as_ref().parse().ok()?;
        self.host().find(sid)
    }

    /// All sessions that there are, in no order.
    #[must_use]
    pub fn sockets(&self) -> Vec<Socket> {
        let host = self.host();
        host.shards().flat_map(|shard| host.sessions_of(shard)).map(Socket::of).collect()
    }

    /// Sends a message to every session, as [`Socket::try_send`] would, and returns how many took it. They share
    /// its memory.
    pub fn broadcast(&self, message: impl Into<Outgoing>) -> usize {
        let (host, message) = (self.host(), message.into());
        host.shards()
            .map(|shard| {
                host.enter(shard, Turns::Elsewhere, |shard, _| {
                    let keys: Vec<_> = shard.sessions().map(|session| session.key).collect();
                    keys.into_iter().filter(|key| shard.server.send(*key, message.clone()).is_ok()).count()
                })
            })
            .sum()
    }

    /// Closes every session in an orderly way, as [`Socket::close`] would. Does not wait, and does not keep new
    /// ones from being opened, as [`shutdown`](Self::shutdown) does.
    pub fn close_all(&self) {
        let host = self.host();
        for shard in host.shards() {
            host.enter(shard, Turns::Elsewhere, |shard, now| shard.server.close_all(now));
        }
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.host().config
    }

    /// The runtime that it was built on.
    #[must_use]
    pub const fn runtime(&self) -> &Rt {
        &self.runtime
    }

    pub(crate) fn host(&self) -> &Arc<Host> {
        &self.owner.0
    }
}

impl<Rt: Clone> Clone for Engine<Rt> {
    fn clone(&self) -> Self {
        Self { owner: self.owner.clone(), runtime: self.runtime.clone() }
    }
}

impl<Rt> fmt::Debug for Engine<Rt> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.owner, f)
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("sessions", &self.0.sessions()).finish_non_exhaustive()
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.discard_all();
    }
}

/// A task's place among those who accept.
struct Visit<'e, Rt: Runtime> {
    engine: &'e Engine<Rt>,
    place: Place,
}

impl<Rt: Runtime> Drop for Visit<'_, Rt> {
    fn drop(&mut self) {
        if let Application::Accept(backlog) = &self.engine.host().application {
            backlog.leave(&mut self.place);
        }
    }
}
