//! What all handles of one session share.

use crate::{
    backlog::Application,
    handler::AnyDriver,
    host::{Host, Turns},
    lane::Lane,
    shard::Shard,
};
use bytes::BytesMut;
use engineio_proto::{Instant, SessionKey, Sid, Transport};
use http::{
    HeaderValue, Uri,
    request::Parts,
    uri::{self, Authority, PathAndQuery, Scheme},
};
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tracing::Span;

/// What all handles of one session share. It outlives the core's own session for as long as there are handles.
pub(crate) struct Session {
    pub(crate) host: Arc<Host>,
    pub(crate) key: SessionKey,
    pub(crate) sid: Sid,
    pub(crate) seed: Seed,
    pub(crate) span: Span,
    pub(crate) lane: Lane,
    /// The handler's part; whoever has the lane's turn may lock it.
    pub(crate) driver: Mutex<Option<Box<dyn AnyDriver>>>,
    /// How many handles the application has. The first is there from the beginning.
    pub(crate) handles: AtomicUsize,
    on_websocket: AtomicBool,
}

/// What is known of a session before it is opened.
#[derive(Clone)]
pub(crate) struct Seed {
    pub(crate) handshake: Arc<Parts>,
    pub(crate) remote_addr: Option<SocketAddr>,
}

impl Seed {
    /// Keeps a request's head for as long as its session lives.
    ///
    /// As it comes from hyper, it consists of slices of what was read from the connection, which would live as
    /// long. So they are copied, all of them into one piece of memory. Names are copies already.
    pub(crate) fn new(mut head: Parts, remote_addr: Option<SocketAddr>) -> Self {
        let (authority, path) = (head.uri.authority(), head.uri.path_and_query());
        let size = authority.map_or(0, |authority| authority.as_str().len())
            + path.map_or(0, |path| path.as_str().len())
            + head.headers.values().map(HeaderValue::len).sum::<usize>();
        let mut memory = BytesMut::with_capacity(size);
        let mut copy = |bytes: &[u8]| {
            memory.extend_from_slice(bytes);
            memory.split().freeze()
        };
        let mut uri = uri::Parts::default();
        uri.scheme = head.uri.scheme().and_then(|scheme| Scheme::try_from(scheme.as_str()).ok());
        uri.authority = authority.and_then(|it| Authority::from_maybe_shared(copy(it.as_str().as_bytes())).ok());
        uri.path_and_query = path.and_then(|it| PathAndQuery::from_maybe_shared(copy(it.as_str().as_bytes())).ok());
        if let Ok(uri) = Uri::from_parts(uri) {
            head.uri = uri;
        }
        for value in head.headers.values_mut() {
            if let Ok(mut kept) = HeaderValue::from_maybe_shared(copy(value.as_bytes())) {
                kept.set_sensitive(value.is_sensitive());
                *value = kept;
            }
        }
        Self { handshake: Arc::new(head), remote_addr }
    }
}

impl Session {
    pub(crate) fn new(
        host: Arc<Host>,
        key: SessionKey,
        sid: Sid,
        transport: Transport,
        seed: Seed,
        span: Span,
    ) -> Self {
        let driver = host.application.driver();
        Self {
            lane: Lane::new(host.inbox, driver.is_some()),
            driver: Mutex::new(driver),
            handles: AtomicUsize::new(1),
            on_websocket: AtomicBool::new(transport == Transport::WebSocket),
            host,
            key,
            sid,
            seed,
            span,
        }
    }

    /// Calls into the session's core. No lock may be held.
    pub(crate) fn enter<T>(&self, turns: Turns, call: impl FnOnce(&mut Shard, Instant) -> T) -> T {
        self.host.enter(usize::from(self.key.shard()), turns, call)
    }

    /// Does what calls into the session's core have led to that left it at that. No lock may be held.
    pub(crate) fn follow_up(&self) {
        self.host.enter_untimed(usize::from(self.key.shard()), Turns::Elsewhere, |_| ());
    }

    /// Whether the session belongs to whoever accepted it, and ends with the last handle.
    pub(crate) fn is_accepted(&self) -> bool {
        matches!(self.host.application, Application::Accept(_))
    }

    pub(crate) fn upgraded(&self) {
        self.on_websocket.store(true, Ordering::Relaxed);
    }

    pub(crate) fn transport(&self) -> Transport {
        if self.on_websocket.load(Ordering::Relaxed) { Transport::WebSocket } else { Transport::Polling }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn what_is_kept_of_a_head_holds_none_of_the_memory_that_it_was_read_into() {
        for text in ["/engine.io/?EIO=4", "http://host/engine.io/", "other://host:80/engine.io/?EIO=4", "host:80", "*"]
        {
            let memory: Arc<[u8]> = text.as_bytes().into();
            let read = || Bytes::from_owner(memory.clone());
            let (mut head, ()) = http::Request::new(()).into_parts();
            head.uri = Uri::from_maybe_shared(read()).unwrap();
            head.headers.append("x-first", HeaderValue::from_maybe_shared(read()).unwrap());
            head.headers.append("x-first", HeaderValue::from_maybe_shared(read()).unwrap());
            let seed = Seed::new(head, None);
            assert_eq!(Arc::strong_count(&memory), 1, "{text}");
            assert_eq!(seed.handshake.uri, *text);
            assert!(seed.handshake.headers.get_all("x-first").iter().eq([text, text]));
        }
    }
}
