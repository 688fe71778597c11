//! The service of one connection.

use super::{calls::Busy, watched::Progress};
use crate::RemoteAddr;
use http::Request;
use hyper_util::service::{TowerToHyperService, TowerToHyperServiceFuture};
use pin_project_lite::pin_project;
use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};
use tower_service::Service;

/// The service of one connection. It gives each request its peer's address, and notes that there was a request.
#[derive(Clone)]
pub(super) struct Connected<S> {
    remote_addr: RemoteAddr,
    progress: Arc<Progress>,
    service: S,
}

impl<S> Connected<S> {
    pub(super) const fn new(remote_addr: RemoteAddr, progress: Arc<Progress>, service: S) -> Self {
        Self { remote_addr, progress, service }
    }
}

impl<S, B> hyper::service::Service<Request<B>> for Connected<S>
where
    S: Service<Request<B>, Error = Infallible> + Clone,
{
    type Response = S::Response;
    type Error = Infallible;
    type Future = Called<S, B>;

    fn call(&self, mut request: Request<B>) -> Called<S, B> {
        self.progress.asked();
        let busy = Busy::new(self.progress.calls.clone());
        let extensions = request.extensions_mut();
        extensions.insert(self.remote_addr);
        extensions.insert(busy.call());
        let mut service = self.service.clone();
        // Most services are always ready, and then nothing has to be kept for later.
        let kind = match service.poll_ready(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(())) => Kind::Now { future: service.call(request) },
            Poll::Ready(Err(never)) => match never {},
            Poll::Pending => {
                let service = TowerToHyperService::new(service);
                Kind::Later { future: Box::pin(hyper::service::Service::call(&service, request)) }
            }
        };
        Called { kind, busy }
    }
}

pin_project! {
    /// The answer to a request, to come.
    pub(super) struct Called<S: Service<Request<B>>, B> {
        #[pin]
        kind: Kind<S, B>,
        busy: Busy,
    }
}

pin_project! {
    #[project = KindProject]
    enum Kind<S: Service<Request<B>>, B> {
        Now { #[pin] future: S::Future },
        /// The service was not ready.
        Later { future: Pin<Box<TowerToHyperServiceFuture<S, Request<B>>>> },
    }
}

impl<S: Service<Request<B>>, B> Future for Called<S, B> {
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProject::Now { future } => future.poll(cx),
            KindProject::Later { future } => future.as_mut().poll(cx),
        }
    }
}
