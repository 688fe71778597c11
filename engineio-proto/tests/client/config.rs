//! What is configured is what holds, and what makes no sense is refused when the configuration is built.

use core::time::Duration;
use engineio_proto::{ClientConfig, ClientConfigError, Transport, Version};

#[test]
fn each_setting_is_read_back() {
    let seconds = Duration::from_secs;
    let config = ClientConfig::builder()
        .version(Version::V3)
        .path("/io/")
        .query("a=b")
        .transports([Transport::WebSocket])
        .upgrade(false)
        .try_all_transports(true)
        .force_base64(true)
        .cache_buster(false)
        .open_timeout(seconds(1))
        .upgrade_timeout(seconds(2))
        .post_timeout(seconds(3))
        .close_timeout(seconds(4))
        .max_response(5)
        .max_packets_per_payload(6)
        .max_queue_bytes(7)
        .max_queue_packets(8)
        .build()
        .unwrap();
    assert_eq!((config.version(), config.path(), config.query()), (Version::V3, "/io/", "a=b"));
    assert_eq!(config.transports(), [Transport::WebSocket]);
    assert_eq!([config.upgrades(), config.tries_all_transports()], [false, true]);
    assert_eq!([config.forces_base64(), config.cache_buster()], [true, false]);
    let durations = [config.open_timeout(), config.upgrade_timeout(), config.post_timeout(), config.close_timeout()];
    assert_eq!(durations, [1, 2, 3, 4].map(seconds));
    assert_eq!((config.max_response(), config.max_packets_per_payload()), (5, 6));
    assert_eq!((config.max_queue_bytes(), config.max_queue_packets()), (7, 8));
}

#[test]
fn what_is_not_set_has_a_bound_of_its_own() {
    let config = ClientConfig::default();
    assert_eq!((config.max_response(), config.max_packets_per_payload()), (67_108_864, 1_000_000));
    assert_eq!((config.max_queue_bytes(), config.max_queue_packets()), (1_048_576, 10_000));
}

#[test]
fn a_setting_that_makes_no_sense_is_refused() {
    let build = ClientConfig::builder;
    for (builder, error) in [
        (build().path("engine.io/"), ClientConfigError::Path),
        (build().path(""), ClientConfigError::Path),
        (build().path("/a?b"), ClientConfigError::Path),
        (build().path("/a b"), ClientConfigError::Path),
        (build().query("a=\r\nhost: x"), ClientConfigError::Query),
        (build().query("a#b"), ClientConfigError::Query),
        (build().query("\u{e9}"), ClientConfigError::Query),
        (build().query("x".repeat(4097)), ClientConfigError::Query),
        (build().query("sid=abc"), ClientConfigError::ReservedParameter),
        (build().query("a=b&EIO=3"), ClientConfigError::ReservedParameter),
        (build().query("a&%74ransport"), ClientConfigError::ReservedParameter),
        (build().transports([]), ClientConfigError::NoTransport),
        (build().open_timeout(Duration::ZERO), ClientConfigError::ZeroDuration("open_timeout")),
        (build().upgrade_timeout(Duration::ZERO), ClientConfigError::ZeroDuration("upgrade_timeout")),
        (build().post_timeout(Duration::ZERO), ClientConfigError::ZeroDuration("post_timeout")),
        (build().close_timeout(Duration::ZERO), ClientConfigError::ZeroDuration("close_timeout")),
        (build().max_response(0), ClientConfigError::ZeroBound("max_response")),
        (build().max_packets_per_payload(0), ClientConfigError::ZeroBound("max_packets_per_payload")),
        (build().max_queue_bytes(0), ClientConfigError::ZeroBound("max_queue_bytes")),
        (build().max_queue_packets(0), ClientConfigError::ZeroBound("max_queue_packets")),
    ] {
        assert_eq!(builder.build(), Err(error));
    }
}

#[test]
fn what_is_not_the_protocols_own_is_the_applications() {
    let config = ClientConfig::builder().query("side=1&eio&a=sid=b&t=1").build().unwrap();
    assert_eq!(config.query(), "side=1&eio&a=sid=b&t=1");
    assert_eq!(ClientConfig::builder().build(), Ok(ClientConfig::default()));
    assert!(ClientConfig::builder().query("x".repeat(4096)).build().is_ok());
}

#[test]
fn a_transport_counts_once() {
    let transports = [Transport::WebSocket, Transport::Polling, Transport::WebSocket];
    let config = ClientConfig::builder().transports(transports).build().unwrap();
    assert_eq!(config.transports(), [Transport::WebSocket, Transport::Polling]);
}
