//! Requests on several connections are served in the order in which they arrive, by a server with one thread.

use crate::wire::client::{Conn, Frame, Polling, WebSocket, request};
use core::net::SocketAddr;

/// How often each pair of requests is tried.
const TIMES: usize = 300;

/// A poll and then a goodbye, sent back to back on two new connections: the poll is there when the goodbye comes, and is
/// released by it.
///
/// # Panics
/// If the goodbye is served first.
pub fn u10_a_poll_precedes_the_close_packet_behind_it(addr: SocketAddr) {
    for n in 0..TIMES {
        let session = Polling::open(addr);
        let mut poll = session.begin_get();
        let mut goodbye = Conn::open(addr);
        goodbye.send(&request("POST", &session.target(), &[], b"1"));
        goodbye.response().expect(200, "ok");
        assert_eq!(poll.response().packets(), "6", "after {n} times");
    }
}

/// A probe and the switch, and then a poll right behind them on another connection: the session is on WebSocket when the
/// poll comes.
///
/// # Panics
/// If the poll is served first.
pub fn u10_a_switch_precedes_the_poll_behind_it(addr: SocketAddr) {
    for n in 0..TIMES {
        let session = Polling::open(addr);
        let mut socket = WebSocket::open(addr, &session.websocket_target());
        let mut poll = Conn::open(addr);
        // Twice, as a connection that was just accepted counts as ready from then on: it can be written to.
        (0..2).for_each(|_| drop(poll.exchange(&request("GET", "/elsewhere", &[], b""))));
        let frames = [Frame::text("2probe").bytes(), Frame::text("5").bytes()].concat();
        socket.conn().send(&frames);
        poll.send(&request("GET", &session.target(), &[], b""));
        let response = poll.response();
        assert_eq!(response.status, 400, "after {n} times: {response:?}");
    }
}
