//! A client that speaks HTTP/2, on a runtime that is none of those under test.

use super::{Frame, LIMIT};
use async_io::{Async, Timer, block_on};
use bytes::Bytes;
use core::future::{Future, poll_fn};
use core::net::SocketAddr;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
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

/// One HTTP/2 connection. Clones share it.
#[derive(Clone, Debug)]
pub struct Http2(SendRequest<Full<Bytes>>);

/// A WebSocket that is a stream of one.
#[derive(Debug)]
pub struct WsStream(Upgraded);

/// Waits, but not for ever.
///
/// # Panics
/// If it would be.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    block_on(future.or(async {
        Timer::after(LIMIT).await;
        panic!("what is waited for comes")
    }))
}

impl Http2 {
    /// Connects.
    ///
    /// # Panics
    /// If nobody listens, or does not speak HTTP/2.
    pub async fn open(addr: SocketAddr) -> Self {
        Self::over(Async::<TcpStream>::connect(addr).await.expect("the server listens")).await
    }

    /// Speaks HTTP/2 over what is connected.
    ///
    /// # Panics
    /// If the other side does not.
    pub async fn over(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        let (sender, connection) =
            http2::handshake(Threads, Connection(stream)).await.expect("the server speaks HTTP/2");
        Threads.execute(async { drop(connection.await) });
        let mut client = Self(sender);
        // The server's settings come before its first answer, and without them no WebSocket may be asked for.
        let (status, _) = client.exchange(Method::GET, "transport=pigeon", "").await;
        assert_eq!(status, 400);
        client
    }

    /// Sends a request to the engine.
    ///
    /// # Panics
    /// If the connection is closed.
    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> Response<Incoming> {
        self.0.ready().await.expect("the connection is open");
        let response = self.0.send_request(request).await.expect("the request is answered");
        assert_eq!(response.version(), Version::HTTP_2);
        response
    }

    /// The status and the body of the answer to a polling request.
    pub async fn exchange(&mut self, method: Method, query: &str, body: &str) -> (StatusCode, String) {
        let response = self.send(request(method, query, body)).await;
        (response.status(), text(response).await)
    }

    /// Asks for a WebSocket of a version.
    ///
    /// # Panics
    /// If the connection is closed.
    pub async fn connect(&mut self, query: &str, version: &str) -> Response<Incoming> {
        let mut request = request(Method::CONNECT, query, "");
        request.extensions_mut().insert(Protocol::from_static("websocket"));
        request.headers_mut().insert("sec-websocket-version", version.parse().expect("it is a value"));
        self.send(request).await
    }

    /// Opens a WebSocket that offers extensions, and says which were chosen.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn extended(&mut self, query: &str, extensions: &str) -> (WsStream, Option<String>) {
        let mut request = request(Method::CONNECT, query, "");
        request.extensions_mut().insert(Protocol::from_static("websocket"));
        for (name, value) in [("sec-websocket-version", "13"), ("sec-websocket-extensions", extensions)] {
            request.headers_mut().insert(name, value.parse().expect("it is a value"));
        }
        let response = self.send(request).await;
        assert_eq!(response.status(), 200);
        let chosen = response.headers().get("sec-websocket-extensions");
        let chosen = chosen.map(|chosen| chosen.to_str().expect("it is text").to_owned());
        (WsStream(hyper::upgrade::on(response).await.expect("it is a stream of bytes")), chosen)
    }

    /// Opens a WebSocket.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn websocket(&mut self, query: &str) -> WsStream {
        let response = self.connect(query, "13").await;
        assert_eq!(response.status(), 200);
        WsStream(hyper::upgrade::on(response).await.expect("it is a stream of bytes"))
    }
}

/// A request to the engine.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn request(method: Method, query: &str, body: &str) -> Request<Full<Bytes>> {
    let uri = format!("http://localhost/engine.io/?EIO=4&{query}");
    let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
    Request::builder().version(Version::HTTP_2).method(method).uri(uri).body(body).expect("it is a request")
}

/// Reads a body.
///
/// # Panics
/// If it is cut off, or no text.
pub async fn text(response: Response<Incoming>) -> String {
    let body = response.into_body().collect().await.expect("the body comes").to_bytes();
    String::from_utf8(body.into()).expect("it is text")
}

impl WsStream {
    /// Sends a frame.
    ///
    /// # Panics
    /// If the stream is closed.
    pub async fn send(&mut self, frame: Frame) {
        let bytes = frame.bytes();
        let mut left = &bytes[..];
        while !left.is_empty() {
            let written = poll_fn(|cx| Pin::new(&mut self.0).poll_write(cx, left)).await.expect("it is open");
            left = &left[written..];
        }
        poll_fn(|cx| Pin::new(&mut self.0).poll_flush(cx)).await.expect("it is open");
    }

    /// The next message, which is a short text.
    ///
    /// # Panics
    /// If it is something else.
    pub async fn receive(&mut self) -> String {
        String::from_utf8(self.frame(0x81).await).expect("it is text")
    }

    /// The payload of the next frame, which is a short one that begins with this byte.
    ///
    /// # Panics
    /// If it is something else.
    pub async fn frame(&mut self, first: u8) -> Vec<u8> {
        assert_eq!(self.byte().await, first, "it is the frame that is awaited");
        let mut length = usize::from(self.byte().await);
        if length == 126 {
            length = usize::from(self.byte().await) << 8 | usize::from(self.byte().await);
        }
        let mut text = Vec::new();
        while text.len() < length {
            text.push(self.byte().await);
        }
        text
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
}

/// A connection as hyper wants it.
struct Connection<S>(S);

impl<S: AsyncRead + Unpin> Read for Connection<S> {
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

impl<S: AsyncWrite + Unpin> Write for Connection<S> {
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

/// Runs each task in a thread.
#[derive(Clone)]
struct Threads;

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Threads {
    fn execute(&self, task: F) {
        thread::spawn(|| block_on(task));
    }
}
