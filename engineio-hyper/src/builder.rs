//! The settings of an engine.

use crate::{
    backlog::{Application, Backlog},
    closing::LINGER,
    engine::Engine,
    handler::{Handler, Shared},
    hooks::Hooks,
    host::{self, Host, RemoteAddrOf},
    hosts::Hosts,
    lane::Bound,
    observe,
    runtime::Runtime,
    service::RemoteAddr,
    upload::Drain,
};
use engineio_proto::{Config, ConfigBuilder, Cookie, Message, Transport};
use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

mod error;
mod gate;
mod hooks;

pub use error::BuildError;

/// Collects the settings of an [`Engine`]. Each method replaces one and returns the builder.
///
/// The defaults are the reference implementation's; what it does not have is marked with a dash.
///
/// | setting | default | the reference's name |
/// |---|---|---|
/// | [`path`](Self::path) | `/engine.io/`, compared exactly | `path`, `addTrailingSlash` |
/// | [`transports`](Self::transports) | polling and WebSocket | `transports` |
/// | [`allow_upgrades`](Self::allow_upgrades) | yes | `allowUpgrades` |
/// | [`allow_eio3`](Self::allow_eio3) | no | `allowEIO3` |
/// | [`jsonp`](Self::jsonp) | no | always on |
/// | [`ping_interval`](Self::ping_interval) | 25 s | `pingInterval` (ms) |
/// | [`ping_timeout`](Self::ping_timeout) | 20 s | `pingTimeout` (ms) |
/// | [`first_request_timeout`](Self::first_request_timeout) | 10 s | – |
/// | [`upgrade_timeout`](Self::upgrade_timeout) | 10 s | `upgradeTimeout` (ms) |
/// | [`close_timeout`](Self::close_timeout) | 30 s | fixed |
/// | [`body_timeout`](Self::body_timeout) | 20 s | – |
/// | [`total_body_timeout`](Self::total_body_timeout) | 300 s | – |
/// | [`max_payload`](Self::max_payload) | 1,000,000 bytes | `maxHttpBufferSize` (bytes) |
/// | [`max_packets_per_payload`](Self::max_packets_per_payload) | 1,000,000 | – |
/// | [`max_packets_per_response`](Self::max_packets_per_response) | no bound | – |
/// | [`max_queue_bytes`](Self::max_queue_bytes) | 1 MiB, or `max_payload` if that is more | – |
/// | [`max_queue_packets`](Self::max_queue_packets) | 10,000 | – |
/// | [`max_inbox_bytes`](Self::max_inbox_bytes) | 1 MiB | – |
/// | [`max_inbox_packets`](Self::max_inbox_packets) | 10,000 | – |
/// | [`max_drained_bytes`](Self::max_drained_bytes) | 16 MiB | – |
/// | [`drain_timeout`](Self::drain_timeout) | 10 s | – |
/// | [`linger_timeout`](Self::linger_timeout) | 2 s | – |
/// | [`max_sessions`](Self::max_sessions) | no bound | – |
/// | [`max_backlog`](Self::max_backlog) | 1,024 | – |
/// | [`initial_packet`](Self::initial_packet) | none | `initialPacket` |
/// | [`cookie`](Self::cookie) | none | `cookie` |
/// | [`allow_request`](Self::allow_request) | all are allowed | `allowRequest` |
/// | [`generate_id`](Self::generate_id) | 15 random bytes, base64url | `generateId` |
/// | [`admission_timeout`](Self::admission_timeout) | 10 s | – |
/// | [`on_refused`](Self::on_refused) | nobody is called | event `connection_error` |
/// | [`allowed_origins`](Self::allowed_origins) | all | – |
/// | [`same_origin`](Self::same_origin) | no | – |
/// | [`allow_missing_origin`](Self::allow_missing_origin) | yes | – |
/// | [`allowed_hosts`](Self::allowed_hosts) | all | – |
/// | [`cors`](Self::cors) | none | `cors` |
/// | [`compression`](Self::compression) | none | `httpCompression`, from 1,024 bytes |
/// | [`websocket_compression`](Self::websocket_compression) | none | `perMessageDeflate`, from 1,024 bytes |
/// | [`initial_headers`](Self::initial_headers) | none | event `initial_headers` |
/// | [`headers`](Self::headers) | none | event `headers` |
/// | [`inspect`](Self::inspect) | nobody is called | events `packet`, `packetCreate` |
/// | [`remote_addr`](Self::remote_addr) | the request's [`RemoteAddr`] | `remoteAddress`, of the connection |
/// | [`config`](Self::config) | replaces those that the core decides by, all at once | – |
///
/// Durations are [`Duration`]s, sizes are in bytes. What a single message may ask for is said when it is sent: see
/// [`Outgoing`](crate::Outgoing), which is the reference's `compress`.
#[must_use = "a builder does nothing until it is built"]
pub struct EngineBuilder<Rt> {
    runtime: Rt,
    config: ConfigBuilder,
    max_sessions: usize,
    max_backlog: usize,
    inbox: Bound,
    drain: Drain,
    linger: Duration,
    remote_addr: RemoteAddrOf,
    allowed_hosts: Option<Vec<String>>,
    hooks: Hooks,
}

