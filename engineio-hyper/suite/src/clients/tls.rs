//! TLS, between a client and a server of this family.

use super::pair::{Mode, Notes, numbered, receive, send_all};
use super::{Dialer, wait};
use crate::Running;
use crate::wire::client::{LIMIT, QUIET};
use core::net::SocketAddr;
use core::time::Duration;
use engineio_hyper::rustls::CertificateError;
use engineio_hyper::{
    CallFault, ClientTls, CloseReason, ConnectError, Engine, Message, ServerTls, Socket, TransportFault,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::net::TcpStream;
use std::thread;
use std::time::Instant;

/// An authority, as PEM, and a server's certificate that it vouches for.
pub(super) struct Authority {
    pem: String,
    pub(super) server: ServerTls,
}

impl Authority {
    /// Vouches for a server of this name or address.
    pub(super) fn new(subject: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names are fine");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, format!("the authority of {subject}"));
        let key = KeyPair::generate().expect("there is entropy");
        let pem = params.self_signed(&key).expect("it can be signed").pem();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().expect("there is entropy");
        let params = CertificateParams::new([subject.to_owned()]).expect("it is a name");
        let certificate = params.signed_by(&key, &issuer).expect("it can be signed");
        let server = ServerTls::from_pem(certificate.pem().as_bytes(), key.serialize_pem().as_bytes());
        Self { pem, server: server.expect("they belong together") }
    }

    pub(super) fn trusted(&self) -> ClientTls {
        ClientTls::trusting_pem(self.pem.as_bytes()).expect("it is a certificate")
    }
}

/// A server with TLS that sends every message back.
pub(super) struct Server<A: Dialer> {
    engine: Engine<A::Runtime>,
    running: Running,
}

impl<A: Dialer> Server<A> {
    pub(super) fn start(tls: &ServerTls) -> Self {
        let engine = Engine::builder_on(A::runtime()).build().expect("the defaults make sense");
        let running = A::serve_tls(engine.clone(), tls.clone());
        let accepting = engine.clone();
        thread::spawn(move || {
            while let Some(socket) = A::block_on(accepting.accept()) {
                thread::spawn(move || A::block_on(echo(socket)));
            }
        });
        Self { engine, running }
    }

    pub(super) const fn addr(&self) -> SocketAddr {
        self.running.addr
    }

    /// Waits until there is no session.
    pub(super) fn expect_empty(&self) {
        let begun = Instant::now();
        while !self.engine.is_empty() {
            assert!(begun.elapsed() < LIMIT, "{} sessions are left", self.engine.len());
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}/", self.addr())
    }
}

async fn echo(socket: Socket) {
    while let Some(message) = socket.recv().await {
        if socket.send(message).await.is_err() {
            break;
        }
    }
}

fn refused<A: Dialer>(url: &str, tls: Option<ClientTls>) -> ConnectError {
    let client = A::client(url);
    let client = match tls {
        Some(tls) => client.tls(tls),
        None => client,
    };
    wait::<A, _>(async move { client.connect().await }).expect_err("there is no session")
}

/// Messages of all sizes, in each mode.
pub fn messages_come_back_over_tls<A: Dialer>() {
    let authority = Authority::new("127.0.0.1");
    let server = Server::<A>::start(&authority.server);
    for (mode, scheme) in Mode::ALL.into_iter().zip(["https", "wss", "https"]) {
        let (notes, socket) = Notes::of::<A>(mode.set(A::client(&server.url(scheme)).tls(authority.trusted())));
        let mut messages = numbered("over TLS", 100);
        messages.extend([0, 1, 16_384, 65_536, 256 * 1024].map(|length| Message::from(vec![0xa5; length])));
        for settled in [false, true] {
            let sending = send_all::<A>(&socket, messages.clone());
            assert!(receive::<A>(&socket, messages.len()) == messages, "{mode:?}");
            sending.join().expect("all was sent");
            if !settled && mode == Mode::Upgrading {
                notes.until("upgraded", |seen| seen.upgraded);
            }
        }
        assert_eq!(socket.transport(), mode.ends_on());
        socket.close();
        let closed = wait::<A, _>(async move { socket.closed().await });
        assert_eq!(closed, CloseReason::ForcedClose);
    }
}

/// A certificate that nobody vouches for is not accepted, nor is one for somebody else; unless that is asked for.
pub fn a09_certificates_are_verified<A: Dialer>() {
    let (ours, others) = (Authority::new("127.0.0.1"), Authority::new("localhost"));
    let server = Server::<A>::start(&ours.server);
    for tls in [None, Some(others.trusted())] {
        for scheme in ["https", "wss"] {
            let error = refused::<A>(&server.url(scheme), tls.clone());
            assert!(matches!(error, ConnectError::Certificate(CertificateError::UnknownIssuer)), "{error:?}");
        }
    }
    let elsewhere = Server::<A>::start(&others.server);
    let error = refused::<A>(&elsewhere.url("https"), Some(others.trusted()));
    let ConnectError::Certificate(error) = error else { panic!("{error:?}") };
    assert!(matches!(error, CertificateError::NotValidForNameContext { .. }), "{error:?}");
    let named = format!("https://localhost:{}/", elsewhere.addr().port());
    for (url, tls) in [
        (named.clone(), others.trusted()),
        (named, ClientTls::public_and_pem(others.pem.as_bytes()).expect("it is a certificate")),
        (elsewhere.url("https"), ClientTls::dangerous_without_verification().expect("it can be had")),
    ] {
        let (_, socket) = Notes::of::<A>(A::client(&url).tls(tls));
        let sending = send_all::<A>(&socket, numbered("hello", 1));
        assert_eq!(receive::<A>(&socket, 1), numbered("hello", 1));
        sending.join().expect("all was sent");
    }
    assert!(server.engine.is_empty(), "whoever is not trusted is told nothing");
}

/// Who speaks TLS and who does not do not understand each other, which does not last.
pub fn tls_on_one_side_only<A: Dialer>() {
    let authority = Authority::new("127.0.0.1");
    let server = Server::<A>::start(&authority.server);
    let failed = refused::<A>(&server.url("http"), None);
    assert!(matches!(failed, ConnectError::Failed { reason: CloseReason::TransportError(_), .. }), "{failed:?}");

    let engine = Engine::builder_on(A::runtime()).build().expect("the defaults make sense");
    let plain = A::serve(engine);
    let failed = refused::<A>(&format!("https://{}/", plain.addr), Some(authority.trusted()));
    let ConnectError::Failed { reason, source: Some(_) } = failed else { panic!("{failed:?}") };
    assert_eq!(reason, TransportFault::Call(CallFault::Unreachable).into());
}

/// Who connects and says nothing keeps nobody waiting.
pub fn silence_instead_of_a_handshake<A: Dialer>() {
    let authority = Authority::new("127.0.0.1");
    let server = Server::<A>::start(&authority.server);
    let silent = TcpStream::connect(server.addr()).expect("the server listens");
    thread::sleep(QUIET);
    let (_, socket) = Notes::of::<A>(A::client(&server.url("https")).tls(authority.trusted()));
    let sending = send_all::<A>(&socket, numbered("hello", 1));
    assert_eq!(receive::<A>(&socket, 1), numbered("hello", 1));
    sending.join().expect("all was sent");
    drop(silent);
}
