//! The WebSocket opening handshake (RFC 6455, section 4.2; over HTTP/2, RFC 8441), as far as it is about headers.

use base64::{
    Engine as _, alphabet,
    engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD},
};
use engineio_ws::{Negotiated, PerMessageDeflate};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header, request::Parts};

/// A well-formed request to become a WebSocket.
#[derive(Debug)]
pub(crate) struct Handshake {
    /// `None` over HTTP/2, where nothing has to be proved.
    accept: Option<HeaderValue>,
    protocol: Option<HeaderValue>,
    deflate: Option<Negotiated>,
}

/// A request that wants to become a WebSocket and cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// `Sec-WebSocket-Key` is missing, repeated, or not 16 bytes of base64.
    Key,
    /// `Sec-WebSocket-Version` is not 13.
    Version,
    /// `Sec-WebSocket-Extensions` is no list of extensions.
    Extensions,
}

/// Clients exist whose last character has bits that belong to no byte. They are not looked at: what is hashed is the text.
const KEYS: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

impl Handshake {
    /// Looks for a handshake. `None` is an ordinary request: as HTTP has it, an `Upgrade` that is not asked for
    /// by `Connection`, is for something else, or comes over HTTP/1.0 is to be ignored. So are extensions, unless
    /// `deflate` is to be had.
    pub(crate) fn find(request: &Parts, deflate: Option<PerMessageDeflate>) -> Result<Option<Self>, Malformed> {
        let headers = &request.headers;
        if connects(request) {
            let version = single(headers, &header::SEC_WEBSOCKET_VERSION);
            return match version.map(HeaderValue::as_bytes) {
                Some(b"13") => Self::new(None, headers, deflate).map(Some),
                _ => Err(Malformed::Version),
            };
        }
        let asked = request.method == Method::GET
            && request.version == Version::HTTP_11
            && lists(headers, &header::UPGRADE, "websocket")
            && lists(headers, &header::CONNECTION, "upgrade");
        if !asked {
            return Ok(None);
        }
        if single(headers, &header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version.as_bytes() != b"13") {
            return Err(Malformed::Version);
        }
        let key = single(headers, &header::SEC_WEBSOCKET_KEY).ok_or(Malformed::Key)?;
        if !KEYS.decode(key).is_ok_and(|nonce| nonce.len() == 16) {
            return Err(Malformed::Key);
        }
        let accept = accept(key.as_bytes()).ok_or(Malformed::Key)?;
        Self::new(Some(accept), headers, deflate).map(Some)
    }

    fn new(
        accept: Option<HeaderValue>,
        headers: &HeaderMap,
        deflate: Option<PerMessageDeflate>,
    ) -> Result<Self, Malformed> {
        let offers = headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS);
        let deflate = deflate.map(|deflate| deflate.accept(offers)).transpose().map_err(|_| Malformed::Extensions)?;
        Ok(Self { accept, protocol: first(headers, &header::SEC_WEBSOCKET_PROTOCOL), deflate: deflate.flatten() })
    }

    /// What is agreed to about compression.
    pub(crate) const fn deflate(&self) -> Option<Negotiated> {
        self.deflate
    }

    /// The answer that makes the connection a WebSocket.
    pub(crate) fn response<B>(self, body: B) -> http::Response<B> {
        let mut response = http::Response::new(body);
        if let Some(accept) = self.accept {
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            let headers = response.headers_mut();
            headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        }
        // Engine.IO has none of its own, but a client that offers some gives up if the server chooses none.
        if let Some(protocol) = self.protocol {
            response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        let deflate = self.deflate.map(|negotiated| HeaderValue::try_from(negotiated.to_string()));
        if let Some(Ok(deflate)) = deflate {
            response.headers_mut().insert(header::SEC_WEBSOCKET_EXTENSIONS, deflate);
        }
        response
    }
}

