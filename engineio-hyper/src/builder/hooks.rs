//! The settings that are the application's own code.

use super::EngineBuilder;
use crate::{
    Runtime,
    admission::{Forbidden, HandshakeRequest, Refused},
};
use engineio_proto::Sid;
use std::{error::Error, future::Future, time::Duration};

/// What the application decides about requests.
impl<Rt: Runtime> EngineBuilder<Rt> {
    /// Asks the application before a session is opened. Requests that the protocol refuses do not get here, nor do those
    /// of a session that is there.
    ///
    /// A peer that goes away meanwhile drops the future, and there is no session; one that is kept waiting longer than
    /// [`admission_timeout`](Self::admission_timeout) is answered 503. Requests that wait for a decision count as
    /// sessions to [`max_sessions`](Self::max_sessions) and [`max_backlog`](Self::max_backlog), so there cannot be too
    /// many of them.
    ///
    /// ```
    /// use engineio_hyper::{EngineBuilder, Forbidden, Runtime};
    ///
    /// fn with_tokens<Rt: Runtime>(builder: EngineBuilder<Rt>) -> EngineBuilder<Rt> {
    ///     builder.allow_request(async |request| match request.headers().get("authorization") {
    ///         Some(token) if token == "Bearer sesame" => Ok(()),
    ///         Some(_) => Err(Forbidden::new("unknown token")),
    ///         None => Err(Forbidden::default()),
    ///     })
    /// }
    /// ```
    pub fn allow_request<F, Fut>(mut self, hook: F) -> Self
    where
        F: Fn(HandshakeRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Forbidden>> + Send + 'static,
    {
        self.hooks.admission.allow(hook);
        self
    }

    /// Makes the ids of sessions. They must be hard to guess: who knows one owns its session. Without this they are 15
    /// bytes of the operating system's entropy.
    ///
    /// If it fails, or makes an id that is taken, the handshake is refused with code 3.
    pub fn generate_id<F, Fut, E>(mut self, hook: F) -> Self
    where
        F: Fn(HandshakeRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Sid, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.hooks.admission.generate(hook);
        self
    }

    /// How long [`allow_request`](Self::allow_request) and [`generate_id`](Self::generate_id) may take together. Then the
    /// handshake is answered 503.
    pub fn admission_timeout(mut self, timeout: Duration) -> Self {
        self.hooks.admission.timeout = timeout;
        self
    }

    /// Called for each request that is refused, with the reason, just before the peer is told. It must be quick.
    ///
    /// Requests to become a WebSocket that break RFC 6455 are not told: they never reach the protocol.
    pub fn on_refused(mut self, hook: impl Fn(&Refused<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.on_refused = Some(Box::new(hook));
        self
    }
}
