//! The body of a response.

use crate::guard::DeliveryGuard;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

pin_project! {
    /// The body of a response: the engine's own, or that of the service that requests for other paths went to.
    pub struct EngineBody<B = http_body_util::Empty<Bytes>> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[project = KindProject]
    enum Kind<B> {
        Engine { reply: Reply },
        Inner { #[pin] body: B },
    }
}

/// A body that is one piece of known length.
///
/// hyper takes the piece when it writes the head, so that is when an answer counts as handed to the transport.
/// A body that is dropped before was not.
pub(crate) struct Reply {
    piece: Option<Result<Bytes, HangUp>>,
    delivery: Option<DeliveryGuard>,
}

/// The error of a body that asks its server to end the connection without an answer: the protocol's response to
/// the first of two POSTs that overlap.
///
/// hyper has not written anything when it sees it, so the peer sees no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HangUp;

impl Reply {
    pub(crate) fn new(bytes: Bytes, delivery: Option<DeliveryGuard>) -> Self {
        Self { piece: (!bytes.is_empty()).then_some(Ok(bytes)), delivery }
    }

    pub(crate) const fn empty() -> Self {
        Self { piece: None, delivery: None }
    }

    /// A body whose server is to end the connection.
    pub(crate) const fn failing(error: HangUp) -> Self {
        Self { piece: Some(Err(error)), delivery: None }
    }

    fn len(&self) -> u64 {
        match &self.piece {
            Some(Ok(bytes)) => bytes.len() as u64,
            _ => 0,
        }
    }
}

impl From<&'static str> for Reply {
    fn from(text: &'static str) -> Self {
        Self::new(Bytes::from_static(text.as_bytes()), None)
    }
}

impl<B> EngineBody<B> {
    pub(crate) const fn engine(reply: Reply) -> Self {
        Self { kind: Kind::Engine { reply } }
    }

    pub(crate) const fn inner(body: B) -> Self {
        Self { kind: Kind::Inner { body } }
    }
}

impl<B> Body for EngineBody<B>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>>,
{
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.project().kind.project() {
            KindProject::Inner { body } => body.poll_frame(cx).map_err(Into::into),
            KindProject::Engine { reply } => {
                let piece = reply.piece.take();
                if let Some(delivery) = reply.delivery.take() {
                    delivery.written();
                }
                Poll::Ready(piece.map(|piece| piece.map(Frame::data).map_err(Into::into)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Inner { body } => body.is_end_stream(),
            Kind::Engine { reply } => reply.piece.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Inner { body } => body.size_hint(),
            // A length would let a server conclude that there is nothing to ask for.
            Kind::Engine { reply: Reply { piece: Some(Err(HangUp)), .. } } => SizeHint::default(),
            Kind::Engine { reply } => SizeHint::with_exact(reply.len()),
        }
    }
}

impl<B> fmt::Debug for EngineBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBody").finish_non_exhaustive()
    }
}

impl fmt::Display for HangUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is to be ended without an answer")
    }
}

impl Error for HangUp {}
