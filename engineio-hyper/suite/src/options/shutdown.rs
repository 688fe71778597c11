//! The orderly end of a server.

use crate::Adapter;
use crate::wire::client::{Conn, Frame, Polling, WebSocket, request, target};
use crate::wire::server::{Server, ms};
use engineio_hyper::CloseReason;

/// Parked polls, POSTs on their way, candidates, queued messages: all are told, nothing is lost, and new handshakes are
/// refused.
pub fn f41_sessions_in_every_state<A: Adapter>() {
    let server = Server::<A>::start();
    let [mut idle, parked, posting, mut probing] = [(); 4].map(|()| Polling::open(server.addr()));
    let mut get = parked.park();
    let mut upload = posting.upload(6);
    let mut candidate = WebSocket::open(server.addr(), &probing.websocket_target());
    candidate.probe();
    let (mut websocket, sid) = WebSocket::handshake(server.addr());
    let queued = server.session(idle.sid());
    queued.expect_polling();
    queued.socket().try_send("queued").expect("there is room");
    server.session(&sid).socket().try_send("queued").expect("there is room");

    let shutdown = server.shut_down();
    assert_eq!(get.response().packets(), "1");
    Conn::open(server.addr()).exchange(&request("GET", &target("polling", None), &[], b"")).expect(503, "");
    websocket.expect("4queued");
    // It may be before its turn, and then be told to look again, as the candidate is there.
    probing.expect_packet("1");
    for mut socket in [websocket, candidate] {
        let code = socket.frame().close_code();
        assert!(matches!(code, None | Some(1001)), "{code:?}");
        let _ = socket.conn().try_send(&Frame::new(0x8, b"\x03\xe9").bytes());
        socket.conn().expect_end();
    }
    assert!(!shutdown.is_finished(), "a session is left");
    upload.send(b"4on-it");
    let answered = upload.into_conn().response().status;
    assert!(matches!(answered, 200 | 400), "{answered}");
    idle.expect("4queued");
    idle.expect_closing();
    let mut posting = Polling::attach(server.addr(), posting.sid());
    assert!(matches!(posting.get().status, 200 | 400));
    shutdown.join().expect("it ends");
    server.expect_sessions(0);
    queued.expect_close(CloseReason::ForcedClose);
}

/// Peers that ask for nothing and read nothing do not keep it up.
pub fn f41_peers_that_do_not_react<A: Adapter>() {
    let server = Server::<A>::with(|config| config.close_timeout(ms(100)));
    let idle = Polling::open(server.addr());
    let upload = Polling::open(server.addr()).upload(100);
    let mut narrow = Conn::open_narrow(server.addr(), 2048);
    narrow.send(&crate::wire::client::upgrade_request(&target("websocket", None)));
    let (mut websocket, sid) = {
        let mut socket = WebSocket::switched(narrow);
        let sid = socket.opened();
        (socket, sid)
    };
    let app = server.session(&sid);
    app.expect_websocket();
    for _ in 0..64 {
        let _ = app.socket().try_send("x".repeat(500_000));
    }
    server.shut_down().join().expect("it ends");
    server.expect_sessions(0);
    drop((idle, upload, websocket.conn()));
}
