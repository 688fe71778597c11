//! Protocol 3: our clients and our servers speak it to each other.

use super::pair::{Mode, Pair, receive, url};
use super::{Dialer, wait};
use crate::wire::server::{Server, ms};
use engineio_hyper::{CloseReason, ConnectError, Message, TransportFault, Version};

fn pair<A: Dialer>(mode: Mode, base64: bool) -> Pair<A> {
    let server = Server::accepting(|config| config.allow_eio3(true));
    Pair::with(server, |client| mode.set(client).version(Version::V3).force_base64(base64))
}

/// Text and binary, alone and in one payload, in either of its forms and as frames.
pub fn messages_of_every_kind_come_back_in_protocol_3<A: Dialer>() {
    for mode in Mode::ALL {
        for base64 in [false, true] {
            let pair = pair::<A>(mode, base64);
            pair.echo();
            for round in 0..2 {
                for text in ["", "hello", "né ö €", "🦀 and 👩‍👩‍👧‍👦", "a\u{1e}b", "2probe", "3:4hi"]
                {
                    pair.echoes(text);
                }
                pair.echoes("…".repeat(40_000));
                for length in [0, 1, 2, 3, 125, 126, 1024, 65_536, 256 * 1024] {
                    pair.echoes(vec![0xff; length]);
                }
                let both = vec![Message::from("€"), vec![0, 1, 255].into(), "x".into(), vec![7; 100].into()];
                let (client, sent) = (pair.client.clone(), both.clone());
                wait::<A, _>(async move { client.send_many(sent).await }).expect("the session is open");
                assert_eq!(receive::<A>(&pair.client, both.len()), both);
                if round == 0 {
                    pair.settle(mode);
                }
            }
        }
    }
}

/// As in protocol 4, none is lost, doubled or late.
pub fn messages_go_both_ways_during_an_upgrade_in_protocol_3<A: Dialer>() {
    for _ in 0..5 {
        let pair = pair::<A>(Mode::Upgrading, false);
        pair.both_ways_during_the_upgrade();
    }
}

/// The client pings, the server answers, and nobody leaves.
pub fn clients_of_protocol_3_ping<A: Dialer>() {
    for mode in Mode::ALL {
        let server = Server::accepting(|config| config.allow_eio3(true).ping_interval(ms(40)).ping_timeout(ms(5_000)));
        let pair = Pair::<A>::with(server, |client| mode.set(client).version(Version::V3));
        pair.settle(mode);
        // Each but the first was sent because the one before was answered.
        pair.notes.until("asking for a sign of life five times", |seen| seen.pings >= 5);
        pair.echo();
        pair.echoes("still here");
    }
}

/// What is queued leaves first, and the other side knows why.
pub fn sessions_of_protocol_3_end<A: Dialer>() {
    for mode in Mode::ALL {
        for by_client in [true, false] {
            let pair = pair::<A>(mode, false);
            pair.settle(mode);
            let (closing, other) = if by_client { (&pair.client, &pair.peer) } else { (&pair.peer, &pair.client) };
            closing.try_send("last words").expect("there is room");
            closing.close();
            assert_eq!(receive::<A>(other, 1), [Message::from("last words")]);
            let other = other.clone();
            let reason = wait::<A, _>(async move { other.closed().await });
            assert_eq!(reason, CloseReason::TransportClose, "{mode:?}");
        }
    }
}

/// Most do not: their answer is the protocol's own error.
pub fn servers_that_do_not_allow_protocol_3<A: Dialer>() {
    let server = Server::<A>::accepting(|config| config);
    let client = A::client(&url(server.addr())).version(Version::V3);
    let error = wait::<A, _>(async move { client.connect().await }).expect_err("it is refused");
    let refused = CloseReason::from(TransportFault::Status { status: 400, code: Some(5) });
    assert!(matches!(&error, ConnectError::Failed { reason, .. } if *reason == refused), "{error:?}");
}
