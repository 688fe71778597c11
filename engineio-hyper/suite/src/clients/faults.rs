//! Servers that misbehave.

use super::fake::{Answer, Fake, OPEN, ok, response};
use super::pair::{connect, receive, url};
use super::{Dialer, wait};
use crate::wire::server::ms;
use async_io::Async;
use core::net::{Ipv4Addr, SocketAddr};
use engineio_hyper::{
    CallFault, ClientBuilder, ClientConfigError, CloseReason, ConnectError, HandshakeError, Message, PacketError,
    Socket, Transport, TransportFault, UrlError, connect_staggered,
};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;

/// Why no session could be opened there.
fn refusal<A: Dialer>(addr: SocketAddr) -> (CloseReason, Option<io::Error>) {
    failure::<A>(A::client(&url(addr)))
}

/// Why this client could not open a session.
fn failure<A: Dialer>(client: ClientBuilder<A::Runtime, A::Connector>) -> (CloseReason, Option<io::Error>) {
    match wait::<A, _>(async move { client.connect().await }) {
        Err(ConnectError::Failed { reason, source }) => (reason, source),
        other => panic!("{other:?}"),
    }
}

fn closed<A: Dialer>(socket: Socket) -> CloseReason {
    wait::<A, _>(async move { socket.closed().await })
}