impl Malformed {
    /// The answer to it, in this version of HTTP.
    pub(crate) fn response<B: From<&'static str>>(self, version: Version) -> http::Response<B> {
        let (status, text) = match self {
            Self::Key => (StatusCode::BAD_REQUEST, "Sec-WebSocket-Key must be 16 bytes in base64"),
            Self::Version => (StatusCode::UPGRADE_REQUIRED, "Sec-WebSocket-Version must be 13"),
            Self::Extensions => (StatusCode::BAD_REQUEST, "Sec-WebSocket-Extensions must be a list of extensions"),
        };
        let mut response = http::Response::new(B::from(text));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        let mut connection = "close";
        if self == Self::Version {
            headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            // This status demands it (RFC 9110, section 15.5.22).
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            connection = "upgrade, close";
        }
        headers.insert(header::CONNECTION, HeaderValue::from_static(connection));
        if version > Version::HTTP_11 {
            // Those know neither.
            headers.remove(header::UPGRADE);
            headers.remove(header::CONNECTION);
        }
        response
    }
}

/// Whether a stream of HTTP/2 is to become a WebSocket (RFC 8441).
#[cfg(feature = "http2")]
fn connects(request: &Parts) -> bool {
    request.method == Method::CONNECT
        && request.extensions.get::<hyper::ext::Protocol>().is_some_and(|protocol| protocol.as_str() == "websocket")
}

#[cfg(not(feature = "http2"))]
const fn connects(_: &Parts) -> bool {
    false
}

/// `Sec-WebSocket-Accept` for a key.
pub(crate) fn accept(key: &[u8]) -> Option<HeaderValue> {
    let mut hash = sha1_smol::Sha1::from(key);
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    HeaderValue::from_str(&STANDARD.encode(hash.digest().bytes())).ok()
}

