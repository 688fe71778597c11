//! Settings that make no sense are refused when the configuration is built.

use core::time::Duration;
use engineio_proto::{ClientConfig, ClientConfigError, Transport};

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
}

#[test]
fn a_transport_counts_once() {
    let transports = [Transport::WebSocket, Transport::Polling, Transport::WebSocket];
    let config = ClientConfig::builder().transports(transports).build().unwrap();
    assert_eq!(config.transports(), [Transport::WebSocket, Transport::Polling]);
}
