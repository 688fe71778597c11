//! Connections that speak HTTP/1.1 or HTTP/2.

use super::{
    answer::Answer,
    http1,
    settings::Settings,
    streams::Stream,
    version::{Rewind, Version},
    watched::Progress,
};
use crate::{HyperTimer, Runtime};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::{
    body::Incoming,
    rt::{Read, Write},
    server::conn,
    service::HttpService,
};
use pin_project_lite::pin_project;
use std::{
    error::Error,
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, ready},
    time::Duration,
};

/// How often an HTTP/2 peer is asked whether it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// How much of a response h2 keeps for each stream beyond what the peer has taken, in bytes.
const SEND_BUFFER: usize = 64 * 1024;

/// How many requests that the peer has reset may wait to be looked at. With more the connection ends.
const PENDING_RESETS: usize = 20;

/// How many streams may end by faults of the peer. With more the connection ends.
const ERRORS: usize = 100;

pin_project! {
    /// A connection.
    #[project = ConnectionProject]
    pub(super) enum Connection<Rt, I, S: HttpService<Incoming>> {
        /// Its version is not known yet.
        Unknown { begun: Option<Begun<Rt, I, S>> },
        Http1 { #[pin] connection: conn::http1::UpgradeableConnection<Rewind<I>, S> },
        Http2 { #[pin] connection: conn::http2::Connection<Rewind<I>, S, Spawner<Rt>> },
    }
}

/// A connection of which at most the beginning has been read.
struct Begun<Rt, I, S> {
    runtime: Rt,
    settings: Settings,
    progress: Arc<Progress>,
    io: Rewind<I>,
    service: S,
}

/// Serves one connection, by the version of HTTP that it begins with.
pub(super) fn connection<Rt: Runtime, I, S: HttpService<Incoming>>(
    runtime: &Rt,
    settings: Settings,
    progress: Arc<Progress>,
    io: I,
    service: S,
) -> Connection<Rt, I, S> {
    let runtime = runtime.clone();
    Connection::Unknown { begun: Some(Begun { runtime, settings, progress, io: Rewind::new(io), service }) }
}

/// The settings of HTTP/2.
fn builder<Rt: Runtime>(runtime: Rt, settings: Settings) -> conn::http2::Builder<Spawner<Rt>> {
    let mut builder = conn::http2::Builder::new(Spawner(runtime.clone()));
    builder
        .timer(HyperTimer::new(runtime))
        // A connection without streams has no other way to notice that its peer has vanished.
        .keep_alive_interval(KEEP_ALIVE)
        .max_header_list_size(u32::try_from(settings.max_head_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(settings.max_concurrent_streams)
        .max_send_buf_size(SEND_BUFFER)
        .max_pending_accept_reset_streams(PENDING_RESETS)
        .max_local_error_reset_streams(ERRORS)
        .enable_connect_protocol();
    builder
}

impl<Rt, I, S, B> Connection<Rt, I, S>
where
    Rt: Runtime,
    I: Read + Write + Send + Unpin + 'static,
    S: hyper::service::Service<Request<Incoming>, Response = Response<Answer<B>>>,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    /// Ends the connection after the requests that it is at.
    pub(super) fn graceful_shutdown(self: Pin<&mut Self>) {
        match self.project() {
            // Nothing has been asked for.
            ConnectionProject::Unknown { begun } => *begun = None,
            ConnectionProject::Http1 { connection } => connection.graceful_shutdown(),
            ConnectionProject::Http2 { connection } => connection.graceful_shutdown(),
        }
    }
}

impl<Rt, I, S, B> Future for Connection<Rt, I, S>
where
    Rt: Runtime,
    I: Read + Write + Send + Unpin + 'static,
    S: hyper::service::Service<Request<Incoming>, Response = Response<Answer<B>>>,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    /// A connection that fails has told its requests by dropping them.
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let next = match self.as_mut().project() {
                ConnectionProject::Http1 { connection } => return connection.poll(cx).map(drop),
                ConnectionProject::Http2 { connection } => return connection.poll(cx).map(drop),
                ConnectionProject::Unknown { begun } => {
                    let Some(unknown) = begun else { return Poll::Ready(()) };
                    let version = ready!(unknown.io.poll_version(cx));
                    let Some(Begun { runtime, settings, progress, mut io, service }) = begun.take() else {
                        return Poll::Ready(());
                    };
                    match version {
                        Err(_) => return Poll::Ready(()),
                        Ok(Version::Http1) => {
                            let connection = http1::builder(settings).serve_connection(io, service).with_upgrades();
                            Self::Http1 { connection }
                        }
                        Ok(Version::Http2) => {
                            progress.http2.store(true, Ordering::Relaxed);
                            io.count_frames(progress);
                            let connection = builder(runtime, settings).serve_connection(io, service);
                            Self::Http2 { connection }
                        }
                    }
                }
            };
            self.set(next);
        }
    }
}

/// Runs the streams of HTTP/2 connections.
#[derive(Clone)]
pub(super) struct Spawner<Rt>(Rt);

impl<Rt: Runtime, F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Spawner<Rt> {
    fn execute(&self, task: F) {
        self.0.spawn(StreamTask { task, stream: Stream::announced() });
    }
}

pin_project! {
    /// The task of a stream, which ends when the stream is given up. That resets the stream.
    struct StreamTask<F> {
        #[pin]
        task: F,
        stream: Option<Arc<Stream>>,
    }
}

impl<F: Future<Output = ()>> Future for StreamTask<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let Some(stream) = this.stream else { return this.task.poll(cx) };
        if stream.poll_given_up(cx.waker()).is_ready() {
            return Poll::Ready(());
        }
        // What becomes a WebSocket has another task, which belongs to the same stream.
        if stream.connects() {
            stream.announce();
        }
        let polled = this.task.poll(cx);
        let goes_on = stream.connects() && Stream::announced().is_none();
        if polled.is_ready() && !goes_on {
            stream.end();
        }
        polled
    }
}
