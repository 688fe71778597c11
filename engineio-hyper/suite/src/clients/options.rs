//! What a client may be told, as servers see it.

use super::fake::{Answer, Fake, OPEN, ok};
use super::pair::{Mode, Notes, Pair, connect, url};
use super::proxy::{Proxy, Verdict};
use super::{Dialer, wait};
use crate::wire::client::LIMIT;
use crate::wire::server::Server;
use engineio_hyper::{ConnectError, Cookie, HeaderError, PerMessageDeflate, Transport};
use http::{HeaderValue, header};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};

fn cookie(head: &str) -> Option<String> {
    let lower = |line: &str| line.to_ascii_lowercase().starts_with("cookie:");
    head.lines().find(|line| lower(line)).map(|line| line["cookie:".len()..].trim().to_owned())
}

/// They come back with every request, over WebSocket too, beside the application's own; unless nobody asked for that.
pub fn cookies_come_back_on_either_transport<A: Dialer>() {
    let name = "engine";
    for (wanted, mode) in [(true, Mode::Upgrading), (true, Mode::Polling), (false, Mode::Upgrading)] {
        let set = Cookie::builder(name).build().expect("it is a cookie");
        let server = Server::accepting(|config| config.cookie(set));
        let heads: Arc<(Mutex<Vec<String>>, Condvar)> = Arc::default();
        let proxy = Proxy::start(server.addr(), {
            let heads = heads.clone();
            move |head| {
                let (heads, more) = &*heads;
                let mut seen = heads.lock().unwrap_or_else(PoisonError::into_inner);
                seen.push(head.to_owned());
                more.notify_all();
                // The WebSocket comes last, or it might take the message that is to be posted.
                if head.contains("transport=websocket") {
                    drop(
                        more.wait_timeout_while(seen, LIMIT, |seen| !seen.iter().any(|head| head.starts_with("POST "))),
                    );
                }
                Verdict::Relay
            }
        });
        let own = HeaderValue::from_static("own=1");
        let pair = Pair::<A>::through(server, proxy.addr(), |client| {
            mode.set(client).cookies(wanted).header(header::COOKIE, own)
        });
        pair.echo();
        pair.echoes("a POST");
        pair.settle(mode);
        let all = format!("own=1; {name}={}", pair.client.id());
        let seen = |part: &str| {
            let heads = heads.0.lock().unwrap_or_else(PoisonError::into_inner);
            heads.iter().filter(|head| head.contains(part)).map(|head| cookie(head)).collect::<Vec<_>>()
        };
        // Each connection's first request: the handshake, the POST, and the WebSocket.
        assert_eq!(seen("GET ")[0].as_deref(), Some("own=1"));
        let later = if wanted { &*all } else { "own=1" };
        assert_eq!(seen("POST "), [Some(later.to_owned())]);
        if mode == Mode::Upgrading {
            assert_eq!(seen("transport=websocket"), [Some(later.to_owned())]);
        }
    }
}

/// What answers other than the first set is sent as well, on a connection that was there before.
pub fn cookies_of_later_answers_come_back<A: Dialer>() {
    let (sender, heads) = mpsc::channel();
    let sender = Mutex::new(sender);
    let fake = Fake::start(move |request| {
        if request.opens() {
            return Answer::Bytes(ok(OPEN));
        }
        let _ = sender.lock().unwrap_or_else(PoisonError::into_inner).send(cookie(&request.head));
        match request.posts() {
            true => Answer::Bytes("HTTP/1.1 200 OK\r\nset-cookie: late=1\r\ncontent-length: 2\r\n\r\nok".into()),
            false => Answer::Silence,
        }
    });
    let (_, client) = connect::<A>(fake.addr(), |client| client.cookies(true).transports([Transport::Polling]));
    let socket = client.clone();
    wait::<A, _>(async move {
        for message in ["one", "two"] {
            socket.send_confirmed(message).await.expect("it is accepted");
        }
    });
    // The GET, and two POSTs.
    let mut seen: Vec<_> = (0..3).map(|_| heads.recv_timeout(LIMIT).expect("there are three requests")).collect();
    seen.sort();
    assert_eq!(seen, [None, None, Some("late=1".to_owned())]);
    client.discard();
}

