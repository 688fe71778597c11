//! An HTTP proxy between a client and its server.

use super::pair::{Mode, Pair, kept_alive, url};
use super::tls::{Authority, Server as TlsServer};
use super::{Dialer, wait};
use crate::wire::server::Server;
use core::net::{Ipv4Addr, SocketAddr};
use engineio_hyper::{ConnectError, HttpProxy, Transport};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A proxy that tunnels, or answers every request with the same refusal.
struct Tunnels {
    addr: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Tunnels {
    fn start(refusal: Option<&'static str>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let addr = listener.local_addr().expect("it is bound");
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let seen = heads.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let seen = seen.clone();
                // A side that goes away ends it.
                thread::spawn(move || drop(serve(client, refusal, &seen)));
            }
        });
        Self { addr, heads }
    }

    fn proxy(&self) -> HttpProxy {
        HttpProxy::new(&url(self.addr)).expect("it is a URL")
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(mut client: TcpStream, refusal: Option<&str>, seen: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(head.clone());
    if let Some(refusal) = refusal {
        return client.write_all(refusal.as_bytes());
    }
    let upstream = head.split(' ').nth(1).unwrap_or_default();
    let mut server = TcpStream::connect(upstream)?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let relayed = io::copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Both);
    relayed.map(drop)
}

/// All connections of a session go through the proxy, which is told the credentials.
pub fn sessions_through_a_proxy<A: Dialer>() {
    for mode in Mode::ALL {
        let tunnels = Tunnels::start(None);
        let server = Server::accepting(kept_alive);
        let addr = server.addr();
        let proxy = tunnels.proxy().basic_auth("Aladdin", "open sesame");
        let pair = Pair::<A>::with(server, |client| mode.set(client).proxy(proxy));
        pair.echo();
        pair.settle(mode);
        pair.echoes("through the proxy");
        for head in tunnels.heads() {
            assert!(head.starts_with(&format!("CONNECT {addr} HTTP/1.1\r\nhost: {addr}\r\n")), "{head}");
            assert!(head.contains("proxy-authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"), "{head}");
        }
        assert!(!tunnels.heads().is_empty());
    }
}

/// TLS is spoken with the server, through the proxy, in whichever order both are asked for.
pub fn tls_through_a_proxy<A: Dialer>() {
    let authority = Authority::new("127.0.0.1");
    let server = TlsServer::<A>::start(&authority.server);
    let tunnels = Tunnels::start(None);
    for tls_first in [true, false] {
        let client = A::client(&format!("https://{}/", server.addr())).transports([Transport::WebSocket]);
        let client = match tls_first {
            true => client.tls(authority.trusted()).proxy(tunnels.proxy()),
            false => client.proxy(tunnels.proxy()).tls(authority.trusted()),
        };
        let echo = wait::<A, _>(async move {
            let socket = client.connect().await.expect("the session can be opened");
            socket.send("secret").await.expect("the session is open");
            socket.recv().await
        });
        assert_eq!(echo, Some("secret".into()));
    }
    assert_eq!(tunnels.heads().len(), 2);
}

/// A refusal is told with its status.
pub fn proxy_that_refuses<A: Dialer>() {
    let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
    let tunnels = Tunnels::start(Some(refusal));
    let client = A::client("http://127.0.0.1:9/").proxy(tunnels.proxy());
    let error = wait::<A, _>(async move { client.connect().await }).expect_err("the proxy refuses");
    let ConnectError::Failed { source: Some(source), .. } = error else { panic!("{error:?}") };
    assert_eq!(source.to_string(), "the proxy answered CONNECT with status 407 Proxy Authentication Required");
}
