//! A server under test, with an application that a test can look into.

use super::app::{App, Hook, Recorder, Seen, Session};
use super::client::{self, LIMIT, Polling, WebSocket};
use crate::{Adapter, Running};
use core::net::SocketAddr;
use core::time::Duration;
use engineio_hyper::{CloseReason, Engine, EngineBuilder, Message, SendError, Socket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Instant;

/// A server on a port of its own.
///
/// When it is dropped it does what every scenario ends with: whatever happened before, new sessions are served on both
/// transports, and when all are closed none is left.
pub struct Server<A: Adapter> {
    engine: Engine<A::Runtime>,
    _requests: client::Seen,
    running: Option<Running>,
    addr: SocketAddr,
    app: Arc<App>,
    /// Sessions come by [`Server::accept`] and not to the application.
    accepting: bool,
    /// It serves no new sessions.
    shut_down: AtomicBool,
}

/// So many milliseconds.
#[must_use]
pub const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

impl<A: Adapter> Server<A> {
    /// A server with the default settings.
    #[must_use]
    pub fn start() -> Self {
        Self::with(|config| config)
    }

    /// A server with other settings.
    #[must_use]
    pub fn with(settings: impl FnOnce(EngineBuilder<A::Runtime>) -> EngineBuilder<A::Runtime>) -> Self {
        Self::build(settings, None, false)
    }

    /// A server whose application calls `hook` with everything that it is told.
    #[must_use]
    pub fn hooked(
        settings: impl FnOnce(EngineBuilder<A::Runtime>) -> EngineBuilder<A::Runtime>,
        hook: impl Fn(&Socket, &Seen) + Send + Sync + 'static,
    ) -> Self {
        Self::build(settings, Some(Box::new(hook)), false)
    }

    /// A server whose sessions are accepted by the test.
    #[must_use]
    pub fn accepting(settings: impl FnOnce(EngineBuilder<A::Runtime>) -> EngineBuilder<A::Runtime>) -> Self {
        Self::build(settings, None, true)
    }

    fn build(
        settings: impl FnOnce(EngineBuilder<A::Runtime>) -> EngineBuilder<A::Runtime>,
        hook: Option<Hook>,
        accepting: bool,
    ) -> Self {
        let app = App::new(hook);
        let builder = settings(Engine::builder_on(A::runtime()));
        let engine = if accepting { builder.build() } else { builder.build_with_handler(Recorder(Arc::clone(&app))) };
        let engine = engine.expect("the scenario's settings make sense");
        let running = A::serve(engine.clone());
        let counted = engine.clone();
        Self {
            _requests: client::watch(running.addr, move || counted.metrics().requests),
            engine,
            addr: running.addr,
            running: Some(running),
            app,
            accepting,
            shut_down: AtomicBool::new(false),
        }
    }

    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// A session, as the application sees it.
    #[must_use]
    pub fn session(&self, sid: &str) -> Session<'_> {
        self.app.session(sid)
    }

    /// Closes all sessions.
    pub fn close_all(&self) {
        self.engine.close_all();
    }

    /// The engine that it serves.
    #[must_use]
    pub const fn engine(&self) -> &Engine<A::Runtime> {
        &self.engine
    }

    /// Begins to shut down.
    #[must_use]
    pub fn shut_down(&self) -> JoinHandle<()> {
        self.shut_down.store(true, Ordering::Relaxed);
        let engine = self.engine.clone();
        thread::spawn(move || Self::within_limit(async move { engine.shutdown().await }))
    }

    /// Waits until there are this many sessions.
    ///
    /// # Panics
    /// If that does not come to be.
    pub fn expect_sessions(&self, count: usize) {
        let deadline = Instant::now() + LIMIT;
        while self.engine.len() != count {
            assert!(Instant::now() < deadline, "{} sessions are left", self.engine.len());
            thread::sleep(ms(1));
        }
    }

    /// The next session.
    ///
    /// # Panics
    /// If none comes.
    #[must_use]
    pub fn accept(&self) -> Socket {
        let engine = self.engine.clone();
        Self::within_limit(async move { engine.accept().await }).expect("the engine is not shut down")
    }

    /// The next message.
    ///
    /// # Panics
    /// If none comes.
    #[must_use]
    pub fn recv(&self, socket: &Socket) -> Message {
        let socket = socket.clone();
        Self::within_limit(async move { socket.recv().await }).expect("the session is open")
    }

    /// The next messages, so many.
    ///
    /// # Panics
    /// If they do not come.
    #[must_use]
    pub fn recv_many(&self, socket: &Socket, count: usize) -> Vec<Message> {
        let socket = socket.clone();
        Self::within_limit(async move {
            let mut messages = Vec::new();
            while messages.len() < count {
                messages.push(socket.recv().await.expect("the session is open"));
            }
            messages
        })
    }

    /// Checks that there is no message left and the session is over.
    ///
    /// # Panics
    /// If that is not so.
    pub fn expect_end(&self, socket: &Socket) {
        let socket = socket.clone();
        assert_eq!(Self::within_limit(async move { socket.recv().await }), None);
    }

    /// Why the session ended.
    ///
    /// # Panics
    /// If it does not end.
    #[must_use]
    pub fn closed(&self, socket: &Socket) -> CloseReason {
        let socket = socket.clone();
        Self::within_limit(async move { socket.closed().await })
    }

    /// Begins to send a message, for which there may have to be room first.
    #[must_use]
    pub fn send_in_background(&self, socket: Socket, text: String) -> JoinHandle<Result<(), SendError>> {
        thread::spawn(move || Self::within_limit(async move { socket.send(Message::from(text)).await }))
    }

    /// Waits for a future, but not for ever.
    fn within_limit<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
        let (done, result) = mpsc::channel();
        thread::spawn(move || done.send(A::block_on(future)));
        result.recv_timeout(LIMIT).expect("what is waited for comes")
    }

    /// Checks that new sessions are served.
    fn serves(&self) {
        if self.engine.config().enables(engineio_hyper::Transport::Polling) {
            let mut session = Polling::open(self.addr);
            if self.accepting {
                let socket = self.accept();
                session.accept("4in");
                assert_eq!(self.recv(&socket), Message::from("in"));
                socket.try_send(Message::from("out")).expect("there is room");
                session.expect_packet("4out");
            } else {
                session.accept("4echo after all");
                session.expect_packet("4echo after all");
            }
        }
        if self.engine.config().enables(engineio_hyper::Transport::WebSocket) {
            let (mut client, _) = WebSocket::handshake(self.addr);
            if self.accepting {
                let socket = self.accept();
                client.text("4in");
                assert_eq!(self.recv(&socket), Message::from("in"));
                socket.try_send(Message::from("out")).expect("there is room");
                client.expect_packet("4out");
            } else {
                client.text("4echo after all");
                client.expect_packet("4echo after all");
            }
        }
    }
}

impl<A: Adapter> Drop for Server<A> {
    fn drop(&mut self) {
        if !thread::panicking() {
            if !self.shut_down.load(Ordering::Relaxed) {
                self.serves();
            }
            self.engine.close_all();
            // Those that no peer asks about end by the close timeout; nobody waits for that here.
            self.engine.sockets().iter().for_each(Socket::discard);
            self.expect_sessions(0);
        }
        drop(self.running.take());
    }
}
