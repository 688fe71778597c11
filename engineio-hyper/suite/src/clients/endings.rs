//! How sessions end, in each mode.

use super::pair::{Mode, Pair, numbered, receive, url};
use super::{Dialer, wait};
use crate::wire::server::Server;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;
use engineio_hyper::{CloseReason, Message, SendError, Socket};

fn closed<A: Dialer>(socket: &Socket) -> CloseReason {
    let socket = socket.clone();
    wait::<A, _>(async move { socket.closed().await })
}

/// Each side has its reason.
pub fn client_closes<A: Dialer>() {
    for mode in Mode::ALL {
        let pair = Pair::<A>::new(mode);
        pair.settle(mode);
        pair.client.close();
        assert_eq!(closed::<A>(&pair.client), CloseReason::ForcedClose, "{mode:?}");
        assert_eq!(closed::<A>(&pair.peer), CloseReason::TransportClose, "{mode:?}");
        assert_eq!(pair.client.close_reason(), Some(CloseReason::ForcedClose));
    }
}

/// Each side has its reason, and the client gets everything before.
pub fn server_closes<A: Dialer>() {
    for mode in Mode::ALL {
        let pair = Pair::<A>::new(mode);
        pair.settle(mode);
        let messages = numbered("last words", 20);
        pair.peer.try_send_many(messages.clone()).expect("there is room");
        pair.peer.close();
        assert_eq!(receive::<A>(&pair.client, messages.len()), messages);
        assert_eq!(closed::<A>(&pair.client), CloseReason::TransportClose, "{mode:?}");
        assert_eq!(closed::<A>(&pair.peer), CloseReason::ForcedClose, "{mode:?}");
        let client = pair.client.clone();
        assert_eq!(wait::<A, _>(async move { client.recv().await }), None);
    }
}

/// Closing is orderly, also in the middle of the upgrade.
pub fn queued_messages_leave_before_the_close<A: Dialer>() {
    for mode in Mode::ALL {
        let pair = Pair::<A>::new(mode);
        let messages = numbered("last words", 100);
        pair.client.try_send_many(messages.clone()).expect("there is room");
        pair.client.close();
        assert_eq!(receive::<A>(&pair.peer, messages.len()), messages, "{mode:?}");
        pair.server.expect_end(&pair.peer);
        assert_eq!(closed::<A>(&pair.client), CloseReason::ForcedClose);
    }
}

/// What was confirmed over polling was accepted by the server; over WebSocket it has left.
pub fn confirmed_messages_have_left<A: Dialer>() {
    for mode in Mode::ALL {
        let pair = Pair::<A>::new(mode);
        pair.settle(mode);
        let client = pair.client.clone();
        wait::<A, _>(async move { client.send_confirmed("confirmed").await }).expect("the session is open");
        pair.client.discard();
        assert_eq!(receive::<A>(&pair.peer, 1), [Message::from("confirmed")]);
        if mode == Mode::Polling {
            assert_eq!(pair.notes.look(|seen| seen.posts), 1);
        }
    }
}

/// The last handle takes the session with it.
pub fn dropped_sockets_close_their_sessions<A: Dialer>() {
    for mode in Mode::ALL {
        let Pair { server, client, peer, notes } = Pair::<A>::new(mode);
        if mode == Mode::Upgrading {
            notes.until("upgraded", |seen| seen.upgraded);
        }
        let other = client.clone();
        drop(client);
        other.try_send("from the other handle").expect("the session is open");
        assert_eq!(receive::<A>(&peer, 1), [Message::from("from the other handle")]);
        drop(other);
        assert_eq!(closed::<A>(&peer), CloseReason::TransportClose);
        server.expect_sessions(0);
    }
}

/// Whoever does not wait for a session has none.
pub fn k05_f44_dropped_connects_leave_no_session<A: Dialer>() {
    let server = Server::<A>::start();
    for mode in Mode::ALL {
        for _ in 0..20 {
            let client = mode.set(A::client(&url(server.addr())));
            wait::<A, _>(async move {
                let mut connect = pin!(client.connect());
                // However far it gets with one poll.
                let opened = poll_fn(|cx| Poll::Ready(connect.as_mut().poll(cx))).await;
                drop(opened);
            });
        }
    }
    server.expect_sessions(0);
}

/// Messages come back, and senders who wait learn of it.
pub fn nothing_is_sent_after_the_end<A: Dialer>() {
    for mode in Mode::ALL {
        let pair = Pair::<A>::new(mode);
        pair.client.discard();
        assert_eq!(closed::<A>(&pair.client), CloseReason::ForcedClose);
        let message = Message::from("too late");
        assert_eq!(pair.client.try_send(message.clone()), Err(SendError::Closed(message.clone().into())));
        let client = pair.client.clone();
        let result = wait::<A, _>(async move { client.send_confirmed("too late").await });
        assert_eq!(result, Err(SendError::Closed(message.into())));
    }
}
