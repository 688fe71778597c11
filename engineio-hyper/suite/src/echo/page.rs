//! The page to try the server from a browser.

use bytes::Bytes;
use core::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use tower_service::Service;

const PAGE: &str = include_str!("../../page/index.html");

/// The place in the page that says where the server is mounted.
const MOUNT: &str = r#"<meta name="engineio-path" content="/engine.io/">"#;

/// A service that answers with the page at `/`, and 404 elsewhere.
#[derive(Clone, Debug)]
pub struct Page(Bytes);

impl Page {
    /// The page, for a server that is mounted at `path`.
    #[must_use]
    pub fn new(path: &str) -> Self {
        let path = path.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        Self(PAGE.replacen(MOUNT, &format!(r#"<meta name="engineio-path" content="{path}">"#), 1).into())
    }
}

impl<B> Service<Request<B>> for Page {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut response = Response::new(Full::default());
        if request.uri().path() == "/" && [Method::GET, Method::HEAD].contains(request.method()) {
            *response.body_mut() = Full::new(self.0.clone());
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, html);
        } else {
            *response.status_mut() = StatusCode::NOT_FOUND;
        }
        ready(Ok(response))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_knows_where_the_server_is() {
        let Page(bytes) = Page::new("/a&b\"c/");
        let page = str::from_utf8(&bytes).unwrap();
        assert!(page.contains(r#"<meta name="engineio-path" content="/a&amp;b&quot;c/">"#));
    }
}
