//! Pages of other origins.

use crate::Adapter;
use crate::wire::client::{Conn, Polling, Response, UPGRADE_HEADERS, request, target};
use crate::wire::server::Server;
use engineio_hyper::{BuildError, Cors, Engine, EngineBuilder, Origins};

const GOOD: &str = "https://good.test";
const FORBIDDEN: &str = r#"{"code":4,"message":"Origin not allowed"}"#;

fn good() -> Origins {
    Origins::list([GOOD]).expect("it is an origin")
}

fn from<A: Adapter>(server: &Server<A>, method: &str, target: &str, origin: &str, body: &[u8]) -> Response {
    Conn::open(server.addr()).exchange(&request(method, target, &[("Origin", origin)], body))
}

fn websocket_from<A: Adapter>(server: &Server<A>, target: &str, origin: &str) -> Response {
    let mut headers = UPGRADE_HEADERS.to_vec();
    headers.push(("Origin", origin));
    let mut conn = Conn::open(server.addr());
    conn.send(&request("GET", target, &headers, b""));
    conn.head_only()
}

/// A page of another origin opens no session and takes part in none, whatever the transport.
pub fn f29_c08_h25_foreign_pages_are_refused<A: Adapter>() {
    let server = Server::<A>::with(|config| config.allowed_origins(good()));
    let session = Polling::open(server.addr());
    for origin in
        ["https://evil.test", "null", "", "https://good.test.evil.test", "http://good.test", "https://GOOD.test"]
    {
        from(&server, "GET", &target("polling", None), origin, b"").expect(403, FORBIDDEN);
        from(&server, "GET", &session.target(), origin, b"").expect(403, FORBIDDEN);
        from(&server, "POST", &session.target(), origin, b"4no").expect(403, FORBIDDEN);
        for target in [target("websocket", None), session.websocket_target()] {
            assert_eq!(websocket_from(&server, &target, origin).status, 400, "{origin}");
        }
    }
    server.expect_sessions(1);
    from(&server, "POST", &session.target(), GOOD, b"4echo it").expect(200, "ok");
    assert_eq!(from(&server, "GET", &session.target(), GOOD, b"").packets(), "4echo it");
    assert_eq!(websocket_from(&server, &target("websocket", None), GOOD).status, 101);
    // Clients that are no browsers say nothing of pages.
    Polling::attach(server.addr(), session.sid()).accept("4from no page");
}

/// Scripts, images and links of any page are requested with its visitor's cookies and without an `Origin`.
pub fn u01_c08_what_any_page_can_load_is_refused<A: Adapter>() {
    let listed = Server::<A>::with(|config| config.allowed_origins(good()));
    let own = Server::<A>::with(|config| config.same_origin());
    for server in [&listed, &own] {
        let session = Polling::open(server.addr());
        let send = |method, target: &str, sites: &[&str], body: &[u8]| {
            let headers: Vec<_> = sites.iter().map(|site| ("Sec-Fetch-Site", *site)).collect();
            Conn::open(server.addr()).exchange(&request(method, target, &headers, body))
        };
        for sites in [&["cross-site"][..], &["same-site"], &[""], &["same-origin", "same-origin"]] {
            send("GET", &target("polling", None), sites, b"").expect(403, FORBIDDEN);
            send("GET", &session.target(), sites, b"").expect(403, FORBIDDEN);
            send("POST", &session.target(), sites, b"4no").expect(403, FORBIDDEN);
        }
        server.expect_sessions(1);
        assert!(send("GET", &target("polling", None), &["none"], b"").packets().starts_with("0{"));
        send("POST", &session.target(), &["same-origin"], b"4echo it").expect(200, "ok");
        assert_eq!(send("GET", &session.target(), &["same-origin"], b"").packets(), "4echo it");
    }
}

