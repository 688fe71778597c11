//! Pages of other origins.

use crate::Adapter;
use crate::wire::client::{Conn, Polling, Response, UPGRADE_HEADERS, request, target};
use crate::wire::server::Server;
use engineio_hyper::{Cors, Origins};

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
    // Told apart from foreign pages by what they do not say.
    Polling::attach(server.addr(), session.sid()).accept("4from no page");
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
