//! The body of a response, as it is handed to hyper.

#[cfg(feature = "http2")]
use super::streams::{Piece, Stream};
use super::watched::InFlight;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    pin::Pin,
    task::{Context, Poll},
};
#[cfg(feature = "http2")]
use std::{sync::Arc, task::ready};

/// What hyper gets of a body.
#[cfg(not(feature = "http2"))]
type Piece = Bytes;

/// How much of a response hyper gets at once over HTTP/2. It keeps that for as long as the peer gives the stream no window.
#[cfg(feature = "http2")]
const PIECE: usize = 16 * 1024;

/// A request that is not over.
#[derive(Debug)]
pub(super) enum Exchange {
    /// Over HTTP/1.1.
    Http1(InFlight),
    /// Over HTTP/2.
    #[cfg(feature = "http2")]
    Http2(Arc<Stream>),
}

pin_project! {
    /// The body of a response. Its request is not over until this is dropped.
    pub(super) struct Answer<B> {
        #[pin]
        body: Option<B>,
        exchange: Exchange,
        rest: Rest,
    }
}

/// What is left of a piece that is too large.
#[derive(Default)]
struct Rest {
    bytes: Bytes,
    /// There was one: then the end is told only when all has left, so that until then the stream can be reset.
    split: bool,
    /// Nothing comes after it.
    #[cfg_attr(not(feature = "http2"), expect(dead_code, reason = "a body is split over HTTP/2 only"))]
    last: bool,
}

impl<B> Answer<B> {
    pub(super) fn new(body: B, exchange: Exchange) -> Self {
        Self { body: Some(body), exchange, rest: Rest::default() }
    }

    pub(super) fn empty(exchange: Exchange) -> Self {
        Self { body: None, exchange, rest: Rest::default() }
    }
}

impl<B: Body<Data = Bytes>> Body for Answer<B> {
    type Data = Piece;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Piece>, B::Error>>> {
        let this = self.project();
        let Some(body) = this.body.as_pin_mut() else { return Poll::Ready(None) };
        match this.exchange {
            Exchange::Http1(_) => body.poll_frame(cx).map_ok(|frame| frame.map_data(Piece::from)),
            #[cfg(feature = "http2")]
            Exchange::Http2(stream) => this.rest.poll_frame(stream, body, cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        !self.rest.split && self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let hint = self.body.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint);
        let rest = self.rest.bytes.len() as u64;
        if rest == 0 {
            return hint;
        }
        let mut with_rest = SizeHint::new();
        with_rest.set_lower(hint.lower().saturating_add(rest));
        if let Some(upper) = hint.upper().and_then(|upper| upper.checked_add(rest)) {
            with_rest.set_upper(upper);
        }
        with_rest
    }
}

#[cfg(feature = "http2")]
impl Rest {
    /// The next piece of a body.
    fn poll_frame<B: Body<Data = Bytes>>(
        &mut self,
        stream: &Arc<Stream>,
        mut body: Pin<&mut B>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, B::Error>>> {
        loop {
            if !self.bytes.is_empty() {
                let piece = self.bytes.split_to(self.bytes.len().min(PIECE));
                return Poll::Ready(Some(Ok(Frame::data(stream.hand(piece)))));
            }
            if self.last {
                if self.split {
                    ready!(stream.poll_left());
                }
                return Poll::Ready(None);
            }
            match ready!(body.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) => {
                        self.split |= bytes.len() > PIECE;
                        self.bytes = bytes;
                        self.last = body.is_end_stream();
                    }
                    Err(frame) => return Poll::Ready(Some(Ok(frame.map_data(Piece::from)))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => self.last = true,
            }
        }
    }
}
