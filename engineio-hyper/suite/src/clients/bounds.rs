//! What a client keeps within bounds.

use super::fake::{Answer, Fake, OPEN, ok};
use super::pair::{Mode, Pair, connect, kept_alive, receive};
use super::proxy::{Proxy, Verdict};
use super::{Dialer, wait};
use crate::wire::client::QUIET;
use crate::wire::server::Server;
use engineio_hyper::{CallFault, CloseReason, Message, Outgoing, SendError, TransportFault, WsFault};
use std::thread;

/// A client whose application does not receive does not ask for more: the server's queue fills up.
pub fn unread_messages_hold_the_server_back<A: Dialer>() {
    for mode in Mode::ALL {
        let server = Server::accepting(|config| config.max_queue_packets(4));
        let pair = Pair::<A>::with(server, |client| mode.set(client).max_inbox_packets(4));
        pair.settle(mode);
        // More than any socket buffer takes is a failure.
        let message = |number: usize| Message::from(format!("{number:010}").repeat(5_000));
        let mut sent = 0;
        let mut refused = false;
        while sent < 2_000 {
            match pair.peer.try_send(message(sent)) {
                Ok(()) => {
                    sent += 1;
                    refused = false;
                }
                Err(SendError::Full(_)) if refused => break,
                Err(SendError::Full(_)) => {
                    refused = true;
                    thread::sleep(QUIET);
                }
                Err(error) => panic!("{mode:?}: {error}"),
            }
        }
        assert!(refused, "{mode:?}: {sent} messages were taken in");
        let received = receive::<A>(&pair.client, sent);
        assert!(received.into_iter().enumerate().all(|(number, received)| received == message(number)));
    }
}

/// A queue of a client's that is full makes its senders wait until the server has taken something.
pub fn full_queues_make_senders_wait<A: Dialer>() {
    for mode in Mode::ALL {
        let pair = Pair::<A>::with(Server::accepting(|config| config), |client| mode.set(client).max_queue_packets(2));
        let client = pair.client.clone();
        let sending = thread::spawn(move || {
            wait::<A, _>(async move {
                for number in 0..100 {
                    client.send(format!("{number}")).await.expect("the session is open");
                }
            });
        });
        let expected: Vec<_> = (0..100).map(|number| Message::from(format!("{number}"))).collect();
        assert_eq!(receive::<A>(&pair.peer, 100), expected);
        sending.join().expect("all was sent");
        let too_many = ["one", "two", "three"].map(Outgoing::from).to_vec();
        assert_eq!(pair.client.try_send_many(too_many.clone()), Err(SendError::TooLarge(too_many)));
    }
}

/// One for the GETs and one for the POSTs, however much there is to say; and one more for the WebSocket.
pub fn polling_takes_two_connections<A: Dialer>() {
    for (mode, connections) in [(Mode::Polling, 2), (Mode::WebSocket, 1), (Mode::Upgrading, 3)] {
        let server = Server::accepting(kept_alive);
        let proxy = Proxy::start(server.addr(), |_| Verdict::Relay);
        let pair = Pair::<A>::through(server, proxy.addr(), |client| mode.set(client));
        pair.echo();
        for _ in 0..30 {
            pair.echoes("ping-pong");
        }
        pair.settle(mode);
        for _ in 0..30 {
            pair.echoes("ping-pong");
        }
        assert!(proxy.connections() <= connections, "{mode:?}: {} connections", proxy.connections());
    }
}

/// A response is read up to a bound, whether its length is declared or not.
pub fn b11_large_responses_are_not_read<A: Dialer>() {
    let chunked = |body: &str| {
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).into()
    };
    for large in [ok(&format!("4{}", "x".repeat(2_000))), chunked(&format!("4{}", "x".repeat(2_000)))] {
        let fake = Fake::start(move |request| Answer::Bytes(if request.opens() { ok(OPEN) } else { large.clone() }));
        let (_, client) = connect::<A>(fake.addr(), |client| client.max_response(1_000));
        let reason = wait::<A, _>(async move { client.closed().await });
        assert_eq!(reason, CloseReason::TransportError(TransportFault::Call(CallFault::TooLarge)));
    }
}

/// So is a WebSocket message.
pub fn c01_large_messages_are_not_read<A: Dialer>() {
    let pair =
        Pair::<A>::with(Server::accepting(|config| config), |client| Mode::WebSocket.set(client).max_response(1_000));
    pair.peer.try_send("x".repeat(999)).expect("there is room");
    pair.peer.try_send("x".repeat(1_000)).expect("there is room");
    assert_eq!(receive::<A>(&pair.client, 1), [Message::from("x".repeat(999))]);
    let client = pair.client.clone();
    let reason = wait::<A, _>(async move { client.closed().await });
    assert_eq!(reason, CloseReason::TransportError(TransportFault::WebSocket(WsFault::TooLarge)));
}
