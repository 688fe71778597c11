//! A client and a server of this family, connected.

use super::{Dialer, wait};
use crate::wire::client::LIMIT;
use crate::wire::server::{Server, ms};
use core::net::SocketAddr;
use engineio_hyper::{ClientBuilder, EngineBuilder, Message, Note, Packet, Runtime, Socket, Transport, UpgradeFault};
use http::{HeaderValue, Method};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

/// The ways that a session can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Polling,
    WebSocket,
    Upgrading,
}

/// A session: the server that it is on, and its two ends.
pub(super) struct Pair<A: Dialer> {
    pub(super) server: Server<A>,
    pub(super) client: Socket,
    /// The server's end.
    pub(super) peer: Socket,
    pub(super) notes: Arc<Notes>,
}

/// What a client was seen to do.
#[derive(Default)]
pub(super) struct Notes {
    seen: Mutex<Seen>,
    changed: Condvar,
}

/// So many times, or the last of its kind.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) posts: usize,
    /// Requests that were sent again.
    pub(super) resent: usize,
    pub(super) pongs: usize,
    /// In protocol 3 it is the client that pings.
    pub(super) pings: usize,
    pub(super) upgraded: bool,
    pub(super) upgrade_failed: Option<UpgradeFault>,
}

impl Mode {
    pub(super) const ALL: [Self; 3] = [Self::Polling, Self::WebSocket, Self::Upgrading];

    pub(super) fn set<Rt: Runtime, C: engineio_hyper::Connector>(
        self,
        client: ClientBuilder<Rt, C>,
    ) -> ClientBuilder<Rt, C> {
        match self {
            Self::Polling => client.transports([Transport::Polling]),
            Self::WebSocket => client.transports([Transport::WebSocket]),
            Self::Upgrading => client,
        }
    }

    /// The transport that the session is on when all is settled.
    pub(super) const fn ends_on(self) -> Transport {
        match self {
            Self::Polling => Transport::Polling,
            Self::WebSocket | Self::Upgrading => Transport::WebSocket,
        }
    }
}

pub(super) fn url(addr: SocketAddr) -> String {
    format!("http://{addr}/")
}

impl<A: Dialer> Pair<A> {
    pub(super) fn new(mode: Mode) -> Self {
        Self::on(Server::accepting(|config| config), mode)
    }

    pub(super) fn on(server: Server<A>, mode: Mode) -> Self {
        Self::with(server, |client| mode.set(client))
    }

    pub(super) fn with(
        server: Server<A>,
        settings: impl FnOnce(ClientBuilder<A::Runtime, A::Connector>) -> ClientBuilder<A::Runtime, A::Connector>,
    ) -> Self {
        let addr = server.addr();
        Self::through(server, addr, settings)
    }

    /// Connects to another address, which leads to the server.
    pub(super) fn through(
        server: Server<A>,
        addr: SocketAddr,
        settings: impl FnOnce(ClientBuilder<A::Runtime, A::Connector>) -> ClientBuilder<A::Runtime, A::Connector>,
    ) -> Self {
        let (notes, client) = connect::<A>(addr, settings);
        let peer = server.accept();
        assert_eq!(client.id(), peer.id());
        Self { server, client, peer, notes }
    }

    /// Sends back what comes, in the background.
    pub(super) fn echo(&self) {
        let peer = self.peer.clone();
        thread::spawn(move || {
            A::block_on(async {
                while let Some(message) = peer.recv().await {
                    if peer.send(message).await.is_err() {
                        break;
                    }
                }
            });
        });
    }

    /// Waits until the session is where its mode leads, for both sides.
    pub(super) fn settle(&self, mode: Mode) {
        if mode == Mode::Upgrading {
            self.notes.until("upgraded", |seen| seen.upgraded);
        }
        assert_eq!(self.client.transport(), mode.ends_on());
        let deadline = Instant::now() + LIMIT;
        while self.peer.transport() != mode.ends_on() {
            assert!(Instant::now() < deadline, "the server goes over to WebSocket");
            thread::sleep(ms(1));
        }
    }

