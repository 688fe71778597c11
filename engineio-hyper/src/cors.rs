//! Cross-origin resource sharing (<https://fetch.spec.whatwg.org/#http-cors-protocol>): headers in, headers out.

use crate::origins::Origins;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use std::time::Duration;

/// What pages of other origins may read: the server's side of cross-origin resource sharing.
///
/// It tells *browsers* what they may show to a page, over polling. It keeps no request out, and WebSockets do not know
/// it: for that there is [`allowed_origins`](crate::EngineBuilder::allowed_origins).
///
/// | setting | default | the name in the reference's `cors` |
/// |---|---|---|
/// | the origins | given to [`new`](Self::new) | `origin` |
/// | [`credentials`](Self::credentials) | no | `credentials` |
/// | [`methods`](Self::methods) | GET, POST | `methods` (all that there are) |
/// | [`headers`](Self::headers) | those that the browser asks for | `allowedHeaders` |
/// | [`exposed_headers`](Self::exposed_headers) | none | `exposedHeaders` |
/// | [`private_network`](Self::private_network) | no | – |
/// | [`max_age`](Self::max_age) | the browser's own, 5 s | `maxAge` |
///
/// ```
/// use engineio_hyper::{Cors, Origins};
///
/// let cors = Cors::new(Origins::list(["https://example.org"])?).credentials()?;
/// assert!(Cors::new(Origins::any()).credentials().is_err());
/// # drop(cors);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "it does nothing until an engine is built with it"]
pub struct Cors {
    origins: Origins,
    credentials: bool,
    methods: HeaderValue,
    headers: Option<HeaderValue>,
    exposed: Option<HeaderValue>,
    max_age: Option<HeaderValue>,
    private_network: bool,
}

/// Credentials for pages of whatever origin: every page in the world could act as its visitor. Name the origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("credentials cannot be allowed for any origin; list the origins")]
pub struct AnyOriginWithCredentials;

const REQUEST_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");

impl Cors {
    /// Lets pages of these origins read.
    pub fn new(origins: Origins) -> Self {
        Self {
            origins,
            credentials: false,
            methods: HeaderValue::from_static("GET,POST"),
            headers: None,
            exposed: None,
            max_age: None,
            private_network: false,
        }
    }

    /// Lets them send cookies and the like along (`withCredentials`).
    ///
    /// # Errors
    /// If all origins are let in.
    pub fn credentials(mut self) -> Result<Self, AnyOriginWithCredentials> {
        if self.origins.is_any() {
            return Err(AnyOriginWithCredentials);
        }
        self.credentials = true;
        Ok(self)
    }

    /// The methods that they may use.
    pub fn methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        let methods: Vec<_> = methods.into_iter().collect();
        self.methods = list(methods.iter().map(Method::as_str));
        self
    }

    /// The headers that they may send.
    pub fn headers(mut self, headers: impl IntoIterator<Item = HeaderName>) -> Self {
        self.headers = Some(names(headers));
        self
    }

    /// The headers that they may see of an answer.
    pub fn exposed_headers(mut self, headers: impl IntoIterator<Item = HeaderName>) -> Self {
        self.exposed = Some(names(headers));
        self
    }

    /// How long a browser may remember what it was told by a preflight; in whole seconds.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age.as_secs().into());
        self
    }

    /// Whether pages of these origins can reach the server from a less private network than its own: a page of the public
    /// internet a server in a private network or on the visitor's machine. Some browsers ask for this in a preflight, by
    /// `Access-Control-Request-Private-Network: true`, which is then answered by
    /// `Access-Control-Allow-Private-Network: true`. Others ask the user instead. The default is no.
    ///
    /// It prevents no request of a browser that does not ask: for that there is
    /// [`allowed_origins`](crate::EngineBuilder::allowed_origins).
    pub fn private_network(mut self, allow: bool) -> Self {
        self.private_network = allow;
        self
    }

    /// Adds to an answer what it has to say to the page of this origin, which may be an error.
    pub(crate) fn apply(&self, origin: Option<&HeaderValue>, answer: &mut HeaderMap) {
        if self.allow_origin(origin, answer)
            && let Some(exposed) = &self.exposed
        {
            answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
        }
    }

    /// The headers that answer a preflight.
    pub(crate) fn preflight(&self, request: &HeaderMap) -> HeaderMap {
        let mut answer = HeaderMap::new();
        let allowed = self.allow_origin(request.get(header::ORIGIN), &mut answer);
        let asked = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS);
        if self.headers.is_none() {
            answer.append(header::VARY, HeaderValue::from_static("access-control-request-headers"));
        }
        if allowed {
            answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, self.methods.clone());
            if let Some(headers) = self.headers.as_ref().or(asked) {
                answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, headers.clone());
            }
            let asked = request.get(REQUEST_PRIVATE_NETWORK).filter(|value| value.as_bytes() == b"true");
            if let Some(value) = asked.filter(|_| self.private_network) {
                answer.insert(ALLOW_PRIVATE_NETWORK, value.clone());
            }
            if let Some(age) = &self.max_age {
                answer.insert(header::ACCESS_CONTROL_MAX_AGE, age.clone());
            }
        }
        answer
    }

    fn allow_origin(&self, origin: Option<&HeaderValue>, answer: &mut HeaderMap) -> bool {
        if self.origins.is_any() {
            answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            return true;
        }
        // Whatever the answer: a cache must not give it to another page.
        answer.append(header::VARY, HeaderValue::from_static("origin"));
        let Some(origin) = origin.filter(|origin| self.origins.contains_value(origin)) else { return false };
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        if self.credentials {
            answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        true
    }
}

