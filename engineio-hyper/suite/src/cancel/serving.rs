//! A listener that is dropped, and one that cannot accept.

use super::{
    pipe::{Conn, Pipes},
    world::World,
};
use crate::{
    Adapter,
    wire::client::{LIMIT, WebSocket},
};
use engineio_hyper::{Engine, Listener, Message};
use std::{
    io,
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// A listener without file descriptors, for as long as that is so.
struct Exhausted {
    pipes: Pipes,
    /// What the system says, by its number.
    error: i32,
    is_exhausted: Arc<AtomicBool>,
    attempts: Arc<AtomicU32>,
}

impl Listener for Exhausted {
    type Io = Conn;

    async fn accept(&mut self) -> io::Result<(Conn, SocketAddr)> {
        if self.is_exhausted.load(Ordering::SeqCst) {
            self.attempts.fetch_add(1, Ordering::SeqCst);
            return Err(io::Error::from_raw_os_error(self.error));
        }
        self.pipes.accept().await
    }
}

/// Nobody is let in any more; whoever is in stays.
pub fn f44_connections_outlive_their_listener<A: Adapter>() {
    let engine = Engine::builder_on(A::runtime()).build().expect("the settings make sense");
    let running = A::serve(engine.clone());
    let addr = running.addr;
    let (mut client, _) = WebSocket::handshake(addr);
    let socket = A::block_on(engine.accept()).expect("sessions are accepted");
    drop(running);
    let deadline = Instant::now() + LIMIT;
    while TcpStream::connect(addr).is_ok() {
        assert!(Instant::now() < deadline, "the listener is closed");
        thread::sleep(Duration::from_millis(1));
    }
    client.text("4in");
    assert_eq!(A::block_on(socket.recv()), Some(Message::from("in")));
    socket.try_send("out").expect("there is room");
    client.expect("4out");
}

/// A process that has run out of file descriptors, or a system that has, does not try again and again, which would keep
/// it from closing any; it does later, and then goes on.
pub fn f41_accepting_pauses_without_file_descriptors<A: Adapter>() {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    for error in [EMFILE, ENFILE] {
        let world = World::<A>::new();
        let (is_exhausted, attempts) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU32::new(0)));
        let peer = world.connect();
        peer.write(b"GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\n\r\n");
        let begin = Instant::now();
        world.serve_on(Exhausted {
            pipes: world.pipes(),
            error,
            is_exhausted: is_exhausted.clone(),
            attempts: attempts.clone(),
        });
        // Twice, so that it is seen to try again.
        while attempts.load(Ordering::SeqCst) < 2 {
            assert!(begin.elapsed() < LIMIT, "it is tried again");
            world.rest();
            thread::sleep(Duration::from_millis(1));
        }
        let pauses = attempts.load(Ordering::SeqCst) - 1;
        assert!(begin.elapsed() >= Duration::from_millis(50) * pauses, "{pauses} pauses in {:?}", begin.elapsed());
        assert!(peer.received().is_empty());
        is_exhausted.store(false, Ordering::SeqCst);
        while peer.received().is_empty() {
            assert!(begin.elapsed() < LIMIT, "it is accepted");
            world.rest();
            thread::sleep(Duration::from_millis(1));
        }
        let socket = world.accept();
        world.finish((peer, socket));
    }
}
