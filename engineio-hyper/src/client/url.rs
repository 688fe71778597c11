//! Where a URL leads to.

use super::{connector::Endpoint, error::UrlError};
use http::{HeaderValue, Uri};
use url::{Host, ParseError, Position};

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
    pub(super) fn parse(text: &str) -> Result<Self, UrlError> {
        let url = url::Url::parse(text)?;
        let (secure, standard_port) = match url.scheme() {
            "http" | "ws" => (false, 80),
            "https" | "wss" => (true, 443),
            _ => return Err(UrlError::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        let host = match url.host().ok_or(UrlError::Host)? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let port = url.port().unwrap_or(standard_port);
        let query = url.query().filter(|query| !query.is_empty());
        Ok(Self {
            endpoint: Endpoint::new(host, port, secure),
            authority: HeaderValue::try_from(&url[Position::BeforeHost..Position::AfterPort])
                .map_err(|_| UrlError::Malformed)?,
            path: Some(url.path()).filter(|path| !matches!(*path, "" | "/")).map(str::to_owned),
            query: query.map(str::to_owned),
            uri: url[..Position::AfterQuery].parse().map_err(|_| UrlError::Malformed)?,
        })
    }
}

impl From<ParseError> for UrlError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::EmptyHost => Self::Host,
            ParseError::IdnaError
            | ParseError::InvalidIpv4Address
            | ParseError::InvalidIpv6Address
            | ParseError::InvalidDomainCharacter => Self::InvalidHost,
            ParseError::InvalidPort => Self::Port,
            ParseError::RelativeUrlWithoutBase => Self::Scheme,
            _ => Self::Malformed,
        }
    }
}

/// Where a redirect from this URL leads to, as path and query, if that is on the same server.
pub(super) fn redirected(from: &Uri, endpoint: &Endpoint, location: &str) -> Option<String> {
    let scheme = if endpoint.secure() { "https" } else { "http" };
    let host =
        if endpoint.host().contains(':') { format!("[{}]", endpoint.host()) } else { endpoint.host().to_owned() };
    let base = url::Url::parse(&format!("{scheme}://{host}:{}{from}", endpoint.port())).ok()?;
    let to = base.join(location).ok()?;
    (to.origin() == base.origin()).then(|| to[Position::BeforePath..Position::AfterQuery].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_say_where_to_connect() {
        for (url, host, port, secure, authority) in [
            ("http://example.com", "example.com", 80, false, "example.com"),
            ("ws://example.com:80/", "example.com", 80, false, "example.com"),
            ("WS://Example.com:3000", "example.com", 3000, false, "example.com:3000"),
            ("https://example.com/x", "example.com", 443, true, "example.com"),
            ("wss://10.0.0.1:8443", "10.0.0.1", 8443, true, "10.0.0.1:8443"),
            ("http://[::1]:3000/", "::1", 3000, false, "[::1]:3000"),
            ("http://[2001:db8::7]", "2001:db8::7", 80, false, "[2001:db8::7]"),
            ("http://Bücher.example/", "xn--bcher-kva.example", 80, false, "xn--bcher-kva.example"),
        ] {
            let parsed = Url::parse(url).unwrap();
            assert_eq!(parsed.endpoint, Endpoint::new(host.to_owned(), port, secure), "{url}");
            assert_eq!(parsed.authority, authority, "{url}");
        }
    }

    #[test]
    fn path_and_query_are_the_applications() {
        let url = Url::parse("http://h/my/path/?token=a%20b#part").unwrap();
        assert_eq!((url.path.as_deref(), url.query.as_deref()), (Some("/my/path/"), Some("token=a%20b")));
        assert_eq!(url.uri, "http://h/my/path/?token=a%20b");
        for url in ["http://h", "http://h/", "http://h/?", "http://h?"] {
            let url = Url::parse(url).unwrap();
            assert_eq!((url.path, url.query), (None, None));
        }
    }

    #[test]
    fn paths_and_queries_are_encoded() {
        let url = Url::parse("http://h/caffè au lait/?name=Zoë").unwrap();
        assert_eq!(url.path.as_deref(), Some("/caff%C3%A8%20au%20lait/"));
        assert_eq!(url.query.as_deref(), Some("name=Zo%C3%AB"));
    }

    #[test]
    fn other_urls_are_refused_by_their_part() {
        for (url, error) in [
            ("", UrlError::Scheme),
            ("localhost", UrlError::Scheme),
            ("ftp://h/", UrlError::Scheme),
            ("localhost:3000", UrlError::Scheme),
            ("/engine.io/", UrlError::Scheme),
            ("http://", UrlError::Host),
            ("http://:80/", UrlError::Host),
            ("http://a b/", UrlError::InvalidHost),
            ("http://[::g]/", UrlError::InvalidHost),
            ("http://1.2.3.400/", UrlError::InvalidHost),
            ("http://h:99999/", UrlError::Port),
            ("http://h:x/", UrlError::Port),
            ("http://me:secret@h/", UrlError::Credentials),
        ] {
            assert_eq!(Url::parse(url).err(), Some(error), "{url}");
        }
    }

    #[test]
    fn redirects_stay_on_the_same_server() {
        let from: Uri = "/engine.io?EIO=4&transport=polling".parse().unwrap();
        let endpoint = Endpoint::new("::1".to_owned(), 3000, false);
        for (location, expected) in [
            ("/engine.io/?EIO=4&transport=polling", Some("/engine.io/?EIO=4&transport=polling")),
            ("engine.io/?a", Some("/engine.io/?a")),
            ("http://[::1]:3000/x#y", Some("/x")),
            ("//[::1]:3000/x", Some("/x")),
            ("https://[::1]:3000/x", None),
            ("http://[::1]/x", None),
            ("http://elsewhere:3000/x", None),
            ("http://", None),
        ] {
            assert_eq!(redirected(&from, &endpoint, location).as_deref(), expected, "{location}");
        }
    }
}
