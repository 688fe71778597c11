//! The application's handle of a session.

use crate::{
    lane::Wait,
    role::{Core, Role},
    session::Session,
    waiters::Place,
};
use engineio_proto::{CloseReason, Message, Outgoing, SendError, SessionId, Transport};
use futures_core::Stream;
use futures_sink::Sink;
use http::request::Parts;
use std::{
    fmt,
    future::poll_fn,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker, ready},
};

/// One session: sends to its peer, receives from it, closes it.
///
/// Clones are cheap and may be used from any thread; they are one session, and each message goes to one of those
/// who [receive](Self::recv). Dropping the last clone of one that was [accepted](crate::Engine::accept) or
/// [connected](crate::ClientBuilder::connect) closes the session. All futures are cancel-safe.
///
/// Both directions are bounded. What is sent waits in the session's queue until the transport takes it; when
/// the queue is full, [`send`](Self::send) waits and [`try_send`](Self::try_send) gives the message back. What
/// arrives waits for [`recv`](Self::recv); beyond a bound the peer is held back, on either transport.
///
/// It is also a [`Stream`] of messages and a [`Sink`] for them.
pub struct Socket {
    session: Role,
    /// What the sink took and the session's queue has not yet.
    unsent: Option<Outgoing>,
    receiving: Place,
    sending: Place,
}

impl Socket {
    /// The handle that a session begins with.
    pub(crate) const fn first(session: Role) -> Self {
        Self { session, unsent: None, receiving: Place::NONE, sending: Place::NONE }
    }

    /// One more handle of an engine's session.
    pub(crate) fn of(session: Arc<Session>) -> Self {
        Self::more(Role::Server(session))
    }

    /// The handle that a handler is called with. What is sent by it waits for whoever calls to enter the core.
    pub(crate) const fn in_turn(session: Arc<Session>) -> Self {
        Self::first(Role::InTurn(session))
    }

    fn more(session: Role) -> Self {
        if let Some(handles) = session.handles() {
            handles.fetch_add(1, Ordering::Relaxed);
        }
        Self::first(session)
    }

    /// The session's id: the text that its server gave it. On the server's side [`SessionId::sid`] is the same id as a
    /// [`Sid`](crate::Sid). It is a secret: anyone who knows it can take part in the session.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.session.id()
    }

    /// The transport that the session is on, or was on when it ended.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.session.transport()
    }

    /// The head of the request that opened the session: its URI, headers and extensions. On a client that is the URL
    /// that it connected to, and the headers that it was told to send.
    #[must_use]
    pub fn handshake(&self) -> &Arc<Parts> {
        self.session.handshake()
    }

    /// Where the request that opened the session came from, if the server that took it said so: see
    /// [`RemoteAddr`](crate::RemoteAddr). A client does not know.
    #[must_use]
    pub fn remote_addr(&self) -> Option<SocketAddr> {
        self.session.remote_addr()
    }

    /// Sends a message. If there is no room, waits for some; dropping the future then drops the message.
    ///
    /// Where the other side and the settings allow for it, a message may be compressed, unless it is sent
    /// [uncompressed](Message::uncompressed): see [`Outgoing`].
    ///
    /// # Errors
    /// If it can never be sent. The error gives it back; it is never [`SendError::Full`].
    pub async fn send(&self, message: impl Into<Outgoing>) -> Result<(), SendError> {
        self.push(message.into(), |core, message| core.send(message)).await
    }

    /// Sends messages next to each other, all of them or none, once there is room for all.
    ///
    /// # Errors
    /// As [`send`](Self::send), with all of them.
    pub async fn send_many(
        &self,
        messages: impl IntoIterator<Item: Into<Outgoing>>,
    ) -> Result<(), SendError<Vec<Outgoing>>> {
        let messages = messages.into_iter().map(Into::into).collect();
        self.push(messages, |core, messages| core.send_many(messages)).await
    }

    /// Sends a message and waits until it was handed to the transport. That says nothing about its arrival, but
    /// that whatever follows will not overtake it.
    ///
    /// # Errors
    /// As [`send`](Self::send); and [`SendError::Closed`] if the session ends before that.
    pub async fn send_confirmed(&self, message: impl Into<Outgoing>) -> Result<(), SendError> {
        let message = message.into();
        let confirmed = self
            .push(message.clone(), |core, message| core.send_tracked(message).map(|id| self.session.lane().confirm(id)))
            .await?;
        confirmed.await.map_err(|_| SendError::Closed(message))
    }

    /// Sends a message if there is room.
    ///
    /// # Errors
    /// If it cannot be sent, now or ever. The error says why and gives it back.
    pub fn try_send(&self, message: impl Into<Outgoing>) -> Result<(), SendError> {
        let message = message.into();
        self.session.offer(|core| core.send(message))
    }

    /// Sends messages next to each other, all of them or none, if there is room for all.
    ///
    /// # Errors
    /// As [`try_send`](Self::try_send), with all of them.
    pub fn try_send_many(
        &self,
        messages: impl IntoIterator<Item: Into<Outgoing>>,
    ) -> Result<(), SendError<Vec<Outgoing>>> {
        let messages = messages.into_iter().map(Into::into).collect();
        self.session.offer(|core| core.send_many(messages))
    }

    /// Receives the next message. `None` is the end of the session, after all of its messages; with a
    /// [`Handler`](crate::Handler), which gets the messages, it is all that comes.
    pub async fn recv(&self) -> Option<Message> {
        let lane = self.session.lane();
        let mut visit = lane.visit(Wait::Message);
        poll_fn(|cx| lane.poll_recv(&mut visit.place, cx)).await
    }

    /// Closes the session in an orderly way: what was sent still leaves, as long as that does not take longer
    /// than the close timeout. Does not wait.
    pub fn close(&self) {
        self.session.enter(|core| core.close());
    }

    /// Ends the session at once; what is queued is dropped. The other side may not learn of it but by the heartbeat.
    pub fn discard(&self) {
        self.session.enter(|core| core.discard());
    }

    /// Waits for the end of the session. On a client that closes a session on WebSocket, this also waits until the Close
    /// frame was written, so that a program can exit at once.
    pub async fn closed(&self) -> CloseReason {
        let lane = self.session.lane();
        let mut visit = lane.visit(Wait::Closed);
        poll_fn(|cx| lane.poll_closed(&mut visit.place, cx)).await
    }

    /// Why the session is over; `None` if it is not.
    #[must_use]
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.session.lane().closed()
    }

    async fn push<M, T>(
        &self,
        what: M,
        mut push: impl FnMut(Core<'_>, M) -> Result<T, SendError<M>>,
    ) -> Result<T, SendError<M>> {
        let mut visit = self.session.lane().visit(Wait::Outbox);
        let mut what = Some(what);
        poll_fn(|cx| poll_push(&self.session, &mut visit.place, &mut what, &mut push, cx)).await
    }

    /// Waits until the session's queue has taken what the sink took.
    fn poll_unsent(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        if self.unsent.is_none() {
            return Poll::Ready(Ok(()));
        }
        poll_push(
            &self.session,
            &mut self.sending,
            &mut self.unsent,
            &mut |core: Core<'_>, message| core.send(message),
            cx,
        )
    }
}

