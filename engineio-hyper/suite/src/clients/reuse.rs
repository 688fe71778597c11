//! Connections that are used for more than one request.

use super::fake::{Answer, Fake, OPEN, Request, ok};
use super::pair::{Mode, Pair, connect, kept_alive};
use super::proxy::{Proxy, Verdict};
use super::{Dialer, wait};
use crate::wire::client::{LIMIT, QUIET};
use crate::wire::server::{Server, ms};
use core::sync::atomic::{AtomicUsize, Ordering};
use engineio_hyper::{CallFault, CloseReason, Socket, TransportFault};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

/// What POSTs said, in order, and how many requests their connections had carried before.
type Posts = Arc<Mutex<Vec<(String, usize)>>>;

fn posts(posts: &Posts) -> Vec<(String, usize)> {
    posts.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// A server that answers POSTs like this, and never answers a GET after the first.
fn fake(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> (Fake, Posts) {
    let seen = Posts::default();
    let fake = Fake::start({
        let seen = seen.clone();
        move |request| {
            if request.opens() {
                return Answer::Bytes(kept(OPEN));
            }
            if !request.posts() {
                return Answer::Silence;
            }
            let post = (request.body.clone(), request.earlier);
            seen.lock().unwrap_or_else(PoisonError::into_inner).push(post);
            answer(request)
        }
    });
    (fake, seen)
}

fn kept(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nkeep-alive: timeout=60\r\ncontent-length: {length}\r\n\r\n{body}").into()
}

fn confirm<A: Dialer>(client: &Socket, message: &'static str) {
    let client = client.clone();
    wait::<A, _>(async move { client.send_confirmed(message).await }).expect("the session is open");
}

fn closed<A: Dialer>(client: &Socket) -> CloseReason {
    let client = client.clone();
    wait::<A, _>(async move { client.closed().await })
}

fn owned(posts: &[(&str, usize)]) -> Vec<(String, usize)> {
    posts.iter().map(|(body, earlier)| ((*body).to_owned(), *earlier)).collect()
}

/// The server closes a kept connection while the next request is on its way. The request is sent again on a new one. The
/// server may see a POST twice.
pub fn u13_request_is_sent_again_when_its_connection_had_been_closed<A: Dialer>() {
    for reset in [false, true] {
        let (fake, seen) = fake(move |request| match request.earlier {
            0 => Answer::Bytes(kept("ok")),
            _ if reset => Answer::Reset,
            _ => Answer::Last(Vec::new()),
        });
        let (notes, client) = connect::<A>(fake.addr(), |client| client);
        for message in ["one", "two", "three"] {
            confirm::<A>(&client, message);
        }
        let expected = [("4one", 0), ("4two", 1), ("4two", 0), ("4three", 1), ("4three", 0)];
        assert_eq!(posts(&seen), owned(&expected), "reset: {reset}");
        assert_eq!(notes.look(|seen| seen.resent), 2);
        client.discard();
    }
}

/// A server may close its connections without announcing it, after each response.
pub fn u13_server_that_closes_after_each_response<A: Dialer>() {
    let queue = Mutex::new(Vec::new());
    let fake = Fake::start(move |request| {
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        if request.earlier > 0 {
            return Answer::Last(Vec::new());
        }
        match request {
            _ if request.opens() => Answer::Last(ok(OPEN)),
            _ if request.posts() => {
                queue.push(request.body.clone());
                Answer::Last(ok("ok"))
            }
            _ => Answer::Last(ok(&queue.pop().unwrap_or_else(|| "6".to_owned()))),
        }
    });
    let (_, client) = connect::<A>(fake.addr(), |client| client);
    for number in 0..20 {
        let socket = client.clone();
        let echo = wait::<A, _>(async move {
            socket.send(format!("number {number}")).await.expect("the session is open");
            socket.recv().await
        });
        assert_eq!(echo, Some(format!("number {number}").into()));
    }
    client.discard();
}

/// When the new connection ends without a response as well, the session ends.
pub fn u13_request_is_sent_again_once<A: Dialer>() {
    let count = AtomicUsize::new(0);
    let (fake, seen) = fake(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0 => Answer::Bytes(kept("ok")),
        _ => Answer::Last(Vec::new()),
    });
    let (_, client) = connect::<A>(fake.addr(), |client| client);
    confirm::<A>(&client, "one");
    client.try_send("two").expect("there is room");
    assert_eq!(closed::<A>(&client), TransportFault::Call(CallFault::Connection).into());
    assert_eq!(posts(&seen), owned(&[("4one", 0), ("4two", 1), ("4two", 0)]));
}

/// On a connection that is new, an end without a response is the server's fault.
pub fn u13_request_on_a_new_connection_is_not_sent_again<A: Dialer>() {
    let (fake, seen) = fake(|_| Answer::Last(Vec::new()));
    let (_, client) = connect::<A>(fake.addr(), |client| client);
    client.try_send("one").expect("there is room");
    assert_eq!(closed::<A>(&client), TransportFault::Call(CallFault::Connection).into());
    assert_eq!(posts(&seen), owned(&[("4one", 0)]));
}

/// A server that began to answer has taken the request.
pub fn u13_request_is_not_sent_again_after_a_byte_of_its_response<A: Dialer>() {
    for part in ["H", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no"] {
        let (fake, seen) = fake(move |request| match request.earlier {
            0 => Answer::Bytes(kept("ok")),
            _ => Answer::Last(part.into()),
        });
        let (_, client) = connect::<A>(fake.addr(), |client| client);
        confirm::<A>(&client, "one");
        client.try_send("two").expect("there is room");
        assert_eq!(closed::<A>(&client), TransportFault::Call(CallFault::Connection).into(), "{part}");
        assert_eq!(posts(&seen), owned(&[("4one", 0), ("4two", 1)]), "{part}");
    }
}

/// A connection that the server is about to close is not used again.
pub fn u13_connection_is_reused_as_long_as_the_server_announces<A: Dialer>() {
    let answers = [
        ("HTTP/1.1 200 OK\r\nkeep-alive: timeout=60", true),
        ("HTTP/1.1 200 OK\r\nkeep-alive: timeout=1", false),
        ("HTTP/1.1 200 OK\r\nconnection: close\r\nkeep-alive: timeout=60", false),
        ("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\nkeep-alive: timeout=60", true),
        ("HTTP/1.0 200 OK\r\nkeep-alive: timeout=60", false),
    ];
    for (head, reused) in answers {
        let (fake, seen) = fake(move |_| Answer::Bytes(format!("{head}\r\ncontent-length: 2\r\n\r\nok").into()));
        let (notes, client) = connect::<A>(fake.addr(), |client| client);
        confirm::<A>(&client, "one");
        confirm::<A>(&client, "two");
        assert_eq!(posts(&seen), owned(&[("4one", 0), ("4two", usize::from(reused))]), "{head}");
        assert_eq!(notes.look(|seen| seen.resent), 0);
        client.discard();
    }
}

/// After the upgrade, only the connection of the WebSocket is left.
pub fn polling_connections_are_closed_at_the_upgrade<A: Dialer>() {
    let server = Server::accepting(kept_alive);
    let proxy = Proxy::start(server.addr(), |_| Verdict::Relay);
    let pair = Pair::<A>::through(server, proxy.addr(), |client| client);
    pair.echo();
    pair.echoes("over either transport");
    pair.settle(Mode::Upgrading);
    let deadline = Instant::now() + LIMIT;
    while proxy.connections() - proxy.ended() != 1 {
        assert!(Instant::now() < deadline, "{} of {} have ended", proxy.ended(), proxy.connections());
        thread::sleep(ms(1));
    }
    thread::sleep(QUIET);
    pair.echoes("over WebSocket");
}
