//! What an engine counts.

use crate::{
    lab::Lab,
    peer::{Call, Client, open},
};
use engineio_hyper::Metrics;

fn some<'m>(counts: impl Iterator<Item = (&'m str, u64)>) -> Vec<(&'m str, u64)> {
    counts.filter(|(_, count)| *count > 0).collect()
}

#[test]
fn what_happens_is_counted() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    assert_eq!(engine.metrics(), Metrics::default());

    let query = open(&engine);
    let client = Client::websocket(&lab, &engine);
    let [polling, websocket] = [(); 2].map(|()| lab.accept(&engine));
    assert_eq!(Call::post(&engine, &query, "4abc\u{1e}bAQID\u{1e}4").answer().0, 200);
    client.frame(0x81, b"4four");
    polling.try_send("hello").unwrap();
    polling.try_send(vec![1, 2]).unwrap();
    assert_eq!(Call::get(&engine, &query).answer().0, 200);
    websocket.try_send("seven c").unwrap();
    lab.run();
    assert_eq!(Call::get(&engine, "transport=pigeon").answer().0, 400);
    assert_eq!(Call::get(&engine, "transport=polling&sid=none").answer().0, 400);
    let metrics = engine.metrics();
    assert_eq!((metrics.requests, metrics.sessions), (6, 2));
    assert_eq!((metrics.opened_polling, metrics.opened_websocket, metrics.upgrades), (1, 1, 0));
    assert_eq!((metrics.messages_received, metrics.bytes_received), (4, 10));
    assert_eq!((metrics.messages_sent, metrics.bytes_sent), (3, 14));
    assert_eq!(some(metrics.refused()), [("0", 1), ("1", 1)]);
    assert_eq!(some(metrics.closed()), []);

    client.leave();
    lab.run();
    polling.discard();
    let metrics = engine.metrics();
    assert_eq!(metrics.sessions, 0);
    assert_eq!(some(metrics.closed()), [("forced close", 1), ("transport error", 1)]);
}