/// Where WebSocket has worked before, a session begins on it, if that is wanted; and where it works no more, it begins
/// on polling.
pub fn websocket_is_remembered<A: Dialer>() {
    let server = Server::<A>::accepting(|config| config);
    let blocked = Arc::new(AtomicBool::new(false));
    let proxy = Proxy::start(server.addr(), {
        let blocked = blocked.clone();
        move |head| match head.to_ascii_lowercase().contains("upgrade: websocket") && blocked.load(Ordering::SeqCst) {
            true => Verdict::Answer("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n".into()),
            false => Verdict::Relay,
        }
    });
    let open = |remember: bool| {
        let client = A::client(&url(proxy.addr())).remember_upgrade(remember);
        let (notes, socket) = Notes::of::<A>(client);
        let peer = server.accept();
        (notes, socket, peer)
    };
    let begins_on = |remember: bool| open(remember).2.handshake().uri.query().map(str::to_owned);
    let on = |transport: &str| Some(format!("EIO=4&transport={transport}"));
    let prefix = |query: Option<String>| query.map(|query| query.split("&t=").next().unwrap_or_default().to_owned());

    let (notes, first, peer) = open(true);
    assert!(peer.handshake().uri.query().is_some_and(|query| query.contains("transport=polling")));
    notes.until("upgraded", |seen| seen.upgraded);
    drop((first, peer));
    assert_eq!(prefix(begins_on(true)), on("websocket"));
    assert_eq!(prefix(begins_on(false)), on("polling"), "it was not asked to remember");
    blocked.store(true, Ordering::SeqCst);
    assert_eq!(prefix(begins_on(true)), on("polling"), "it begins as it would have");
    assert_eq!(prefix(begins_on(true)), on("polling"), "that is remembered, too");
}

/// With what either end wants, and context takeover or not, messages come back; and if both want it they take less than
/// they would.
pub fn messages_over_websocket_are_compressed_if_both_ends_want<A: Dialer>() {
    let (alone, together) = (PerMessageDeflate::default(), PerMessageDeflate::default().context_takeover(true));
    let wanted = [None, Some(alone), Some(together)];
    for mode in [Mode::WebSocket, Mode::Upgrading] {
        for (ours, theirs) in wanted.into_iter().flat_map(|ours| wanted.map(|theirs| (ours, theirs))) {
            let server = Server::accepting(|config| match theirs {
                Some(deflate) => config.websocket_compression(deflate),
                None => config,
            });
            let proxy = Proxy::start(server.addr(), move |head| {
                let websocket = head.contains("transport=websocket");
                let offered = head.to_ascii_lowercase().contains("sec-websocket-extensions: permessage-deflate;");
                assert_eq!(offered, websocket && ours.is_some(), "{head}");
                // What is not compressed does not pass.
                if websocket && ours.is_some() && theirs.is_some() { Verdict::Cut(50_000) } else { Verdict::Relay }
            });
            let pair = Pair::<A>::through(server, proxy.addr(), |client| {
                let client = mode.set(client);
                match ours {
                    Some(deflate) => client.websocket_compression(deflate),
                    None => client,
                }
            });
            pair.echo();
            pair.settle(mode);
            for message in ["short", "", &"…".repeat(500), &"again and ".repeat(30_000), "short"] {
                pair.echoes(message);
                pair.echoes(message.as_bytes().to_vec());
            }
            // Of what stands alone as well as of what does not.
            pair.echoes((0..2000).map(|at| ((at * at * 31) >> 3) as u8).collect::<Vec<u8>>());
            pair.echoes("again and ".repeat(30_000));
        }
    }
}

/// The default.
const USER_AGENT: &str = "engineio-hyper/0.1.0";

/// The value of a header.
fn header_of(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
}

