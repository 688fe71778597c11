//! The settings that say whose requests are answered.

use super::EngineBuilder;
use crate::{Runtime, origins::Origins};

/// Whose requests are answered.
impl<Rt: Runtime> EngineBuilder<Rt> {
    /// Refuses requests of pages whose origin is not in this set, on either transport, at the handshake and at each
    /// later request: 403, and 400 to what would be a WebSocket, with code 4 and the message `Origin not allowed`.
    ///
    /// By default pages of every origin can open sessions, and browsers send the visitor's cookies along. If a cookie
    /// authenticates your users, call this or [`same_origin`](Self::same_origin).
    ///
    /// | `Origin` | `Sec-Fetch-Site` | the request is |
    /// |---|---|---|
    /// | in the set | any | let in |
    /// | not in the set, empty, or repeated | any | refused |
    /// | missing | `same-origin` or `none` | let in: a page of the server's own origin, or the user, sent it |
    /// | missing | anything else, or repeated | refused: a page loads it as a script, an image or a link |
    /// | missing | missing | let in, unless [`allow_missing_origin`](Self::allow_missing_origin) is `false` |
    ///
    /// The fourth row includes pages whose origin is in the set: their `fetch`, `XMLHttpRequest` and `WebSocket` send an
    /// `Origin`, and nothing else is of use to an Engine.IO client.
    ///
    /// - A page of another origin needs [`cors`](Self::cors) as well, to poll.
    /// - **Every page can send the origin `null`**, from a sandboxed frame. If the set has `null`, every page is let in.
    /// - Clients that are no browsers can send any `Origin`: this authenticates nobody.
    /// - A page whose host name an attacker points at your server (DNS rebinding) is of the server's own origin: see
    ///   [`allowed_hosts`](Self::allowed_hosts).
    pub fn allowed_origins(mut self, origins: Origins) -> Self {
        self.hooks.gate.listed = Some(origins);
        self
    }

    /// Refuses requests of pages of other origins than the server's own, by the rules of
    /// [`allowed_origins`](Self::allowed_origins). Together with that, pages of both are let in.
    ///
    /// An `Origin` is the server's own if its host and port are those of the request's `Host`, or of `:authority` over
    /// HTTP/2. The schemes are not compared. So a proxy in front of the server must pass `Host` on as it is.
    pub fn same_origin(mut self) -> Self {
        self.hooks.gate.same = true;
        self
    }

    /// Whether a request is let in that has neither an `Origin` nor a `Sec-Fetch-Site` header, where
    /// [`allowed_origins`](Self::allowed_origins) or [`same_origin`](Self::same_origin) is set. The default is `true`.
    ///
    /// Such a request comes from one of these:
    ///
    /// - a client that is no browser;
    /// - a browser without fetch metadata, such as Safari before 16.4;
    /// - any browser, if the server is reached by plain HTTP and not at `localhost`: browsers send `Sec-Fetch-Site` over
    ///   HTTPS and to the own machine only. It can be the poll of a page of the server's own origin, and as well a script,
    ///   an image or a link of any page in the world.
    ///
    /// So over plain HTTP, with `true`, a foreign page can still open sessions with its visitor's cookies. It can neither
    /// read nor use them. With `false`, such a server's own pages cannot poll, and must begin on WebSocket.
    ///
    /// Set it to `false` if all clients are browsers and reach the server by HTTPS, or if only WebSocket is enabled.
    ///
    /// # Errors
    /// [`build`](Self::build) fails if it is `false` and neither of the two is set.
    pub fn allow_missing_origin(mut self, allow: bool) -> Self {
        self.hooks.gate.allow_missing = allow;
        self
    }

    /// Answers requests to these hosts only. Others get 403, with code 4 and the message `Host not allowed`, whatever
    /// their transport; so do requests that name no host, or two.
    ///
    /// This prevents DNS rebinding: a page lets its own host name resolve to your server's address, and its requests are
    /// then of the server's own origin, also to [`same_origin`](Self::same_origin). Servers on `localhost` and in private
    /// networks are attacked like this, as no firewall keeps the visitor's browser out. List the names by which clients
    /// reach your server. It does not apply to the other routes of your application.
    ///
    /// A host is a domain name or an IP address, with or without a port:
    ///
    /// - without a port it matches every port. With a port it matches that port; a request that names no port has 80 or
    ///   443;
    /// - the case of letters and one dot at the end are not compared: `Example.org.` is `example.org`. Subdomains are
    ///   other names, and there are no patterns;
    /// - names with other letters than ASCII are written as browsers send them: `xn--bcher-kva.example`;
    /// - IPv6 addresses are compared as addresses: `[::1]` is `[0:0:0:0:0:0:0:1]`. A list entry without a port can leave
    ///   the brackets out.
    ///
    /// A request's host is its `Host` header, or `:authority` over HTTP/2; if it has both, both must be allowed. A proxy
    /// in front of the server may replace it by the server's own.
    ///
    /// # Errors
    /// [`build`](Self::build) fails if an entry is no host, or if there is none.
    ///
    /// ```
    /// use engineio_hyper::{EngineBuilder, Runtime};
    ///
    /// fn local<Rt: Runtime>(builder: EngineBuilder<Rt>) -> EngineBuilder<Rt> {
    ///     builder.allowed_hosts(["localhost", "127.0.0.1", "[::1]"])
    /// }
    /// ```
    pub fn allowed_hosts(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allowed_hosts = Some(hosts.into_iter().map(Into::into).collect());
        self
    }
}
