//! The handler: callbacks for those who need no task per session.

use crate::Socket;
use bytes::Bytes;
use engineio_proto::{CloseReason, Message, Messages, Text};
use std::sync::Arc;

/// What an application does with its sessions, as callbacks.
///
/// They are called by the tasks that drive the connections, so they must be quick and must not block: queue
/// what takes long. The calls of one session never overlap and never change their order, whatever transport
/// its packets arrive on; those of different sessions run in parallel. A call on a [`Socket`] or an
/// [`Engine`](crate::Engine) never leads to a callback before it returns, so one may be made with a lock held
/// that callbacks take as well. (A runtime that polls tasks from within wakers, as some for a single thread do, can
/// call back from there.)
///
/// A callback that panics ends its own session and no other; of its callbacks only
/// [`on_close`](Self::on_close) is called after that.
///
/// While a session's messages wait for its handler, above
/// [`max_inbox_bytes`](crate::EngineBuilder::max_inbox_bytes) its peer is held back.
///
/// ```
/// use bytes::Bytes;
/// use engineio_hyper::{CloseReason, Handler, Socket, Text};
///
/// struct Echo;
///
/// impl Handler for Echo {
///     /// How many messages there were.
///     type Data = usize;
///
///     fn on_connect(&self, _: &Socket) -> usize {
///         0
///     }
///
///     fn on_message(&self, socket: &Socket, count: &mut usize, text: Text) {
///         *count += 1;
///         if let Err(error) = socket.try_send(text) {
///             // `Debug` shows but the beginning of the id, which is a secret.
///             eprintln!("{:?}: {error}", socket.id());
///         }
///     }
///
///     fn on_binary(&self, socket: &Socket, count: &mut usize, bytes: Bytes) {
///         *count += 1;
///         if let Err(error) = socket.try_send(bytes) {
///             eprintln!("{:?}: {error}", socket.id());
///         }
///     }
///
///     fn on_close(&self, socket: &Socket, count: usize, reason: CloseReason) {
///         println!("{:?}: {count} messages, then {reason}", socket.id());
///     }
/// }
/// ```
pub trait Handler: Send + Sync + 'static {
    /// What belongs to one session.
    type Data: Send + 'static;

    /// A session was opened.
    fn on_connect(&self, socket: &Socket) -> Self::Data;

    /// A text arrived.
    fn on_message(&self, socket: &Socket, data: &mut Self::Data, text: Text);

    /// Bytes arrived.
    fn on_binary(&self, socket: &Socket, data: &mut Self::Data, bytes: Bytes);

    /// The session is on WebSocket from here on.
    fn on_upgrade(&self, socket: &Socket, data: &mut Self::Data) {
        let _ = (socket, data);
    }

    /// The session is over. For each session that [`on_connect`](Self::on_connect) returned for, this is called
    /// once, and last.
    fn on_close(&self, socket: &Socket, data: Self::Data, reason: CloseReason) {
        let _ = (socket, data, reason);
    }
}

/// A handler whose type was forgotten.
pub(crate) trait AnyHandler: Send + Sync {
    fn driver(&self) -> Box<dyn AnyDriver>;
}

/// One session's part of a handler.
pub(crate) trait AnyDriver: Send {
    fn open(&mut self, socket: &Socket);
    /// Those that are left after a callback that panics are for nobody.
    fn messages(&mut self, socket: &Socket, messages: Messages);
    fn upgrade(&mut self, socket: &Socket);
    fn close(&mut self, socket: &Socket, reason: CloseReason);
    /// A callback panicked: only the close is to be told.
    fn break_off(&mut self);
}

pub(crate) struct Shared<H>(pub(crate) Arc<H>);

struct Driver<H: Handler> {
    handler: Arc<H>,
    data: Option<H::Data>,
    broken: bool,
}

impl<H: Handler> AnyHandler for Shared<H> {
    fn driver(&self) -> Box<dyn AnyDriver> {
        Box::new(Driver { handler: self.0.clone(), data: None, broken: false })
    }
}

impl<H: Handler> Driver<H> {
    fn call(&mut self, call: impl FnOnce(&H, &mut H::Data)) {
        if let Some(data) = self.data.as_mut().filter(|_| !self.broken) {
            call(&self.handler, data);
        }
    }
}

impl<H: Handler> AnyDriver for Driver<H> {
    fn open(&mut self, socket: &Socket) {
        self.data = Some(self.handler.on_connect(socket));
    }

    fn messages(&mut self, socket: &Socket, messages: Messages) {
        self.call(|handler, data| {
            messages.for_each(|message| match message {
                Message::Text(text) => handler.on_message(socket, data, text),
                Message::Binary(bytes) => handler.on_binary(socket, data, bytes),
            });
        });
    }

    fn upgrade(&mut self, socket: &Socket) {
        self.call(|handler, data| handler.on_upgrade(socket, data));
    }

    fn close(&mut self, socket: &Socket, reason: CloseReason) {
        if let Some(data) = self.data.take() {
            self.handler.on_close(socket, data, reason);
        }
    }

    fn break_off(&mut self) {
        self.broken = true;
    }
}
