//! An HTTP request and its whole response.

use super::{
    connector::Connector,
    link::{Link, Unanswered},
    plan::{Failure, Plan},
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

/// What a server closes a connection for having been idle for is shortened by this, so that no request crosses with
/// its end.
const MARGIN: Duration = Duration::from_secs(1);

/// A response.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content_type: Option<HeaderValue>,
    pub(super) body: Bytes,
}

/// A connection that can be used again, if that happens soon enough.
pub(super) struct Kept {
    pub(super) link: Link,
    /// How long it may be idle; `None` if the server did not say.
    pub(super) limit: Option<Duration>,
}

/// Sends a request, over the connection that is there or else a new one, and reads the whole response.
pub(super) async fn exchange<C: Connector>(
    plan: Arc<Plan<C>>,
    link: Option<Link>,
    mut request: Request<Full<Bytes>>,
) -> Result<(Reply, Option<Kept>), Failure> {
    if let Some(mut link) = link {
        match link.send(request).await {
            Ok(response) => return read(&plan, link, response).await,
            Err(Unanswered::Lost(error)) => return Err(error.into()),
            // The server did not keep the connection, which is its right.
            Err(Unanswered::Unsent(back, _)) => request = *back,
        }
    }
    let mut link = Link::open(&plan).await?;
    let response = link.send(request).await?;
    read(&plan, link, response).await
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
    let kept = whole.then(|| Kept { link, limit: idle_limit(&head.headers) });
    let content_type = head.headers.get(header::CONTENT_TYPE).cloned();
    Ok((Reply { status, content_type, body: collected.into_bytes() }, kept))
}

/// What `Keep-Alive: timeout=…` allows.
fn idle_limit(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::HeaderName::from_static("keep-alive"))?.to_str().ok()?;
    let timeout = value.split(',').find_map(|item| item.trim().strip_prefix("timeout="))?;
    Some(Duration::from_secs(timeout.trim().parse().ok()?).saturating_sub(MARGIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_say_how_long_they_keep_a_connection() {
        for (value, limit) in [
            ("timeout=5", Some(4)),
            ("timeout=5, max=1000", Some(4)),
            ("max=1000,timeout= 60", Some(59)),
            ("timeout=0", Some(0)),
            ("timeout=", None),
            ("max=7", None),
        ] {
            let headers = HeaderMap::from_iter([(
                header::HeaderName::from_static("keep-alive"),
                HeaderValue::from_static(value),
            )]);
            assert_eq!(idle_limit(&headers), limit.map(Duration::from_secs), "{value}");
        }
        assert_eq!(idle_limit(&HeaderMap::new()), None);
    }
}