/// Sends what is there, or waits for room and leaves it there.
fn poll_push<M, T>(
    session: &Role,
    place: &mut Place,
    what: &mut Option<M>,
    push: &mut impl FnMut(Core<'_>, M) -> Result<T, SendError<M>>,
    cx: &mut Context<'_>,
) -> Poll<Result<T, SendError<M>>> {
    // The first try costs no waker.
    for waker in [None, Some(cx.waker())] {
        let Some(mut taken) = what.take() else { return Poll::Pending };
        let waker: Option<Waker> = waker.cloned();
        let (result, old) = session.enter(|core| {
            let result = push(core, taken);
            // Under the lock, so that no room is missed.
            let old = match (&result, waker) {
                (Err(SendError::Full(_)), Some(waker)) => session.lane().park(Wait::Outbox, place, waker),
                _ => None,
            };
            (result, old)
        });
        drop(old);
        match result {
            Err(SendError::Full(back)) => taken = back,
            other => {
                session.lane().leave(Wait::Outbox, place);
                return Poll::Ready(other);
            }
        }
        *what = Some(taken);
    }
    Poll::Pending
}

impl Clone for Socket {
    /// One more handle of the session. What the sink still holds stays with the original.
    fn clone(&self) -> Self {
        Self::more(self.session.lasting())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.session.lane().leave(Wait::Message, &mut self.receiving);
        self.session.lane().leave(Wait::Outbox, &mut self.sending);
        // The last one sees all that the others did.
        let last = self.session.handles().is_some_and(|handles| handles.fetch_sub(1, Ordering::AcqRel) == 1);
        if last && self.session.is_owned() && self.session.lane().closed().is_none() {
            self.close();
        }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("id", &self.id()).field("transport", &self.transport()).finish_non_exhaustive()
    }
}

impl Stream for Socket {
    type Item = Message;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        let this = &mut *self;
        this.session.lane().poll_recv(&mut this.receiving, cx)
    }
}

/// Closing the sink closes the session.
impl Sink<Message> for Socket {
    type Error = SendError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.poll_unsent(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        debug_assert!(self.unsent.is_none(), "start_send is called after poll_ready");
        match self.try_send(message) {
            Err(SendError::Full(message)) => self.unsent = Some(message),
            other => return other,
        }
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.poll_unsent(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        ready!(self.poll_unsent(cx))?;
        self.close();
        Poll::Ready(Ok(()))
    }
}
