//! An HTTP request and its whole response.

use super::{
    connector::Connector,
    inspect::Note,
    link::{Link, Unanswered},
    plan::{Failure, Plan},
    redirect::{Location, REDIRECTS},
};
use crate::upload::Collected;
use bytes::{Buf, Bytes};
use engineio_proto::CallFault;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use std::{sync::Arc, time::Duration};

/// How much of a response that is no payload is read, in bytes: more than any error of the protocol has.
const ERROR: usize = 16 * 1024;

/// The announced idle time of a server is shortened by this, so that no request crosses with the end of the connection.
const MARGIN: Duration = Duration::from_secs(1);

/// How long a connection may be idle if the server does not announce an idle time. The shortest default among common
/// servers is gunicorn's, 2 s, and it is not announced.
const UNANNOUNCED: Duration = Duration::from_millis(1500);

/// A response.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content_type: Option<HeaderValue>,
    /// Where it redirects to, if it does.
    pub(super) location: Option<Location>,
    pub(super) body: Bytes,
}

/// A connection that can be used again within the idle time.
pub(super) struct Kept {
    pub(super) link: Link,
    pub(super) idle_time: Duration,
}

/// Sends a request over the connection that is left from earlier ones, or else over a new one, and reads the whole
/// response. Redirects that keep the method are followed on the same server.
pub(super) async fn exchange<C: Connector>(
    plan: Arc<Plan<C>>,
    mut used: Option<Link>,
    mut request: Request<Full<Bytes>>,
) -> Result<(Reply, Option<Kept>), Failure> {
    for _ in 0..REDIRECTS {
        let (reply, kept) = exchange_once(&plan, used, request.clone()).await?;
        let Some(target) = reply.location.as_ref().and_then(|to| to.target(request.uri(), &plan.endpoint)) else {
            return Ok((reply, kept));
        };
        *request.uri_mut() = target;
        used = kept.map(|kept| kept.link);
    }
    exchange_once(&plan, used, request).await
}

/// Sends a request and reads the whole response.
///
/// A server may close an idle connection at any moment, also while a request is on its way. So a request on a connection
/// that was used before, and that ends before any byte of a response, is sent once more on a new connection, as browsers
/// do. A server that took the request and then closed the connection without a response gets it twice.
async fn exchange_once<C: Connector>(
    plan: &Plan<C>,
    used: Option<Link>,
    request: Request<Full<Bytes>>,
) -> Result<(Reply, Option<Kept>), Failure> {
    if let Some(mut link) = used {
        match link.send(request.clone()).await {
            Ok(response) => return read(plan, link, response).await,
            Err(Unanswered::Unsent(_)) => {}
            Err(Unanswered::Silent(_)) => plan.inspector.note(Note::Resending { method: request.method() }),
            Err(Unanswered::Broken(error)) => return Err(error.into()),
        }
    }
    let mut link = Link::open(plan).await?;
    let response = link.send(request).await?;
    read(plan, link, response).await
}

/// Reads a response as far as it is of use.
async fn read<C>(
    plan: &Plan<C>,
    mut link: Link,
    response: Response<Incoming>,
) -> Result<(Reply, Option<Kept>), Failure> {
    let (head, mut body) = response.into_parts();
    plan.answered(&head.headers);
    let status = head.status.as_u16();
    let is_payload = status == 200;
    let limit = if is_payload { plan.max_response } else { ERROR };
    let too_large = |size: u64| size > limit as u64;
    let mut whole = !too_large(body.size_hint().lower());
    let mut collected = Collected::default();
    while whole && let Some(frame) = link.connection.beside(body.frame()).await {
        let Ok(data) = frame?.into_data() else { continue };
        whole = !too_large((collected.len() + data.remaining()) as u64);
        if whole {
            collected.push(data);
        }
    }
    if is_payload && !whole {
        return Err(CallFault::TooLarge.into());
    }
    // What is left of the body makes the connection useless.
    let kept = whole.then(|| Kept { link, idle_time: idle_time(&head.headers) });
    let content_type = head.headers.get(header::CONTENT_TYPE).cloned();
    let location = Location::of(head.status, &head.headers);
    Ok((Reply { status, content_type, location, body: collected.into_bytes() }, kept))
}

/// How long the connection of this response may be idle before it is used again.
fn idle_time(headers: &HeaderMap) -> Duration {
    match announced(headers) {
        Some(announced) => announced.saturating_sub(MARGIN),
        None => UNANNOUNCED,
    }
}

/// The value of `Keep-Alive: timeout=…`.
fn announced(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::HeaderName::from_static("keep-alive"))?.to_str().ok()?;
    let timeout = value.split(',').find_map(|item| item.trim().strip_prefix("timeout="))?;
    Some(Duration::from_secs(timeout.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u13_idle_time_is_what_the_server_announces() {
        let seconds = Duration::from_secs;
        for (value, expected) in [
            ("timeout=5", seconds(4)),
            ("timeout=5, max=1000", seconds(4)),
            ("max=1000,timeout= 60", seconds(59)),
            ("timeout=1", seconds(0)),
            ("timeout=0", seconds(0)),
            ("timeout=", UNANNOUNCED),
            ("timeout=soon", UNANNOUNCED),
            ("max=7", UNANNOUNCED),
        ] {
            let headers = HeaderMap::from_iter([(
                header::HeaderName::from_static("keep-alive"),
                HeaderValue::from_static(value),
            )]);
            assert_eq!(idle_time(&headers), expected, "{value}");
        }
        assert_eq!(idle_time(&HeaderMap::new()), UNANNOUNCED);
    }
}
