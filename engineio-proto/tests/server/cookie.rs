//! The cookie with a session's id.

use crate::host::Host;
use engineio_proto::{Config, Cookie, CookieBuilder, CookieError, SameSite};
use std::time::Duration;

fn cookie() -> CookieBuilder {
    Cookie::builder("io")
}

fn host() -> Host {
    Host::with(Config::builder().allow_eio3(true).cookie(cookie().build().unwrap()))
}

#[test]
fn the_answer_to_each_handshake_sets_it_and_no_other_does() {
    let mut host = host();
    for query in ["EIO=4&transport=polling", "EIO=4&transport=websocket", "EIO=3&transport=polling"] {
        let (sid, _) = host.open_query(query, "handshake").unwrap();
        host.drain();
        assert_eq!(host.cookies.take(), [format!("io={sid}; Path=/; HttpOnly; SameSite=Lax")], "{query}");
    }
    let (sid, key, ws) = host.upgraded();
    host.cookies.take();
    host.get(sid, "get");
    host.upgrade(sid, "again");
    host.text(ws, "4hi");
    host.server.close(host.now(), key);
    host.drain();
    let (sid, key) = host.polling();
    host.cookies.take();
    host.send(key, "hi");
    host.get(sid, "get");
    host.post(sid, "post", "4hi");
    host.upgrade(sid, "upgrade");
    host.drain();
    assert_eq!(host.cookies.take(), [""; 0]);
}

#[test]
fn a_session_that_is_closed_at_once_sets_it_too() {
    let mut host = host();
    for transport in ["polling", "websocket"] {
        let (sid, ticket) = host.open_quietly(transport, "handshake");
        host.server.close(host.now(), ticket.session().unwrap());
        host.drain();
        assert_eq!(host.cookies.take(), [format!("io={sid}; Path=/; HttpOnly; SameSite=Lax")]);
    }
}

#[test]
fn without_the_setting_there_is_none() {
    let mut host = Host::new();
    host.polling();
    host.websocket();
    assert_eq!(host.cookies.take(), [""; 0]);
}

#[test]
fn each_attribute_is_written_as_browsers_read_it() {
    let text = |builder: CookieBuilder| builder.build().map(|cookie| cookie.to_string());
    assert_eq!(text(cookie().without_path().http_only(false).same_site(None)), Ok("io=…".into()));
    assert_eq!(
        text(
            Cookie::builder("a.b-c_d")
                .max_age(Duration::from_millis(90_500))
                .domain("Example.com")
                .path("/x y")
                .secure(true)
                .partitioned(true)
                .same_site(SameSite::Strict)
        ),
        Ok("a.b-c_d=…; Max-Age=90; Domain=Example.com; Path=/x y; HttpOnly; Secure; Partitioned; SameSite=Strict"
            .into())
    );
}

#[test]
fn f31_what_could_end_its_place_in_the_header_is_refused() {
    let all = || (0..=0x7f_u8).map(char::from).chain(['\u{e9}', '\u{2028}']);
    for char in all() {
        let name = Cookie::builder(format!("a{char}")).build();
        let token = char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char);
        assert_eq!(name.is_ok(), token, "{char:?}");
        let path = cookie().path(format!("/{char}")).build();
        assert_eq!(path.is_ok(), (' '..='~').contains(&char) && char != ';', "{char:?}");
        let domain = cookie().domain(format!("a{char}b")).build();
        assert_eq!(domain.is_ok(), char.is_ascii_alphanumeric() || "-.".contains(char), "{char:?}");
    }
    assert_eq!(Cookie::builder("").build(), Err(CookieError::Name));
    for path in ["", "x", " /"] {
        assert_eq!(cookie().path(path).build(), Err(CookieError::Path), "{path:?}");
    }
    for domain in ["", ".", "a..b", "a.", "..a"] {
        assert_eq!(cookie().domain(domain).build(), Err(CookieError::Domain), "{domain:?}");
    }
    assert!(cookie().domain(".example.com").build().is_ok());
}

#[test]
fn what_browsers_ignore_is_refused() {
    let none = || cookie().same_site(SameSite::None);
    assert_eq!(none().build(), Err(CookieError::Insecure("SameSite=None")));
    assert!(none().secure(true).build().is_ok());
    assert_eq!(cookie().partitioned(true).build(), Err(CookieError::Insecure("Partitioned")));
    for name in ["__Secure-io", "__Host-io", "__host-io"] {
        assert_eq!(Cookie::builder(name).build(), Err(CookieError::Prefix), "{name}");
        assert!(Cookie::builder(name).secure(true).build().is_ok(), "{name}");
    }
    let host = || Cookie::builder("__Host-io").secure(true);
    for builder in [host().path("/x"), host().without_path(), host().domain("example.com")] {
        assert_eq!(builder.build(), Err(CookieError::Prefix));
    }
    assert!(Cookie::builder("__Secure-io").secure(true).path("/x").build().is_ok());
}
