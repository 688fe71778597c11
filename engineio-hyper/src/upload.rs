//! The bodies of requests: read with a running limit, or got rid of.

use crate::{host::Host, responder::Settled};
use bytes::{Buf, Bytes};
use engineio_proto::{Encoding, Upload};
use http::{HeaderMap, header};
use http_body::Body;
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};
use tokio::sync::oneshot;

/// How much of a body that nobody needs is read, and for how long. A connection that is closed while the peer
/// still writes is reset, and then the peer may never see the answer that tells why.
const DRAIN_BYTES: u64 = 16 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// How the reading of a POST's body ended.
pub(crate) enum Read {
    Uploaded(Upload),
    /// It was answered before its body was there.
    Settled(Settled),
    /// The peer gave up.
    Truncated,
}

/// Reads the body of a POST and decodes it, unless the core answers it before.
pub(crate) async fn read<B>(
    host: &Arc<Host>,
    body: B,
    encoding: Encoding,
    answer: &mut oneshot::Receiver<Settled>,
) -> Read
where
    B: Body<Data: Send> + Send + 'static,
{
    enum Step<D, E> {
        Settled(Settled),
        Frame(Option<Result<http_body::Frame<D>, E>>),
    }
    let mut body = Box::pin(body);
    let mut collected = Collected::default();
    loop {
        let step = poll_fn(|cx| match Pin::new(&mut *answer).poll(cx) {
            Poll::Ready(settled) => Poll::Ready(Step::Settled(settled.unwrap_or(Settled::HangUp))),
            Poll::Pending => body.as_mut().poll_frame(cx).map(Step::Frame),
        });
        match step.await {
            Step::Settled(settled) => {
                drain(host, body);
                return Read::Settled(settled);
            }
            Step::Frame(Some(Ok(frame))) => {
                let Ok(data) = frame.into_data() else { continue };
                if collected.len() + data.remaining() > host.config.max_payload() {
                    drain(host, body);
                    return Read::Uploaded(Upload::too_large());
                }
                collected.push(data);
            }
            Step::Frame(Some(Err(_))) => return Read::Truncated,
            Step::Frame(None) => break,
        }
    }
    Read::Uploaded(encoding.decode_payload(collected.into_bytes(), host.config.max_packets_per_payload()))
}

/// Gets rid of a body that nobody has asked for yet.
pub(crate) fn discard<B>(host: &Arc<Host>, headers: &HeaderMap, body: B)
where
    B: Body<Data: Send> + Send + 'static,
{
    // A peer that waits to be told to go on has not sent it and, being refused, will not.
    if !body.is_end_stream() && !headers.contains_key(header::EXPECT) {
        drain(host, Box::pin(body));
    }
}

fn drain<B>(host: &Arc<Host>, mut body: Pin<Box<B>>)
where
    B: Body<Data: Send> + Send + 'static,
{
    let mut timeout = host.sleep(DRAIN_TIME);
    let mut left = DRAIN_BYTES;
    host.runtime.spawn_boxed(Box::pin(poll_fn(move |cx| {
        while timeout.as_mut().poll(cx).is_pending() {
            let Poll::Ready(frame) = body.as_mut().poll_frame(cx) else { return Poll::Pending };
            let Some(Ok(frame)) = frame else { break };
            let size = frame.data_ref().map_or(0, Buf::remaining) as u64;
            match left.checked_sub(size) {
                Some(rest) => left = rest,
                None => break,
            }
        }
        Poll::Ready(())
    })));
}

/// A body's pieces. Most bodies are one, which then is not copied.
#[derive(Default)]
struct Collected {
    first: Bytes,
    all: Vec<u8>,
}

impl Collected {
    fn len(&self) -> usize {
        self.first.len() + self.all.len()
    }

    fn push(&mut self, mut data: impl Buf) {
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

    fn into_bytes(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.into() }
    }
}
