//! HTTP/2: polling by streams, and WebSockets as streams (RFC 8441).

use crate::Adapter;
use crate::wire::client::{Frame, LIMIT};
use crate::wire::server::Server;
use async_io::{Async, Timer, block_on};
use bytes::Bytes;
use core::future::{Future, poll_fn};
use core::net::SocketAddr;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use engineio_hyper::{CloseReason, TransportFault};
use futures_lite::{AsyncRead, AsyncWrite, FutureExt};
use http::{Method, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper::ext::Protocol;
use hyper::rt::{Executor, Read, ReadBuf, ReadBufCursor, Write};
use hyper::upgrade::Upgraded;
use std::io;
use std::net::TcpStream;
use std::thread;

/// A connection of a client whose runtime is none of those under test.
struct Connection(Async<TcpStream>);

impl Read for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut buffer = [0; 4096];
        let size = buffer.len().min(cursor.remaining());
        let read = ready!(Pin::new(&mut self.0).poll_read(cx, &mut buffer[..size]))?;
        cursor.put_slice(&buffer[..read]);
        Poll::Ready(Ok(()))
    }
}

impl Write for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_close(cx)
    }
}

#[derive(Clone)]
struct Threads;

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Threads {
    fn execute(&self, task: F) {
        thread::spawn(|| block_on(task));
    }
}

/// One HTTP/2 connection.
struct Client(SendRequest<Full<Bytes>>);

impl Client {
    async fn open(addr: SocketAddr) -> Self {
        let stream = Async::<TcpStream>::connect(addr).await.expect("the server listens");
        let (sender, connection) =
            http2::handshake(Threads, Connection(stream)).await.expect("the server speaks HTTP/2");
        Threads.execute(async { drop(connection.await) });
        let mut client = Self(sender);
        // The server's settings come before its first answer, and without them no WebSocket may be asked for.
        let (status, _) = client.exchange(Method::GET, "transport=pigeon", "").await;
        assert_eq!(status, 400);
        client
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Response<Incoming> {
        self.0.ready().await.expect("the connection is open");
        let response = self.0.send_request(request).await.expect("the request is answered");
        assert_eq!(response.version(), Version::HTTP_2);
        response
    }

    /// The status and the body of the answer to a polling request.
    async fn exchange(&mut self, method: Method, query: &str, body: &str) -> (StatusCode, String) {
        let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
        let response = self.send(request(method, query, body)).await;
        (response.status(), text(response).await)
    }

    /// Asks for a WebSocket.
    async fn connect(&mut self, query: &str, version: &str) -> Response<Incoming> {
        let mut request = request(Method::CONNECT, query, Full::default());
        request.extensions_mut().insert(Protocol::from_static("websocket"));
        request.headers_mut().insert("sec-websocket-version", version.parse().expect("it is a value"));
        self.send(request).await
    }

    async fn websocket(&mut self, query: &str) -> WebSocket {
        let response = self.connect(query, "13").await;
        assert_eq!(response.status(), 200);
        WebSocket(hyper::upgrade::on(response).await.expect("it is a stream of bytes"))
    }
}

fn request(method: Method, query: &str, body: Full<Bytes>) -> Request<Full<Bytes>> {
    let uri = format!("http://localhost/engine.io/?EIO=4&{query}");
    Request::builder().version(Version::HTTP_2).method(method).uri(uri).body(body).expect("it is a request")
}

async fn text(response: Response<Incoming>) -> String {
    let body = response.into_body().collect().await.expect("the body comes").to_bytes();
    String::from_utf8(body.into()).expect("it is text")
}

/// The session's id, from the handshake.
fn sid(handshake: &str) -> &str {
    handshake.split('"').nth(3).expect("a handshake tells the session's id")
}

struct WebSocket(Upgraded);

impl WebSocket {
    async fn send(&mut self, frame: Frame) {
        let bytes = frame.bytes();
        let mut left = &bytes[..];
        while !left.is_empty() {
            let written = poll_fn(|cx| Pin::new(&mut self.0).poll_write(cx, left)).await.expect("it is open");
            left = &left[written..];
        }
        poll_fn(|cx| Pin::new(&mut self.0).poll_flush(cx)).await.expect("it is open");
    }

    async fn byte(&mut self) -> u8 {
        let mut byte = [0];
        let read = poll_fn(|cx| {
            let mut buffer = ReadBuf::new(&mut byte);
            Pin::new(&mut self.0).poll_read(cx, buffer.unfilled()).map_ok(|()| buffer.filled().len())
        });
        assert_eq!(read.await.expect("it is open"), 1);
        byte[0]
    }