/// The defaults, the application's own, and those of the hook, which is called for each request.
pub fn headers_of_each_request<A: Dialer>() {
    let (sender, heads) = mpsc::channel();
    let sender = Mutex::new(sender);
    let fake = Fake::start(move |request| {
        let _ = sender.lock().unwrap_or_else(PoisonError::into_inner).send(request.head.clone());
        match request {
            _ if request.opens() => Answer::Bytes(ok(OPEN)),
            _ if request.posts() => Answer::Bytes(ok("ok")),
            _ => Answer::Silence,
        }
    });
    let renewed = AtomicUsize::new(0);
    let (_, client) = connect::<A>(fake.addr(), |client| {
        client.header("x-own", "1").header(header::ACCEPT, HeaderValue::from_static("text/plain")).headers(
            move |headers| {
                headers.insert("x-token", HeaderValue::from(renewed.fetch_add(1, Ordering::SeqCst)));
                headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("1000"));
                headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
            },
        )
    });
    let socket = client.clone();
    wait::<A, _>(async move { socket.send_confirmed("a message").await }).expect("the session is open");
    let heads: Vec<String> = (0..3).map(|_| heads.recv_timeout(LIMIT).expect("there are three requests")).collect();
    let mut tokens: Vec<_> = heads.iter().filter_map(|head| header_of(head, "x-token")).collect();
    tokens.sort();
    assert_eq!(tokens, ["0", "1", "2"]);
    for head in heads {
        let has = |name| header_of(&head, name);
        assert_eq!(has("user-agent"), Some(USER_AGENT.to_owned()), "{head}");
        assert_eq!(has("accept-encoding").as_deref(), Some("identity"));
        assert_eq!((has("accept").as_deref(), has("x-own").as_deref()), (Some("text/plain"), Some("1")));
        assert_eq!(has("transfer-encoding"), None);
        assert_eq!(has("content-length").as_deref(), head.starts_with("POST ").then_some("10"));
    }
    client.discard();

    for (client, error) in [
        (A::client("http://localhost/").header("no name", "1"), HeaderError::Name),
        (A::client("http://localhost/").header("x-own", "\n"), HeaderError::Value("x-own".parse().expect("a name"))),
    ] {
        let told = wait::<A, _>(async move { client.connect().await }).expect_err("it cannot be sent");
        assert!(matches!(&told, ConnectError::Header(told) if *told == error), "{told}");
    }
}

fn redirecting(status: &'static str, to: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Fake {
    Fake::start(move |request| {
        let target = request.head.split(' ').nth(1).unwrap_or_default();
        if let Some(location) = to(target) {
            return Answer::Bytes(
                format!("HTTP/1.1 {status}\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n").into(),
            );
        }
        match request {
            _ if request.opens() => Answer::Bytes(ok(OPEN)),
            _ if request.posts() => Answer::Bytes(ok("ok")),
            _ => Answer::Silence,
        }
    })
}

/// GETs and POSTs go where they are sent, with their bodies; but not for ever.
pub fn redirects_on_the_same_server_are_followed<A: Dialer>() {
    for status in ["307 Temporary Redirect", "308 Permanent Redirect"] {
        let fake =
            redirecting(status, |target| target.strip_prefix("/engine.io/").map(|rest| format!("/moved/{rest}")));
        let (_, client) = connect::<A>(fake.addr(), |client| client);
        let socket = client.clone();
        wait::<A, _>(async move { socket.send_confirmed("a message").await }).expect("it is accepted");
        client.discard();
    }
    let endless = redirecting("307 Temporary Redirect", |target| Some(target.to_owned()));
    for transport in [Transport::Polling, Transport::WebSocket] {
        let client = A::client(&url(endless.addr())).transports([transport]);
        let error = wait::<A, _>(async move { client.connect().await }).expect_err("it has no end");
        assert!(error.to_string().contains("redirects (307) to \"/engine.io/?EIO=4"), "{error}");
    }
}

/// They lead to another server, or would change the method. The error names where to.
pub fn other_redirects_are_told<A: Dialer>() {
    for (status, location) in [
        ("302 Found", "/login"),
        ("307 Temporary Redirect", "http://elsewhere.test/engine.io/"),
        ("308 Permanent Redirect", "https://127.0.0.1/engine.io/"),
    ] {
        let fake = redirecting(status, move |_| Some(location.to_owned()));
        for transport in [Transport::Polling, Transport::WebSocket] {
            let client = A::client(&url(fake.addr())).transports([transport]);
            let error = wait::<A, _>(async move { client.connect().await }).expect_err("it is elsewhere").to_string();
            let told = format!(": the server redirects ({}) to {location:?}", &status[..3]);
            assert!(error.ends_with(&told), "{error}");
        }
    }
}
