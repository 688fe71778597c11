//! The bodies of requests: read with a running limit, or got rid of.

use crate::host::Host;
use bytes::{Buf, Bytes};
use http::{HeaderMap, header};
use http_body::Body;
use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

/// How much of a body that nobody needs is read, and for how long. A connection that is closed while the peer
/// still writes is reset, and then the peer may never see the answer that tells why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drain {
    pub(crate) bytes: u64,
    pub(crate) time: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self { bytes: 16 * 1024 * 1024, time: Duration::from_secs(10) }
    }
}

/// Waits for the answer to a request whose body nobody wants. `None` if the peer gives up.
///
/// The body is read all the same: a server that is not asked for it would not notice that the peer leaves.
pub(crate) async fn answer<B, T>(host: &Arc<Host>, body: B, answer: impl Future<Output = T>) -> Option<T>
where
    B: Body<Data: Send> + Send + 'static,
{
    let mut answer = pin!(answer);
    let mut rest = (!body.is_end_stream()).then(|| Rest::new(host, Box::pin(body)));
    let settled = poll_fn(|cx| {
        if let Poll::Ready(settled) = answer.as_mut().poll(cx) {
            return Poll::Ready(Some(settled));
        }
        if let Some(Poll::Ready(end)) = rest.as_mut().map(|rest| rest.poll(cx)) {
            rest = None;
            if end == End::Truncated {
                return Poll::Ready(None);
            }
        }
        Poll::Pending
    });
    let settled = settled.await;
    if let Some(rest) = rest {
        rest.drain(host);
    }
    settled
}

/// Gets rid of the body of a request that is refused, and that nobody has asked for yet.
pub(crate) fn discard<B>(host: &Arc<Host>, headers: &HeaderMap, body: B)
where
    B: Body<Data: Send> + Send + 'static,
{
    // A peer that waits to be told to go on has not sent it and, being refused, will not.
    if !headers.contains_key(header::EXPECT) {
        drain(host, body);
    }
}

/// Gets rid of the body of a request that was answered and should have none.
pub(crate) fn drain<B>(host: &Arc<Host>, body: B)
where
    B: Body<Data: Send> + Send + 'static,
{
    if !body.is_end_stream() {
        Rest::new(host, Box::pin(body)).drain(host);
    }
}

/// What is left of a body that nobody wants.
pub(crate) struct Rest<B> {
    body: Pin<Box<B>>,
    left: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It is all there, or more than is worth reading.
    Enough,
    /// The peer gave up.
    Truncated,
}

impl<B: Body> Rest<B> {
    pub(crate) const fn new(host: &Host, body: Pin<Box<B>>) -> Self {
        Self { body, left: host.drain.bytes }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            let Some(frame) = ready!(self.body.as_mut().poll_frame(cx)) else { return Poll::Ready(End::Enough) };
            let Ok(frame) = frame else { return Poll::Ready(End::Truncated) };
            let size = frame.data_ref().map_or(0, Buf::remaining) as u64;
            match self.left.checked_sub(size) {
                Some(left) => self.left = left,
                None => return Poll::Ready(End::Enough),
            }
        }
    }

    /// Reads on in the background, for a while.
    pub(crate) fn drain(mut self, host: &Arc<Host>)
    where
        B: Send + 'static,
    {
        let mut timeout = host.sleep(host.drain.time);
        host.runtime.spawn_boxed(Box::pin(poll_fn(move |cx| match timeout.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => self.poll(cx).map(drop),
        })));
    }
}

/// A body's pieces. Most bodies are one, which then is not copied.
#[derive(Default)]
pub(crate) struct Collected {
    first: Bytes,
    all: Vec<u8>,
}

impl Collected {
    pub(crate) fn len(&self) -> usize {
        self.first.len() + self.all.len()
    }

    pub(crate) fn push(&mut self, mut data: impl Buf) {
        if self.len() == 0 {
            self.first = data.copy_to_bytes(data.remaining());
            return;
        }
        if !self.first.is_empty() {
            self.all.reserve(self.first.len() + data.remaining());
            self.all.extend_from_slice(&std::mem::take(&mut self.first));
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            let length = chunk.len();
            self.all.extend_from_slice(chunk);
            data.advance(length);
        }
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.into() }
    }
}
