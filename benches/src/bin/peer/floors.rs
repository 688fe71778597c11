//! What cannot be undercut: hyper, and tungstenite on hyper, with no Engine.IO at all.

use crate::options::{MAX_PAYLOAD, Options};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::{HeaderValue, Method, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Incoming,
    rt::{Read, ReadBuf, Write},
    server::conn::http1,
    service::service_fn,
    upgrade::Upgraded,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    error::Error,
    future::{Future, poll_fn},
    io,
    mem::MaybeUninit,
    pin::Pin,
};
use tokio::net::TcpListener;
use tungstenite::{
    Error as Fault, Message,
    handshake::derive_accept_key,
    protocol::{
        Role, WebSocketConfig, WebSocketContext,
        frame::{
            FrameHeader,
            coding::{Data, OpCode},
        },
    },
};

const OPEN: &str = r#"0{"sid":"bare","upgrades":[],"pingInterval":300000,"pingTimeout":20000,"maxPayload":1000000}"#;

/// Answers a POST with `ok`, once its body was read, and each GET with the same payload.
pub(crate) async fn http(options: &Options) -> Result<(), Box<dyn Error>> {
    let (messages, size) = options.payload;
    let message: String = "4".chars().chain("abcdefghijklmnopqrstuvwxyz012345".chars().cycle().take(size)).collect();
    let payload = Bytes::from(vec![message; messages].join("\x1e"));
    serve(options, move |request: Request<Incoming>| {
        let payload = payload.clone();
        async move {
            let body = match *request.method() {
                Method::POST => {
                    let _ = request.into_body().collect().await;
                    Bytes::from_static(b"ok")
                }
                _ if request.uri().query().is_some_and(|query| query.contains("sid=")) => payload,
                _ => Bytes::from_static(OPEN.as_bytes()),
            };
            let mut response = Response::new(Full::new(body));
            let text = HeaderValue::from_static("text/plain; charset=UTF-8");
            response.headers_mut().insert(header::CONTENT_TYPE, text);
            response
        }
    })
    .await
}

/// Sends each message back, after an open packet that is always the same.
pub(crate) async fn websocket(options: &Options) -> Result<(), Box<dyn Error>> {
    serve(options, |mut request: Request<Incoming>| async move {
        let key = request.headers().get(header::SEC_WEBSOCKET_KEY).map(|key| derive_accept_key(key.as_bytes()));
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            if let Ok(io) = upgrade.await {
                let _ = echo(io).await;
            }
        });
        let mut response = Response::new(Full::default());
        *response.status_mut() = http::StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        let accept = key.and_then(|key| HeaderValue::from_maybe_shared(Bytes::from(key)).ok());
        headers.extend(accept.map(|accept| (header::SEC_WEBSOCKET_ACCEPT, accept)));
        response
    })
    .await
}

async fn serve<F, A>(options: &Options, answer: F) -> Result<(), Box<dyn Error>>
where
    F: Fn(Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let listener = TcpListener::bind(options.addr).await?;
    Options::announce(listener.local_addr()?);
    let accepting = tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            let answer = answer.clone();
            let service = service_fn(move |request| {
                let answer = answer(request);
                async move { Ok::<_, Infallible>(answer.await) }
            });
            tokio::spawn(
                http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .with_upgrades(),
            );
        }
    });
    Ok(accepting.await?)
}

/// Reads what is there, then writes all answers to it at once.
async fn echo(mut io: Upgraded) -> Result<(), Fault> {
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_PAYLOAD))
        .max_frame_size(Some(MAX_PAYLOAD));
    let mut context = WebSocketContext::new(Role::Server, Some(config));
    let mut output = BytesMut::new();
    push(&mut output, Data::Text, OPEN.as_bytes());
    let mut over = false;
    loop {
        while !output.is_empty() {
            let written = poll_fn(|cx| Pin::new(&mut io).poll_write(cx, &output)).await?;
            output.advance(written);
        }
        poll_fn(|cx| Pin::new(&mut io).poll_flush(cx)).await?;
        if over {
            return Ok(());
        }
        poll_fn(|cx| {
            let mut buffer = [const { MaybeUninit::uninit() }; 16 * 1024];
            let mut buffer = ReadBuf::uninit(&mut buffer);
            std::task::ready!(Pin::new(&mut io).poll_read(cx, buffer.unfilled()))?;
            let mut input = buffer.filled();
            over = input.is_empty();
            loop {
                match context.read(&mut Memory { input: &mut input, output: &mut output }) {
                    Ok(Message::Text(text)) => push(&mut output, Data::Text, text.as_bytes()),
                    Ok(Message::Binary(bytes)) => push(&mut output, Data::Binary, &bytes),
                    Ok(_) => {}
                    Err(Fault::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(_) => {
                        over = true;
                        break;
                    }
                }
            }
            std::task::Poll::Ready(io::Result::Ok(()))
        })
        .await?;
    }
}

fn push(output: &mut BytesMut, opcode: Data, payload: &[u8]) {
    let header = FrameHeader { opcode: OpCode::Data(opcode), ..FrameHeader::default() };
    // Writing into memory cannot fail.
    let _ = header.format(payload.len() as u64, &mut output.writer());
    output.extend_from_slice(payload);
}

/// What the codec takes for its connection.
struct Memory<'m, 'i> {
    input: &'m mut &'i [u8],
    output: &'m mut BytesMut,
}

impl io::Read for Memory<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        io::Read::read(&mut *self.input, buffer)
    }
}

impl io::Write for Memory<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
