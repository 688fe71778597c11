//! HTTP/1.1 connections.

use super::settings::Settings;
use hyper::server::conn::http1;
#[cfg(not(feature = "http2"))]
use {
    super::{answer::Answer, watched::Progress},
    bytes::Bytes,
    http::{Request, Response},
    http_body::Body,
    hyper::{
        body::Incoming,
        rt::{Read, Write},
    },
    std::{error::Error, sync::Arc},
};

/// The settings of HTTP/1.1. The time for a head is [`Patience`](super::patience::Patience)'s matter, as hyper's also
/// counts idle time. Half-closed connections must stay off: with them hyper does not notice that a peer has gone away.
pub(super) fn builder(settings: Settings) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .half_close(false)
        .header_read_timeout(None)
        .max_header_size(settings.max_head_bytes)
        .max_headers(settings.max_header_fields);
    builder
}

/// Serves one connection.
#[cfg(not(feature = "http2"))]
pub(super) fn connection<Rt, I, S, B>(
    _: &Rt,
    settings: Settings,
    _: Arc<Progress>,
    io: I,
    service: S,
) -> http1::UpgradeableConnection<I, S>
where
    I: Read + Write + Send + Unpin + 'static,
    S: hyper::service::Service<Request<Incoming>, Response = Response<Answer<B>>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    builder(settings).serve_connection(io, service).with_upgrades()
}