impl<Rt> fmt::Debug for EngineBuilder<Rt> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            runtime: _,
            config,
            max_sessions,
            max_backlog,
            inbox,
            drain,
            linger,
            remote_addr: _,
            allowed_hosts,
            hooks: _,
        } = self;
        f.debug_struct("EngineBuilder")
            .field("config", config)
            .field("max_sessions", max_sessions)
            .field("max_backlog", max_backlog)
            .field("inbox", inbox)
            .field("drain", drain)
            .field("linger", linger)
            .field("allowed_hosts", allowed_hosts)
            .finish_non_exhaustive()
    }
}

impl<Rt: Runtime> EngineBuilder<Rt> {
    pub(crate) fn new(runtime: Rt) -> Self {
        Self {
            runtime,
            config: Config::builder(),
            max_sessions: usize::MAX,
            max_backlog: 1024,
            inbox: Bound { bytes: 1024 * 1024, packets: 10_000 },
            drain: Drain::default(),
            linger: LINGER,
            remote_addr: Box::new(|extensions| extensions.get().map(|RemoteAddr(addr)| *addr)),
            allowed_hosts: None,
            hooks: Hooks::default(),
        }
    }

    /// Makes an engine whose sessions are to be [accepted](Engine::accept).
    ///
    /// # Errors
    /// If a setting makes no sense, alone or together with another; the error says which.
    pub fn build(self) -> Result<Engine<Rt>, BuildError> {
        let application = Application::Accept(Backlog::new(self.max_backlog));
        self.build_for(application)
    }

    /// Makes an engine that calls a handler for its sessions.
    ///
    /// # Errors
    /// If a setting makes no sense, alone or together with another; the error says which.
    pub fn build_with_handler(self, handler: impl Handler) -> Result<Engine<Rt>, BuildError> {
        self.build_for(Application::Handler(Box::new(Shared(Arc::new(handler)))))
    }

    fn build_for(self, application: Application) -> Result<Engine<Rt>, BuildError> {
        let Self {
            runtime,
            config,
            max_sessions,
            max_backlog: _,
            inbox,
            drain,
            linger,
            remote_addr,
            allowed_hosts,
            mut hooks,
        } = self;
        let config = config.build()?;
        let gate = &mut hooks.gate;
        if gate.restricts_origins() && config.allows_jsonp() {
            return Err(BuildError::JsonpWithOrigins);
        }
        if !gate.restricts_origins() && !gate.allow_missing {
            return Err(BuildError::MissingOriginWithoutOrigins);
        }
        gate.hosts = allowed_hosts.map(Hosts::new).transpose()?;
        let parts = host::Parts {
            runtime: Box::new(runtime.clone()),
            config,
            application,
            inbox,
            remote_addr,
            hooks,
            drain,
            linger,
            max_sessions,
        };
        if max_sessions == usize::MAX {
            observe::unbounded_sessions();
        }
        Ok(Engine::new(Host::new(parts), runtime))
    }

    /// The most sessions at a time; beyond, handshakes are answered 503.
    ///
    /// There is no bound by default, and an engine that is built without one warns of it through `tracing`: anyone can
    /// open sessions until memory runs out. Choose the bound by the memory that there is; what a session costs at worst is
    /// in SECURITY.md. A bound alone lets one client take all places:
    /// [`allow_request`](Self::allow_request) sees the peer's address and can limit the handshakes of each.
    pub fn max_sessions(mut self, sessions: usize) -> Self {
        self.max_sessions = sessions;
        self
    }

