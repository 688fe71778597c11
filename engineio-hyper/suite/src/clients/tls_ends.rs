//! Requests over TLS whose connection ends right behind them, with TLS's own goodbye or without.

use super::Dialer;
use super::tls::{Authority, Server};
use crate::wire::client::{LIMIT, request, target};
use core::net::SocketAddr;
use engineio_hyper::rustls::ClientConnection;
use engineio_hyper::rustls::pki_types::ServerName;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

/// A client's connection, whose records are written when the test wants it.
struct Conn {
    tls: ClientConnection,
    tcp: TcpStream,
}

impl Conn {
    fn open(addr: SocketAddr, authority: &Authority) -> Self {
        let mut tcp = TcpStream::connect(addr).expect("the server listens");
        tcp.set_nodelay(true).expect("a fresh socket takes options");
        tcp.set_read_timeout(Some(LIMIT)).expect("a fresh socket takes options");
        let name = ServerName::try_from(addr.ip().to_string()).expect("an address is a name");
        let mut tls = ClientConnection::new(authority.trusted().config().clone(), name).expect("the name is valid");
        while tls.is_handshaking() {
            tls.complete_io(&mut tcp).expect("they agree");
        }
        Self { tls, tcp }
    }

    /// Sends a request and the end of the connection with one write.
    fn send_last(&mut self, request: &[u8], goodbye: bool) {
        self.tls.writer().write_all(request).expect("it is buffered");
        if goodbye {
            self.tls.send_close_notify();
        }
        let mut records = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut records).expect("memory takes it");
        }
        self.tcp.write_all(&records).expect("the peer takes it");
        self.tcp.shutdown(Shutdown::Write).expect("it is open");
    }

    /// All that comes until the end.
    fn rest(&mut self) -> String {
        let mut rest = String::new();
        while self.tls.read_tls(&mut self.tcp).expect("it ends in order") > 0 {
            self.tls.process_new_packets().expect("the peer speaks TLS");
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = self.tls.reader().read(&mut bytes) {
                rest.push_str(str::from_utf8(&bytes[..read]).expect("it is text"));
            }
        }
        rest
    }

    /// The last exchange of a connection: the body of the answer.
    fn last(mut self, method: &str, target: &str) -> String {
        self.tls.writer().write_all(&request(method, target, &[("Connection", "close")], b"")).expect("it is buffered");
        self.tls.complete_io(&mut self.tcp).expect("the peer takes it");
        let answer = self.rest();
        let (head, body) = answer.split_once("\r\n\r\n").expect("it is answered");
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        body.to_owned()
    }
}

/// A POST whose connection ends with it is delivered, and its peer gets the `ok` if it still reads.
pub fn u03_complete_post_survives_the_end_of_tls<A: Dialer>() {
    let authority = Authority::new("127.0.0.1");
    let server = Server::<A>::start(&authority.server);
    let open = || Conn::open(server.addr(), &authority);
    for (goodbye, reads) in [(true, true), (true, false), (false, true), (false, false)].repeat(10) {
        let handshake = open().last("GET", &target("polling", None));
        let sid = handshake.split('"').nth(3).expect("a handshake tells the session's id");
        let session = target("polling", Some(sid));
        let mut conn = open();
        conn.send_last(&request("POST", &session, &[], b"4message"), goodbye);
        if reads {
            let answer = conn.rest();
            assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\nok"), "{answer}");
        }
        drop(conn);
        assert_eq!(open().last("GET", &session), "4message", "goodbye {goodbye}, reads {reads}");
    }
}

/// A poll that waits is given up at the end of its connection.
pub fn u03_f01_a_poll_is_given_up_at_the_end_of_tls<A: Dialer>() {
    let authority = Authority::new("127.0.0.1");
    let server = Server::<A>::start(&authority.server);
    let open = || Conn::open(server.addr(), &authority);
    for goodbye in [true, false] {
        let handshake = open().last("GET", &target("polling", None));
        let sid = handshake.split('"').nth(3).expect("a handshake tells the session's id");
        let mut conn = open();
        conn.send_last(&request("GET", &target("polling", Some(sid)), &[], b""), goodbye);
        assert_eq!(conn.rest(), "");
    }
    server.expect_empty();
}
