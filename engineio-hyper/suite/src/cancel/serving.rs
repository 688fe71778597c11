//! A listener that is dropped.

use crate::{
    Adapter,
    wire::client::{LIMIT, WebSocket},
};
use engineio_hyper::{Engine, Message};
use std::{
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

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
