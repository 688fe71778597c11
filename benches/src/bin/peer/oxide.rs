//! A server with the crate `engineioxide` on hyper.

use crate::options::{MAX_PAYLOAD, Options, PING_INTERVAL};
use bytes::Bytes;
use engineioxide::{
    DisconnectReason, Socket, Str, config::EngineIoConfig, handler::EngineIoHandler, service::EngineIoService,
    socket::Sid,
};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::net::TcpListener;

#[derive(Debug)]
struct Echo {
    /// The open sessions that receive broadcasts, or `None` to echo messages.
    all: Option<Mutex<HashMap<Sid, Arc<Socket<()>>>>>,
}

impl Echo {
    fn all(&self, act: impl FnOnce(&mut HashMap<Sid, Arc<Socket<()>>>)) {
        if let Some(all) = &self.all {
            act(&mut all.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

impl EngineIoHandler for Echo {
    type Data = ();

    fn on_connect(self: Arc<Self>, socket: Arc<Socket<()>>) {
        self.all(|all| drop(all.insert(socket.id, socket)));
    }

    fn on_disconnect(&self, socket: Arc<Socket<()>>, _: DisconnectReason) {
        self.all(|all| drop(all.remove(&socket.id)));
    }

    fn on_message(self: &Arc<Self>, text: Str, socket: Arc<Socket<()>>) {
        if self.all.is_none() {
            let _ = socket.emit(text);
        } else {
            self.all(|all| all.values().for_each(|socket| drop(socket.emit(text.clone()))));
        }
    }

    fn on_binary(self: &Arc<Self>, bytes: Bytes, socket: Arc<Socket<()>>) {
        if self.all.is_none() {
            let _ = socket.emit_binary(bytes);
        } else {
            self.all(|all| all.values().for_each(|socket| drop(socket.emit_binary(bytes.clone()))));
        }
    }
}

pub(crate) async fn serve(options: &Options) -> Result<(), Box<dyn Error>> {
    let config = EngineIoConfig::builder()
        .ping_interval(PING_INTERVAL)
        .ping_timeout(PING_INTERVAL)
        .max_payload(MAX_PAYLOAD as u64)
        .build();
    let handler = Echo { all: options.broadcast.then(Mutex::default) };
    let service = EngineIoService::with_config(Arc::new(handler), config);
    let listener = TcpListener::bind(options.addr).await?;
    Options::announce(listener.local_addr()?);
    let accepting = tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            let service = service.clone();
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
