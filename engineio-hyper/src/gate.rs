//! Which requests are let in: by the host that they name, and by the page that sent them.

use crate::{handshake::single, hosts::Hosts, origins::Origins};
use http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts};

/// Whose requests are answered. Who can read the answers is another question: see [`Cors`](crate::Cors).
#[derive(Debug)]
pub(crate) struct Gate {
    /// The hosts that a request can name; `None` is any.
    pub(crate) hosts: Option<Hosts>,
    /// Pages of these origins are let in. `None` is all pages, unless there is another rule.
    pub(crate) listed: Option<Origins>,
    /// Pages of the server's own origin are let in.
    pub(crate) same: bool,
    /// Requests are let in that do not say whether a page sent them, and which.
    pub(crate) allow_missing: bool,
}

impl Default for Gate {
    fn default() -> Self {
        Self { hosts: None, listed: None, same: false, allow_missing: true }
    }
}

impl Gate {
    /// Whether there is a rule about origins.
    pub(crate) fn restricts_origins(&self) -> bool {
        self.same && self.listed.is_none() || self.listed.as_ref().is_some_and(|listed| !listed.is_any())
    }

    /// Whether the host that a request names is served.
    pub(crate) fn serves_host_of(&self, request: &Parts) -> bool {
        let Some(hosts) = &self.hosts else { return true };
        // HTTP/2 has the authority in the target. Whatever names a host must name one that is served.
        let target = request.uri.authority().map(|authority| authority.as_str());
        let header = match single(&request.headers, &header::HOST) {
            Some(host) => match host.to_str() {
                Ok(host) => Some(host),
                Err(_) => return false,
            },
            None if request.headers.contains_key(header::HOST) => return false,
            None => None,
        };
        let named = target.into_iter().chain(header);
        (target.is_some() || header.is_some()) && named.into_iter().all(|host| hosts.contains(host))
    }

    /// Whether requests of the page that sent this one are answered.
    ///
    /// Browsers send `Origin` with WebSocket handshakes, POSTs and all that a page of another origin could read by CORS.
    /// They send none with GETs of the same origin, and none with what a page of any origin can have loaded: scripts,
    /// images, links, and `fetch` in the mode `no-cors`. `Sec-Fetch-Site` tells those apart.
    pub(crate) fn permits(&self, request: &Parts) -> bool {
        if !self.restricts_origins() {
            return true;
        }
        let mut origins = request.headers.get_all(header::ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) => match Sender::of(&request.headers) {
                Sender::SameOrigin => true,
                Sender::OtherOrigin => false,
                Sender::Unknown => self.allow_missing,
            },
            (Some(origin), None) => {
                self.same && is_of(origin, request)
                    || self.listed.as_ref().is_some_and(|listed| listed.contains_value(origin))
            }
            (Some(_), Some(_)) => false,
        }
    }
}

/// Who made a browser send a request, by `Sec-Fetch-Site` (<https://www.w3.org/TR/fetch-metadata/>). A page cannot set
/// this header.
#[derive(Debug, PartialEq, Eq)]
enum Sender {
    /// A page of the server's own origin, or the user, by the address bar for instance.
    SameOrigin,
    /// A page of another origin, or the header has a value that no browser sends.
    OtherOrigin,
    /// The header is missing: the client is no browser, or an old one, or the request goes over plain HTTP to another
    /// machine.
    Unknown,
}

impl Sender {
    fn of(headers: &HeaderMap) -> Self {
        const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
        match single(headers, &SEC_FETCH_SITE).map(HeaderValue::as_bytes) {
            Some(b"same-origin" | b"none") => Self::SameOrigin,
            Some(_) => Self::OtherOrigin,
            None if headers.contains_key(SEC_FETCH_SITE) => Self::OtherOrigin,
            None => Self::Unknown,
        }
    }
}