fn names(names: impl IntoIterator<Item = HeaderName>) -> HeaderValue {
    let names: Vec<_> = names.into_iter().collect();
    list(names.iter().map(HeaderName::as_str))
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> HeaderValue {
    let list = items.collect::<Vec<_>>().join(",");
    // Methods and names consist of characters that values may have.
    HeaderValue::try_from(list).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[track_caller]
    fn assert_headers(answer: &HeaderMap, expected: &[(&str, &str)]) {
        let mut found: Vec<_> = answer.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        found.sort_unstable();
        assert_eq!(found, expected);
    }

    fn good() -> Cors {
        Cors::new(Origins::list(["https://good.test"]).unwrap())
    }

    #[test]
    fn f30_any_origin_gets_no_credentials() {
        assert_eq!(Cors::new(Origins::any()).credentials().unwrap_err(), AnyOriginWithCredentials);
        let mut answer = HeaderMap::new();
        Cors::new(Origins::any()).apply(Some(&HeaderValue::from_static("https://a.test")), &mut answer);
        assert_headers(&answer, &[("access-control-allow-origin", "*")]);
    }

    #[test]
    fn a_listed_origin_is_named_and_others_are_not() {
        let cors = good().credentials().unwrap().exposed_headers([header::ETAG, header::DATE]);
        let mut answer = HeaderMap::new();
        cors.apply(Some(&HeaderValue::from_static("https://good.test")), &mut answer);
        assert_headers(
            &answer,
            &[
                ("access-control-allow-credentials", "true"),
                ("access-control-allow-origin", "https://good.test"),
                ("access-control-expose-headers", "etag,date"),
                ("vary", "origin"),
            ],
        );
        for origin in [None, Some(HeaderValue::from_static("https://good.test.evil.test"))] {
            let mut answer = HeaderMap::new();
            cors.apply(origin.as_ref(), &mut answer);
            assert_headers(&answer, &[("vary", "origin")]);
        }
    }

    #[test]
    fn a_preflight_names_what_is_configured() {
        let cors = good().methods([Method::GET]).headers([header::AUTHORIZATION]).max_age(Duration::from_secs(60));
        let asked = [
            (header::ORIGIN, "https://good.test"),
            (header::ACCESS_CONTROL_REQUEST_METHOD, "DELETE"),
            (header::ACCESS_CONTROL_REQUEST_HEADERS, "x-other"),
        ];
        assert_headers(
            &cors.preflight(&ask(&asked)),
            &[
                ("access-control-allow-headers", "authorization"),
                ("access-control-allow-methods", "GET"),
                ("access-control-allow-origin", "https://good.test"),
                ("access-control-max-age", "60"),
                ("vary", "origin"),
            ],
        );
        assert_headers(&cors.preflight(&ask(&[(header::ORIGIN, "https://evil.test")])), &[("vary", "origin")]);
    }

    #[test]
    fn a_preflight_grants_the_headers_that_it_asks_for() {
        let asked = [(header::ORIGIN, "https://good.test"), (header::ACCESS_CONTROL_REQUEST_HEADERS, "x-one, x-two")];
        assert_headers(
            &good().preflight(&ask(&asked)),
            &[
                ("access-control-allow-headers", "x-one, x-two"),
                ("access-control-allow-methods", "GET,POST"),
                ("access-control-allow-origin", "https://good.test"),
                ("vary", "access-control-request-headers"),
                ("vary", "origin"),
            ],
        );
    }

    #[test]
    fn a_private_network_is_reached_only_if_that_is_allowed() {
        let allowed = |cors: &Cors, origin, value| {
            let asked = [(header::ORIGIN, origin), (REQUEST_PRIVATE_NETWORK, value)];
            cors.preflight(&ask(&asked)).get(ALLOW_PRIVATE_NETWORK).cloned()
        };
        let cors = good().private_network(true);
        assert_eq!(allowed(&cors, "https://good.test", "true"), Some(HeaderValue::from_static("true")));
        assert_eq!(allowed(&cors, "https://good.test", "false"), None);
        assert_eq!(allowed(&cors, "https://evil.test", "true"), None);
        assert_eq!(allowed(&good(), "https://good.test", "true"), None);
        let preflight = cors.preflight(&ask(&[(header::ORIGIN, "https://good.test")]));
        assert!(!preflight.contains_key(ALLOW_PRIVATE_NETWORK), "nobody asked");
    }
}