/// Whatever comes instead of a handshake has its reason.
pub fn handshakes_that_fail<A: Dialer>() {
    let status = |status, code| TransportFault::Status { status, code }.into();
    let handshake = |error| TransportFault::Handshake(error).into();
    let json = |status, body| response(status, "application/json", body);
    let cases: Vec<(Vec<u8>, CloseReason)> = vec![
        ("SSH-2.0-OpenSSH_9.6\r\n\r\n".into(), TransportFault::Call(CallFault::Protocol).into()),
        (vec![0xff; 100], TransportFault::Call(CallFault::Protocol).into()),
        (Vec::new(), TransportFault::Call(CallFault::Connection).into()),
        ("HTTP/1.1 200 OK\r\ncontent-le".into(), TransportFault::Call(CallFault::Connection).into()),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n0{}".into(),
            TransportFault::Call(CallFault::Connection).into(),
        ),
        (response("502 Bad Gateway", "text/html", "<html>nginx</html>"), status(502, None)),
        (response("502 Bad Gateway", "text/html", &"<br>".repeat(100_000)), status(502, None)),
        (response("413 Payload Too Large", "text/plain", ""), status(413, None)),
        (json("400 Bad Request", r#"{"code":0,"message":"Transport unknown"}"#), status(400, Some(0))),
        (json("403 Forbidden", r#"{"code":4,"message":"Forbidden"}"#), status(403, Some(4))),
        (response("302 Found\r\nlocation: /elsewhere", "text/plain", ""), status(302, None)),
        (ok(""), CloseReason::ParseError(PacketError::Empty)),
        (ok("<!doctype html>"), CloseReason::ParseError(PacketError::UnknownType(b'<'))),
        (ok("4a message"), TransportFault::NoHandshake.into()),
        (ok("0{"), handshake(HandshakeError::Malformed)),
        (ok("0{}"), handshake(HandshakeError::Missing("sid"))),
    ];
    for (answer, expected) in cases {
        let shown = String::from_utf8_lossy(&answer[..answer.len().min(60)]).into_owned();
        let fake = Fake::start(move |_| Answer::Last(answer.clone()));
        assert_eq!(refusal::<A>(fake.addr()).0, expected, "{shown:?}");
    }
}

/// The attempt has a deadline.
pub fn handshake_that_never_comes<A: Dialer>() {
    let fake = Fake::start(|_| Answer::Silence);
    for transport in [Transport::Polling, Transport::WebSocket] {
        let client = A::client(&url(fake.addr())).transports([transport]).open_timeout(ms(300));
        assert_eq!(failure::<A>(client).0, TransportFault::OpenTimeout.into());
    }
}

/// The cause is told, too.
pub fn nobody_listens<A: Dialer>() {
    let addr = {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        listener.local_addr().expect("it is bound")
    };
    let (reason, source) = refusal::<A>(addr);
    assert_eq!(reason, TransportFault::Call(CallFault::Unreachable).into());
    assert_eq!(source.map(|source| source.kind()), Some(io::ErrorKind::ConnectionRefused));
}

/// A listener that does not answer connection attempts, because its backlog is full.
struct Full {
    listener: socket2::Socket,
    _waiting: Vec<socket2::Socket>,
}

impl Full {
    fn new() -> Self {
        let socket = || socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
        let listener = socket();
        listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a port is free");
        listener.listen(0).expect("it is bound");
        let addr = listener.local_addr().expect("it is bound");
        let waiting = (0..4).map(|_| {
            let waiting = socket();
            waiting.set_nonblocking(true).expect("a fresh socket takes options");
            let _ = waiting.connect(&addr);
            waiting
        });
        Self { _waiting: waiting.collect(), listener }
    }

    fn addr(&self) -> SocketAddr {
        self.listener.local_addr().ok().and_then(|addr| addr.as_socket()).expect("it is bound")
    }
}

/// An address that does not answer does not keep the others from being tried.
pub fn u14_address_that_does_not_answer<A: Dialer>() {
    let full = Full::new();
    let fake = Fake::start(|_| Answer::Silence);
    let (addresses, good) = ([full.addr(), fake.addr()], fake.addr());
    let runtime = A::runtime();
    let connected =
        wait::<A, _>(async move { connect_staggered(&runtime, addresses, Async::<TcpStream>::connect).await });
    assert_eq!(connected.and_then(|stream| stream.get_ref().peer_addr()).ok(), Some(good));
}

/// The error says that there was no connection, and not that the handshake was late.
pub fn u14_no_connection_in_time<A: Dialer>() {
    let full = Full::new();
    for transport in [Transport::Polling, Transport::WebSocket] {
        let client = A::client(&url(full.addr())).transports([transport]).open_timeout(ms(300));
        let error = wait::<A, _>(async move { client.connect().await }).expect_err("nobody answers");
        let expected = format!("no connection to 127.0.0.1, port {}, was made in time", full.addr().port());
        assert_eq!(error.to_string(), format!("the session could not be opened: {expected}"));
    }
}

/// What makes no sense is told before anything is connected.
pub fn urls_that_cannot_be_used<A: Dialer>() {
    let error = |url: &str| {
        let client = A::client(url);
        wait::<A, _>(async move { client.connect().await }).expect_err("there is no session")
    };
    assert!(matches!(error("not a url"), ConnectError::Url(UrlError::Scheme)));
    assert!(matches!(error("http://not a host/"), ConnectError::Url(UrlError::InvalidHost)));
    assert!(matches!(error("ftp://localhost/"), ConnectError::Url(UrlError::Scheme)));
    assert!(matches!(error("http://localhost/?sid=x"), ConnectError::Config(ClientConfigError::ReservedParameter)));
}

/// A POST that is not accepted ends the session.
pub fn posts_that_fail<A: Dialer>() {
    let status = |status, code| CloseReason::from(TransportFault::Status { status, code });
    let cases = [
        (response("413 Payload Too Large", "text/plain", ""), status(413, None)),
        (response("502 Bad Gateway", "text/html", "<html>nginx</html>"), status(502, None)),
        (
            response("400 Bad Request", "application/json", r#"{"code":1,"message":"Session ID unknown"}"#),
            status(400, Some(1)),
        ),
        (Vec::new(), TransportFault::Call(CallFault::Connection).into()),
        ("nonsense\r\n\r\n".into(), TransportFault::Call(CallFault::Protocol).into()),
    ];
    for (answer, expected) in cases {
        let fake = Fake::start(move |request| match request {
            _ if request.opens() => Answer::Bytes(ok(OPEN)),
            _ if request.posts() => Answer::Last(answer.clone()),
            _ => Answer::Silence,
        });
        let (_, client) = connect::<A>(fake.addr(), |client| client);
        client.try_send("a message").expect("there is room");
        assert_eq!(closed::<A>(client), expected);
    }
}

/// So does a GET.
pub fn gets_that_fail<A: Dialer>() {
    let cases = [
        (
            response("502 Bad Gateway", "text/html", "<html>nginx</html>"),
            TransportFault::Status { status: 502, code: None }.into(),
        ),
        (Vec::new(), TransportFault::Call(CallFault::Connection).into()),
        (ok("?"), CloseReason::ParseError(PacketError::UnknownType(b'?'))),
        (ok("bnot base64!"), CloseReason::ParseError(PacketError::Base64)),
        (ok(OPEN), TransportFault::SecondHandshake.into()),
        (ok("1"), CloseReason::TransportClose),
    ];
    for (answer, expected) in cases {
        let fake = Fake::start(move |request| match request {
            _ if request.opens() => Answer::Bytes(ok(OPEN)),
            _ => Answer::Last(answer.clone()),
        });
        let (_, client) = connect::<A>(fake.addr(), |client| client);
        assert_eq!(closed::<A>(client), expected);
    }
}

/// A server that does not ping any more is given up; one that does not answer a POST as well.
pub fn server_that_falls_silent<A: Dialer>() {
    let silent = |open: &'static str| {
        Fake::start(move |request| if request.opens() { Answer::Bytes(ok(open)) } else { Answer::Silence })
    };
    let fake = silent(r#"0{"sid":"fake","upgrades":[],"pingInterval":100,"pingTimeout":100}"#);
    let (_, client) = connect::<A>(fake.addr(), |client| client);
    assert_eq!(closed::<A>(client), CloseReason::PingTimeout);

    let fake = silent(OPEN);
    let (_, client) = connect::<A>(fake.addr(), |client| client.post_timeout(ms(200)));
    client.try_send("a message").expect("there is room");
    assert_eq!(closed::<A>(client), TransportFault::PostTimeout.into());
}

/// A server may close a connection after each response: the next request takes another.
pub fn connections_that_are_not_kept<A: Dialer>() {
    let heard = Mutex::new(Vec::new());
    let fake = Fake::start(move |request| {
        let mut heard = heard.lock().expect("no test panics here");
        let body = match request {
            _ if request.opens() => OPEN.to_owned(),
            _ if request.posts() => {
                heard.push(request.body.clone());
                "ok".to_owned()
            }
            _ if heard.is_empty() => "6".to_owned(),
            _ => heard.remove(0),
        };
        let length = body.len();
        Answer::Last(format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}").into())
    });
    let (_, client) = connect::<A>(fake.addr(), |client| client);
    for number in 0..10 {
        let message = Message::from(format!("number {number}"));
        let (sender, sent) = (client.clone(), message.clone());
        wait::<A, _>(async move { sender.send_confirmed(sent).await }).expect("the session is open");
        assert_eq!(receive::<A>(&client, 1), [message]);
    }
    assert!(fake.connections() > 20);
}

/// The length of a response need not be known from the start.
pub fn responses_in_chunks<A: Dialer>() {
    let fake = Fake::start(|request| match request {
        _ if request.opens() => Answer::Bytes(ok(OPEN)),
        _ => Answer::Bytes(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n4\r\n3\r\none\r\n5\r\n\x1e4two\r\n0\r\n\r\n"
                .into(),
        ),
    });
    let (_, client) = connect::<A>(fake.addr(), |client| client);
    assert_eq!(receive::<A>(&client, 4), ["one", "two", "one", "two"].map(Message::from));
}
