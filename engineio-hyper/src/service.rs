//! The engine as a tower citizen.

use crate::{
    body::{EngineBody, Reply},
    engine::Owner,
    exchange,
    finish::Answering,
    serve::{Call, Waiting},
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Empty;
use pin_project_lite::pin_project;
use std::{
    convert::Infallible,
    fmt,
    future::{Future, Ready, ready},
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower_layer::Layer;
use tower_service::Service;

/// A service that answers requests to the engine's path and hands all others to an inner service.
///
/// [`Engine::service`](crate::Engine::service) makes one with an inner service that answers 404, which also is a
/// [`hyper::service::Service`]; [`Engine::layer`](crate::Engine::layer) puts it around one of yours.
///
/// It never asks its caller for anything but what HTTP has; a WebSocket needs a server that allows upgrades, as
/// hyper does by `with_upgrades`. Where the protocol demands that a connection end without an answer, the body
/// of the response fails with [`HangUp`](crate::HangUp), which makes hyper end it.
///
/// The service future must not be moved to a task of its own and awaited from there: that a peer goes away is
/// noticed by the future being dropped.
#[derive(Clone, Debug)]
pub struct EngineService<S = NotFound> {
    engine: Arc<Owner>,
    inner: S,
}

/// Makes [`EngineService`]s; see [`Engine::layer`](crate::Engine::layer).
#[derive(Clone, Debug)]
pub struct EngineLayer {
    engine: Arc<Owner>,
}

/// A service that answers 404 to everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct NotFound;

/// Where a request came from. A server puts it among the extensions of its requests, so that
/// [`Socket::remote_addr`](crate::Socket::remote_addr) can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteAddr(pub SocketAddr);

impl<S> EngineService<S> {
    pub(crate) const fn new(engine: Arc<Owner>, inner: S) -> Self {
        Self { engine, inner }
    }

    /// The engine's answer to a request.
    fn answer<B>(&self, request: Request<B>) -> Exchange
    where
        B: Body<Data: Send> + Send + 'static,
    {
        // The engine is kept alive by the requests that it is to answer.
        let engine = self.engine.clone();
        let (mut parts, body) = request.into_parts();
        // Taken out, as what keeps the head must not keep what is known of the connection.
        let call = parts.extensions.remove::<Call>();
        let exchange = exchange::run(engine.0.clone(), &mut parts, body);
        // Not before the core has seen it.
        engine.0.counters.requested();
        Exchange { exchange, _engine: engine, call, waiting: None }
    }
}

/// The engine's answer to a request, to come.
struct Exchange {
    // First: what it leaves behind when it is dropped is still the engine's.
    exchange: Answering,
    _engine: Arc<Owner>,
    call: Option<Call>,
    waiting: Option<Waiting>,
}

impl Exchange {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Response<Reply>> {
        let polled = Pin::new(&mut self.exchange).poll(cx);
        match polled {
            Poll::Ready(_) => self.waiting = None,
            // The engine does what it can at once.
            Poll::Pending => self.waiting = self.waiting.take().or_else(|| self.call.take().map(Call::wait)),
        }
        polled
    }
}

impl<S, B, ResBody> Service<Request<B>> for EngineService<S>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    B: Body<Data: Send> + Send + 'static,
{
    type Response = Response<EngineBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let kind = if self.engine.0.router.matches(request.uri().path()) {
            Kind::Engine { exchange: self.answer(request) }
        } else {
            Kind::Inner { future: self.inner.call(request) }
        };
        ResponseFuture { kind }
    }
}

impl<B> hyper::service::Service<Request<B>> for EngineService<NotFound>
where
    B: Body<Data: Send> + Send + 'static,
{
    type Response = Response<EngineBody>;
    type Error = Infallible;
    type Future = ResponseFuture<Ready<Result<Response<Empty<Bytes>>, Infallible>>>;

    fn call(&self, request: Request<B>) -> Self::Future {
        // Always ready.
        Service::call(&mut self.clone(), request)
    }
}

impl<B> Service<Request<B>> for NotFound {
    type Response = Response<Empty<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        let mut response = Response::new(Empty::new());
        *response.status_mut() = StatusCode::NOT_FOUND;
        ready(Ok(response))
    }
}

pin_project! {
    /// The response of an [`EngineService`], to come. Dropping it gives the request up.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        kind: Kind<F>,
    }
}

pin_project! {
    #[project = KindProject]
    enum Kind<F> {
        Engine { exchange: Exchange },
        Inner { #[pin] future: F },
    }
}

impl<F, ResBody, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<ResBody>, E>>,
{
    type Output = Result<Response<EngineBody<ResBody>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProject::Engine { exchange } => exchange.poll(cx).map(|response| Ok(response.map(EngineBody::engine))),
            KindProject::Inner { future } => future.poll(cx).map_ok(|response| response.map(EngineBody::inner)),
        }
    }
}

impl EngineLayer {
    pub(crate) const fn new(engine: Arc<Owner>) -> Self {
        Self { engine }
    }
}

impl<S> Layer<S> for EngineLayer {
    type Service = EngineService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        EngineService::new(self.engine.clone(), inner)
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
