//! WebSockets that echo, with no Engine.IO in them: for what tests WebSocket itself, and as the floor of benchmarks.
//!
//! Their connections are read, written and closed as those of sessions are.

use crate::{
    Runtime, closing,
    duplex::{Input, poll_write, read},
    handshake::Handshake,
    timed::Timed,
    wire::Wire,
};
use bytes::Bytes;
use engineio_ws::PerMessageDeflate;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::{
    rt::{Read, Write},
    upgrade::OnUpgrade,
};
use std::{
    convert::Infallible,
    fmt,
    future::{Ready, poll_fn, ready},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tower_service::Service;

/// How long the last that is to be said may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

/// A service that makes each connection that asks for it a WebSocket which echoes, and knows nothing else.
#[derive(Clone)]
pub struct BareEcho {
    timed: Arc<Timed>,
    max_message: usize,
    deflate: Option<PerMessageDeflate>,
}

impl BareEcho {
    /// Accepts messages up to `max_message` bytes, and compression if it is given.
    pub fn new(runtime: impl Runtime, max_message: usize, deflate: Option<PerMessageDeflate>) -> Self {
        Self { timed: Arc::new(Timed::new(Box::new(runtime))), max_message, deflate }
    }
}

impl fmt::Debug for BareEcho {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BareEcho").finish_non_exhaustive()
    }
}

impl<B> Service<Request<B>> for BareEcho {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, _) = request.into_parts();
        let on_upgrade = parts.extensions.remove::<OnUpgrade>();
        ready(Ok(match Handshake::find(&parts, self.deflate) {
            Ok(Some(handshake)) => {
                let Self { timed, max_message, deflate: _ } = self.clone();
                let deflate = handshake.deflate();
                self.timed.spawn_boxed(Box::pin(async move {
                    if let Some(on_upgrade) = on_upgrade
                        && let Ok(io) = on_upgrade.await
                    {
                        echo(&timed, io, Wire::server(max_message).deflating(deflate)).await;
                    }
                }));
                handshake.response(Full::default())
            }
            Ok(None) => {
                let mut response = Response::new(Full::default());
                *response.status_mut() = StatusCode::NOT_FOUND;
                response
            }
            Err(malformed) => malformed.response(parts.version),
        }))
    }
}

/// Sends back what arrives, until the connection ends.
pub(crate) async fn echo<Io: Read + Write + Unpin>(timed: &Timed, mut io: Io, mut wire: Wire) {
    let reachable = poll_fn(|cx| {
        loop {
            while !wire.is_drained() {
                match poll_write(&mut io, &mut wire, cx) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(_)) => return Poll::Ready(false),
                    Poll::Pending => return Poll::Pending,
                }
            }
            if let Poll::Ready(Err(_)) = Pin::new(&mut io).poll_flush(cx) {
                return Poll::Ready(false);
            }
            match read(&mut io, &mut wire, false, cx, |wire, frame| wire.echo(&frame)) {
                Input::None => return Poll::Pending,
                Input::Some => {}
                Input::End { end: _, reachable } => return Poll::Ready(reachable),
            }
        }
    });
    if reachable.await {
        closing::linger(|duration| timed.sleep(duration), CLOSE_TIMEOUT, closing::LINGER, io, wire, ()).await;
    }
}