    /// The most sessions that may wait to be [accepted](Engine::accept); beyond, handshakes are answered 503.
    pub fn max_backlog(mut self, sessions: usize) -> Self {
        self.max_backlog = sessions;
        self
    }

    /// How many bytes of messages may wait for the application before the session's peer is held back: its
    /// WebSocket is not read from, its POST not answered. One POST or read more can be there, of which one that is
    /// compressed comes to 4 MiB at most.
    pub fn max_inbox_bytes(mut self, bytes: usize) -> Self {
        self.inbox.bytes = bytes;
        self
    }

    /// As [`max_inbox_bytes`](Self::max_inbox_bytes), but the number of messages.
    pub fn max_inbox_packets(mut self, packets: usize) -> Self {
        self.inbox.packets = packets;
        self
    }

    /// The most bytes that are read of the body of a request that was refused. The default is 16 MiB. A connection that is
    /// closed while its peer is sending is reset, and then the peer may not see the response.
    pub fn max_drained_bytes(mut self, bytes: u64) -> Self {
        self.drain.bytes = bytes;
        self
    }

    /// How long the body of a request that was refused is read. The default is 10 s.
    pub fn drain_timeout(mut self, timeout: Duration) -> Self {
        self.drain.time = timeout;
        self
    }

    /// How long a WebSocket is read after all was written to it and its Close frame. The default is 2 s. A connection that is
    /// closed with unread input is reset, and then the peer may not see the last messages.
    pub fn linger_timeout(mut self, timeout: Duration) -> Self {
        self.linger = timeout;
        self
    }

    /// How to find the address of a request's peer, for [`Socket::remote_addr`](crate::Socket::remote_addr).
    /// Without this it is the [`RemoteAddr`] among the request's extensions.
    ///
    /// [`serve`](crate::serve) puts it there. `axum::serve` does not: for an application that it serves with
    /// `into_make_service_with_connect_info::<SocketAddr>()`, this is
    /// `|extensions| extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0)`.
    pub fn remote_addr(
        mut self,
        find: impl Fn(&http::Extensions) -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> Self {
        self.remote_addr = Box::new(find);
        self
    }
}

/// What the core decides by.
impl<Rt: Runtime> EngineBuilder<Rt> {
    /// Replaces all of the settings below at once.
    pub fn config(self, config: ConfigBuilder) -> Self {
        self.configure(|_| config)
    }

    /// The path that requests must have, exactly.
    pub fn path(self, path: impl Into<String>) -> Self {
        self.configure(|config| config.path(path))
    }

    /// How long after the handshake or the last pong the next ping is sent. With [`ping_timeout`](Self::ping_timeout) it is
    /// at most 2^31 - 1 ms, about 24 days: JavaScript clients wait no longer.
    pub fn ping_interval(self, interval: Duration) -> Self {
        self.configure(|config| config.ping_interval(interval))
    }

    /// How long after a ping its pong must be there. With [`ping_interval`](Self::ping_interval) it is at most 2^31 - 1 ms.
    pub fn ping_timeout(self, timeout: Duration) -> Self {
        self.configure(|config| config.ping_timeout(timeout))
    }

    /// How soon after its handshake a session on polling must make another request, of any kind. One that makes none ends
    /// with "ping timeout". Sessions that begin on WebSocket are exempt. A value above
    /// [`ping_interval`](Self::ping_interval) plus [`ping_timeout`](Self::ping_timeout) has no effect.
    ///
    /// A handshake costs its sender a few bytes and the server about 3 KiB, so this is what an abandoned one costs:
    /// memory, and one of [`max_sessions`](Self::max_sessions), for this long.
    pub fn first_request_timeout(self, timeout: Duration) -> Self {
        self.configure(|config| config.first_request_timeout(timeout))
    }

    /// How long an upgrade may take, from its request to its end.
    pub fn upgrade_timeout(self, timeout: Duration) -> Self {
        self.configure(|config| config.upgrade_timeout(timeout))
    }

    /// How long an orderly close may wait for queued messages to leave.
    pub fn close_timeout(self, timeout: Duration) -> Self {
        self.configure(|config| config.close_timeout(timeout))
    }

