//! Which HTTP is spoken over TLS: what client and server agree on (ALPN).

use super::Dialer;
use super::tls::{Authority, Server};
use crate::wire::client::Frame;
use crate::wire::client::http2::{Http2, run};
use async_io::Async;
use core::net::SocketAddr;
use engineio_hyper::rustls::ClientConfig;
use engineio_hyper::rustls::pki_types::ServerName;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use futures_rustls::TlsConnector;
use futures_rustls::client::TlsStream;
use http::{Method, StatusCode};
use std::io;
use std::net::TcpStream;
use std::sync::Arc;

type Stream = TlsStream<Async<TcpStream>>;

/// Connects and offers these protocols.
async fn connect(addr: SocketAddr, authority: &Authority, offered: &[&str]) -> io::Result<Stream> {
    let mut config = ClientConfig::clone(authority.trusted().config());
    config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
    let stream = Async::<TcpStream>::connect(addr).await.expect("the server listens");
    let name = ServerName::try_from(addr.ip().to_string()).expect("an address is a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// What was agreed on.
fn agreed(stream: &Stream) -> Option<&str> {
    stream.get_ref().1.alpn_protocol().map(|name| str::from_utf8(name).expect("it is text"))
}

/// A session over polling that goes over to WebSocket, and one that begins there, as streams of one connection.
pub fn who_offers_http2_gets_it<A: Dialer>() {
    let authority = Authority::new("127.0.0.1");
    let server = Server::<A>::start(&authority.server);
    for offered in [&["h2"][..], &["h2", "http/1.1"], &["http/1.1", "h2"]] {
        run(async {
            let stream = connect(server.addr(), &authority, offered).await.expect("they agree");
            assert_eq!(agreed(&stream), Some("h2"), "{offered:?}");
            let mut client = Http2::over(stream).await;

            let (status, handshake) = client.exchange(Method::GET, "transport=polling", "").await;
            assert_eq!(status, 200, "{handshake}");
            let sid = handshake.split('"').nth(3).expect("a handshake tells the session's id");
            let session = format!("transport=polling&sid={sid}");
            let (status, answer) = client.exchange(Method::POST, &session, "4over polling").await;
            assert_eq!((status, &*answer), (StatusCode::OK, "ok"));
            let (status, answer) = client.exchange(Method::GET, &session, "").await;
            assert_eq!((status, &*answer), (StatusCode::OK, "4over polling"));

            let mut upgrading = client.websocket(&format!("transport=websocket&sid={sid}")).await;
            let mut direct = client.websocket("transport=websocket").await;
            upgrading.send(Frame::text("2probe")).await;
            assert_eq!(upgrading.receive().await, "3probe");
            upgrading.send(Frame::text("5")).await;
            assert!(direct.receive().await.starts_with("0{"));
            for websocket in [&mut upgrading, &mut direct] {
                websocket.send(Frame::text("4over WebSocket")).await;
                assert_eq!(websocket.receive().await, "4over WebSocket");
            }
        });
    }
}

/// Who offers nothing at all speaks HTTP/1.1 as well.
pub fn who_offers_no_http2_gets_http1<A: Dialer>() {
    let authority = Authority::new("127.0.0.1");
    let server = Server::<A>::start(&authority.server);
    for (offered, expected) in [(&["http/1.1"][..], Some("http/1.1")), (&[], None)] {
        run(async {
            let mut stream = connect(server.addr(), &authority, offered).await.expect("they agree");
            assert_eq!(agreed(&stream), expected);
            let request = b"GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\n\r\n";
            stream.write_all(request).await.expect("it is open");
            stream.flush().await.expect("it is open");
            let mut answer = [0; 15];
            stream.read_exact(&mut answer).await.expect("it is answered");
            assert_eq!(&answer, b"HTTP/1.1 200 OK");
        });
    }
}

/// A protocol that the server does not speak is not spoken.
pub fn who_offers_something_else_gets_nothing<A: Dialer>() {
    let authority = Authority::new("127.0.0.1");
    let server = Server::<A>::start(&authority.server);
    let refused = run(connect(server.addr(), &authority, &["http/0.9"]));
    assert!(refused.is_err(), "{refused:?}");
}
