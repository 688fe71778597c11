//! What may be compressed: the core says so, and its host does it.

use crate::host::Host;
use engineio_proto::{Message, Outgoing};

fn plain(text: &str) -> Outgoing {
    Message::from(text).uncompressed()
}

#[test]
fn a_post_may_be_compressed_if_one_of_its_messages_may_be() {
    let mut host = Host::polling();
    host.client.send(host.now(), plain("a")).unwrap();
    assert_eq!(host.drain(), ["post uncompressed 4a"]);
    host.client.send(host.now(), plain("b")).unwrap();
    host.send("c");
    host.posted();
    assert_eq!(host.drain(), ["post 4b|4c"]);
}

#[test]
fn what_was_queued_during_an_upgrade_keeps_it_on_the_websocket() {
    let mut host = Host::draining();
    host.client.send_many(host.now(), [plain("a"), "b".into()]).unwrap();
    host.client.send_tracked(host.now(), Message::from(vec![1]).uncompressed()).unwrap();
    host.got("6");
    let said = host.drain();
    assert_eq!(said, ["ws> 5", "upgraded", "ws> uncompressed 4a", "ws> 4b", "ws> uncompressed [1]", "sent SendId(1)"]);
}

#[test]
fn what_comes_back_is_what_was_sent() {
    let mut host = Host::dialling();
    host.client.send_many(host.now(), [plain("a"), "b".into()]).unwrap();
    host.client.discard(host.now());
    host.drain();
    assert_eq!(host.unsent, [plain("a"), "b".into()]);
}