    /// Sends 50 messages from either side while the session is upgraded, and checks that none is lost, doubled or late.
    pub(super) fn both_ways_during_the_upgrade(&self) {
        let (up, down) = (numbered("up", 50), numbered("down", 50));
        let sending = [send_all::<A>(&self.client, up.clone()), send_all::<A>(&self.peer, down.clone())];
        assert_eq!(receive::<A>(&self.peer, up.len()), up);
        assert_eq!(receive::<A>(&self.client, down.len()), down);
        for sending in sending {
            sending.join().expect("all was sent");
        }
        self.settle(Mode::Upgrading);
        self.echo();
        self.echoes("after the upgrade");
    }

    /// Sends a message from the client and checks that it comes back.
    pub(super) fn echoes(&self, message: impl Into<Message>) {
        let (client, message) = (self.client.clone(), message.into());
        let (sent, received) = wait::<A, _>(async move {
            client.send(message.clone()).await.expect("the session is open");
            (message, client.recv().await)
        });
        assert!(received.as_ref() == Some(&sent), "{} bytes came back otherwise", sent.byte_len());
    }
}

/// Announces that connections are kept, so that a client does not close them for having been idle, however slow the
/// machine is.
pub(super) fn kept_alive<Rt: Runtime>(config: EngineBuilder<Rt>) -> EngineBuilder<Rt> {
    config.headers(|headers, _| {
        headers.insert("keep-alive", HeaderValue::from_static("timeout=60"));
    })
}

/// Opens a session and takes notes of what the client does.
pub(super) fn connect<A: Dialer>(
    addr: SocketAddr,
    settings: impl FnOnce(ClientBuilder<A::Runtime, A::Connector>) -> ClientBuilder<A::Runtime, A::Connector>,
) -> (Arc<Notes>, Socket) {
    Notes::of::<A>(settings(A::client(&url(addr))))
}

/// The next messages of a socket, so many.
pub(super) fn receive<A: Dialer>(socket: &Socket, count: usize) -> Vec<Message> {
    let socket = socket.clone();
    wait::<A, _>(async move {
        let mut messages = Vec::new();
        while messages.len() < count {
            messages.push(socket.recv().await.expect("the session is open"));
        }
        messages
    })
}

/// Numbered texts.
pub(super) fn numbered(name: &str, count: usize) -> Vec<Message> {
    (0..count).map(|number| Message::from(format!("{name} {number}"))).collect()
}

/// Sends messages one by one, in the background.
pub(super) fn send_all<A: Dialer>(socket: &Socket, messages: Vec<Message>) -> thread::JoinHandle<()> {
    let socket = socket.clone();
    thread::spawn(move || {
        wait::<A, _>(async move {
            for message in messages {
                socket.send(message).await.expect("the session is open");
            }
        });
    })
}

impl Notes {
    /// Opens a session and takes notes of what the client does.
    pub(super) fn of<A: Dialer>(client: ClientBuilder<A::Runtime, A::Connector>) -> (Arc<Self>, Socket) {
        let notes = Arc::new(Self::default());
        let client = client.inspect({
            let notes = notes.clone();
            move |note| notes.take(note)
        });
        let socket = wait::<A, _>(async move { client.connect().await }).expect("the session can be opened");
        (notes, socket)
    }

    fn take(&self, note: Note<'_>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match note {
            Note::Request { method, body, .. } => {
                seen.posts += usize::from(*method == Method::POST);
                seen.pongs += body.split(|byte| *byte == 0x1e).filter(|packet| *packet == b"3").count();
                seen.pings += usize::from(body == b"1:2");
            }
            Note::Resending { .. } => seen.resent += 1,
            Note::Sending(frame) if matches!(frame.packet(), Packet::Ping(data) if data.is_empty()) => seen.pings += 1,
            Note::Sending(frame) => seen.pongs += usize::from(matches!(frame.packet(), Packet::Pong(_))),
            Note::Upgraded => seen.upgraded = true,
            Note::UpgradeFailed(fault) => seen.upgrade_failed = Some(fault),
            _ => {}
        }
        self.changed.notify_all();
    }

    /// Waits until this is so.
    pub(super) fn until(&self, what: &str, mut is_so: impl FnMut(&Seen) -> bool) {
        let deadline = Instant::now() + LIMIT;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        while !is_so(&seen) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the client is not {what}");
            seen = self.changed.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Looks.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