/// Requests that say nothing of a page are let in or not, as is configured.
pub fn u01_requests_that_say_nothing_of_a_page<A: Adapter>() {
    let server = Server::<A>::with(|config| config.same_origin().allow_missing_origin(false));
    let neither = request("GET", &target("polling", None), &[], b"");
    Conn::open(server.addr()).exchange(&neither).expect(403, FORBIDDEN);
    let mut websocket = Conn::open(server.addr());
    websocket.send(&request("GET", &target("websocket", None), &UPGRADE_HEADERS, b""));
    assert_eq!(websocket.head_only().status, 400);
    let own = [("Sec-Fetch-Site", "same-origin")];
    let opened = Conn::open(server.addr()).exchange(&request("GET", &target("polling", None), &own, b""));
    let sid = opened.packets().split('"').nth(3).expect("the sid is told");
    let close = request("POST", &target("polling", Some(sid)), &own, b"1");
    Conn::open(server.addr()).exchange(&close).expect(200, "ok");
    assert_eq!(websocket_from(&server, &target("websocket", None), "http://localhost").status, 101);
    // What every scenario ends with would be refused.
    server.shut_down().join().expect("it shuts down");
}

/// A page that an attacker lets resolve to the server's address asks for the attacker's host, whatever the transport.
pub fn u02_other_hosts_are_refused<A: Adapter>() {
    let server = Server::<A>::with(|config| config.allowed_hosts(["localhost", "[::1]:3000"]).cors(Cors::new(good())));
    let session = Polling::open(server.addr());
    let ask = |method, target: &str, headers: &[(&str, &str)], host: &str, body: &[u8]| {
        let request = request(method, target, headers, body);
        let request = String::from_utf8(request).expect("it is text").replace("Host: localhost\r\n", host);
        let mut conn = Conn::open(server.addr());
        conn.send(request.as_bytes());
        conn.head_only()
    };
    for host in [
        "Host: evil.test\r\n",
        "Host: localhost.evil.test\r\n",
        "Host: 127.0.0.1\r\n",
        "Host: [::1]\r\n",
        "Host: \r\n",
        "Host: localhost\r\nHost: evil.test\r\n",
        "",
    ] {
        let status = |method, target: &str, headers: &[_], body| ask(method, target, headers, host, body).status;
        for target in [target("polling", None), session.target()] {
            // Of its own origin, as far as a browser can tell.
            let headers = [("Origin", GOOD), ("Sec-Fetch-Site", "same-origin")];
            assert_eq!(status("GET", &target, &headers, b""), 403, "{host:?}");
            assert_eq!(status("POST", &target, &headers, b"4no"), 403, "{host:?}");
            assert_eq!(status("OPTIONS", &target, &[("Access-Control-Request-Method", "GET")], b""), 403, "{host:?}");
        }
        for target in [target("websocket", None), session.websocket_target()] {
            assert_eq!(status("GET", &target, &UPGRADE_HEADERS, b""), 403, "{host:?}");
        }
    }
    server.expect_sessions(1);
    for host in ["Host: LOCALHOST.:1\r\n", "Host: [0:0::1]:3000\r\n"] {
        assert_eq!(ask("GET", &target("polling", None), &[], host, b"").status, 200, "{host:?}");
        assert_eq!(ask("GET", &target("websocket", None), &UPGRADE_HEADERS, host, b"").status, 101, "{host:?}");
    }
    let body = r#"{"code":4,"message":"Host not allowed"}"#;
    let elsewhere = request("GET", "http://evil.test/engine.io/?EIO=4&transport=polling", &[], b"");
    Conn::open(server.addr()).exchange(&elsewhere).expect(403, body);
}

/// What cannot protect anyone is told when the engine is built.
pub fn u01_settings_that_contradict_each_other<A: Adapter>() {
    let error = |settings: fn(EngineBuilder<A::Runtime>) -> EngineBuilder<A::Runtime>| {
        settings(Engine::builder_on(A::runtime())).build().map(drop).unwrap_err()
    };
    assert_eq!(error(|config| config.same_origin().jsonp(true)), BuildError::JsonpWithOrigins);
    assert_eq!(error(|config| config.jsonp(true).allowed_origins(good())), BuildError::JsonpWithOrigins);
    assert_eq!(error(|config| config.allow_missing_origin(false)), BuildError::MissingOriginWithoutOrigins);
    assert_eq!(error(|config| config.allowed_hosts([""; 0])), BuildError::NoHost);
    assert_eq!(error(|config| config.allowed_hosts(["*"])), BuildError::InvalidHost("*".to_owned()));
    let any = Engine::builder_on(A::runtime()).jsonp(true).allowed_origins(Origins::any());
    assert!(any.build().is_ok(), "all origins are no rule");
}

