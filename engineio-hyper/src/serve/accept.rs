//! The loop that accepts connections, and the task of each.

#[cfg(not(feature = "http2"))]
use super::http1::connection;
#[cfg(feature = "http2")]
use super::http2::connection;
use super::{
    ending::Ending,
    listener::Listener,
    patience::{Patience, Verdict},
    service::{Connected, announced},
    settings::Settings,
    watched::{Progress, Watched},
};
use crate::{RemoteAddr, Runtime, observe};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use std::{
    convert::Infallible,
    error::Error,
    future::{Future, poll_fn},
    io,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::{Poll, Waker, ready},
    time::Duration,
};
use tokio::sync::watch;
use tower_service::Service;

/// How long to wait where the process or the system has run out of something, such as file descriptors.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Serves until it is dropped, which leaves the connections alone.
pub(super) async fn forever<Rt, L, S, B>(runtime: &Rt, mut listener: L, app: S, settings: Settings) -> Infallible
where
    Rt: Runtime,
    L: Listener,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let (_never, stop) = watch::channel(());
    accept(runtime, &mut listener, app, settings, stop).await
}

/// Serves until `shutdown` ends, and then until the last connection has ended.
pub(super) async fn until<Rt, L, S, B>(
    shutdown: impl Future + Send,
    runtime: &Rt,
    mut listener: L,
    app: S,
    settings: Settings,
) where
    Rt: Runtime,
    L: Listener,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let (stop, stopped) = watch::channel(());
    {
        let mut accepting = pin!(accept(runtime, &mut listener, app, settings, stopped));
        let mut shutdown = pin!(shutdown);
        poll_fn(|cx| match shutdown.as_mut().poll(cx) {
            Poll::Ready(_) => Poll::Ready(()),
            Poll::Pending => accepting.as_mut().poll(cx).map(|never| match never {}),
        })
        .await;
    }
    drop(listener);
    stop.send_replace(());
    // Each connection has a receiver.
    stop.closed().await;
}

async fn accept<Rt, L, S, B>(
    runtime: &Rt,
    listener: &mut L,
    app: S,
    settings: Settings,
    stop: watch::Receiver<()>,
) -> Infallible
where
    Rt: Runtime,
    L: Listener,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let keep_alive = announced(settings);
    loop {
        match listener.accept().await {
            Ok((io, remote_addr)) => {
                let progress = Arc::<Progress>::default();
                let mut patience = Patience::new(runtime, settings, progress.clone());
                let mut ending = Ending::new(runtime, settings, progress.clone());
                let io = Watched::new(io, progress.clone());
                let service = Connected::new(
                    RemoteAddr(remote_addr),
                    settings,
                    keep_alive.clone(),
                    progress.clone(),
                    app.clone(),
                );
                // In memory of its own: the task, into which it would be moved, would have room for it twice.
                let mut connection = Box::pin(connection(runtime, settings, progress.clone(), io, service));
                let (mut stop, stopped) = (stop.clone(), stop.clone());
                runtime.spawn(async move {
                    {
                        let mut stopping = pin!(stop.changed());
                        let mut waiting: Option<Waker> = None;
                        let mut running = true;
                        let ended = poll_fn(|cx| {
                            // A look takes less than to wait again, as long as it is the same task that waits.
                            let waits = waiting.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()))
                                && matches!(stopped.has_changed(), Ok(false));
                            // An error is that the server was dropped, which leaves its connections alone.
                            if running && !waits {
                                match stopping.as_mut().poll(cx) {
                                    Poll::Ready(stopped) => {
                                        running = false;
                                        if stopped.is_ok() {
                                            progress.closing.store(true, Ordering::Relaxed);
                                            connection.as_mut().graceful_shutdown();
                                        }
                                    }
                                    Poll::Pending => waiting = Some(cx.waker().clone()),
                                }
                            }
                            loop {
                                if ending.poll(cx, |cx| connection.as_mut().poll(cx)).is_ready() {
                                    return Poll::Ready(());
                                }
                                match ready!(patience.poll(cx)) {
                                    Verdict::Close => {
                                        progress.closing.store(true, Ordering::Relaxed);
                                        connection.as_mut().graceful_shutdown();
                                    }
                                    Verdict::Drop => return Poll::Ready(()),
                                }
                            }
                        });
                        // A connection that fails has told its requests by dropping them.
                        ended.await;
                        // What it may have become, a WebSocket, is told of its end at once.
                        progress.end.tell();
                    }
                    drop((stop, stopped));
                });
            }
            // The connection failed before it was accepted: its problem.
            Err(error) if is_its_own(&error) => {}
            // A listener that cannot accept stays readable: without a pause this would be a busy loop.
            Err(error) => {
                observe::exhausted(&error);
                runtime.sleep_until(runtime.now() + EXHAUSTED).await;
            }
        }
    }
}

fn is_its_own(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
