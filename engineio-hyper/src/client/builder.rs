//! The settings of a client.

use super::{
    connector::{Connector, ProxyConnector},
    error::{HeaderError, UrlError},
    inspect::{Inspector, Note},
    plan::HeadersHook,
    proxy::HttpProxy,
    url::Url,
};
use crate::{Runtime, lane::Bound};
use engineio_proto::{ClientConfig, ClientConfigBuilder};
use engineio_ws::PerMessageDeflate;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::{fmt, sync::Arc};

mod bare;
mod core;

/// Collects the settings of a client, and [connects](Self::connect) it. Each method replaces one and returns the
/// builder.
///
/// | setting | default | the reference's name |
/// |---|---|---|
/// | [`version`](Self::version) | protocol 4 | – (the major version of its package) |
/// | [`path`](Self::path) | the URL's; `/engine.io/` if that is none or `/` | `path`, `addTrailingSlash` |
/// | [`query`](Self::query) | the URL's | `query` |
/// | [`transports`](Self::transports) | polling, then WebSocket | `transports` |
/// | [`upgrade`](Self::upgrade) | yes | `upgrade` |
/// | [`remember_upgrade`](Self::remember_upgrade) | no | `rememberUpgrade` |
/// | [`try_all_transports`](Self::try_all_transports) | no | `tryAllTransports` |
/// | [`cache_buster`](Self::cache_buster) | yes | `timestampRequests`, `timestampParam` |
/// | [`force_base64`](Self::force_base64) | no | `forceBase64` |
/// | [`websocket_compression`](Self::websocket_compression) | none | `perMessageDeflate`, from 1,024 bytes |
/// | [`header`](Self::header) | none | `extraHeaders` |
/// | [`headers`](Self::headers) | none | – |
/// | [`cookies`](Self::cookies) | no | `withCredentials` |
/// | [`connector`](Self::connector) | the adapter's | `agent` |
/// | [`proxy`](Self::proxy) | none | `agent` |
/// | `tls` | the authorities that browsers trust | `ca`, `rejectUnauthorized` |
/// | [`open_timeout`](Self::open_timeout) | 20 s | – |
/// | [`upgrade_timeout`](Self::upgrade_timeout) | 10 s | – |
/// | [`post_timeout`](Self::post_timeout) | 20 s | `requestTimeout` (ms) |
/// | [`close_timeout`](Self::close_timeout) | 30 s | – |
/// | [`max_response`](Self::max_response) | 64 MiB | – |
/// | [`max_packets_per_payload`](Self::max_packets_per_payload) | 1,000,000 | – |
/// | [`max_packets_per_post`](Self::max_packets_per_post) | 16 | – |
/// | [`max_queue_bytes`](Self::max_queue_bytes) | 1 MiB | – |
/// | [`max_queue_packets`](Self::max_queue_packets) | 10,000 | – |
/// | [`max_inbox_bytes`](Self::max_inbox_bytes) | 1 MiB | – |
/// | [`max_inbox_packets`](Self::max_inbox_packets) | 10,000 | – |
/// | [`inspect`](Self::inspect) | nobody is called | events `packet`, `packetCreate`, `upgrade`, `upgradeError` |
///
/// Durations are [`Duration`](std::time::Duration)s, sizes are in bytes. `tls` needs the feature `rustls`.
///
/// # Connections
///
/// A polling session uses one connection for its GETs and one for its POSTs, and closes both when it is upgraded. An idle
/// connection is used again for as long as the server announces (`Keep-Alive: timeout=`, less 1 s), or 1.5 s if it
/// announces nothing.
///
/// A request on a connection that was used before, and that the server closes before it sends any byte of a response, is
/// sent once more on a new connection, as browsers do. A server that takes a POST and closes the connection without a
/// response therefore gets the messages of that POST twice.
///
/// Redirects with status 307 or 308 are followed on the same origin, up to five for a request. Other redirects end the
/// attempt, with their `Location` in the error.
#[derive(Clone)]
#[must_use = "a builder does nothing until it connects"]
pub struct ClientBuilder<Rt, C> {
    pub(super) runtime: Rt,
    pub(super) connector: C,
    pub(super) settings: Settings,
}

