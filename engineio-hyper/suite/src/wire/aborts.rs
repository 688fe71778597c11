//! Peers that go away, in each state. Whoever is gone is noticed at once; what HTTP/1.1 hides is left to the heartbeat.

use super::client::{Conn, Ended, Polling, WebSocket, request};
use super::server::{Server, ms};
use crate::Adapter;
use core::time::Duration;
use engineio_hyper::{CloseReason, TransportFault, WsFault};
use std::time::Instant;

/// A few milliseconds are expected; this is for busy machines.
const AT_ONCE: Duration = Duration::from_secs(1);

/// How a peer goes away.
#[derive(Clone, Copy, Debug)]
enum Leave {
    /// It ends its half of the connection, and listens on.
    Fin,
    /// It closes the connection.
    Close,
    /// It resets the connection.
    Rst,
}

impl Leave {
    const ALL: [Self; 3] = [Self::Fin, Self::Close, Self::Rst];

    /// Goes away. What comes back is to be kept until the scenario is over.
    fn leave(self, conn: Conn) -> Option<Conn> {
        match self {
            Self::Fin => {
                conn.fin();
                Some(conn)
            }
            Self::Close => {
                drop(conn);
                None
            }
            Self::Rst => {
                conn.rst();
                None
            }
        }
    }
}

/// Goes away and checks that the application soon learns it.
fn leaves<A: Adapter>(server: &Server<A>, sid: &str, conn: Conn, leave: Leave, reason: impl Into<CloseReason>) {
    let start = Instant::now();
    let kept = leave.leave(conn);
    server.session(sid).expect_close(reason);
    let elapsed = start.elapsed();
    println!("{leave:?} noticed after {elapsed:?}");
    assert!(elapsed < AT_ONCE, "{leave:?} noticed after {elapsed:?}");
    if let Some(mut conn) = kept {
        assert_ne!(conn.ended(), Ended::Silence, "the connection ends");
    }
}

/// A parked GET is given up.
pub fn f01_get<A: Adapter>() {
    let server = Server::<A>::start();
    for leave in Leave::ALL {
        let mut session = Polling::open(server.addr());
        server.session(session.sid()).expect_polling();
        leaves(&server, session.sid(), session.park(), leave, TransportFault::GetAborted);
        session.expect_gone();
    }
}

/// A parked GET is given up while another request's body is on its way; that one is answered.
pub fn f01_get_beside_a_post<A: Adapter>() {
    let server = Server::<A>::start();
    for leave in Leave::ALL {
        let mut session = Polling::open(server.addr());
        server.session(session.sid()).expect_polling();
        let mut upload = session.upload(3);
        leaves(&server, session.sid(), session.park(), leave, TransportFault::GetAborted);
        upload.offer(b"4hi");
        upload.into_conn().response().expect_refusal(1);
        session.expect_gone();
    }
}

/// A POST is given up in the middle of its body; the parked GET is answered.
pub fn f07_post<A: Adapter>() {
    let server = Server::<A>::start();
    for leave in Leave::ALL {
        let mut session = Polling::open(server.addr());
        server.session(session.sid()).expect_polling();
        let mut parked = session.park();
        let mut upload = session.upload(100);
        upload.send(b"4hi");
        leaves(&server, session.sid(), upload.into_conn(), leave, TransportFault::PostAborted);
        assert_eq!(parked.response().packets(), "1");
        session.expect_gone();
    }
}

/// A POST is given up before the first byte of its body.
pub fn f07_post_without_a_byte<A: Adapter>() {
    let server = Server::<A>::start();
    for leave in Leave::ALL {
        let mut session = Polling::open(server.addr());
        server.session(session.sid()).expect_polling();
        leaves(&server, session.sid(), session.upload(100).into_conn(), leave, TransportFault::PostAborted);
        session.expect_gone();
    }
}

