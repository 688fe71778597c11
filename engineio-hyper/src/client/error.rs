//! Why a client did not get its session.

use super::redirect::is_redirect;
use engineio_proto::{ClientConfigError, CloseReason, TransportFault};
use http::HeaderName;
use std::io;

/// Why a client did not get its session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL cannot be used.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// A header cannot be sent.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A setting makes no sense.
    #[error(transparent)]
    Config(#[from] ClientConfigError),
    /// The URL asks for TLS, and the [`Connector`](crate::Connector) has none.
    #[error("this client was built without TLS")]
    NoTls,
    /// The server's certificate was not accepted, and nothing was said to whoever it is.
    #[cfg(feature = "rustls")]
    #[error("the server's certificate is not accepted: {0}")]
    Certificate(rustls::CertificateError),
    /// The session could not be opened, on any transport that was to be tried.
    #[error("the session could not be opened: {}", detail(reason, source.as_ref()))]
    Failed {
        /// What became of the last attempt.
        reason: CloseReason,
        /// What went wrong with a connection, if that was the cause.
        #[source]
        source: Option<io::Error>,
    },
}

impl ConnectError {
    pub(super) fn failed(reason: CloseReason, source: Option<io::Error>) -> Self {
        #[cfg(feature = "rustls")]
        if let Some(error) = source.as_ref().and_then(crate::tls::refused) {
            return Self::Certificate(error);
        }
        Self::Failed { reason, source }
    }
}

/// A failed attempt to open a session, for [`Reconnect::on_failure`](crate::Reconnect::on_failure).
#[derive(Clone, Copy, Debug)]
pub struct ConnectFailure<'f> {
    pub(super) error: &'f ConnectError,
    pub(super) attempt: u32,
}

impl<'f> ConnectFailure<'f> {
    /// Why it failed.
    #[must_use]
    pub const fn error(&self) -> &'f ConnectError {
        self.error
    }

    /// How many attempts have been made since the last session. The first failure says 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether another attempt with the same settings may succeed.
    #[must_use]
    pub const fn is_curable(&self) -> bool {
        !matches!(
            self.error,
            ConnectError::Url(_) | ConnectError::Header(_) | ConnectError::Config(_) | ConnectError::NoTls
        )
    }
}

/// Why a URL cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It is no URL, in a way that the other variants do not name.
    #[error("the URL is malformed")]
    Malformed,
    /// Its scheme is none of `http`, `https`, `ws` and `wss`.
    #[error("the URL's scheme must be http, https, ws or wss")]
    Scheme,
    /// It has no host.
    #[error("the URL has no host")]
    Host,
    /// Its host is neither a domain name nor an address.
    #[error("the URL's host is not a domain name or an address")]
    InvalidHost,
    /// Its port is not a number up to 65,535.
    #[error("the URL's port is not a number up to 65535")]
    Port,
    /// The URL of a proxy has another scheme than `http`.
    #[error("the scheme of a proxy's URL must be http")]
    ProxyScheme,
    /// It has a user's name or password. Use an `Authorization` header.
    #[error("the URL holds credentials, which belong into a header")]
    Credentials,
}

/// Why a header cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// Its name is empty or has characters that names of headers have not.
    #[error("the name of a header is not valid")]
    Name,
    /// Its value has control characters.
    #[error("the value of the header `{0}` is not valid")]
    Value(HeaderName),
}

/// The closest that is known; the reason's own text is that of the reference, which names the kind only.
fn detail(reason: &CloseReason, source: Option<&io::Error>) -> String {
    match (reason, source) {
        // The deadline is the handshake's, but there was no connection to make one on.
        (CloseReason::TransportError(TransportFault::OpenTimeout), Some(unconnected)) => unconnected.to_string(),
        (reason, Some(source)) if is_redirect(source) => format!("{}: {source}", named(reason)),
        (reason, _) => named(reason),
    }
}

fn named(reason: &CloseReason) -> String {
    match reason {
        CloseReason::TransportError(fault) => fault.to_string(),
        CloseReason::ParseError(error) => error.to_string(),
        other => other.to_string(),
    }
}
