//! JSONP, for pages that can load scripts and nothing else: forms in, script out.

use super::client::{Conn, request, target};
use super::server::Server;
use crate::Adapter;

const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];

/// A session by scripts: each answer calls the page's function, and says that it is script and nothing else.
pub fn a_session_by_scripts<A: Adapter>() {
    let server = Server::<A>::with(|config| config.jsonp(true));
    let mut conn = Conn::open(server.addr());
    let opened = conn.exchange(&request("GET", &format!("{}&j=7", target("polling", None)), &[], b""));
    let open = opened.text().strip_prefix(r#"___eio[7]("0{\"sid\":\""#).expect("the page's function is called");
    let (sid, _) = open.split_once('\\').expect("the sid ends");
    let target = format!("{}&j=7", target("polling", Some(sid)));

    let posted = conn.exchange(&request("POST", &target, &FORM, b"d=4echo+%3C%2Fscript%3E%E2%80%A8%22"));
    posted.expect(200, "ok");
    let polled = conn.exchange(&request("GET", &target, &[], b""));
    polled.expect(200, r#"___eio[7]("4echo <\/script>\u2028\"");"#);
    for script in [opened, polled] {
        assert_eq!(script.header("content-type"), Some("text/javascript; charset=UTF-8"));
        assert_eq!(script.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(script.header("cache-control"), Some("no-store"));
    }

    // A body that is no form is no packet either.
    conn.exchange(&request("POST", &target, &FORM, b"4echo no")).expect_refusal(3);
    conn.exchange(&request("POST", &target, &FORM, b"d=4")).expect_refusal(1);
}

/// What names the page's function goes into a script, so it is digits.
pub fn the_index_is_digits<A: Adapter>() {
    let server = Server::<A>::with(|config| config.jsonp(true));
    for index in ["", "x", "1)", "-1", "%3B", "12345678901"] {
        let target = format!("{}&j={index}", target("polling", None));
        Conn::open(server.addr()).exchange(&request("GET", &target, &[], b"")).expect_refusal(3);
    }
}

/// Browsers let every page load scripts, with the visitor's cookies and without an `Origin`.
pub fn u01_jsonp_is_refused_unless_it_is_allowed<A: Adapter>() {
    let server = Server::<A>::start();
    let target = format!("{}&j=0", target("polling", None));
    Conn::open(server.addr()).exchange(&request("GET", &target, &[], b"")).expect_refusal(3);
    server.expect_sessions(0);
}