/// What may be read is told with each answer, and caches are told that it depends.
pub fn f30_h11_answers_may_be_read_by_listed_origins<A: Adapter>() {
    let server = Server::<A>::with(|config| config.cors(Cors::new(good()).credentials().expect("they are listed")));
    let opened = from(&server, "GET", &target("polling", None), GOOD, b"");
    let refused = from(&server, "GET", &target("pigeon", None), GOOD, b"");
    refused.expect_refusal(0);
    let session = Polling::open(server.addr());
    let posted = from(&server, "POST", &session.target(), GOOD, b"4echo it");
    let polled = from(&server, "GET", &session.target(), GOOD, b"");
    assert!(polled.packets().contains("echo"));
    for answer in [opened, refused, posted, polled] {
        assert_eq!(answer.header("access-control-allow-origin"), Some(GOOD));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(answer.header("vary"), Some("origin"));
    }
    let foreign = from(&server, "GET", &target("polling", None), "https://evil.test", b"");
    assert!(foreign.packets().starts_with("0{"), "this keeps no request out");
    assert_eq!(foreign.header("access-control-allow-origin"), None);
    assert_eq!(foreign.header("vary"), Some("origin"));
}

/// The server's own pages need not be listed, whatever is in front of it; others do.
pub fn f29_the_servers_own_pages_are_let_in<A: Adapter>() {
    let server = Server::<A>::with(|config| config.same_origin().allowed_origins(good()));
    for origin in ["http://localhost", "https://localhost", GOOD] {
        assert!(from(&server, "GET", &target("polling", None), origin, b"").packets().starts_with("0{"), "{origin}");
        assert_eq!(websocket_from(&server, &target("websocket", None), origin).status, 101, "{origin}");
    }
    for origin in ["https://evil.test", "http://localhost.evil.test", "http://localhost:8080", "null"] {
        from(&server, "GET", &target("polling", None), origin, b"").expect(403, FORBIDDEN);
        assert_eq!(websocket_from(&server, &target("websocket", None), origin).status, 400, "{origin}");
    }
}

/// A preflight is answered and goes no further; without a configuration it is an odd request.
pub fn f30_preflights<A: Adapter>() {
    let session_target = |server: &Server<A>| Polling::open(server.addr()).target();
    let preflight = |server: &Server<A>, target: &str, origin: &str| {
        let headers = [("Origin", origin), ("Access-Control-Request-Method", "POST")];
        Conn::open(server.addr()).exchange(&request("OPTIONS", target, &headers, b""))
    };
    let server = Server::<A>::with(|config| config.cors(Cors::new(good())));
    for target in [target("polling", None), session_target(&server), "/engine.io/".to_owned()] {
        let answer = preflight(&server, &target, GOOD);
        answer.expect(204, "");
        assert_eq!(answer.header("access-control-allow-origin"), Some(GOOD));
        assert_eq!(answer.header("access-control-allow-methods"), Some("GET,POST"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        let answer = preflight(&server, &target, "https://evil.test");
        assert_eq!((answer.status, answer.header("access-control-allow-methods")), (204, None));
    }
    let anyone = Server::<A>::with(|config| config.cors(Cors::new(Origins::any())));
    let answer = preflight(&anyone, &target("polling", None), "https://evil.test");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));

    let without = Server::<A>::start();
    preflight(&without, &target("polling", None), GOOD).expect_refusal(2);
    assert_eq!(preflight(&without, &session_target(&without), GOOD).status, 405);
}