    /// The next message, which is a short one.
    async fn receive(&mut self) -> String {
        assert_eq!(self.byte().await, 0x81, "it is a text");
        let mut length = usize::from(self.byte().await);
        if length == 126 {
            length = usize::from(self.byte().await) << 8 | usize::from(self.byte().await);
        }
        let mut text = Vec::new();
        while text.len() < length {
            text.push(self.byte().await);
        }
        String::from_utf8(text).expect("it is text")
    }
}

/// Waits, but not for ever.
fn run<T>(future: impl Future<Output = T>) -> T {
    block_on(future.or(async {
        Timer::after(LIMIT).await;
        panic!("what is waited for comes")
    }))
}

/// All of a session's requests go over one connection, a parked one too; a stream that is reset is a request that is
/// given up.
pub fn polling_over_http2<A: Adapter>() {
    let server = Server::<A>::accepting(|config| config);
    run(async {
        let mut client = Client::open(server.addr()).await;
        let (status, handshake) = client.exchange(Method::GET, "transport=polling", "").await;
        assert_eq!(status, 200, "{handshake}");
        let socket = server.accept();
        let query = format!("transport=polling&sid={}", sid(&handshake));
        let mut parking = Client(client.0.clone());
        let parked = parking.exchange(Method::GET, &query, "");
        let posting = async {
            assert_eq!(client.exchange(Method::POST, &query, "4in").await, (StatusCode::OK, "ok".to_owned()));
            assert_eq!(server.recv(&socket), "in".into());
            socket.try_send("out").expect("there is room");
        };
        let (answer, ()) = futures_lite::future::zip(parked, posting).await;
        assert_eq!(answer, (StatusCode::OK, "4out".to_owned()));

        let mut abandoned = Box::pin(client.0.send_request(request(Method::GET, &query, Full::default())));
        assert!(futures_lite::future::poll_once(&mut abandoned).await.is_none());
        // Requests of one connection are taken in their order, so when this is answered the other is there.
        let refused = Client(client.0.clone()).exchange(Method::GET, "transport=pigeon", "").await;
        assert_eq!(refused, (StatusCode::BAD_REQUEST, r#"{"code":0,"message":"Transport unknown"}"#.to_owned()));
        assert_eq!(socket.close_reason(), None);
        drop(abandoned);
        let reason = server.closed(&socket);
        assert_eq!(reason, CloseReason::TransportError(TransportFault::GetAborted));
    });
}

/// A session begins on a WebSocket that is a stream, and one goes over to it.
pub fn websocket_over_http2<A: Adapter>() {
    let server = Server::<A>::accepting(|config| config);
    run(async {
        let mut client = Client::open(server.addr()).await;
        let mut websocket = client.websocket("transport=websocket").await;
        assert!(websocket.receive().await.starts_with("0{"));
        let socket = server.accept();
        websocket.send(Frame::text("4in")).await;
        assert_eq!(server.recv(&socket), "in".into());
        socket.try_send("out").expect("there is room");
        assert_eq!(websocket.receive().await, "4out");
        drop(websocket);
        assert!(matches!(server.closed(&socket), CloseReason::TransportClose | CloseReason::TransportError(_)));

        let (_, handshake) = client.exchange(Method::GET, "transport=polling", "").await;
        let socket = server.accept();
        let mut upgrading = client.websocket(&format!("transport=websocket&sid={}", sid(&handshake))).await;
        upgrading.send(Frame::text("2probe")).await;
        assert_eq!(upgrading.receive().await, "3probe");
        upgrading.send(Frame::text("5")).await;
        upgrading.send(Frame::text("4over")).await;
        assert_eq!(server.recv(&socket), "over".into());
        assert_eq!(socket.transport(), engineio_hyper::Transport::WebSocket);
    });
}

/// A refusal is an answer like others; what is no WebSocket of this version is told the right one.
pub fn websocket_over_http2_is_refused<A: Adapter>() {
    let server = Server::<A>::start();
    run(async {
        let mut client = Client::open(server.addr()).await;
        let refused = client.connect("transport=pigeon", "13").await;
        assert_eq!(refused.status(), 400);
        assert_eq!(text(refused).await, r#"{"code":0,"message":"Transport unknown"}"#);
        let refused = client.connect("transport=websocket", "8").await;
        assert_eq!(refused.status(), 426);
        assert_eq!(refused.headers()["sec-websocket-version"], "13");
        server.expect_sessions(0);
    });
}
