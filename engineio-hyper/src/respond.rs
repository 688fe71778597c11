//! Between `http`'s vocabulary and the core's.

use crate::{
    body::{HangUp, Reply},
    guard::DeliveryGuard,
};
use bytes::Bytes;
use engineio_proto::{RequestHead, Response, Text};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Version, header, request::Parts};
use std::{mem, sync::OnceLock};

/// What the core looks at in a request, whose body is this long if that is known.
pub(crate) fn head(parts: &Parts, upgrade: bool, body: Option<u64>) -> RequestHead<'_> {
    let bytes = |name| parts.headers.get(name).map(HeaderValue::as_bytes);
    // Of other requests nobody asks what is in their bodies.
    let of_body = |name| if parts.method == Method::POST { bytes(name) } else { None };
    RequestHead {
        // Over HTTP/2 a WebSocket is asked for by CONNECT; for the protocol it is the same.
        method: if upgrade { "GET" } else { parts.method.as_str() },
        query: parts.uri.query().unwrap_or_default(),
        upgrade,
        origin: bytes(header::ORIGIN),
        content_type: of_body(header::CONTENT_TYPE),
        content_encoding: of_body(header::CONTENT_ENCODING),
        content_length: body,
    }
}

/// Takes a request's head and leaves an empty one.
pub(crate) fn take(parts: &mut Parts) -> Parts {
    mem::replace(parts, Request::new(()).into_parts().0)
}

/// The headers that the core asks for. Those of nearly all answers are there already: to clone a map is cheaper than to
/// put one together.
fn headers(response: &Response) -> HeaderMap {
    static OF_PACKETS: OnceLock<HeaderMap> = OnceLock::new();
    static OF_OK: OnceLock<HeaderMap> = OnceLock::new();
    let usual = match response.content_type() {
        Some("text/plain; charset=UTF-8") => &OF_PACKETS,
        Some("text/html") => &OF_OK,
        _ => return map(response.headers()),
    };
    usual.get_or_init(|| map(response.headers())).clone()
}

fn map(named: impl Iterator<Item = (&'static str, &'static str)>) -> HeaderMap {
    named.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
}

/// Writes an answer of the core, whose body was encoded before.
pub(crate) fn respond(
    version: Version,
    response: &Response,
    body: Bytes,
    delivery: Option<DeliveryGuard>,
) -> http::Response<Reply> {
    let mut answer = http::Response::new(Reply::new(body, delivery));
    *answer.status_mut() = StatusCode::from_u16(response.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *answer.headers_mut() = headers(response);
    let headers = answer.headers_mut();
    set_cookie(headers, response.cookie());
    // Later versions of HTTP know no such header.
    if response.ends_connection() && version <= Version::HTTP_11 {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// Adds the cookie that the core wants to be set.
pub(crate) fn set_cookie(headers: &mut HeaderMap, cookie: Option<&Text>) {
    // The core makes cookies of printable ASCII only.
    if let Some(value) = cookie.and_then(|cookie| HeaderValue::from_maybe_shared(cookie.as_bytes().clone()).ok()) {
        headers.append(header::SET_COOKIE, value);
    }
}

/// The answer to a preflight.
pub(crate) fn preflight(headers: HeaderMap) -> http::Response<Reply> {
    let mut answer = http::Response::new(Reply::empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    *answer.headers_mut() = headers;
    answer
}

/// The response that is none: see [`HangUp`].
pub(crate) fn hang_up() -> http::Response<Reply> {
    let mut answer = http::Response::new(Reply::failing(HangUp));
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}
