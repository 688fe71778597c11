//! Which pages may use a server: sets of origins (RFC 6454).

use crate::handshake::single;
use http::{HeaderValue, header, request::Parts};
use std::{collections::HashSet, fmt};

/// A set of origins, such as `https://example.org`.
///
/// Origins are compared as a whole, exactly as browsers write them: lower case, without the scheme's own port,
/// without a slash at the end. So there is no prefix, suffix or pattern that a foreign page could satisfy.
///
/// ```
/// use engineio_hyper::{InvalidOrigin, Origins};
///
/// let origins = Origins::list(["https://example.org", "http://localhost:8080"])?;
/// assert!(origins.contains("https://example.org"));
/// assert!(!origins.contains("https://example.org.evil.test"));
/// assert!(Origins::list(["https://example.org/"]).is_err());
/// # Ok::<(), InvalidOrigin>(())
/// ```
pub struct Origins(Kind);

enum Kind {
    Any,
    List(HashSet<String>),
    Predicate(Box<dyn Fn(&str) -> bool + Send + Sync>),
}

/// Something that no browser sends as an origin, so that it would never match: it is not `scheme://host` or
/// `scheme://host:port` in lower case, nor `null`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an origin as browsers write it, such as `https://example.org`")]
pub struct InvalidOrigin(pub String);

impl Origins {
    /// All of them.
    #[must_use]
    pub const fn any() -> Self {
        Self(Kind::Any)
    }

    /// These.
    ///
    /// # Errors
    /// If one of them is not an origin.
    pub fn list(origins: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, InvalidOrigin> {
        let check = |origin: String| if is_origin(&origin) { Ok(origin) } else { Err(InvalidOrigin(origin)) };
        let origins = origins.into_iter().map(|origin| check(origin.into()));
        origins.collect::<Result<_, _>>().map(|list| Self(Kind::List(list)))
    }

    /// Those for which the function returns `true`. It must be quick.
    pub fn matching(predicate: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Kind::Predicate(Box::new(predicate)))
    }

    /// Whether this origin is among them.
    #[must_use]
    pub fn contains(&self, origin: &str) -> bool {
        match &self.0 {
            Kind::Any => true,
            Kind::List(list) => list.contains(origin),
            Kind::Predicate(predicate) => predicate(origin),
        }
    }

    pub(crate) const fn is_any(&self) -> bool {
        matches!(self.0, Kind::Any)
    }

    pub(crate) fn contains_value(&self, origin: &HeaderValue) -> bool {
        self.is_any() || origin.to_str().is_ok_and(|origin| self.contains(origin))
    }
}

/// Who may send requests. That is not the same as who may read the answers: see [`Cors`](crate::Cors).
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// Pages of these origins; `None` is all, unless there is another rule.
    pub(crate) listed: Option<Origins>,
    /// Pages of the server's own origin.
    pub(crate) same: bool,
}

impl Gate {
    /// Whether a request may come from where it says. One that says nothing is no page of another origin's: browsers
    /// tell in WebSocket handshakes and in whatever they send across origins.
    pub(crate) fn permits(&self, request: &Parts) -> bool {
        let Self { listed, same } = self;
        if listed.is_none() && !same {
            return true;
        }
        let mut origins = request.headers.get_all(header::ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) => true,
            (Some(origin), None) => {
                *same && is_of(origin, request) || listed.as_ref().is_some_and(|listed| listed.contains_value(origin))
            }
            (Some(_), Some(_)) => false,
        }
    }
}

/// Whether this is the origin that the request went to. The scheme does not count: what is in front of the server may
/// have taken TLS off.
fn is_of(origin: &HeaderValue, request: &Parts) -> bool {
    let target = match request.uri.authority() {
        // As HTTP/2 has it.
        Some(authority) => authority.as_str(),
        None => match single(&request.headers, &header::HOST).and_then(|host| host.to_str().ok()) {
            Some(host) => host,
            None => return false,
        },
    };
    let Some((scheme, authority)) = origin.to_str().ok().and_then(|origin| origin.split_once("://")) else {
        return false;
    };
    // A browser leaves the scheme's own port out of both; what is in between may not.
    let standard = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    !authority.is_empty() && authority.eq_ignore_ascii_case(target.strip_suffix(standard).unwrap_or(target))
}

impl fmt::Debug for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Any => f.write_str("any"),
            Kind::List(list) => f.debug_set().entries(list).finish(),
            Kind::Predicate(_) => f.write_str("those that match"),
        }
    }
}

fn is_origin(text: &str) -> bool {
    if text == "null" {
        return true;
    }
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    let scheme_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
    let host_byte =
        |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && !b"/?#@\\,*\"<>".contains(&byte);
    let default_port = matches!(scheme, "http" if authority.ends_with(":80"))
        || matches!(scheme, "https" if authority.ends_with(":443"));
    !scheme.is_empty()
        && scheme.bytes().all(scheme_byte)
        && !authority.is_empty()
        && authority.bytes().all(host_byte)
        && !default_port
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_browser_sends_is_no_origin() {
        for origin in [
            "",
            "*",
            "example.org",
            "https://",
            "://example.org",
            "https://example.org/",
            "https://example.org/path",
            "https://Example.org",
            "HTTPS://example.org",
            "https://example.org:443",
            "http://example.org:80",
            "https://user@example.org",
            "https://*.example.org",
            "https://a.test,https://b.test",
            "https://bücher.example",
            " https://example.org",
        ] {
            assert_eq!(Origins::list([origin]).unwrap_err(), InvalidOrigin(origin.to_owned()));
        }
        for origin in
            ["null", "https://example.org", "http://localhost:8080", "https://[::1]:1", "capacitor://localhost"]
        {
            assert!(Origins::list([origin]).unwrap().contains(origin), "{origin}");
        }
    }

    #[test]
    fn f29_nothing_but_the_origin_itself_matches() {
        let origins = Origins::list(["https://good.test"]).unwrap();
        for other in [
            "https://good.test.evil.test",
            "https://evilgood.test",
            "https://evil.test/https://good.test",
            "http://good.test",
            "https://good.test:8443",
            "https://good.test.",
            "https://GOOD.test",
            "null",
            "",
        ] {
            assert!(!origins.contains(other), "{other}");
        }
    }

    #[test]
    fn a_request_names_one_origin_or_none() {
        let origins = Origins::list(["https://good.test"]).unwrap();
        let gate = Gate { listed: Some(origins), same: false };
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
        let same = Gate { listed: None, same: true };
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
        let both = Gate { listed: Some(Origins::list(["https://good.test"]).unwrap()), same: true };
        assert!(permit(&both, "https://good.test", "/", Some("h.test")));
        assert!(permit(&both, "http://h.test", "/", Some("h.test")));
        assert!(!permit(&both, "https://evil.test", "/", Some("h.test")));
    }
}