/// All settings but the runtime and the connector.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) url: Result<Url, UrlError>,
    pub(super) config: ClientConfigBuilder,
    pub(super) headers: Result<HeaderMap, HeaderError>,
    pub(super) headers_hook: Option<Arc<HeadersHook>>,
    pub(super) inbox: Bound,
    pub(super) inspector: Inspector,
    pub(super) cookies: bool,
    pub(super) remember_upgrade: bool,
    pub(super) deflate: Option<PerMessageDeflate>,
}

impl<Rt: Runtime, C: Connector> ClientBuilder<Rt, C> {
    /// A client for the server at this URL, whose scheme is `http`, `https`, `ws` or `wss`: the first two mean the
    /// same as the last. Its path, unless it is just `/`, and its query are taken over. What is wrong with it is told
    /// by [`connect`](Self::connect).
    pub fn new(runtime: Rt, connector: C, url: &str) -> Self {
        let url = Url::parse(url);
        let mut config = ClientConfig::builder();
        if let Ok(url) = &url {
            if let Some(path) = &url.path {
                config = config.path(path);
            }
            if let Some(query) = &url.query {
                config = config.query(query);
            }
        }
        Self {
            runtime,
            connector,
            settings: Settings {
                url,
                config,
                headers: Ok(HeaderMap::new()),
                headers_hook: None,
                inbox: Bound { bytes: 1024 * 1024, packets: 10_000 },
                inspector: Inspector::default(),
                cookies: false,
                remember_upgrade: false,
                deflate: None,
            },
        }
    }

    /// Connects by other means.
    pub fn connector<D: Connector>(self, connector: D) -> ClientBuilder<Rt, D> {
        ClientBuilder { runtime: self.runtime, connector, settings: self.settings }
    }

    /// A header that every request carries; a second one of the same name replaces the first. `User-Agent` is this crate's
    /// name and version unless it is set here. Headers that frame a request (`Connection`, `Content-Length`, `Expect`,
    /// `Transfer-Encoding`, `Upgrade`) are not sent. A name or value that is not valid is told by
    /// [`connect`](Self::connect).
    ///
    /// ```
    /// # use engineio_hyper::{ClientBuilder, Connector, Runtime};
    /// # fn f<Rt: Runtime, C: Connector>(client: ClientBuilder<Rt, C>) -> ClientBuilder<Rt, C> {
    /// client.header("authorization", "Bearer …").header("x-room", 7)
    /// # }
    /// ```
    pub fn header<N: TryInto<HeaderName>, V: TryInto<HeaderValue>>(mut self, name: N, value: V) -> Self {
        let added = match self.settings.headers {
            Ok(headers) => with_header(headers, name, value),
            Err(error) => Err(error),
        };
        self.settings.headers = added;
        self
    }

    /// Calls `hook` with the headers of each request before it is sent, to add to them or to replace them: a token that is
    /// renewed, for instance. The session's task calls it, so it must be quick.
    pub fn headers(mut self, hook: impl Fn(&mut HeaderMap) + Send + Sync + 'static) -> Self {
        self.settings.headers_hook = Some(Arc::new(hook));
        self
    }

    /// Whether what the server sets as cookies comes back to it: with each request of this session, over either
    /// transport, and not beyond the session. Some load balancers send a session's requests to one server by that.
    pub fn cookies(mut self, cookies: bool) -> Self {
        self.settings.cookies = cookies;
        self
    }

    /// Whether a session begins on WebSocket if that worked with the server before, for a client of this process that
    /// was to remember it, too. If it does not work this time, the session begins as it would have.
    pub fn remember_upgrade(mut self, remember: bool) -> Self {
        self.settings.remember_upgrade = remember;
        self
    }

