//! The settings that are the application's own code.

use super::EngineBuilder;
use crate::{
    Runtime,
    admission::{Forbidden, HandshakeRequest, Refused},
    compress::Compression,
    cors::Cors,
    inspect::{Exchanged, Inspector},
};
use engineio_proto::Sid;
use engineio_ws::PerMessageDeflate;
use http::{HeaderMap, request::Parts};
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

    /// Calls `inspect` with every packet of every session, before it is decoded or encoded, in either direction. It is
    /// called by the tasks of the connections, so it must be quick.
    pub fn inspect(mut self, inspect: impl Fn(Sid, Exchanged<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.inspector = Inspector::new(inspect);
        self
    }

    /// Lets pages of other origins read the answers, errors included. `OPTIONS` is then answered 204.
    pub fn cors(mut self, cors: Cors) -> Self {
        self.hooks.cors = Some(cors);
        self
    }

    /// Compresses the answers to polls.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.hooks.compression = Some(compression);
        self
    }

    /// Compresses messages over WebSocket with clients that offer it, by permessage-deflate (RFC 7692).
    ///
    /// As the reference, a server does not unless it is told to: it costs time and, with
    /// [`context_takeover`](PerMessageDeflate::context_takeover), much memory, and where a message holds a secret
    /// together with what somebody else chose, its length tells about the secret.
    ///
    /// [`max_payload`](Self::max_payload) bounds what a message says: one that becomes longer is refused by close code
    /// 1009, and is not decompressed any further. Messages are compressed and decompressed where their connection is
    /// served, which takes about 2 ms for 1 MB.
    pub fn websocket_compression(mut self, deflate: PerMessageDeflate) -> Self {
        self.hooks.websocket_compression = Some(deflate);
        self
    }

    /// Adds headers to the answer of each handshake, the 101 included. They replace those of the same name, but
    /// `set-cookie`, which is added, and those that frame the answer (`connection`, `content-encoding`,
    /// `content-length`, `sec-websocket-accept`, `sec-websocket-extensions`, `transfer-encoding`, `upgrade`), which stay.
    /// It must be quick.
    ///
    /// ```
    /// # use engineio_hyper::{EngineBuilder, Runtime};
    /// use http::{HeaderValue, header};
    ///
    /// # fn f<Rt: Runtime>(builder: EngineBuilder<Rt>) -> EngineBuilder<Rt> {
    /// builder.initial_headers(|headers, _request| {
    ///     headers.insert(header::SET_COOKIE, HeaderValue::from_static("seen=1; Path=/; HttpOnly; SameSite=Lax"));
    /// })
    /// # }
    /// ```
    pub fn initial_headers(mut self, hook: impl Fn(&mut HeaderMap, &Parts) + Send + Sync + 'static) -> Self {
        self.hooks.initial_headers = Some(Box::new(hook));
        self
    }

    /// As [`initial_headers`](Self::initial_headers), to each answer of status 200 or 101.
    pub fn headers(mut self, hook: impl Fn(&mut HeaderMap, &Parts) + Send + Sync + 'static) -> Self {
        self.hooks.headers = Some(Box::new(hook));
        self
    }
}
