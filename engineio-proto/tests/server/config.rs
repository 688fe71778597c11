//! What is configured is what holds, and what makes no sense is refused.

use crate::host::Host;
use engineio_proto::{
    Batch, Config, ConfigError, Cookie, Encoding, Message, Packet, Refusal, Request, RequestHead, Response, Route,
    Router, SameSite, Server, Sid, Transport, Version,
};
use std::time::Duration;

#[test]
fn each_setting_is_read_back() {
    let seconds = Duration::from_secs;
    let cookie = Cookie::builder("io").build().unwrap();
    let config = Config::builder()
        .path("/io/")
        .ping_interval(seconds(1))
        .ping_timeout(seconds(2))
        .first_request_timeout(seconds(12))
        .upgrade_timeout(seconds(3))
        .close_timeout(seconds(4))
        .body_timeout(seconds(5))
        .total_body_timeout(seconds(11))
        .max_payload(6)
        .max_packets_per_payload(7)
        .allow_upgrades(false)
        .allow_eio3(true)
        .jsonp(true)
        .initial_packet("hi")
        .cookie(cookie)
        .max_packets_per_response(8)
        .max_queue_bytes(9)
        .max_queue_packets(10)
        .build()
        .unwrap();
    assert_eq!(config.path(), "/io/");
    let durations = [config.ping_interval(), config.ping_timeout(), config.upgrade_timeout()];
    assert_eq!(durations, [1, 2, 3].map(seconds));
    assert_eq!(config.first_request_timeout(), seconds(12));
    assert_eq!([config.close_timeout(), config.body_timeout(), config.total_body_timeout()], [4, 5, 11].map(seconds));
    assert_eq!(config.body_progress_step(), 5 * 1024);
    assert_eq!((config.max_payload(), config.max_packets_per_payload()), (6, 7));
    assert_eq!((config.allows_upgrades(), config.speaks(Version::V3), config.speaks(Version::V4)), (false, true, true));
    assert!(config.allows_jsonp() && !Config::default().allows_jsonp());
    assert_eq!(config.initial_packet(), Some(&Message::from("hi")));
    assert!(config.cookie().is_some());
    assert_eq!(config.max_packets_per_response(), Some(8));
    assert_eq!((config.max_queue_bytes(), config.max_queue_packets()), (9, 10));
    assert!(config.enables(Transport::Polling) && config.enables(Transport::WebSocket));
    assert_eq!(Server::<()>::new(config.clone(), 3, [0, 0]).config(), &config);
    assert_eq!(Config::builder().build(), Ok(Config::default()));
}

#[test]
fn what_is_not_set_has_a_bound_of_its_own() {
    let config = Config::default();
    assert_eq!((config.max_payload(), config.max_packets_per_payload()), (1_000_000, 1_000_000));
    assert_eq!((config.max_queue_bytes(), config.max_queue_packets()), (1_048_576, 10_000));
}

#[test]
fn a_setting_that_makes_no_sense_is_refused() {
    let build = Config::builder;
    for (builder, error) in [
        (build().path(""), ConfigError::Path),
        (build().path("engine.io/"), ConfigError::Path),
        (build().path("/a b"), ConfigError::Path),
        (build().path("/a?b"), ConfigError::Path),
        (build().path("/a#b"), ConfigError::Path),
        (build().ping_interval(Duration::ZERO), ConfigError::ZeroDuration("ping_interval")),
        (build().ping_timeout(Duration::ZERO), ConfigError::ZeroDuration("ping_timeout")),
        (build().upgrade_timeout(Duration::ZERO), ConfigError::ZeroDuration("upgrade_timeout")),
        (build().close_timeout(Duration::ZERO), ConfigError::ZeroDuration("close_timeout")),
        (build().body_timeout(Duration::ZERO), ConfigError::ZeroDuration("body_timeout")),
        (build().first_request_timeout(Duration::ZERO), ConfigError::ZeroDuration("first_request_timeout")),
        (build().total_body_timeout(Duration::ZERO), ConfigError::ZeroDuration("total_body_timeout")),
        (build().max_payload(0), ConfigError::ZeroBound("max_payload")),
        (build().max_packets_per_payload(0), ConfigError::ZeroBound("max_packets_per_payload")),
        (build().max_queue_bytes(0), ConfigError::ZeroBound("max_queue_bytes")),
        (build().max_queue_bytes(999_999), ConfigError::QueueBelowPayload),
        (build().max_payload(11).max_queue_bytes(10), ConfigError::QueueBelowPayload),
        (build().max_queue_packets(0), ConfigError::ZeroBound("max_queue_packets")),
        (build().max_packets_per_response(1), ConfigError::TooFewPackets),
        (build().transports([]), ConfigError::NoTransport),
        (build().initial_packet("a\u{1e}b"), ConfigError::InitialPacket),
    ] {
        assert_eq!(builder.build(), Err(error));
    }
    assert!(build().max_payload(10).max_queue_bytes(10).build().is_ok());
    assert!(build().max_packets_per_response(2).build().is_ok());
    assert!(build().transports([Transport::WebSocket]).initial_packet("a\u{1e}b").build().is_ok());
}

