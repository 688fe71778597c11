//! Requests that are refused, with the protocol's own answers (protocol: request routing).

use crate::host::Host;
use engineio_proto::{BadRequest, Config, Pending, Refusal, RequestHead, Response, Route, Router, Sid, Transport};

fn route(head: &RequestHead<'_>) -> Result<Route, Refusal> {
    Router::new(Config::default()).route(head)
}

fn handshake(method: &str, query: &str, upgrade: bool) -> Result<Route, Refusal> {
    route(&RequestHead { method, query, upgrade, ..RequestHead::default() })
}

#[test]
fn a04_an_unknown_transport() {
    for transport in
        ["", "transport=", "transport=pigeon", "transport=__proto__", "transport=constructor", "transport=webtransport"]
    {
        for upgrade in [false, true] {
            let refusal = handshake("GET", &format!("EIO=4&{transport}"), upgrade).unwrap_err();
            assert_eq!(refusal, Refusal::UnknownTransport, "{transport}");
        }
    }
    let refusal = Response::refusal(Refusal::UnknownTransport, false);
    assert_eq!(&refusal.encode()[..], br#"{"code":0,"message":"Transport unknown"}"#);
    assert_eq!(refusal.headers().collect::<Vec<_>>(), [("content-type", "application/json")]);
}

#[test]
fn p13_a_transport_that_is_switched_off_is_unknown_and_not_advertised() {
    let config = Config::builder().transports([Transport::Polling]).build().unwrap();
    let head =
        RequestHead { method: "GET", query: "EIO=4&transport=websocket", upgrade: true, ..RequestHead::default() };
    assert_eq!(Router::new(config.clone()).route(&head).unwrap_err(), Refusal::UnknownTransport);
    assert!(!config.allows_upgrades());
}

#[test]
fn h21_a_wrong_version_is_refused_before_anything_is_upgraded() {
    for eio in ["", "EIO=3&", "EIO=5&", "EIO=abc&", "EIO=&", "EIO=4,3&"] {
        for (transport, upgrade) in [("polling", false), ("websocket", true)] {
            let refusal = handshake("GET", &format!("{eio}transport={transport}"), upgrade).unwrap_err();
            assert_eq!(refusal, Refusal::UnsupportedVersion, "{eio}");
        }
    }
    assert_eq!(&Refusal::UnsupportedVersion.body()[..], br#"{"code":5,"message":"Unsupported protocol version"}"#);
}

#[test]
fn f34_a_handshake_is_a_get() {
    for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "get", ""] {
        let refusal = handshake(method, "EIO=4&transport=polling", false).unwrap_err();
        assert_eq!(refusal, Refusal::BadHandshakeMethod, "{method}");
    }
}

#[test]
fn h01_h20_a_transport_and_the_way_it_came_must_go_together() {
    for (transport, upgrade) in [("websocket", false), ("polling", true)] {
        let refusal = handshake("GET", &format!("EIO=4&transport={transport}"), upgrade).unwrap_err();
        assert_eq!(refusal, BadRequest::TransportHandshake.into());
    }
    // The same in a session: each is answered, and the session goes on.
    let mut host = Host::new();
    let (sid, _) = host.polling();
    let refused = r#"400 {"code":3,"message":"Bad request"}"#;
    for (method, transport, upgrade) in [
        ("GET", "websocket", false),
        ("POST", "websocket", false),
        ("GET", "polling", true),
        ("POST", "polling", true),
        ("POST", "websocket", true),
    ] {
        host.raw(method, &format!("EIO=4&transport={transport}&sid={sid}"), upgrade, "odd").unwrap();
        assert_eq!(host.drain(), [format!("odd: {refused}")]);
    }
    let (sid, _, _) = host.websocket();
    for (method, transport) in [("GET", "websocket"), ("POST", "websocket"), ("GET", "polling"), ("POST", "polling")] {
        host.raw(method, &format!("EIO=4&transport={transport}&sid={sid}"), false, "odd").unwrap();
        assert_eq!(host.drain(), [format!("odd: {refused}")]);
    }
    assert_eq!(host.server.len(), 2);
}

#[test]
fn a05_a08_an_unknown_or_impossible_sid() {
    let mut host = Host::new();
    let long = "a".repeat(5000);
    for sid in ["", "__proto__", "constructor", "%00", "%ff", "a%20b", "%F0%9F", &long] {
        match host.raw("GET", &format!("EIO=4&transport=polling&sid={sid}"), false, "x") {
            Err(code) => assert_eq!(code, 1, "{sid}"),
            Ok(_) => assert_eq!(host.drain(), [r#"x: 400 {"code":1,"message":"Session ID unknown"}"#]),
        }
    }
    for method in ["GET", "POST", "PUT"] {
        for (transport, upgrade) in [("polling", false), ("websocket", true)] {
            host.raw(method, &format!("transport={transport}&sid=AAAAAAAAAAAAAAAAAAAA"), upgrade, "x").unwrap();
            assert_eq!(host.drain(), [r#"x: 400 {"code":1,"message":"Session ID unknown"}"#]);
        }
    }
    host.assert_empty();
}

#[test]
fn a07_h26_a_later_request_may_only_claim_the_sessions_version() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    for eio in ["3", "5", "abc", ""] {
        for (method, transport, upgrade) in
            [("GET", "polling", false), ("POST", "polling", false), ("GET", "websocket", true)]
        {
            host.raw(method, &format!("EIO={eio}&transport={transport}&sid={sid}"), upgrade, "odd").unwrap();
            assert_eq!(host.drain(), [r#"odd: 400 {"code":3,"message":"Bad request"}"#]);
        }
    }
    host.raw("GET", &format!("transport=polling&sid={sid}"), false, "without").unwrap();
    assert_eq!(host.waiting(), 1, "it is parked");
    let key = host.server.find(sid).unwrap();
    host.send(key, "hi");
    assert_eq!(host.drain(), ["without: 200 4hi"]);
}

#[test]
fn f33_a_parameter_that_is_there_twice() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    for query in [
        "EIO=4&EIO=3&transport=polling".to_owned(),
        "EIO=4&transport=polling&transport=websocket".to_owned(),
        format!("EIO=4&transport=polling&sid={sid}&sid=other"),
    ] {
        assert_eq!(handshake("GET", &query, false).unwrap_err(), BadRequest::DuplicateParameter.into());
    }
    assert!(handshake("GET", "EIO=4&transport=polling&EIO=4&transport=polling", false).is_ok());
    let long = format!("EIO=4&transport=polling&x={}", "y".repeat(8192));
    assert_eq!(handshake("GET", &long, false).unwrap_err(), Refusal::QueryTooLong);
}

#[test]
fn f34_other_methods_in_a_session() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    for method in ["PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE"] {
        host.raw(method, &format!("transport=polling&sid={sid}"), false, "odd").unwrap();
        assert_eq!(host.drain(), ["odd: 405 "]);
    }
    let response = Response::refusal(Refusal::MethodNotAllowed, false);
    assert_eq!(response.headers().collect::<Vec<_>>(), [("allow", "GET, POST")]);
}

#[test]
fn f17_a_body_in_a_content_encoding() {
    let mut host = Host::new();
    let (sid, _) = host.polling();
    let query = format!("transport=polling&sid={sid}");
    let head = RequestHead { method: "POST", query: &query, content_encoding: Some(b"gzip"), ..RequestHead::default() };
    assert_eq!(route(&head).unwrap_err(), Refusal::ContentEncoding);
    let head = RequestHead { content_encoding: Some(b"Identity"), ..head };
    assert!(route(&head).is_ok());
}

#[test]
fn f31_an_origin_that_no_header_can_hold() {
    let head = RequestHead { method: "GET", query: "EIO=4&transport=polling", ..RequestHead::default() };
    for origin in [&b"a\r\nb"[..], b"\0", b"\x7f"] {
        let refusal = route(&RequestHead { origin: Some(origin), ..head }).unwrap_err();
        assert_eq!(refusal, BadRequest::InvalidOrigin.into());
    }
    assert!(route(&RequestHead { origin: Some(b"https://example.org"), ..head }).is_ok());
}

#[test]
fn h22_a_decision_is_a_value() {
    let pending = |transport: &str| -> Pending<&'static str> {
        let query = format!("EIO=4&transport={transport}");
        let Ok(Route::Open(opening)) = handshake("GET", &query, transport == "websocket") else { panic!("refused") };
        opening.pending("handle")
    };
    for (transport, status) in [("polling", 403), ("websocket", 400)] {
        let answer = pending(transport).refuse(Refusal::Forbidden(Some("not \"you\"".into())));
        let (handle, engineio_proto::Verdict::Respond(response)) = answer.into_parts() else { panic!("no response") };
        assert_eq!((handle, response.status()), ("handle", status));
        assert_eq!(response.ends_connection(), transport == "websocket");
        assert_eq!(&response.encode()[..], br#"{"code":4,"message":"not \"you\""}"#);
    }
    assert_eq!(pending("polling").aborted(), "handle");
}

#[test]
fn h29_a_sid_that_is_taken_gives_the_decision_back() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    let handle = host.handle("second");
    let Ok(Route::Open(opening)) = handshake("GET", "EIO=4&transport=polling", false) else { panic!("refused") };
    let now = host.now();
    let collision = host.server.open(now, opening.pending(handle).accept(sid)).unwrap_err();
    let answer = collision.into_pending().refuse(BadRequest::IdGeneration.into());
    answer.into_parts().0.settle();
    host.get(sid, "get");
    host.send(key, "undisturbed");
    assert_eq!(host.drain(), ["get: 200 4undisturbed"]);
}

#[test]
fn ids_of_the_hosts_own_making() {
    for good in ["a", "550e8400-e29b-41d4-a716-446655440000", &"x".repeat(47)] {
        assert_eq!(good.parse::<Sid>().unwrap().to_string(), good);
    }
    for bad in ["", "a b", "a/b", "é", "a\r\n", &"x".repeat(48)] {
        assert!(bad.parse::<Sid>().is_err(), "{bad}");
    }
}
