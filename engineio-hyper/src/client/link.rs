//! A connection that requests go over, one at a time.

use super::{
    connector::Connector,
    first_byte::{FirstByte, Reporting},
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
    first_byte: FirstByte,
    pub(super) connection: Connection,
}

/// hyper's part of a connection, which makes progress only while it is polled. There is no task for it: who waits
/// for something on a connection works it.
pub(super) struct Connection(Option<BoxFuture>);

/// Why a request has no response, and how far the connection got.
pub(super) enum Unanswered {
    /// None of the request was sent: the connection had ended before.
    Unsent(hyper::Error),
    /// Some or all of the request may have been sent. The connection ended before any byte of a response.
    Silent(hyper::Error),
    /// Some bytes came back.
    Broken(hyper::Error),
}

impl Link {
    pub(super) async fn open<C: Connector>(plan: &Plan<C>) -> Result<Self, Failure> {
        let io = plan.connect().await?;
        let first_byte = FirstByte::default();
        let (sender, connection) = http1::handshake(Reporting::new(io, first_byte.clone())).await?;
        Ok(Self { sender, first_byte, connection: Connection::new(async { drop(connection.await) }) })
    }

    /// Sends a request and waits for the head of its response.
    pub(super) async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Unanswered> {
        let Self { sender, first_byte, connection } = self;
        connection.beside(sender.ready()).await.map_err(Unanswered::Unsent)?;
        first_byte.expect();
        connection.beside(sender.try_send_request(request)).await.map_err(|mut error| {
            let unsent = error.take_message().is_some();
            let error = error.into_error();
            match first_byte.has_come() {
                _ if unsent => Unanswered::Unsent(error),
                false => Unanswered::Silent(error),
                true => Unanswered::Broken(error),
            }
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
            Unanswered::Unsent(error) | Unanswered::Silent(error) | Unanswered::Broken(error) => error.into(),
        }
    }
}
