//! A server in a world where nothing moves unless the test moves it.

use super::{
    held::{Flag, Held},
    pipe::{Peer, Pipes},
};
use crate::Adapter;
use bytes::Bytes;
use core::{
    cell::RefCell,
    pin::{Pin, pin},
    task::Poll,
};
use engineio_hyper::{Engine, EngineBuilder, Listener, Message, Runtime, Socket, serve};
use http::Request;
use http_body_util::{BodyExt, Full};
use std::sync::Arc;
use tower_service::Service;

/// More steps than anything takes.
pub(super) const MANY: usize = 100_000;

pub(super) struct World<A: Adapter> {
    held: Held<A::Runtime>,
    engine: Engine<Held<A::Runtime>>,
    pipes: Pipes,
    /// The accept loops.
    servers: RefCell<Vec<u64>>,
}

impl<A: Adapter> World<A> {
    pub(super) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(super) fn with(
        settings: impl FnOnce(EngineBuilder<Held<A::Runtime>>) -> EngineBuilder<Held<A::Runtime>>,
    ) -> Self {
        let held = Held::new(A::runtime());
        let engine = settings(Engine::builder_on(held.clone())).build().expect("the settings make sense");
        Self { held, engine, pipes: Pipes::default(), servers: RefCell::default() }
    }

    pub(super) const fn engine(&self) -> &Engine<Held<A::Runtime>> {
        &self.engine
    }

    /// Starts to serve.
    pub(super) fn serve(&self) {
        self.serve_on(self.pipes());
    }

    /// Starts to serve on another listener.
    pub(super) fn serve_on(&self, listener: impl Listener + 'static) {
        self.servers.borrow_mut().push(self.held.next());
        let (runtime, service) = (self.held.clone(), self.engine.service());
        self.held.spawn(async { match serve(runtime, listener, service).await {} });
    }

    pub(super) fn pipes(&self) -> Pipes {
        self.pipes.clone()
    }

    /// Lets everything run that there is, for so many steps. Returns whether it came to rest.
    pub(super) fn step(&self, steps: usize) -> bool {
        for _ in 0..steps {
            if !self.held.step() {
                return true;
            }
        }
        false
    }

    /// Lets everything come to rest.
    pub(super) fn rest(&self) {
        assert!(self.step(MANY), "it comes to rest");
    }

    /// Does something, lets everything run for so many steps, and drops whatever has been begun meanwhile. Returns
    /// whether it had come to rest.
    pub(super) fn cut(&self, steps: usize, begin: impl FnOnce()) -> bool {
        let first = self.held.next();
        begin();
        let rests = self.step(steps);
        self.held.drop_tasks(first..);
        rests
    }

    pub(super) fn connect(&self) -> Peer {
        self.pipes.connect()
    }

    /// Waits for what the tasks make come.
    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.within_reach(future).expect("it comes")
    }

    /// The outcome of a future, if that comes without anybody doing anything.
    pub(super) fn within_reach<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        let flag = Arc::new(Flag::default());
        loop {
            if let Poll::Ready(outcome) = flag.poll(future.as_mut()) {
                return Some(outcome);
            }
            self.rest();
            if !flag.was_woken() {
                return None;
            }
        }
    }

    /// An exchange without a connection.
    pub(super) fn exchange(&self, method: &str, query: &str, body: &str) -> Option<(u16, String)> {
        self.within_reach(self.begin(method, query, body))
    }

    /// The future of an exchange without a connection.
    pub(super) fn begin(&self, method: &str, query: &str, body: &str) -> Pin<Box<dyn Future<Output = (u16, String)>>> {
        let uri = format!("/engine.io/?EIO=4&{query}");
        let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
        let request = Request::builder().method(method).uri(uri).body(body).expect("it is a request");
        let response = Service::call(&mut self.engine.service(), request);
        Box::pin(async {
            let (head, body) = match response.await {
                Ok(response) => response.into_parts(),
                Err(never) => match never {},
            };
            let body = body.collect().await.expect("the body comes").to_bytes();
            (head.status.as_u16(), String::from_utf8(body.into()).expect("it is text"))
        })
    }

    /// A new session over polling: its handle, and the query of its requests.
    pub(super) fn open(&self) -> (Socket, String) {
        let (status, handshake) = self.exchange("GET", "transport=polling", "").expect("a handshake is answered");
        assert_eq!(status, 200, "{handshake}");
        let socket = self.accept();
        assert_eq!(sid(&handshake), socket.id().to_string());
        (socket, format!("transport=polling&sid={}", sid(&handshake)))
    }

    pub(super) fn accept(&self) -> Socket {
        self.wait(self.engine.accept()).expect("sessions are accepted")
    }

    /// All messages that there are for the application.
    pub(super) fn messages(&self, socket: &Socket) -> Vec<Message> {
        let mut messages = Vec::new();
        while let Some(Some(message)) = self.within_reach(socket.recv()) {
            messages.push(message);
        }
        messages
    }

    /// A session that is open has to work, in both directions.
    pub(super) fn expect_polling(&self, socket: &Socket, query: &str) {
        assert_eq!(socket.close_reason(), None);
        assert_eq!(self.exchange("POST", query, "4to the server"), Some((200, "ok".to_owned())));
        assert_eq!(self.messages(socket), [Message::from("to the server")]);
        socket.try_send("to the client").expect("there is room");
        assert_eq!(self.exchange("GET", query, ""), Some((200, "4to the client".to_owned())));
        // Nothing is left, so the next one waits; being dropped, it is given up.
        assert_eq!(self.exchange("GET", query, ""), None);
        assert!(socket.close_reason().is_some());
    }

    /// Whatever happened, new sessions are served, and in the end nothing is left. Takes all that the test still has.
    pub(super) fn finish(self, rest: impl Sized) {
        drop(rest);
        self.engine.sockets().iter().for_each(Socket::discard);
        while self.within_reach(self.engine.accept()).is_some() {}
        let (socket, query) = self.open();
        self.expect_polling(&socket, &query);
        assert!(self.engine.is_empty());
        let Self { held, engine, pipes, servers } = self;
        for server in servers.into_inner() {
            held.drop_tasks(server..=server);
        }
        drop((engine, pipes, socket));
        while held.step() {}
        assert_eq!(held.len(), 0, "no task is left");
    }
}

/// The session's id, from the handshake.
pub(super) fn sid(handshake: &str) -> &str {
    handshake.split('"').nth(3).expect("a handshake tells the session's id")
}
