//! One connection, as hyper serves it.

use crate::{HyperTimer, Runtime};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
#[cfg(not(feature = "http2"))]
use hyper::server::conn::http1;
use hyper::{
    body::Incoming,
    rt::{Read, Write},
};
#[cfg(feature = "http2")]
use hyper_util::server::conn::auto;
use std::error::Error;
#[cfg(feature = "http2")]
use std::{future::Future, time::Duration};

/// How often an HTTP/2 peer is asked whether it is still there.
#[cfg(feature = "http2")]
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Serves one connection. The timer makes hyper's bound on reading a request's head effective. hyper's half-closed
/// connections must stay off: with them hyper does not notice that a peer has gone away. When it is told of that is
/// decided by [`Ending`](super::ending::Ending).
#[cfg(not(feature = "http2"))]
pub(super) fn connection<Rt, I, S, B>(runtime: &Rt, io: I, service: S) -> http1::UpgradeableConnection<I, S>
where
    Rt: Runtime,
    I: Read + Write + Send + Unpin + 'static,
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.timer(HyperTimer::new(runtime.clone())).half_close(false);
    builder.serve_connection(io, service).with_upgrades()
}

/// As it is without HTTP/2, whose connections are known by how they begin.
#[cfg(feature = "http2")]
pub(super) fn connection<Rt, I, S, B>(
    runtime: &Rt,
    io: I,
    service: S,
) -> auto::UpgradeableConnection<'static, I, S, Spawner<Rt>>
where
    Rt: Runtime,
    I: Read + Write + Send + Unpin + 'static,
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>>,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let timer = HyperTimer::new(runtime.clone());
    let mut builder = auto::Builder::new(Spawner(runtime.clone()));
    builder.http1().timer(timer.clone()).half_close(false);
    // A connection without streams has no other way to notice that its peer has vanished.
    builder.http2().timer(timer).keep_alive_interval(KEEP_ALIVE).enable_connect_protocol();
    builder.serve_connection_with_upgrades(io, service).into_owned()
}

/// Runs the streams of HTTP/2 connections.
#[cfg(feature = "http2")]
#[derive(Clone)]
pub(super) struct Spawner<Rt>(Rt);

#[cfg(feature = "http2")]
impl<Rt: Runtime, F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Spawner<Rt> {
    fn execute(&self, task: F) {
        self.0.spawn(task);
    }
}