    /// Offers the server to compress messages over WebSocket, in both directions, by permessage-deflate (RFC 7692). The
    /// reference does so unless it is told otherwise; here it is to be asked for, as the length of a message that holds a
    /// secret together with what somebody else chose tells about the secret.
    ///
    /// [`max_response`](Self::max_response) bounds what a message says, not how long it is on its way.
    pub fn websocket_compression(mut self, deflate: PerMessageDeflate) -> Self {
        self.settings.deflate = Some(deflate);
        self
    }

    /// Calls `inspect` with everything that goes over the transports. It is called by the session's task, so it must
    /// be quick.
    pub fn inspect(mut self, inspect: impl Fn(Note<'_>) + Send + Sync + 'static) -> Self {
        self.settings.inspector = Inspector(Some(Arc::new(inspect)));
        self
    }

    /// How many bytes of messages may wait for [`Socket::recv`](crate::Socket::recv) before the server is held back: it is not polled, its
    /// WebSocket not read from. One response or read more can be there.
    pub fn max_inbox_bytes(mut self, bytes: usize) -> Self {
        self.settings.inbox.bytes = bytes;
        self
    }

    /// As [`max_inbox_bytes`](Self::max_inbox_bytes), but the number of messages.
    pub fn max_inbox_packets(mut self, packets: usize) -> Self {
        self.settings.inbox.packets = packets;
        self
    }
}

#[cfg(feature = "rustls")]
impl<Rt: Runtime, C: crate::SecureConnector> ClientBuilder<Rt, C> {
    /// Whom the client trusts, if its URL asks for TLS: instead of the authorities that browsers trust.
    ///
    /// ```
    /// # use engineio_hyper::{ClientBuilder, ClientTls, Runtime, SecureConnector};
    /// # fn f<Rt: Runtime, C: SecureConnector>(
    /// #     client: ClientBuilder<Rt, C>,
    /// # ) -> Result<ClientBuilder<Rt, C>, Box<dyn std::error::Error>> {
    /// let client = client.tls(ClientTls::trusting_pem(&std::fs::read("ca.pem")?)?);
    /// # Ok(client)
    /// # }
    /// ```
    pub fn tls(mut self, tls: crate::ClientTls) -> Self {
        self.connector = self.connector.with_tls(tls);
        self
    }
}

impl<Rt: Runtime, C: ProxyConnector> ClientBuilder<Rt, C> {
    /// Connects through an HTTP proxy, also where [TLS] is asked for. Environment variables such as
    /// `HTTPS_PROXY` are not read.
    ///
    /// ```
    /// # use engineio_hyper::{ClientBuilder, HttpProxy, ProxyConnector, Runtime, UrlError};
    /// # fn f<Rt: Runtime, C: ProxyConnector>(client: ClientBuilder<Rt, C>) -> Result<ClientBuilder<Rt, C>, UrlError> {
    /// let client = client.proxy(HttpProxy::new("http://proxy.example:3128")?.basic_auth("user", "password"));
    /// # Ok(client)
    /// # }
    /// ```
    ///
    /// [TLS]: crate::Endpoint::secure
    pub fn proxy(mut self, proxy: HttpProxy) -> Self {
        self.connector = self.connector.with_proxy(proxy);
        self
    }
}

fn with_header<N: TryInto<HeaderName>, V: TryInto<HeaderValue>>(
    mut headers: HeaderMap,
    name: N,
    value: V,
) -> Result<HeaderMap, HeaderError> {
    let name = name.try_into().map_err(|_| HeaderError::Name)?;
    let Ok(value) = value.try_into() else { return Err(HeaderError::Value(name)) };
    headers.insert(name, value);
    Ok(headers)
}

impl<Rt, C> fmt::Debug for ClientBuilder<Rt, C> {
    /// Without the query and the headers, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("inbox", &self.settings.inbox).finish_non_exhaustive()
    }
}