/// A parked GET is given up while a candidate is open: the session is over and the candidate is closed.
pub fn f01_get_beside_a_candidate<A: Adapter>() {
    let server = Server::<A>::start();
    for leave in Leave::ALL {
        let mut session = Polling::open(server.addr());
        server.session(session.sid()).expect_polling();
        // Before its probe, as that would release the GET.
        let socket = WebSocket::open(server.addr(), &session.websocket_target());
        leaves(&server, session.sid(), session.park(), leave, TransportFault::GetAborted);
        socket.expect_close(None);
        session.expect_gone();
    }
}

/// A POST is given up while a candidate has been probed.
pub fn f07_post_while_probing<A: Adapter>() {
    let server = Server::<A>::start();
    for leave in Leave::ALL {
        let mut session = Polling::open(server.addr());
        server.session(session.sid()).expect_polling();
        let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
        socket.probe();
        leaves(&server, session.sid(), session.upload(100).into_conn(), leave, TransportFault::PostAborted);
        socket.expect_close(None);
        session.expect_gone();
    }
}

/// The session's WebSocket is gone without a closing handshake, whether it came first or by an upgrade.
pub fn h37_a_websocket_is_gone<A: Adapter>() {
    let server = Server::<A>::start();
    for leave in Leave::ALL {
        let (socket, sid) = WebSocket::handshake(server.addr());
        server.session(&sid).expect_websocket();
        let lost = TransportFault::WebSocket(WsFault::Connection);
        leaves(&server, &sid, socket.into_conn(), leave, lost);

        let mut session = Polling::open(server.addr());
        let app = server.session(session.sid());
        app.expect_polling();
        let mut socket = WebSocket::open(server.addr(), &session.websocket_target());
        socket.probe_and_upgrade();
        app.expect(&super::app::Seen::Upgrade);
        leaves(&server, session.sid(), socket.into_conn(), leave, lost);
        session.expect_gone();
    }
}

/// A connection that carries no request is nobody's: to lose it is nothing.
pub fn idle_connections_may_go<A: Adapter>() {
    let server = Server::<A>::start();
    for leave in Leave::ALL {
        let mut session = Polling::open(server.addr());
        let mut conn = Conn::open(server.addr());
        conn.exchange(&request("POST", &session.target(), &[], b"4hi")).expect(200, "ok");
        let _kept = leave.leave(conn);
        let _kept = leave.leave(Conn::open(server.addr()));
        let mut half = Conn::open(server.addr());
        half.send(b"GET /engine.io/?EIO=4&transp");
        let _kept = leave.leave(half);
        session.accept("4echo on");
        session.expect("4echo on");
    }
}

/// A GET with another request behind it in the same segment: HTTP/1.1 then hides that the peer is gone, and the
/// heartbeat ends the session.
pub fn f01_pipelined_request_hides_the_end<A: Adapter>() {
    let server = Server::<A>::with(|config| config.ping_interval(ms(150)).ping_timeout(ms(150)));
    for leave in Leave::ALL {
        let mut session = Polling::open(server.addr());
        let app = server.session(session.sid());
        app.expect_polling();
        let mut conn = Conn::open(server.addr());
        let get = request("GET", &session.target(), &[], b"");
        conn.send(&[get, request("GET", "/elsewhere", &[], b"")].concat());
        let _kept = leave.leave(conn);
        let seen = app.next();
        println!("{leave:?}: {seen:?}");
        assert!(matches!(seen, super::app::Seen::Close(_)), "{seen:?}");
        session.expect_gone();
    }
}

/// An answer that is larger than what any buffer on the way takes, given up after its first byte: the session does
/// not outlive the heartbeat.
pub fn f02_answer_given_up_half_way<A: Adapter>() {
    const SIZE: usize = 16 * 1024 * 1024;
    let server =
        Server::<A>::with(|config| config.ping_interval(ms(150)).ping_timeout(ms(150)).max_queue_bytes(2 * SIZE));
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    app.send(&"x".repeat(SIZE));
    let mut conn = session.begin_get();
    assert_eq!(conn.read(1).as_deref(), Ok(&b"H"[..]));
    conn.rst();
    let seen = app.next();
    assert!(matches!(seen, super::app::Seen::Close(_)), "{seen:?}");
    session.expect_gone();
}
