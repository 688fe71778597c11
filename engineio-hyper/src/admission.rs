//! Admission: what the application says to a handshake before there is a session.

use crate::{host::Host, runtime::BoxFuture, session::Seed};
use engineio_proto::{BadRequest, Refusal, Sid, Transport, Version};
use http::{HeaderMap, Uri, request::Parts};
use std::{
    borrow::Cow,
    error::Error,
    fmt,
    future::{Future, poll_fn},
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

/// A request for a session, as the application's hooks see it. The protocol has nothing against it.
///
/// Clones are cheap.
#[derive(Clone)]
pub struct HandshakeRequest {
    seed: Seed,
    transport: Transport,
    version: Version,
}

/// What the application answers to a handshake that it does not want: error code 4, over HTTP as 403 and, if the
/// session was to begin on WebSocket, 400.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forbidden(Option<Cow<'static, str>>);

/// A request that was refused, as [`on_refused`](crate::EngineBuilder::on_refused) is told.
pub struct Refused<'a> {
    pub(crate) refusal: &'a Refusal,
    pub(crate) head: &'a Parts,
    pub(crate) remote_addr: Option<SocketAddr>,
    pub(crate) cause: Option<&'a (dyn Error + Send + Sync + 'static)>,
}

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

type Hook<T> = Box<dyn Fn(HandshakeRequest) -> Pin<Box<dyn Future<Output = T> + Send>> + Send + Sync>;

/// The application's say.
pub(crate) struct Admission {
    allow: Option<Hook<Result<(), Forbidden>>>,
    generate: Option<Hook<Result<Sid, BoxError>>>,
    pub(crate) timeout: Duration,
}

/// Why there is to be no session.
pub(crate) struct Denial {
    pub(crate) refusal: Refusal,
    pub(crate) cause: Option<BoxError>,
}

impl HandshakeRequest {
    pub(crate) const fn new(seed: Seed, transport: Transport, version: Version) -> Self {
        Self { seed, transport, version }
    }

    /// The request's head: its method, target, headers and extensions. It is what
    /// [`Socket::handshake`](crate::Socket::handshake) returns once there is a session.
    #[must_use]
    pub const fn head(&self) -> &Arc<Parts> {
        &self.seed.handshake
    }

    /// The request's target.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.head().uri
    }

    /// The request's headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head().headers
    }

    /// Where it came from, if the server that took it said so: see [`RemoteAddr`](crate::RemoteAddr).
    #[must_use]
    pub const fn remote_addr(&self) -> Option<SocketAddr> {
        self.seed.remote_addr
    }

    /// The transport that the session is to begin on.
    #[must_use]
    pub const fn transport(&self) -> Transport {
        self.transport
    }

    /// The version of the protocol that the session is to speak.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }
}

/// Without headers, which hold secrets.
impl fmt::Debug for HandshakeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandshakeRequest")
            .field("transport", &self.transport)
            .field("version", &self.version)
            .field("remote_addr", &self.seed.remote_addr)
            .finish_non_exhaustive()
    }
}

impl Forbidden {
    /// With this message instead of the protocol's own `Forbidden`. The peer reads it.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self(Some(message.into()))
    }
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or("Forbidden"))
    }
}

impl Error for Forbidden {}

impl Refused<'_> {
    /// Why it was refused, in full: the reference's `context`.
    #[must_use]
    pub const fn refusal(&self) -> &Refusal {
        self.refusal
    }

    /// The protocol's error code, 0 to 5; `None` where the HTTP status says it all.
    #[must_use]
    pub const fn code(&self) -> Option<u8> {
        self.refusal.code()
    }

    /// What the peer was told.
    #[must_use]
    pub fn message(&self) -> &str {
        self.refusal.message()
    }

    /// The request's head.
    #[must_use]
    pub const fn head(&self) -> &Parts {
        self.head
    }

    /// Where it came from, if the server that took it said so.
    #[must_use]
    pub const fn remote_addr(&self) -> Option<SocketAddr> {
        self.remote_addr
    }

    /// The error of [`generate_id`](crate::EngineBuilder::generate_id), if that is why.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.cause
    }
}

/// Without headers, which hold secrets.
impl fmt::Debug for Refused<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused")
            .field("refusal", &self.refusal)
            .field("remote_addr", &self.remote_addr)
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}

impl Default for Admission {
    fn default() -> Self {
        Self { allow: None, generate: None, timeout: Duration::from_secs(10) }
    }
}

impl Admission {
    pub(crate) fn allow<F, Fut>(&mut self, hook: F)
    where
        F: Fn(HandshakeRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Forbidden>> + Send + 'static,
    {
        self.allow = Some(Box::new(move |request| Box::pin(hook(request))));
    }

    pub(crate) fn generate<F, Fut, E>(&mut self, hook: F)
    where
        F: Fn(HandshakeRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Sid, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.generate = Some(Box::new(move |request| {
            let made = hook(request);
            Box::pin(async { made.await.map_err(Into::into) })
        }));
    }

    /// Asks the application. The id is `None` if it is left to us.
    pub(crate) async fn decide(&self, host: &Host, request: HandshakeRequest) -> Result<Option<Sid>, Denial> {
        if self.allow.is_none() && self.generate.is_none() {
            return Ok(None);
        }
        let mut decision = Box::pin(self.ask(request));
        let mut timeout: BoxFuture = host.sleep(self.timeout);
        poll_fn(|cx| match decision.as_mut().poll(cx) {
            Poll::Pending => timeout.as_mut().poll(cx).map(|()| Err(Refusal::Overloaded.into())),
            decided => decided,
        })
        .await
    }

    async fn ask(&self, request: HandshakeRequest) -> Result<Option<Sid>, Denial> {
        if let Some(allow) = &self.allow {
            allow(request.clone()).await.map_err(|Forbidden(message)| Refusal::Forbidden(message))?;
        }
        let Some(generate) = &self.generate else { return Ok(None) };
        let refusal = BadRequest::IdGeneration.into();
        generate(request).await.map(Some).map_err(|cause| Denial { refusal, cause: Some(cause) })
    }
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, cause: None }
    }
}
