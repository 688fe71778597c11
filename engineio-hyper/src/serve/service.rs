//! The service of one connection.

use super::{
    answer::{Answer, Exchange},
    calls::Busy,
    settings::Settings,
    watched::{InFlight, Progress},
};
use crate::RemoteAddr;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Version, header};
use hyper_util::service::{TowerToHyperService, TowerToHyperServiceFuture};
use pin_project_lite::pin_project;
use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker, ready},
};
use tower_service::Service;

#[cfg(feature = "http2")]
use super::streams::Lease;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// The service of one connection. It gives each request its peer's address, and notes that there was a request.
#[derive(Clone)]
pub(super) struct Connected<S> {
    remote_addr: RemoteAddr,
    max_header_fields: usize,
    keep_alive: Option<HeaderValue>,
    progress: Arc<Progress>,
    service: S,
}

impl<S> Connected<S> {
    /// `keep_alive` is what responses announce, if anything: see [`announced`].
    pub(super) const fn new(
        remote_addr: RemoteAddr,
        settings: Settings,
        keep_alive: Option<HeaderValue>,
        progress: Arc<Progress>,
        service: S,
    ) -> Self {
        Self { remote_addr, max_header_fields: settings.max_header_fields, keep_alive, progress, service }
    }
}

/// What `Keep-Alive` says.
pub(super) fn announced(settings: Settings) -> Option<HeaderValue> {
    let seconds = settings.idle_timeout.as_secs();
    (seconds > 0).then(|| HeaderValue::try_from(format!("timeout={seconds}")).expect("these are visible characters"))
}

impl<S, B, A> hyper::service::Service<Request<B>> for Connected<S>
where
    S: Service<Request<B>, Response = Response<A>, Error = Infallible> + Clone,
{
    type Response = Response<Answer<A>>;
    type Error = Infallible;
    type Future = Called<S, B>;

    fn call(&self, mut request: Request<B>) -> Called<S, B> {
        let keep_alive =
            self.keep_alive.as_ref().filter(|_| request.version() == Version::HTTP_11 && !may_close(request.headers()));
        let keep_alive = keep_alive.cloned();
        let too_many = request.headers().len() > self.max_header_fields;
        let busy = Busy::new(self.progress.calls.clone());
        let extensions = request.extensions_mut();
        extensions.insert(self.remote_addr);
        extensions.insert(busy.call());
        let exchange = begin(&self.progress, &mut request);
        let mut service = self.service.clone();
        let kind = if too_many {
            Kind::Refused
        } else {
            // Most services are always ready, and then nothing has to be kept for later.
            match service.poll_ready(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(Ok(())) => Kind::Now { future: service.call(request) },
                Poll::Ready(Err(never)) => match never {},
                Poll::Pending => {
                    let service = TowerToHyperService::new(service);
                    Kind::Later { future: Box::pin(hyper::service::Service::call(&service, request)) }
                }
            }
        };
        Called { kind, keep_alive, exchange: Some(exchange), busy }
    }
}

/// A request begins.
fn begin<B>(progress: &Arc<Progress>, request: &mut Request<B>) -> Exchange {
    #[cfg(feature = "http2")]
    if request.version() == Version::HTTP_2 {
        progress.requests.fetch_add(1, Ordering::SeqCst);
        let connects = request.method() == http::Method::CONNECT;
        let stream = progress.streams.open(connects);
        if connects {
            request.extensions_mut().insert(Lease::new(&stream));
        }
        return Exchange::Http2(stream);
    }
    let _ = request;
    Exchange::Http1(InFlight::new(progress.clone()))
}

/// Whether the connection may end after this request. It does if the request asks for that, or has both
/// `Transfer-Encoding` and `Content-Length`, of which hyper removes the latter.
fn may_close(headers: &HeaderMap) -> bool {
    if headers.contains_key(header::TRANSFER_ENCODING) {
        return true;
    }
    let options =
        headers.get_all(header::CONNECTION).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    options.map(<[u8]>::trim_ascii).any(|option| option.eq_ignore_ascii_case(b"close"))
}

pin_project! {
    /// The response to a request, to come.
    pub(super) struct Called<S: Service<Request<B>>, B> {
        #[pin]
        kind: Kind<S, B>,
        keep_alive: Option<HeaderValue>,
        exchange: Option<Exchange>,
        busy: Busy,
    }
}

pin_project! {
    #[project = KindProject]
    enum Kind<S: Service<Request<B>>, B> {
        Now { #[pin] future: S::Future },
        /// The service was not ready.
        Later { future: Pin<Box<TowerToHyperServiceFuture<S, Request<B>>>> },
        /// The request has too many header fields.
        Refused,
    }
}

impl<S, B, A> Future for Called<S, B>
where
    S: Service<Request<B>, Response = Response<A>, Error = Infallible>,
{
    type Output = Result<Response<Answer<A>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = match this.kind.project() {
            KindProject::Now { future } => Some(ready!(future.poll(cx))),
            KindProject::Later { future } => Some(ready!(future.as_mut().poll(cx))),
            KindProject::Refused => None,
        };
        let exchange = this.exchange.take().expect("it is not polled after it was answered");
        let Some(response) = response else {
            let mut refusal = Response::new(Answer::empty(exchange));
            *refusal.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            return Poll::Ready(Ok(refusal));
        };
        let Ok(mut response) = response;
        if let Some(keep_alive) = this.keep_alive.take()
            && !matches!(&exchange, Exchange::Http1(in_flight) if in_flight.progress().closing.load(Ordering::Relaxed))
            && !response.headers().contains_key(header::CONNECTION)
        {
            let headers = response.headers_mut();
            headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive"));
            headers.insert(KEEP_ALIVE, keep_alive);
        }
        Poll::Ready(Ok(response.map(|body| Answer::new(body, exchange))))
    }
}
