//! Where a URL leads to.

use super::{connector::Endpoint, error::UrlError};
use http::{HeaderValue, Uri};

/// What a client needs of a URL.
#[derive(Clone, Debug)]
pub(super) struct Url {
    pub(super) endpoint: Endpoint,
    /// What the `Host` header says.
    pub(super) authority: HeaderValue,
    /// The path, unless it is just a slash.
    pub(super) path: Option<String>,
    pub(super) query: Option<String>,
    pub(super) uri: Uri,
}

impl Url {
    pub(super) fn parse(url: &str) -> Result<Self, UrlError> {
        let uri: Uri = url.parse().map_err(|_| UrlError::Malformed)?;
        let (secure, standard_port) = match uri.scheme_str().map(str::to_ascii_lowercase).as_deref() {
            Some("http" | "ws") => (false, 80),
            Some("https" | "wss") => (true, 443),
            _ => return Err(UrlError::Scheme),
        };
        let authority = uri.authority().ok_or(UrlError::Host)?;
        if authority.as_str().contains('@') {
            return Err(UrlError::Credentials);
        }
        let host = authority.host();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if bare.is_empty() {
            return Err(UrlError::Host);
        }
        // `Uri` takes a port that is no number for a host that has none.
        let port = match authority.as_str()[host.len()..].strip_prefix(':') {
            Some(port) if !port.is_empty() => port.parse().map_err(|_| UrlError::Malformed)?,
            _ => standard_port,
        };
        let named = if port == standard_port { host.to_owned() } else { format!("{host}:{port}") };
        Ok(Self {
            endpoint: Endpoint::new(bare.to_owned(), port, secure),
            authority: HeaderValue::try_from(named).map_err(|_| UrlError::Malformed)?,
            path: Some(uri.path()).filter(|path| !matches!(*path, "" | "/")).map(str::to_owned),
            query: uri.query().filter(|query| !query.is_empty()).map(str::to_owned),
            uri,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_say_where_to_connect() {
        for (url, host, port, secure, authority) in [
            ("http://example.com", "example.com", 80, false, "example.com"),
            ("ws://example.com:80/", "example.com", 80, false, "example.com"),
            ("WS://example.com:3000", "example.com", 3000, false, "example.com:3000"),
            ("https://example.com/x", "example.com", 443, true, "example.com"),
            ("wss://10.0.0.1:8443", "10.0.0.1", 8443, true, "10.0.0.1:8443"),
            ("http://[::1]:3000/", "::1", 3000, false, "[::1]:3000"),
            ("http://[2001:db8::7]", "2001:db8::7", 80, false, "[2001:db8::7]"),
        ] {
            let parsed = Url::parse(url).unwrap();
            assert_eq!(parsed.endpoint, Endpoint::new(host.to_owned(), port, secure), "{url}");
            assert_eq!(parsed.authority, authority, "{url}");
        }
    }

    #[test]
    fn path_and_query_are_the_applications() {
        let url = Url::parse("http://h/my/path/?token=a%20b").unwrap();
        assert_eq!((url.path.as_deref(), url.query.as_deref()), (Some("/my/path/"), Some("token=a%20b")));
        for url in ["http://h", "http://h/", "http://h/?", "http://h?"] {
            let url = Url::parse(url).unwrap();
            assert_eq!((url.path, url.query), (None, None));
        }
    }

    #[test]
    fn other_urls_are_refused() {
        for (url, error) in [
            ("", UrlError::Malformed),
            ("http://", UrlError::Malformed),
            ("http://a b/", UrlError::Malformed),
            ("http://h:99999/", UrlError::Malformed),
            ("http://h:x/", UrlError::Malformed),
            ("ftp://h/", UrlError::Scheme),
            ("localhost:3000", UrlError::Scheme),
            ("/engine.io/", UrlError::Scheme),
            ("http://me:secret@h/", UrlError::Credentials),
        ] {
            assert_eq!(Url::parse(url).err(), Some(error), "{url}");
        }
    }
}
