//! What a session begins with.

use crate::Adapter;
use crate::wire::client::{Conn, WebSocket, request, target};
use engineio_hyper::{Engine, Socket};

/// On polling it is in the answer to the handshake itself, on WebSocket it is the frame after it.
pub fn the_initial_packet_comes_with_the_handshake<A: Adapter>() {
    let engine = Engine::builder_on(A::runtime()).initial_packet("welcome").build().expect("the settings make sense");
    let running = A::serve(engine.clone());
    let opened = Conn::open(running.addr).exchange(&request("GET", &target("polling", None), &[], b""));
    let packets = opened.packets();
    let (handshake, rest) = packets.split_once('\u{1e}').expect("there are two packets");
    assert!(handshake.starts_with("0{"), "{packets}");
    assert_eq!(rest, "4welcome");
    let (mut socket, _) = WebSocket::handshake(running.addr);
    socket.expect("4welcome");
    engine.sockets().iter().for_each(Socket::discard);
}