/// Whether this is the origin that the request went to. The schemes are not compared: a proxy in front of the server may
/// terminate TLS.
fn is_of(origin: &HeaderValue, request: &Parts) -> bool {
    let target = match request.uri.authority() {
        // HTTP/2.
        Some(authority) => authority.as_str(),
        None => match single(&request.headers, &header::HOST).and_then(|host| host.to_str().ok()) {
            Some(host) => host,
            None => return false,
        },
    };
    let Some((scheme, authority)) = origin.to_str().ok().and_then(|origin| origin.split_once("://")) else {
        return false;
    };
    // A browser leaves the scheme's default port out of both; a proxy can add it to the host.
    let standard = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    !authority.is_empty() && authority.eq_ignore_ascii_case(target.strip_suffix(standard).unwrap_or(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_one_origin_or_none() {
        let origins = Origins::list(["https://good.test"]).unwrap();
        let gate = Gate { listed: Some(origins), ..Gate::default() };
        let permit = |values: &[&'static str]| {
            let request = http::Request::get("/");
            let request = values.iter().fold(request, |request, value| request.header(header::ORIGIN, *value));
            gate.permits(&request.body(()).unwrap().into_parts().0)
        };
        assert!(permit(&[]) && permit(&["https://good.test"]));
        assert!(!permit(&["https://evil.test"]));
        assert!(!permit(&["https://good.test", "https://evil.test"]));
        assert!(!permit(&["https://good.test", "https://good.test"]));
    }

    #[test]
    fn f29_the_same_origin_is_that_of_the_request() {
        let permit = |gate: &Gate, origin: &str, uri: &str, host: Option<&str>| {
            let mut request = http::Request::get(uri).header(header::ORIGIN, origin);
            if let Some(host) = host {
                request = request.header(header::HOST, host);
            }
            gate.permits(&request.body(()).unwrap().into_parts().0)
        };
        let same = Gate { same: true, ..Gate::default() };
        for (origin, host) in [
            ("http://h.test", "h.test"),
            ("https://h.test", "h.test"),
            ("https://h.test", "h.test:443"),
            ("http://h.test:8080", "h.test:8080"),
            ("https://h.test", "H.test"),
            ("http://[::1]:3000", "[::1]:3000"),
        ] {
            assert!(permit(&same, origin, "/", Some(host)), "{origin} {host}");
            assert!(permit(&same, origin, &format!("https://{host}/"), None), "{origin} {host}");
        }
        for (origin, host) in [
            ("http://evil.test", "h.test"),
            ("http://h.test.evil.test", "h.test"),
            ("http://h.test:8080", "h.test"),
            ("http://h.test", "h.test:8080"),
            ("http://h.test", "h.test:443"),
            ("file://", ""),
            ("http://", ""),
            ("null", "null"),
            ("", ""),
        ] {
            assert!(!permit(&same, origin, "/", Some(host)), "{origin} {host}");
        }
        assert!(!permit(&same, "http://h.test", "/", None));
        let listed = Some(Origins::list(["https://good.test"]).unwrap());
        let both = Gate { listed, same: true, ..Gate::default() };
        assert!(permit(&both, "https://good.test", "/", Some("h.test")));
        assert!(permit(&both, "http://h.test", "/", Some("h.test")));
        assert!(!permit(&both, "https://evil.test", "/", Some("h.test")));
    }

    /// A request with these headers, over HTTP/1.1 or, with a URI that has an authority, over HTTP/2.
    fn request(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let request = http::Request::get(uri);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn u01_a_request_without_an_origin_is_told_apart_by_its_site() {
        let listed = || Some(Origins::list(["https://good.test"]).unwrap());
        for gate in [
            Gate { listed: listed(), ..Gate::default() },
            Gate { same: true, ..Gate::default() },
            Gate { listed: listed(), same: true, ..Gate::default() },
        ] {
            let strict = Gate { hosts: None, listed: listed(), same: gate.same, allow_missing: false };
            let site = |value| request("/", &[("host", "h.test"), ("sec-fetch-site", value)]);
            for value in ["same-origin", "none"] {
                assert!(gate.permits(&site(value)) && strict.permits(&site(value)), "{value}");
            }
            for value in ["cross-site", "same-site", "", "Same-Origin", "same-origin, none", "unheard of"] {
                assert!(!gate.permits(&site(value)) && !strict.permits(&site(value)), "{value}");
            }
            let twice = request("/", &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")]);
            assert!(!gate.permits(&twice));
            let neither = request("/", &[("host", "h.test")]);
            assert!(gate.permits(&neither) && !strict.permits(&neither));
        }
    }

    #[test]
    fn u01_the_origin_decides_where_there_is_one() {
        let gate = Gate { listed: Some(Origins::list(["https://good.test"]).unwrap()), ..Gate::default() };
        let from = |origin, site| request("/", &[("origin", origin), ("sec-fetch-site", site)]);
        assert!(gate.permits(&from("https://good.test", "cross-site")));
        assert!(!gate.permits(&from("https://evil.test", "same-origin")));
        let open = Gate { allow_missing: false, ..Gate::default() };
        assert!(open.permits(&from("https://evil.test", "cross-site")), "without a rule every page is let in");
        let any = Gate { listed: Some(Origins::any()), same: true, ..Gate::default() };
        assert!(!any.restricts_origins() && any.permits(&request("/", &[("sec-fetch-site", "cross-site")])));
    }

    #[test]
    fn u02_every_host_that_a_request_names_must_be_served() {
        let hosts = Hosts::new(["h.test".to_owned(), "[::1]:3000".to_owned()]).unwrap();
        let gate = Gate { hosts: Some(hosts), ..Gate::default() };
        for (uri, headers) in [
            ("/", &[("host", "h.test:81")][..]),
            ("/", &[("host", "[::1]:3000")]),
            ("https://h.test/", &[]),
            ("https://h.test/", &[("host", "H.test.")]),
        ] {
            assert!(gate.serves_host_of(&request(uri, headers)), "{uri} {headers:?}");
        }
        for (uri, headers) in [
            ("/", &[][..]),
            ("/", &[("host", "evil.test")]),
            ("/", &[("host", "")]),
            ("/", &[("host", "h.test"), ("host", "h.test")]),
            ("https://evil.test/", &[]),
            ("https://evil.test/", &[("host", "h.test")]),
            ("https://h.test/", &[("host", "evil.test")]),
            ("https://me@h.test/", &[]),
        ] {
            assert!(!gate.serves_host_of(&request(uri, headers)), "{uri} {headers:?}");
        }
        assert!(Gate::default().serves_host_of(&request("/", &[])));
    }
}
