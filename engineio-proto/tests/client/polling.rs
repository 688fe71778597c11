//! Long-polling: one GET, one POST.

use crate::host::{Host, NOTHING, millis};
use engineio_proto::ClientConfig;

#[test]
fn a_get_follows_a_get() {
    let mut host = Host::polling();
    host.got("4a\u{1e}bAQI=\u{1e}6");
    assert_eq!(host.drain(), ["message a", "message [1, 2]", "get polling&sid=abc"]);
    host.got("6");
    assert_eq!(host.drain(), ["get polling&sid=abc"]);
}

#[test]
fn what_is_sent_while_a_post_is_outstanding_waits_and_goes_together() {
    let mut host = Host::polling();
    host.send("a");
    assert_eq!(host.drain(), ["post 4a"]);
    host.send("b");
    host.client.send(host.now(), vec![1, 2]).unwrap();
    host.send("");
    assert_eq!(host.drain(), NOTHING);
    host.posted();
    assert_eq!(host.drain(), ["post 4b|bAQI=|4"]);
    host.posted();
    assert_eq!(host.drain(), NOTHING);
}

#[test]
fn a_ping_is_answered_in_front_of_what_waits() {
    let mut host = Host::polling();
    host.got("2\u{1e}4a");
    host.send("b");
    assert_eq!(host.drain(), ["message a", "get polling&sid=abc", "post 3|4b"]);
    // However many come, at most one answer waits.
    host.got("2\u{1e}2");
    host.drain();
    host.got("2");
    host.drain();
    host.posted();
    assert_eq!(host.drain(), ["post 3"]);
    host.posted();
    assert_eq!(host.drain(), [""; 0], "it is sent once");
}

#[test]
fn what_a_server_has_no_reason_to_say_is_ignored() {
    let mut host = Host::polling();
    host.got("3\u{1e}3probe\u{1e}5\u{1e}6\u{1e}4a");
    assert_eq!(host.drain(), ["message a", "get polling&sid=abc"]);
}

#[test]
fn the_server_closes() {
    let mut host = Host::polling();
    host.send("unsent");
    host.drain();
    host.got("4last\u{1e}1\u{1e}4never");
    assert_eq!(host.drain(), ["abandon post", "message last", "transport close: TransportClose"]);
    host.assert_over();
}

#[test]
fn a_post_has_a_deadline() {
    let mut host = Host::polling_with(ClientConfig::builder().post_timeout(millis(3000)));
    host.send("a");
    assert_eq!(host.drain(), ["post 4a"]);
    let closed = "transport error: TransportError(PostTimeout)";
    let said = [(3000, "abandon get".into()), (3000, "abandon post".into()), (3000, closed.into())];
    assert_eq!(host.pass(millis(10_000)), said);
    host.assert_over();
}

#[test]
fn u11_a_response_at_its_deadline_is_too_late() {
    let mut host = Host::polling_with(ClientConfig::builder().post_timeout(millis(3000)));
    host.send("a");
    host.drain();
    host.suspend(millis(3000));
    host.posted();
    assert_eq!(host.drain(), ["abandon get", "transport error: TransportError(PostTimeout)"]);
    host.assert_over();

    let mut host = Host::polling_with(ClientConfig::builder().post_timeout(millis(3000)));
    host.send("a");
    host.drain();
    host.suspend(millis(2999));
    host.posted();
    host.client.timeout(host.now());
    assert_eq!(host.drain(), NOTHING);
}

#[test]
fn a_server_that_does_not_say_how_much_it_takes_gets_everything_at_once() {
    for hello in [
        r#"0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#,
        r#"0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":0}"#,
    ] {
        let mut host = Host::with(ClientConfig::builder().max_packets_per_post(100));
        host.drain();
        host.got(hello);
        host.drain();
        for _ in 0..100 {
            host.send("0123456789");
        }
        let said = host.drain();
        assert_eq!((said.len(), said[0].len()), (1, "post ".len() + 12 * 100 - 1));
    }
}
