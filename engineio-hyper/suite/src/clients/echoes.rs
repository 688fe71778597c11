//! Messages, in each mode.

use super::pair::{Mode, Pair, connect, numbered, receive, send_all};
use super::{Dialer, wait};
use crate::wire::server::{Server, ms};
use engineio_hyper::{Engine, Message};
use http::{HeaderName, HeaderValue};
use std::thread;

/// Bytes that take every value and do not repeat with a period that a buffer has.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 + (at >> 8) * 7) as u8).collect()
}

/// Text with characters of every length and binary from nothing to 256 KiB.
pub fn messages_of_every_kind_come_back<A: Dialer>() {
    for mode in Mode::ALL {
        let pair = Pair::<A>::new(mode);
        pair.echo();
        for round in 0..2 {
            for text in ["", "hello", "né ö €", "🦀 and 👩‍👩‍👧‍👦", "b64?", "2probe", "\\n \n \r\n \0"]
            {
                pair.echoes(text);
            }
            pair.echoes("…".repeat(40_000));
            for length in [0, 1, 2, 3, 125, 126, 1024, 65_535, 65_536, 256 * 1024] {
                pair.echoes(pattern(length));
            }
            if round == 0 {
                pair.settle(mode);
            }
        }
    }
}

/// 200 messages each way.
pub fn messages_stay_in_order<A: Dialer>() {
    for mode in Mode::ALL {
        let pair = Pair::<A>::new(mode);
        pair.echo();
        let messages: Vec<Message> = (0..200)
            .map(|number| match number % 3 {
                0 => Message::from(vec![number as u8; number]),
                _ => Message::from(format!("number {number}")),
            })
            .collect();
        let sending = send_all::<A>(&pair.client, messages.clone());
        assert!(receive::<A>(&pair.client, messages.len()) == messages, "{mode:?}");
        sending.join().expect("all was sent");
    }
}

/// 50 messages from either side while the session goes from polling to WebSocket: none is lost, doubled or late.
pub fn messages_go_both_ways_during_the_upgrade<A: Dialer>() {
    for _ in 0..10 {
        let pair = Pair::<A>::new(Mode::Upgrading);
        pair.both_ways_during_the_upgrade();
    }
}

/// The server pings, the client answers, and nobody leaves.
pub fn heartbeats_keep_a_session<A: Dialer>() {
    for mode in Mode::ALL {
        let server = Server::accepting(|config| config.ping_interval(ms(40)).ping_timeout(ms(5_000)));
        let pair = Pair::<A>::on(server, mode);
        pair.settle(mode);
        pair.notes.until("asked for a sign of life five times", |seen| seen.pongs >= 5);
        pair.echo();
        pair.echoes("still here");
    }
}

/// Sessions do not mix.
pub fn fifty_sessions_at_once<A: Dialer>() {
    let server = Server::<A>::accepting(|config| config);
    let addr = server.addr();
    let clients: Vec<_> = (0..50)
        .map(|number| {
            thread::spawn(move || {
                let (_, client) = connect::<A>(addr, |client| Mode::ALL[number % 3].set(client));
                let name = format!("of client {number}");
                let messages = numbered(&name, 20);
                let sending = send_all::<A>(&client, messages.clone());
                assert_eq!(receive::<A>(&client, messages.len()), messages);
                sending.join().expect("all was sent");
            })
        })
        .collect();
    for _ in &clients {
        let peer = server.accept();
        thread::spawn(move || {
            A::block_on(async {
                while let Some(message) = peer.recv().await {
                    let _ = peer.send(message).await;
                }
            });
        });
    }
    for client in clients {
        client.join().expect("its messages came back");
    }
}

/// Several threads send pairs: nothing comes between the two of a pair.
pub fn adjacent_messages_stay_adjacent<A: Dialer>() {
    for mode in Mode::ALL {
        let pair = Pair::<A>::new(mode);
        let senders: Vec<_> = (0..4)
            .map(|sender| {
                let client = pair.client.clone();
                thread::spawn(move || {
                    wait::<A, _>(async move {
                        for number in 0..20 {
                            let text = format!("{sender} {number}");
                            let both = vec![Message::from(&*text), Message::from(text.into_bytes())];
                            client.send_many(both).await.expect("the session is open");
                        }
                    });
                })
            })
            .collect();
        let messages = receive::<A>(&pair.peer, 4 * 20 * 2);
        for both in messages.chunks(2) {
            let [Message::Text(text), Message::Binary(bytes)] = both else { panic!("{both:?} is no pair") };
            assert_eq!(text.as_bytes(), bytes);
        }
        for sender in senders {
            sender.join().expect("all was sent");
        }
    }
}

/// What the application says about its requests is in them.
pub fn servers_see_path_query_and_headers<A: Dialer>() {
    for mode in Mode::ALL {
        let engine = Engine::builder_on(A::runtime()).path("/chat/").build().expect("the settings make sense");
        let running = A::serve(engine.clone());
        let client = mode.set(A::client(&format!("ws://{}/chat/?room=7&a=b%20c", running.addr)));
        let client = client.header(HeaderName::from_static("x-token"), HeaderValue::from_static("secret"));
        let socket = wait::<A, _>(async move { client.connect().await }).expect("the session can be opened");
        let peer = wait::<A, _>(async move { engine.accept().await }).expect("the engine is not shut down");
        let head = peer.handshake();
        assert_eq!(head.uri.path(), "/chat/");
        assert!(head.uri.query().is_some_and(|query| query.starts_with("room=7&a=b%20c&EIO=4&transport=")));
        assert_eq!(head.headers["x-token"], "secret");
        assert_eq!(head.headers["host"], running.addr.to_string());
        assert_eq!(socket.handshake().headers["x-token"], "secret");
        assert_eq!(socket.handshake().uri.query(), Some("room=7&a=b%20c"));
    }
}
