//! The application behind the server under test: it writes down what it is told, in order, and does what the test
//! says.

use super::client::LIMIT;
use bytes::Bytes;
use engineio_hyper::{CloseReason, Handler, Message, Socket, Text, Transport};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What the application was told about a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It began, on this transport.
    Connect(Transport),
    /// A text message came.
    Text(String),
    /// A binary message came.
    Binary(Vec<u8>),
    /// It is on WebSocket now.
    Upgrade,
    /// It ended.
    Close(CloseReason),
}

/// Called with everything that the application is told, before it is written down.
pub type Hook = Box<dyn Fn(&Socket, &Seen) + Send + Sync>;

/// What the handler and the test share.
#[derive(Default)]
pub struct App {
    hook: Option<Hook>,
    sessions: Mutex<HashMap<String, Record>>,
    changed: Condvar,
}

#[derive(Default)]
struct Record {
    socket: Option<Socket>,
    unread: VecDeque<Seen>,
}

/// One session, as the application sees it.
pub struct Session<'a> {
    app: &'a App,
    sid: String,
}

/// The handler that is given to the server.
#[derive(Clone)]
pub struct Recorder(pub Arc<App>);

impl App {
    /// An application with a hook.
    pub fn new(hook: Option<Hook>) -> Arc<Self> {
        Arc::new(Self { hook, ..Self::default() })
    }

    /// One of its sessions, which need not have begun.
    pub fn session(&self, sid: &str) -> Session<'_> {
        Session { app: self, sid: sid.to_owned() }
    }

    fn records(&self) -> MutexGuard<'_, HashMap<String, Record>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, socket: &Socket, seen: Seen) {
        // Text in this form comes back, whatever the hook does.
        if let Seen::Text(text) = &seen
            && text.starts_with("echo ")
        {
            let _ = socket.try_send(Message::from(text.as_str()));
        }
        if let Some(hook) = &self.hook {
            hook(socket, &seen);
        }
        let mut records = self.records();
        let record = records.entry(socket.id().to_string()).or_default();
        record.socket.get_or_insert_with(|| socket.clone());
        record.unread.push_back(seen);
        drop(records);
        self.changed.notify_all();
    }
}

impl Handler for Recorder {
    type Data = ();

    fn on_connect(&self, socket: &Socket) {
        self.0.note(socket, Seen::Connect(socket.transport()));
    }

    fn on_message(&self, socket: &Socket, (): &mut (), text: Text) {
        self.0.note(socket, Seen::Text(text.as_str().to_owned()));
    }

    fn on_binary(&self, socket: &Socket, (): &mut (), bytes: Bytes) {
        self.0.note(socket, Seen::Binary(bytes.to_vec()));
    }

    fn on_upgrade(&self, socket: &Socket, (): &mut ()) {
        self.0.note(socket, Seen::Upgrade);
    }

    fn on_close(&self, socket: &Socket, (): (), reason: CloseReason) {
        self.0.note(socket, Seen::Close(reason));
    }
}

impl Session<'_> {
    /// The handle that the application has.
    ///
    /// # Panics
    /// If the session does not begin.
    #[must_use]
    pub fn socket(&self) -> Socket {
        self.wait("begins", |record| record.socket.clone())
    }

    /// What the application was told next.
    ///
    /// # Panics
    /// If it is told nothing.
    #[must_use]
    pub fn next(&self) -> Seen {
        self.wait("goes on", |record| record.unread.pop_front())
    }

    /// Checks that the application was told this next.
    ///
    /// # Panics
    /// If it was not.
    pub fn expect(&self, seen: &Seen) {
        assert_eq!(self.next(), *seen);
    }

    /// Checks that the session began on long-polling.
    ///
    /// # Panics
    /// If it did not.
    pub fn expect_polling(&self) {
        self.expect(&Seen::Connect(Transport::Polling));
    }

    /// Checks that the session began on WebSocket.
    ///
    /// # Panics
    /// If it did not.
    pub fn expect_websocket(&self) {
        self.expect(&Seen::Connect(Transport::WebSocket));
    }

    /// Checks that this text came next.
    ///
    /// # Panics
    /// If it did not.
    pub fn expect_text(&self, text: &str) {
        self.expect(&Seen::Text(text.to_owned()));
    }

    /// Checks that these bytes came next.
    ///
    /// # Panics
    /// If they did not.
    pub fn expect_binary(&self, bytes: &[u8]) {
        self.expect(&Seen::Binary(bytes.to_vec()));
    }

    /// Checks that the session is over, for this reason.
    ///
    /// # Panics
    /// If it is not.
    pub fn expect_close(&self, reason: impl Into<CloseReason>) {
        self.expect(&Seen::Close(reason.into()));
    }

    /// Whether there is nothing that the application was told and the test has not asked for.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.app.records().get(&self.sid).is_none_or(|record| record.unread.is_empty())
    }

    /// Sends a text to the peer.
    ///
    /// # Panics
    /// If it cannot be queued.
    pub fn send(&self, text: &str) {
        self.socket().try_send(Message::from(text)).expect("the queue takes it");
    }

    /// Sends bytes to the peer.
    ///
    /// # Panics
    /// If they cannot be queued.
    pub fn send_binary(&self, bytes: &[u8]) {
        self.socket().try_send(Message::from(bytes.to_vec())).expect("the queue takes it");
    }

    fn wait<T>(&self, what: &str, mut take: impl FnMut(&mut Record) -> Option<T>) -> T {
        let deadline = Instant::now() + LIMIT;
        let mut records = self.app.records();
        loop {
            if let Some(taken) = records.get_mut(&self.sid).and_then(&mut take) {
                return taken;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the session {what}");
            records = self.app.changed.wait_timeout(records, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
