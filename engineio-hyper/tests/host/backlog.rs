//! How many sessions there may be, and who gets them.

use crate::{
    lab::{Lab, poll_once},
    peer::{Call, Client, open},
};
use bytes::Bytes;
use engineio_hyper::{CloseReason, Handler, RemoteAddr, Socket, Text, Transport};
use http::Request;
use http_body_util::Empty;
use std::{net::SocketAddr, pin::pin};

struct Nothing;

impl Handler for Nothing {
    type Data = ();

    fn on_connect(&self, _: &Socket) {}

    fn on_message(&self, _: &Socket, (): &mut (), _: Text) {}

    fn on_binary(&self, _: &Socket, (): &mut (), _: Bytes) {}
}

#[test]
fn f40_there_are_no_more_sessions_than_allowed() {
    let lab = Lab::new();
    let engine = lab.engine().max_sessions(2).build_with_handler(Nothing).unwrap();
    open(&engine);
    let query = open(&engine);
    assert_eq!(Call::get(&engine, "transport=polling").answer(), (503, String::new()));
    assert_eq!(engine.len(), 2);

    assert_eq!(Call::post(&engine, &query, "1").answer(), (200, "ok".to_owned()));
    assert_eq!(engine.len(), 1);
    open(&engine);
}

#[test]
fn handshakes_are_refused_while_nobody_accepts() {
    let lab = Lab::new();
    let engine = lab.engine().max_backlog(2).build().unwrap();
    open(&engine);
    open(&engine);
    assert_eq!(Call::get(&engine, "transport=polling").answer().0, 503);
    assert_eq!(engine.len(), 2);
    let first = lab.accept(&engine);
    open(&engine);
    assert_eq!(Call::get(&engine, "transport=polling").answer().0, 503);
    drop(first);
}

#[test]
fn sessions_are_accepted_in_their_order_by_whoever_waits() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let mut waiting = pin!(engine.accept());
    assert!(poll_once(waiting.as_mut()).is_pending());
    let queries = [open(&engine), open(&engine)];
    let sids = [lab.block_on(waiting), lab.block_on(engine.accept())].map(|socket| socket.unwrap().id());
    for (query, sid) in queries.iter().zip(sids) {
        assert!(query.ends_with(sid.as_str()));
    }
}

#[test]
fn a_handlers_sessions_cannot_be_accepted() {
    let lab = Lab::new();
    let engine = lab.engine().build_with_handler(Nothing).unwrap();
    open(&engine);
    assert!(lab.block_on(engine.accept()).is_none());
}

#[test]
fn dropping_the_last_handle_closes_an_accepted_session() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let client = Client::websocket(&lab, &engine);
    let socket = lab.accept(&engine);
    let (other, found) = (socket.clone(), engine.socket(socket.id()).unwrap());
    drop((socket, found));
    lab.run();
    assert_eq!(client.read(), b"");
    other.try_send("bye").unwrap();
    drop(other);
    lab.run();
    assert_eq!(client.read(), b"\x81\x044bye\x88\x00");
    assert!(engine.is_empty());
}

#[test]
fn a_handlers_session_needs_no_handle() {
    let lab = Lab::new();
    let engine = lab.engine().build_with_handler(Nothing).unwrap();
    Client::websocket(&lab, &engine);
    drop(engine.sockets());
    lab.run();
    assert_eq!(engine.len(), 1);
}

#[test]
fn a_socket_tells_where_it_comes_from() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let addr: SocketAddr = "192.0.2.1:80".parse().unwrap();
    let request = Request::get("/engine.io/?EIO=4&transport=polling&room=7")
        .header("x-who", "me")
        .extension(RemoteAddr(addr))
        .body(Empty::<Bytes>::new())
        .unwrap();
    assert_eq!(Call::new(&engine, request).answer().0, 200);
    let socket = lab.accept(&engine);
    assert_eq!(socket.remote_addr(), Some(addr));
    assert_eq!(socket.handshake().headers["x-who"], "me");
    assert!(socket.handshake().uri.query().unwrap().ends_with("room=7"));
    assert_eq!(socket.transport(), Transport::Polling);

    let behind_a_proxy = lab.engine().remote_addr(|extensions| extensions.get().copied()).build().unwrap();
    let request =
        Request::get("/engine.io/?EIO=4&transport=polling").extension(addr).body(Empty::<Bytes>::new()).unwrap();
    assert_eq!(Call::new(&behind_a_proxy, request).answer().0, 200);
    assert_eq!(lab.accept(&behind_a_proxy).remote_addr(), Some(addr));
}

#[test]
fn closing_all_tells_all() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let query = open(&engine);
    let polling = lab.accept(&engine);
    let client = Client::websocket(&lab, &engine);
    let websocket = lab.accept(&engine);
    let mut get = Call::get(&engine, &query);
    assert!(get.poll().is_pending());
    engine.close_all();
    assert_eq!(get.answer(), (200, "1".to_owned()));
    lab.run();
    assert_eq!(client.read(), b"\x88\x02\x03\xe9", "the code says that the server goes away");
    for socket in [polling, websocket] {
        assert_eq!(lab.block_on(socket.closed()), CloseReason::ForcedClose);
    }
}
