//! An HTTP proxy that leads to the server by CONNECT (RFC 9110, section 9.3.6).

use super::{connector::Endpoint, error::UrlError, link::Connection, url::Url};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use http_body_util::Empty;
use hyper::{
    client::conn::http1,
    rt::{Read, Write},
};
use std::{fmt, io};

/// An HTTP proxy that connections go through, for [`ClientBuilder::proxy`](crate::ClientBuilder::proxy).
///
/// The client asks the proxy for a tunnel to the server (CONNECT), for `http` and `https` URLs alike. With TLS, the proxy
/// sees the server's name and port and nothing else. The connection to the proxy itself is plain TCP.
#[derive(Clone)]
pub struct HttpProxy {
    endpoint: Endpoint,
    authorization: Option<HeaderValue>,
}

impl HttpProxy {
    /// The proxy at this URL, such as `http://proxy.example:3128`. Its path and query are ignored.
    ///
    /// # Errors
    /// If the scheme is not `http`, or the URL cannot be used. User name and password are set by
    /// [`basic_auth`](Self::basic_auth), and are refused in the URL.
    pub fn new(url: &str) -> Result<Self, UrlError> {
        let Url { endpoint, uri, .. } = Url::parse(url)?;
        if uri.scheme_str() != Some("http") {
            return Err(UrlError::ProxyScheme);
        }
        Ok(Self { endpoint, authorization: None })
    }

    /// Sends a user name and a password to the proxy (`Proxy-Authorization: Basic`). The user name must not contain `:`.
    #[must_use]
    pub fn basic_auth(self, user: &str, password: &str) -> Self {
        let encoded = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
        // Base64 has no characters that a header has not.
        let authorization = HeaderValue::try_from(encoded).ok();
        Self { authorization, ..self }
    }

    /// Sends this value to the proxy as `Proxy-Authorization`.
    #[must_use]
    pub fn authorization(self, value: HeaderValue) -> Self {
        Self { authorization: Some(value), ..self }
    }

    /// Where the proxy is, for connectors.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Makes a connection to the proxy one to `to`, for connectors.
    ///
    /// # Errors
    /// If the proxy refuses, with the status in the error, or the connection fails.
    pub async fn tunnel<Io: Read + Write + Send + Unpin + 'static>(&self, io: Io, to: &Endpoint) -> io::Result<Io> {
        let request = self.request(to).map_err(io::Error::other)?;
        let (mut sender, connection) = http1::handshake(io).await.map_err(io::Error::other)?;
        let mut connection = Connection::new(async { drop(connection.with_upgrades().await) });
        let response = connection.beside(sender.send_request(request)).await.map_err(io::Error::other)?;
        if !response.status().is_success() {
            return Err(io::Error::other(format!("the proxy answered CONNECT with status {}", response.status())));
        }
        let upgraded = connection.beside(hyper::upgrade::on(response)).await.map_err(io::Error::other)?;
        let tunnel = upgraded.downcast::<Io>().map_err(|_| io::Error::other("the tunnel is of another type"))?;
        // The client speaks first, in HTTP as in TLS.
        if !tunnel.read_buf.is_empty() {
            return Err(io::Error::other("the proxy sent data before the client did"));
        }
        Ok(tunnel.io)
    }

    fn request(&self, to: &Endpoint) -> http::Result<Request<Empty<Bytes>>> {
        let (host, port) = (to.host(), to.port());
        let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        let mut request = Request::builder()
            .method(Method::CONNECT)
            .uri(&*authority)
            .header(header::HOST, &*authority)
            .body(Empty::new())?;
        if let Some(authorization) = &self.authorization {
            let mut authorization = authorization.clone();
            authorization.set_sensitive(true);
            request.headers_mut().insert(header::PROXY_AUTHORIZATION, authorization);
        }
        Ok(request)
    }
}

impl fmt::Debug for HttpProxy {
    /// Without the authorization, which is a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpProxy").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f28_passwords_are_not_shown() {
        let proxy = HttpProxy::new("http://proxy.test:3128").unwrap().basic_auth("me", "hunter2");
        let shown = format!("{proxy:?} {:?}", proxy.request(proxy.endpoint()).unwrap());
        assert!(!shown.contains("hunter2") && !shown.contains(&STANDARD.encode("me:hunter2")), "{shown}");
    }

    #[test]
    fn other_proxies_are_refused() {
        for (url, error) in [
            ("socks5://proxy.test", UrlError::Scheme),
            ("https://proxy.test", UrlError::ProxyScheme),
            ("http://me:secret@proxy.test", UrlError::Credentials),
        ] {
            assert_eq!(HttpProxy::new(url).unwrap_err(), error, "{url}");
        }
    }
}
