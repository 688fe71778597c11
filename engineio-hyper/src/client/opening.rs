//! The opening of a session, from its settings to its socket.

use super::{
    builder::{ClientBuilder, Settings},
    connector::Connector,
    cookies::Jar,
    driver::Driver,
    error::{ConnectError, UrlError},
    memory,
    plan::{Connecting, Plan},
    session::ClientSession,
};
use crate::{Runtime, role::Role, socket::Socket, timed::Timed};
use engineio_proto::{CloseReason, Transport};
use http::{HeaderMap, HeaderValue, Request, header, uri::PathAndQuery};
use std::{sync::Arc, time::SystemTime};

impl<Rt: Runtime, C: Connector> ClientBuilder<Rt, C> {
    /// Opens the session. It is a task of the [`Runtime`]; dropping this future closes it.
    ///
    /// # Errors
    /// If a setting makes no sense, or the session cannot be opened.
    pub async fn connect(self) -> Result<Socket, ConnectError> {
        let Self { runtime, connector, settings } = self;
        let Settings { url, config, headers, headers_hook, inbox, inspector, cookies, remember_upgrade, deflate } =
            settings;
        let (url, headers, config) = (url?, headers?, config.build()?);
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
            headers_hook,
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
}

/// Adds what a request needs and the application did not say.
pub(super) fn with_defaults(mut headers: HeaderMap, authority: HeaderValue) -> HeaderMap {
    headers.entry(header::HOST).or_insert(authority);
    for (name, value) in [
        (header::ACCEPT, "*/*"),
        // Responses are not decompressed.
        (header::ACCEPT_ENCODING, "identity"),
        (header::USER_AGENT, concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"))),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
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