#[test]
fn a_queue_has_room_for_the_largest_message_of_a_peer() {
    for (max_payload, expected) in
        [(1, 1_048_576), (1_048_576, 1_048_576), (1_048_577, 1_048_577), (usize::MAX, usize::MAX)]
    {
        assert_eq!(Config::builder().max_payload(max_payload).build().unwrap().max_queue_bytes(), expected);
    }
    let mut host = Host::with(Config::builder().max_payload(2_000_000));
    let (_, key, _) = host.websocket();
    assert_eq!(host.server.send(key, vec![7; 2_000_000]), Ok(()));
}

#[test]
fn a_heartbeat_is_no_longer_than_a_javascript_timer_waits() {
    let (longest, ms) = (Duration::from_millis(2_147_483_647), Duration::from_millis(1));
    let build = |interval, timeout| Config::builder().ping_interval(interval).ping_timeout(timeout).build();
    for part in [ms, Duration::from_secs(20), longest - ms] {
        assert!(build(longest - part, part).is_ok());
        assert_eq!(build(longest - part + Duration::from_nanos(1), part), Err(ConfigError::HeartbeatTooLong));
        assert_eq!(build(longest - part, part + ms), Err(ConfigError::HeartbeatTooLong));
    }
    assert_eq!(build(Duration::MAX, Duration::MAX), Err(ConfigError::HeartbeatTooLong));
}

#[test]
fn a_cookie_has_the_attributes_it_was_given() {
    let all = Cookie::builder("__Secure-io~!|")
        .path("/x y")
        .domain(".example.org")
        .max_age(Duration::from_millis(1999))
        .http_only(false)
        .secure(true)
        .partitioned(true)
        .same_site(SameSite::None)
        .build()
        .unwrap();
    let attributes = "; Max-Age=1; Domain=.example.org; Path=/x y; Secure; Partitioned; SameSite=None";
    assert_eq!(all.to_string(), format!("__Secure-io~!|=…{attributes}"));
    assert!(Cookie::builder("io").partitioned(true).build().is_err(), "only over TLS");
    for name in ["", "a b", "a=b", "a;b", "a\"b", "a\u{7f}b", "a(b", "a{b", "\u{e9}"] {
        assert!(Cookie::builder(name).build().is_err(), "{name}");
    }
}

#[test]
fn a_request_is_told_by_what_it_asks_for() {
    let router = Router::new(Config::builder().allow_eio3(true).build().unwrap());
    let sid = Sid::from_entropy([1; 15]);
    for (request, post, upgrade) in
        [(Request::get(sid), false, false), (Request::post(sid), true, false), (Request::upgrade(sid), false, true)]
    {
        assert_eq!((request.is_post(), request.is_upgrade(), request.sid()), (post, upgrade, sid));
    }
    for (method, transport, upgrade) in
        [("PUT", "websocket", true), ("GET", "polling", true), ("PUT", "polling", false)]
    {
        let query = format!("EIO=4&transport={transport}&sid={sid}");
        let head = RequestHead { method, query: &query, upgrade, ..RequestHead::default() };
        let Ok(Route::Session(request)) = router.route(&head) else { panic!("refused") };
        assert_eq!((request.is_post(), request.is_upgrade()), (false, upgrade));
    }
    for (eio, version) in [("4", Version::V4), ("3", Version::V3)] {
        for (transport, name) in [(Transport::Polling, "polling"), (Transport::WebSocket, "websocket")] {
            let (query, upgrade) = (format!("EIO={eio}&transport={name}"), transport == Transport::WebSocket);
            let head = RequestHead { method: "GET", query: &query, upgrade, ..RequestHead::default() };
            let Ok(Route::Open(opening)) = router.route(&head) else { panic!("refused") };
            assert_eq!((opening.transport(), opening.version()), (transport, version));
            let pending = opening.pending(());
            assert_eq!((pending.transport(), pending.version()), (transport, version));
        }
    }
}

#[test]
fn a_path_is_the_one_that_is_configured_to_the_last_character() {
    let router = Router::new(Config::builder().path("/io/").build().unwrap());
    let paths = ["/io/", "/io", "/io/a", "/IO/", "/"];
    assert_eq!(paths.map(|path| router.matches(path)), [true, false, false, false, false]);
}

#[test]
fn h11_each_response_has_its_headers() {
    let headers = |response: &Response| response.headers().map(|(name, value)| format!("{name}: {value}")).collect();
    let refusal = |refusal, upgrade| {
        let response = Response::refusal(refusal, upgrade);
        assert!(response.refused().is_some() && response.carried().is_empty());
        let headers: Vec<String> = headers(&response);
        (response.status(), response.ends_connection(), headers)
    };
    assert_eq!(refusal(Refusal::UnknownSid, false), (400, false, vec!["content-type: application/json".into()]));
    assert_eq!(refusal(Refusal::UnknownSid, true), (400, true, vec!["content-type: application/json".into()]));
    assert_eq!(refusal(Refusal::MethodNotAllowed, false), (405, false, vec!["allow: GET, POST".into()]));
    assert_eq!(refusal(Refusal::Overloaded, false), (503, false, vec![]));
}

#[test]
fn a_batch_tells_its_packets() {
    let batch = Batch::new(Encoding::new(Version::V4), [Packet::Noop, Packet::Close]);
    assert_eq!(batch.packets(), [Packet::Noop, Packet::Close]);
}