/// Whether a header that is a list holds `token`, whatever its case.
pub(crate) fn lists(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|item| item.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

/// The first item of a header that is a list of tokens, if it is one.
fn first(headers: &HeaderMap, name: &HeaderName) -> Option<HeaderValue> {
    let item = headers.get(name)?.as_bytes().split(|byte| *byte == b',').next()?.trim_ascii();
    let is_token = HeaderName::from_bytes(item).is_ok(); // the names of headers are tokens too
    is_token.then(|| HeaderValue::from_bytes(item).ok()).flatten()
}

/// The value of a header that is there exactly once.
pub(crate) fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADERS: [(&str, &str); 4] = [
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "WebSocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    fn find<'h>(headers: impl IntoIterator<Item = (&'h str, &'h str)>) -> Result<Option<Handshake>, Malformed> {
        let request =
            headers.into_iter().fold(http::Request::get("/"), |request, (name, value)| request.header(name, value));
        Handshake::find(&request.body(()).unwrap().into_parts().0, Some(PerMessageDeflate::default()))
    }

    fn with(name: &str, value: &str) -> Result<Option<Handshake>, Malformed> {
        find(HEADERS.map(|(known, usual)| if known == name { (known, value) } else { (known, usual) }))
    }

    #[test]
    fn the_rfc_example_is_accepted() {
        let response = find(HEADERS).unwrap().unwrap().response(());
        assert_eq!(response.status(), 101);
        assert_eq!(response.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn the_first_protocol_that_is_offered_is_chosen() {
        for (offered, chosen) in
            [("chat, superchat", Some("chat")), ("chat", Some("chat")), (" ,chat", None), ("", None), ("a chat", None)]
        {
            let response = find(HEADERS.into_iter().chain([("sec-websocket-protocol", offered)])).unwrap().unwrap();
            let response = response.response(());
            let header = response.headers().get("sec-websocket-protocol").map(|value| value.to_str().unwrap());
            assert_eq!(header, chosen, "{offered:?}");
        }
    }

    #[test]
    fn compression_is_agreed_to_if_it_is_wanted() {
        let offered =
            ["permessage-deflate; server_max_window_bits=8, foo", "permessage-deflate; client_max_window_bits"];
        let chosen = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
        let offers = |offers: &[&'static str]| {
            let mut headers = HeaderMap::from_iter(
                HEADERS.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))),
            );
            for offer in offers {
                headers.append(header::SEC_WEBSOCKET_EXTENSIONS, HeaderValue::from_static(offer));
            }
            let mut request = http::Request::get("/").body(()).unwrap();
            *request.headers_mut() = headers;
            request.into_parts().0
        };
        for (offered, wanted, chosen) in [
            (&offered[..], true, Some(chosen)),
            (&offered[..1], true, None),
            (&[], true, None),
            (&offered, false, None),
            (&["permessage-deflate;"], false, None),
        ] {
            let wanted = wanted.then(PerMessageDeflate::default);
            let handshake = Handshake::find(&offers(offered), wanted).unwrap().unwrap();
            assert_eq!(handshake.deflate().is_some(), chosen.is_some());
            let response = handshake.response(());
            let header = response.headers().get("sec-websocket-extensions").map(|value| value.to_str().unwrap());
            assert_eq!(header, chosen, "{offered:?}");
        }
        let malformed = Handshake::find(&offers(&["permessage-deflate;"]), Some(PerMessageDeflate::default()));
        assert_eq!(malformed.unwrap_err(), Malformed::Extensions);
        assert_eq!(Malformed::Extensions.response::<String>(Version::HTTP_11).status(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn without_any_one_header_it_is_no_handshake() {
        for missing in HEADERS {
            let found = find(HEADERS.into_iter().filter(|header| *header != missing));
            match missing.0 {
                "sec-websocket-version" => assert_eq!(found.unwrap_err(), Malformed::Version),
                "sec-websocket-key" => assert_eq!(found.unwrap_err(), Malformed::Key),
                _ => assert!(found.unwrap().is_none()),
            }
        }
    }

    #[test]
    fn a_key_must_be_sixteen_bytes_and_there_once() {
        for key in ["", "?", "AAAA", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZSE=", "dGhlIHNhbXBsZSBub25jZQ== "]
        {
            assert_eq!(with("sec-websocket-key", key).unwrap_err(), Malformed::Key, "{key}");
        }
        for other in ["dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25jZf==", "//////////////////////=="] {
            let response = with("sec-websocket-key", other).unwrap().unwrap().response(());
            let expected = accept(other.as_bytes()).unwrap();
            assert_eq!(response.headers()["sec-websocket-accept"], expected, "of the text, not of the bytes");
        }
        let twice = HEADERS.into_iter().chain([HEADERS[3]]);
        assert_eq!(find(twice).unwrap_err(), Malformed::Key);
    }

    #[test]
    fn another_version_is_told_the_right_one() {
        for version in ["8", "12", "13, 8", "x"] {
            let malformed = with("sec-websocket-version", version).unwrap_err();
            assert_eq!(malformed, Malformed::Version);
            for (version, upgrade, connection) in
                [(Version::HTTP_11, Some("websocket"), Some("upgrade, close")), (Version::HTTP_2, None, None)]
            {
                let response = malformed.response::<String>(version);
                assert_eq!(response.status(), StatusCode::UPGRADE_REQUIRED);
                for (name, value) in [
                    (header::SEC_WEBSOCKET_VERSION, Some("13")),
                    (header::UPGRADE, upgrade),
                    (header::CONNECTION, connection),
                ] {
                    assert_eq!(response.headers().get(name).map(|value| value.to_str().unwrap()), value);
                }
            }
        }
    }

    #[test]
    fn an_upgrade_to_something_else_is_no_concern_of_ours() {
        assert!(with("upgrade", "h2c").unwrap().is_none());
        assert!(with("connection", "keep-alive").unwrap().is_none());
        assert!(with("upgrade", "h2c, websocket").unwrap().is_some());
    }
}
