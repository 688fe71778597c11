//! What the application has a say in, beyond numbers.

use crate::{
    admission::{Admission, Refused},
    compress::Compression,
    cors::Cors,
    gate::Gate,
    inspect::Inspector,
};
use engineio_ws::PerMessageDeflate;
use http::{HeaderMap, HeaderName, header, request::Parts};

/// The application's hooks. Each is called with no lock held.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) admission: Admission,
    pub(crate) on_refused: Option<OnRefused>,
    pub(crate) gate: Gate,
    pub(crate) inspector: Inspector,
    pub(crate) cors: Option<Cors>,
    pub(crate) compression: Option<Compression>,
    pub(crate) websocket_compression: Option<PerMessageDeflate>,
    pub(crate) initial_headers: Option<Headers>,
    pub(crate) headers: Option<Headers>,
}

type OnRefused = Box<dyn Fn(&Refused<'_>) + Send + Sync>;

/// Adds to the headers of an answer.
pub(crate) type Headers = Box<dyn Fn(&mut HeaderMap, &Parts) + Send + Sync>;

/// What frames an answer, which the application does not.
const OURS: [HeaderName; 7] = [
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::SEC_WEBSOCKET_ACCEPT,
    header::SEC_WEBSOCKET_EXTENSIONS,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

impl Hooks {
    /// Whether an answer may depend on more of its request than the version, or the application may ask for it. That of
    /// a handshake is kept in any case.
    pub(crate) const fn look_at_requests(&self) -> bool {
        self.on_refused.is_some() || self.headers.is_some() || self.compression.is_some()
    }

    /// Adds the application's headers to an answer; `opens` is that of a handshake.
    pub(crate) fn dress(&self, opens: bool, request: &Parts, answer: &mut HeaderMap) {
        let initial = self.initial_headers.as_ref().filter(|_| opens);
        for hook in initial.into_iter().chain(&self.headers) {
            let mut added = HeaderMap::new();
            hook(&mut added, request);
            merge(added, answer);
        }
    }
}

/// What is added replaces what is there, but cookies join it.
fn merge(added: HeaderMap, answer: &mut HeaderMap) {
    let mut name = None;
    for (next, value) in added {
        if let Some(next) = next {
            if next != header::SET_COOKIE && !OURS.contains(&next) {
                answer.remove(&next);
            }
            name = Some(next);
        }
        if let Some(name) = name.as_ref().filter(|name| !OURS.contains(name)) {
            answer.append(name.clone(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn headers_replace_what_is_there_but_cookies_and_ours() {
        let from = |pairs: &[(&'static str, &'static str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in pairs {
                map.append(*name, HeaderValue::from_static(value));
            }
            map
        };
        let mut answer = from(&[("set-cookie", "io=1"), ("cache-control", "no-store"), ("connection", "Upgrade")]);
        merge(
            from(&[
                ("set-cookie", "a=1"),
                ("set-cookie", "b=1"),
                ("cache-control", "private"),
                ("connection", "close"),
                ("content-length", "7"),
                ("sec-websocket-extensions", "permessage-deflate"),
                ("x-one", "1"),
            ]),
            &mut answer,
        );
        let expected = from(&[
            ("set-cookie", "io=1"),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=1"),
            ("cache-control", "private"),
            ("connection", "Upgrade"),
            ("x-one", "1"),
        ]);
        assert_eq!(answer, expected);
    }
}
