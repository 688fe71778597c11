//! The settings of a client.

use super::{
    connector::Connector,
    cookies::Jar,
    driver::Driver,
    error::{ConnectError, UrlError},
    inspect::{Inspector, Note},
    memory,
    plan::{Connecting, Plan},
    session::ClientSession,
    url::Url,
};
use crate::{Runtime, lane::Bound, role::Role, socket::Socket, timed::Timed};
use engineio_proto::{ClientConfig, ClientConfigBuilder, CloseReason, Transport, Version};
use engineio_ws::PerMessageDeflate;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header, uri::PathAndQuery};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

mod bare;

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
/// | [`cookies`](Self::cookies) | no | `withCredentials` |
/// | [`connector`](Self::connector) | the adapter's | `agent` |
/// | `tls` | the authorities that browsers trust | `ca`, `rejectUnauthorized` |
/// | [`open_timeout`](Self::open_timeout) | 20 s | – |
/// | [`upgrade_timeout`](Self::upgrade_timeout) | 10 s | – |
/// | [`post_timeout`](Self::post_timeout) | 20 s | `requestTimeout` (ms) |
/// | [`close_timeout`](Self::close_timeout) | 30 s | – |
/// | [`max_response`](Self::max_response) | 64 MiB | – |
/// | [`max_packets_per_payload`](Self::max_packets_per_payload) | 1,000,000 | – |
/// | [`max_queue_bytes`](Self::max_queue_bytes) | 1 MiB | – |
/// | [`max_queue_packets`](Self::max_queue_packets) | 10,000 | – |
/// | [`max_inbox_bytes`](Self::max_inbox_bytes) | 1 MiB | – |
/// | [`max_inbox_packets`](Self::max_inbox_packets) | 10,000 | – |
/// | [`inspect`](Self::inspect) | nobody is called | events `packet`, `packetCreate`, `upgrade`, `upgradeError` |
///
/// Durations are [`Duration`]s, sizes are in bytes. `tls` needs the feature `rustls`.
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
#[must_use = "a builder does nothing until it connects"]
pub struct ClientBuilder<Rt, C> {
    runtime: Rt,
    connector: C,
    url: Result<Url, UrlError>,
    config: ClientConfigBuilder,
    headers: HeaderMap,
    inbox: Bound,
    inspector: Inspector,
    cookies: bool,
    remember_upgrade: bool,
    deflate: Option<PerMessageDeflate>,
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
            url,
            config,
            headers: HeaderMap::new(),
            inbox: Bound { bytes: 1024 * 1024, packets: 10_000 },
            inspector: Inspector::default(),
            cookies: false,
            remember_upgrade: false,
            deflate: None,
        }
    }

    /// Opens the session. It is a task of the [`Runtime`]; dropping this future closes it.
    ///
    /// # Errors
    /// If a setting makes no sense, or the session cannot be opened.
    pub async fn connect(self) -> Result<Socket, ConnectError> {
        let Self { runtime, connector, url, config, headers, inbox, inspector, cookies, remember_upgrade, deflate } =
            self;
        let (url, config) = (url?, config.build()?);
        if url.endpoint.secure() && !connector.offers_tls() {
            return Err(ConnectError::NoTls);
        }
        let target = PathAndQuery::try_from(format!("{}?{}", config.path(), config.query()));
        target.map_err(|_| UrlError::Malformed)?;
        let mut head = Request::new(()).into_parts().0;
        (head.uri, head.headers) = (url.uri, headers.clone());
        let websocket_worked = remember_upgrade && memory::websocket_worked(&url.endpoint);
        let plan = Arc::new(Plan {
            connector,
            jar: cookies.then(|| Jar::new(&url.endpoint, config.path())),
            remembers: remember_upgrade,
            endpoint: url.endpoint,
            headers: with_defaults(headers, url.authority),
            deflate,
            max_response: config.max_response(),
            close_timeout: config.close_timeout(),
            inspector,
            connecting: Connecting::default(),
        });
        let timed = Timed::new(Box::new(runtime.clone()));
        let (session, greeting) = ClientSession::open(timed, config, cache_buster(), inbox, head, websocket_worked);
        let opening = Opening(Some(session.clone()));
        runtime.spawn(Driver::new(plan.clone(), session.clone()));
        match greeting.await {
            Ok(handshake) => {
                opening.done();
                if session.transport() == Transport::WebSocket {
                    plan.websocket(true);
                }
                Ok(Socket::first(Role::Client(session, handshake.sid)))
            }
            Err(_) => {
                let reason = session.lane.closed().unwrap_or(CloseReason::ForcedClose);
                Err(ConnectError::failed(reason, session.take_cause()))
            }
        }
    }

    /// Connects by other means.
    pub fn connector<D: Connector>(self, connector: D) -> ClientBuilder<Rt, D> {
        let Self { runtime, connector: _, url, config, headers, inbox, inspector, cookies, remember_upgrade, deflate } =
            self;
        ClientBuilder { runtime, connector, url, config, headers, inbox, inspector, cookies, remember_upgrade, deflate }
    }

    /// A header that every request carries; a second one of the same name replaces the first. Those that make a
    /// request what it is, such as `Upgrade`, are not the application's.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Whether what the server sets as cookies comes back to it: with each request of this session, over either
    /// transport, and not beyond the session. Some load balancers send a session's requests to one server by that.
    pub fn cookies(mut self, cookies: bool) -> Self {
        self.cookies = cookies;
        self
    }

    /// Whether a session begins on WebSocket if that worked with the server before, for a client of this process that
    /// was to remember it, too. If it does not work this time, the session begins as it would have.
    pub fn remember_upgrade(mut self, remember: bool) -> Self {
        self.remember_upgrade = remember;
        self
    }

    /// Offers the server to compress messages over WebSocket, in both directions, by permessage-deflate (RFC 7692). The
    /// reference does so unless it is told otherwise; here it is to be asked for, as the length of a message that holds a
    /// secret together with what somebody else chose tells about the secret.
    ///
    /// [`max_response`](Self::max_response) bounds what a message says, not how long it is on its way.
    pub fn websocket_compression(mut self, deflate: PerMessageDeflate) -> Self {
        self.deflate = Some(deflate);
        self
    }

    /// Calls `inspect` with everything that goes over the transports. It is called by the session's task, so it must
    /// be quick.
    pub fn inspect(mut self, inspect: impl Fn(Note<'_>) + Send + Sync + 'static) -> Self {
        self.inspector = Inspector(Some(Arc::new(inspect)));
        self
    }

    /// How many bytes of messages may wait for [`Socket::recv`] before the server is held back: it is not polled, its
    /// WebSocket not read from. One response or read more can be there.
    pub fn max_inbox_bytes(mut self, bytes: usize) -> Self {
        self.inbox.bytes = bytes;
        self
    }

    /// As [`max_inbox_bytes`](Self::max_inbox_bytes), but the number of messages.
    pub fn max_inbox_packets(mut self, packets: usize) -> Self {
        self.inbox.packets = packets;
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

/// What the core decides by.
impl<Rt: Runtime, C: Connector> ClientBuilder<Rt, C> {
    /// The protocol revision to speak: 4, unless this says otherwise. A server that has moved on to it takes revision 3
    /// only if it is told to.
    pub fn version(self, version: Version) -> Self {
        self.configure(|config| config.version(version))
    }

    /// The path of all requests, with its trailing slash if it is to have one.
    pub fn path(self, path: impl Into<String>) -> Self {
        self.configure(|config| config.path(path))
    }

    /// The application's own part of the query, encoded, without a `?`.
    pub fn query(self, query: impl Into<String>) -> Self {
        self.configure(|config| config.query(query))
    }

    /// Uses these transports and no others; the session begins on the first.
    pub fn transports(self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.configure(|config| config.transports(transports))
    }

    /// Whether a session that is on polling is brought to WebSocket when the server offers it.
    pub fn upgrade(self, upgrade: bool) -> Self {
        self.configure(|config| config.upgrade(upgrade))
    }

    /// Whether the next transport is tried when a session cannot be opened.
    pub fn try_all_transports(self, try_all: bool) -> Self {
        self.configure(|config| config.try_all_transports(try_all))
    }

    /// Whether binary messages travel as base64 only, in both directions, for networks that bear nothing but text.
    pub fn force_base64(self, force: bool) -> Self {
        self.configure(|config| config.force_base64(force))
    }

    /// Whether each polling request has a parameter `t` that no other has.
    pub fn cache_buster(self, cache_buster: bool) -> Self {
        self.configure(|config| config.cache_buster(cache_buster))
    }

    /// How long one attempt to open the session may take, from its request to the handshake.
    pub fn open_timeout(self, timeout: Duration) -> Self {
        self.configure(|config| config.open_timeout(timeout))
    }

    /// How long an upgrade may take.
    pub fn upgrade_timeout(self, timeout: Duration) -> Self {
        self.configure(|config| config.upgrade_timeout(timeout))
    }

    /// How long the answer to a POST may take.
    pub fn post_timeout(self, timeout: Duration) -> Self {
        self.configure(|config| config.post_timeout(timeout))
    }

    /// How long an orderly close may wait for queued messages to leave and for the server to be told.
    pub fn close_timeout(self, timeout: Duration) -> Self {
        self.configure(|config| config.close_timeout(timeout))
    }

    /// The most bytes in a response or in one WebSocket message.
    pub fn max_response(self, bytes: usize) -> Self {
        self.configure(|config| config.max_response(bytes))
    }

    /// The most packets in the answer to a GET.
    pub fn max_packets_per_payload(self, packets: usize) -> Self {
        self.configure(|config| config.max_packets_per_payload(packets))
    }

    /// The most bytes that may wait for the server.
    pub fn max_queue_bytes(self, bytes: usize) -> Self {
        self.configure(|config| config.max_queue_bytes(bytes))
    }

    /// The most messages that may wait for the server.
    pub fn max_queue_packets(self, packets: usize) -> Self {
        self.configure(|config| config.max_queue_packets(packets))
    }

    fn configure(mut self, change: impl FnOnce(ClientConfigBuilder) -> ClientConfigBuilder) -> Self {
        self.config = change(self.config);
        self
    }
}

impl<Rt, C> fmt::Debug for ClientBuilder<Rt, C> {
    /// Without the query and the headers, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("inbox", &self.inbox).finish_non_exhaustive()
    }
}

/// Adds what a request needs and the application did not say.
fn with_defaults(mut headers: HeaderMap, authority: HeaderValue) -> HeaderMap {
    headers.entry(header::HOST).or_insert(authority);
    headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    headers
}

/// What differs from one client and one run to the next.
fn cache_buster() -> u64 {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or_default()
}

/// A session that is about to be opened. When nobody waits for it any more it is closed, in an orderly way: the server
/// may have made it already, and would keep it for a while.
struct Opening(Option<Arc<ClientSession>>);

impl Opening {
    fn done(mut self) {
        self.0 = None;
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if let Some(session) = &self.0 {
            session.enter(|client, now| client.close(now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Endpoint;
    use engineio_proto::ClientConfigError;
    use hyper::upgrade::Upgraded;
    use std::{
        future::{Pending, pending},
        io,
        time::Instant,
    };

    /// A runtime that has been shut down: it drops its tasks.
    #[derive(Clone)]
    struct Gone;

    impl Runtime for Gone {
        type Sleep = Pending<()>;

        fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
            drop(task);
        }

        fn sleep_until(&self, _: Instant) -> Pending<()> {
            pending()
        }
    }

    #[derive(Clone)]
    struct Nowhere;

    impl Connector for Nowhere {
        type Io = Upgraded;

        async fn connect(&self, _: &Endpoint) -> io::Result<Upgraded> {
            Err(io::ErrorKind::HostUnreachable.into())
        }
    }

    fn connect(url: &str) -> ConnectError {
        futures_lite::future::block_on(ClientBuilder::new(Gone, Nowhere, url).connect()).unwrap_err()
    }

    #[test]
    fn without_its_task_a_session_ends_at_once() {
        let error = connect("http://localhost/");
        assert!(matches!(error, ConnectError::Failed { reason: CloseReason::ForcedClose, source: None }), "{error:?}");
    }

    #[test]
    fn a09_a_client_without_tls_does_not_do_without() {
        for url in ["https://localhost/", "wss://localhost/", "HTTPS://localhost:80/"] {
            assert!(matches!(connect(url), ConnectError::NoTls), "{url}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_told_before_anything_is_done() {
        assert!(matches!(connect("localhost"), ConnectError::Url(UrlError::Scheme)));
        assert!(matches!(
            connect("http://localhost/?EIO=3"),
            ConnectError::Config(ClientConfigError::ReservedParameter)
        ));
    }

    #[test]
    fn f28_secrets_are_not_shown() {
        let client = ClientBuilder::new(Gone, Nowhere, "http://localhost/?token=hunter2")
            .header(header::AUTHORIZATION, HeaderValue::from_static("hunter2"));
        assert!(!format!("{client:?}").contains("hunter2"));
    }
}