    /// The window in which the body of a POST must make progress: a body that brings less than 1 KiB/s on average over
    /// it is answered with 408, and its session ends.
    pub fn body_timeout(self, timeout: Duration) -> Self {
        self.configure(|config| config.body_timeout(timeout))
    }

    /// How long the body of a POST may take in all, however steadily it arrives.
    pub fn total_body_timeout(self, timeout: Duration) -> Self {
        self.configure(|config| config.total_body_timeout(timeout))
    }

    /// The most bytes in the body of a POST or in one WebSocket message.
    pub fn max_payload(self, bytes: usize) -> Self {
        self.configure(|config| config.max_payload(bytes))
    }

    /// The most packets in the body of a POST.
    pub fn max_packets_per_payload(self, packets: usize) -> Self {
        self.configure(|config| config.max_packets_per_payload(packets))
    }

    /// Enables these transports and no others.
    pub fn transports(self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.configure(|config| config.transports(transports))
    }

    /// Whether sessions may go from polling to WebSocket.
    pub fn allow_upgrades(self, allow: bool) -> Self {
        self.configure(|config| config.allow_upgrades(allow))
    }

    /// Whether sessions may speak protocol 3, as clients did before 2020.
    pub fn allow_eio3(self, allow: bool) -> Self {
        self.configure(|config| config.allow_eio3(allow))
    }

    /// Whether a polling session's payloads can travel as JSONP: a handshake asks for it by the query parameter `j`.
    /// Without this, such a handshake is refused with code 3.
    ///
    /// **JSONP lets a page of any origin open a session with its visitor's cookies, and read it.** Browsers load scripts
    /// from every origin and send no `Origin` header with these requests. Enable it only for browsers that have neither
    /// CORS nor WebSocket, and never where a cookie authenticates the visitor. It cannot be combined with
    /// [`allowed_origins`](Self::allowed_origins) or [`same_origin`](Self::same_origin).
    pub fn jsonp(self, allow: bool) -> Self {
        self.configure(|config| config.jsonp(allow))
    }

    /// A message that each session begins with: in the answer to its handshake, or as the first frame after it.
    pub fn initial_packet(self, message: impl Into<Message>) -> Self {
        self.configure(|config| config.initial_packet(message))
    }

    /// A cookie that carries the id of its session, set by the answer to the handshake: for load balancers that
    /// send a session's requests to one server by it.
    pub fn cookie(self, cookie: Cookie) -> Self {
        self.configure(|config| config.cookie(cookie))
    }

    /// The most packets in one answer to a poll, at least 2. Some clients refuse answers of more than a few.
    pub fn max_packets_per_response(self, packets: usize) -> Self {
        self.configure(|config| config.max_packets_per_response(packets))
    }

    /// The most bytes that can wait in a session for its peer; at least [`max_payload`](Self::max_payload), so that the
    /// largest message of a peer can be sent back.
    pub fn max_queue_bytes(self, bytes: usize) -> Self {
        self.configure(|config| config.max_queue_bytes(bytes))
    }

    /// The most messages that may wait in a session for its peer.
    pub fn max_queue_packets(self, packets: usize) -> Self {
        self.configure(|config| config.max_queue_packets(packets))
    }

    fn configure(mut self, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Self {
        self.config = change(self.config);
        self
    }
}

#[cfg(test)]
mod tests {
    /// A setting that is not in the table might as well not be there.
    #[test]
    fn every_setting_is_in_the_table() {
        for sources in [
            &[include_str!("builder.rs"), include_str!("builder/gate.rs"), include_str!("builder/hooks.rs")][..],
            &[include_str!("client/builder.rs"), include_str!("client/builder/core.rs")][..],
        ] {
            let table = sources[0];
            let settings = sources.iter().flat_map(|source| source.split("\n    pub fn ").skip(1));
            let mut count = 0;
            for setting in
                settings.filter(|setting| setting.split('{').next().is_some_and(|head| head.contains("self")))
            {
                let name = setting.split(['(', '<']).next().unwrap_or_default();
                if !name.starts_with("build") && name != "connect" {
                    count += 1;
                    let rows = [format!("| [`{name}`](Self::{name})"), format!("| `{name}` |")];
                    assert!(rows.iter().any(|row| table.contains(row)), "{name} is not in the table");
                }
            }
            assert!(count > 15, "the settings are found");
        }
    }
}
