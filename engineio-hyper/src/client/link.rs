//! A connection that requests go over, one at a time.

use super::{
    connector::Connector,
    plan::{Failure, Plan},
};
use crate::runtime::BoxFuture;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::{Context, Poll},
};

/// A connection that requests go over, one at a time.
pub(super) struct Link {
    sender: SendRequest<Full<Bytes>>,
    pub(super) connection: Connection,
}

/// hyper's part of a connection, which makes progress only while it is polled. There is no task for it: who waits
/// for something on a connection works it.
pub(super) struct Connection(Option<BoxFuture>);

/// What became of a request that was not answered.
pub(super) enum Unanswered {
    /// None of it was sent: the connection had ended before.
    Unsent(Box<Request<Full<Bytes>>>, hyper::Error),
    /// Some of it may have been.
    Lost(hyper::Error),
}

impl Link {
    pub(super) async fn open<C: Connector>(plan: &Plan<C>) -> Result<Self, Failure> {
        let io = plan.connector.connect(&plan.endpoint).await.map_err(Failure::unreachable)?;
        let (sender, connection) = http1::handshake(io).await?;
        Ok(Self { sender, connection: Connection::new(async { drop(connection.await) }) })
    }

    /// Sends a request and waits for the head of its response.
    pub(super) async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Unanswered> {
        let Self { sender, connection } = self;
        if let Err(error) = connection.beside(sender.ready()).await {
            return Err(Unanswered::Unsent(Box::new(request), error));
        }
        connection.beside(sender.try_send_request(request)).await.map_err(|mut error| match error.take_message() {
            Some(request) => Unanswered::Unsent(Box::new(request), error.into_error()),
            None => Unanswered::Lost(error.into_error()),
        })
    }

    /// Works an idle connection. Ready when the server has closed it.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.connection.poll(cx)
    }
}

impl Connection {
    pub(super) fn new(connection: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Some(Box::pin(connection)))
    }

    /// Works the connection while a future is waited for.
    pub(super) async fn beside<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| {
            // If it ends, the future learns of it by itself.
            let _ = self.poll(cx);
            future.as_mut().poll(cx)
        })
        .await
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(connection) = &mut self.0 {
            if connection.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.0 = None;
        }
        Poll::Ready(())
    }
}

impl From<Unanswered> for Failure {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Unsent(_, error) | Unanswered::Lost(error) => error.into(),
        }
    }
}
