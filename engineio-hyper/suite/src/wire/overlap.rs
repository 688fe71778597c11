//! More than one GET, or more than one POST, of a session at a time.

use super::client::{Polling, request};
use super::server::Server;
use crate::Adapter;
use engineio_hyper::TransportFault;

/// Of two GETs the first is told that the session is over, the second is refused.
pub fn f05_p06_overlapping_gets<A: Adapter>() {
    let server = Server::<A>::start();
    for _ in 0..10 {
        let mut session = Polling::open(server.addr());
        let (mut one, mut other) = (session.park(), session.begin_get());
        let (one, other) = (one.response(), other.response());
        // Which of them was first is the server's to say.
        let (first, second) = if one.status == 200 { (one, other) } else { (other, one) };
        assert_eq!(first.packets(), "1");
        second.expect(400, "");
        let app = server.session(session.sid());
        app.expect_polling();
        app.expect_close(TransportFault::GetOverlap);
        session.expect_gone();
    }
}

/// Of two POSTs the first is cut off, the second is refused, and neither counts.
pub fn f06_p06_overlapping_posts<A: Adapter>() {
    let server = Server::<A>::start();
    for _ in 0..10 {
        let mut session = Polling::open(server.addr());
        let mut parked = session.park();
        let mut first = session.upload(100);
        first.send(b"4first");
        session.post("4second").expect(400, "");
        assert_eq!(parked.response().packets(), "1");
        let mut first = first.into_conn();
        match first.try_response() {
            // A host that cannot hang up refuses.
            Ok(response) => response.expect(400, ""),
            Err(_) => first.expect_end(),
        }
        let app = server.session(session.sid());
        app.expect_polling();
        app.expect_close(TransportFault::PostOverlap);
        session.expect_gone();
    }
}

/// A GET and a POST at the same time are what polling is.
pub fn a_get_and_a_post_go_together<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let mut parked = session.park();
    let mut upload = session.upload(7);
    upload.send(b"4ec");
    server.session(session.sid()).send("meanwhile");
    assert_eq!(parked.response().packets(), "4meanwhile");
    let mut parked = session.park();
    upload.send(b"ho x");
    upload.into_conn().response().expect(200, "ok");
    assert_eq!(parked.response().packets(), "4echo x");
    session.accept("4echo y");
    session.expect("4echo y");
}

/// A GET with a body is a GET; its body is nobody's, not even the next request's.
pub fn f34_get_with_a_body<A: Adapter>() {
    let server = Server::<A>::start();
    let mut session = Polling::open(server.addr());
    let app = server.session(session.sid());
    app.expect_polling();
    app.send("hi");
    let get = request("GET", &session.target(), &[], b"4nobody's");
    assert_eq!(session.exchange(&get).packets(), "4hi");
    session.accept("4mine");
    app.expect_text("mine");
    app.send("yo");
    session.expect("4yo");
}
