//! A peer, at the other end of a connection that is memory, or without one.

use crate::lab::{Lab, poll_once};
use bytes::Bytes;
use engineio_hyper::{Engine, EngineBody};
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use hyper::{
    rt::{Read, ReadBufCursor, Write},
    server::conn::http1,
};
use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};
use tower_service::Service;

/// A request that was handed to the engine's service, without any server.
pub struct Call {
    future: Pin<Box<dyn Future<Output = Response<EngineBody>>>>,
}

impl Call {
    pub fn new<B>(engine: &Engine<Lab>, request: Request<B>) -> Self
    where
        B: Body<Data: Send> + Send + 'static,
    {
        let response = Service::call(&mut engine.service(), request);
        Self { future: Box::pin(async { response.await.unwrap_or_else(|never| match never {}) }) }
    }

    pub fn get(engine: &Engine<Lab>, query: &str) -> Self {
        Self::new(engine, request("GET", query, ""))
    }

    pub fn post(engine: &Engine<Lab>, query: &str, body: &'static str) -> Self {
        Self::new(engine, request("POST", query, body))
    }

    pub fn poll(&mut self) -> Poll<Response<EngineBody>> {
        poll_once(self.future.as_mut())
    }

    #[track_caller]
    pub fn response(&mut self) -> Response<EngineBody> {
        match self.poll() {
            Poll::Ready(response) => response,
            Poll::Pending => panic!("there is no answer yet"),
        }
    }

    /// The answer, its body read.
    #[track_caller]
    pub fn answer(&mut self) -> (u16, String) {
        let response = self.response();
        (response.status().as_u16(), text(response.into_body()))
    }
}

fn request(method: &str, query: &str, body: &'static str) -> Request<Full<Bytes>> {
    let uri = format!("/engine.io/?EIO=4&{query}");
    Request::builder().method(method).uri(uri).body(Full::from(body)).expect("the request is well-formed")
}

/// Reads a body, which is there at once.
#[track_caller]
pub fn text(mut body: EngineBody) -> String {
    match Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Some(Ok(frame))) => {
            String::from_utf8(frame.into_data().expect("it is data").to_vec()).expect("it is text")
        }
        Poll::Ready(None) => String::new(),
        other => panic!("{other:?} is no body"),
    }
}

/// Opens a session over polling and returns the query of its requests.
#[track_caller]
pub fn open(engine: &Engine<Lab>) -> String {
    let (status, body) = Call::get(engine, "transport=polling").answer();
    assert_eq!(status, 200);
    format!("transport=polling&sid={}", sid(&body))
}

fn sid(handshake: &str) -> &str {
    handshake.split('"').nth(3).expect("a handshake tells the session's id")
}

/// The client's end of a connection.
#[derive(Clone)]
pub struct Client(Arc<Mutex<Pipe>>);

/// The server's end.
pub struct ServerEnd(Client);

#[derive(Default)]
struct Pipe {
    to_server: Vec<u8>,
    to_client: Vec<u8>,
    /// How much may wait for the client.
    room: usize,
    client_gone: bool,
    server_gone: bool,
    server_writes: usize,
    waker: Option<Waker>,
}

impl Client {
    /// Both ends of a connection.
    pub fn pair() -> (Self, ServerEnd) {
        let client = Self(Arc::new(Mutex::new(Pipe { room: usize::MAX, ..Pipe::default() })));
        (client.clone(), ServerEnd(client))
    }

    /// Connects to a hyper server that serves the engine.
    pub fn connect(lab: &Lab, engine: &Engine<Lab>) -> Self {
        let (client, end) = Self::pair();
        let connection = http1::Builder::new().serve_connection(end, engine.service()).with_upgrades();
        engineio_hyper::Runtime::spawn(lab, async { drop(connection.await) });
        client
    }

    /// A new session on WebSocket; its open packet was read.
    pub fn websocket(lab: &Lab, engine: &Engine<Lab>) -> Self {
        Self::websocket_with(lab, engine, "")
    }

    /// As [`websocket`](Self::websocket), and both sides may compress.
    pub fn compressing(lab: &Lab, engine: &Engine<Lab>) -> Self {
        Self::websocket_with(lab, engine, "sec-websocket-extensions: permessage-deflate\r\n")
    }

    fn websocket_with(lab: &Lab, engine: &Engine<Lab>, headers: &str) -> Self {
        let client = Self::connect(lab, engine);
        client.write(
            b"GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\n\
              upgrade: websocket\r\nsec-websocket-version: 13\r\n\
              sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        );
        client.write(headers.as_bytes());
        client.write(b"\r\n");
        lab.run();
        let answer = client.read();
        assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", answer.escape_ascii());
        assert!(answer.ends_with(b"}"), "the open packet is there: {}", answer.escape_ascii());
        client
    }

    pub fn write(&self, bytes: &[u8]) {
        self.change(|pipe| pipe.to_server.extend_from_slice(bytes));
    }

    /// As [`write`](Self::write), but the server is not woken: what arrives is there when it looks.
    pub fn write_unnoticed(&self, bytes: &[u8]) {
        self.pipe().to_server.extend_from_slice(bytes);
    }

    /// Asks for a session over polling.
    pub fn ask(&self) {
        self.write(b"GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\n\r\n");
    }

    /// Sends a masked frame of up to 125 bytes.
    pub fn frame(&self, first: u8, payload: &[u8]) {
        let length = u8::try_from(payload.len()).expect("the frame is short");
        self.write(&[&[first, 0x80 | length, 0, 0, 0, 0], payload].concat());
    }

    /// Takes what is there.
    pub fn read(&self) -> Vec<u8> {
        self.change(|pipe| std::mem::take(&mut pipe.to_client))
    }

    /// From now on no more than this can wait for the client to read it.
    pub fn limit(&self, room: usize) {
        self.change(|pipe| pipe.room = room);
    }

    /// Ends the connection.
    pub fn leave(&self) {
        self.change(|pipe| pipe.client_gone = true);
    }

    /// How much the server has not read yet.
    pub fn unread(&self) -> usize {
        self.pipe().to_server.len()
    }

    /// Whether the server has closed its half.
    pub fn is_closed(&self) -> bool {
        self.pipe().server_gone
    }

    /// How often the server has written, since this was asked last.
    pub fn writes(&self) -> usize {
        std::mem::take(&mut self.pipe().server_writes)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Pipe) -> T) -> T {
        let mut pipe = self.pipe();
        let changed = change(&mut pipe);
        let waker = pipe.waker.take();
        drop(pipe);
        if let Some(waker) = waker {
            waker.wake();
        }
        changed
    }

    fn pipe(&self) -> MutexGuard<'_, Pipe> {
        self.0.lock().unwrap()
    }
}

impl Read for ServerEnd {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, mut buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let mut pipe = self.0.pipe();
        if pipe.to_server.is_empty() && !pipe.client_gone {
            pipe.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = pipe.to_server.len().min(buffer.remaining());
        buffer.put_slice(&pipe.to_server.drain(..count).collect::<Vec<_>>());
        Poll::Ready(Ok(()))
    }
}

impl Write for ServerEnd {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut pipe = self.0.pipe();
        if pipe.client_gone {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let count = bytes.len().min(pipe.room.saturating_sub(pipe.to_client.len()));
        if count == 0 {
            pipe.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        pipe.server_writes += 1;
        pipe.to_client.extend_from_slice(&bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.pipe().server_gone = true;
        Poll::Ready(Ok(()))
    }
}

impl Drop for ServerEnd {
    fn drop(&mut self) {
        self.0.pipe().server_gone = true;
    }
}
