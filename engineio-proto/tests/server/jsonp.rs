//! Sessions whose payloads travel as JSONP.

use crate::host::Host;
use bytes::Bytes;
use engineio_proto::{Action, BadRequest, Config, Refusal, RequestHead, SessionKey, Sid, Verdict};

fn host() -> Host {
    Host::with(Config::builder().allow_eio3(true).jsonp(true))
}

fn session(host: &mut Host, query: &str) -> (Sid, SessionKey) {
    let (sid, ticket) = host.open_query(query, "handshake").unwrap();
    host.drain();
    (sid, ticket.session().unwrap())
}

#[test]
fn the_handshake_calls_its_callback() {
    let mut host = host();
    let (sid, _) = host.open_query("EIO=4&transport=polling&j=0", "handshake").unwrap();
    let json = format!(
        r#"0{{\"sid\":\"{sid}\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}}"#
    );
    assert_eq!(host.drain(), ["open polling".into(), format!("handshake: 200 ___eio[0](\"{json}\");")]);
}

/// The headers and the body of a poll's answer, in a session that was opened like this.
fn polled(query: &str) -> (Vec<(&'static str, &'static str)>, Bytes) {
    let mut host = host();
    let (sid, key) = session(&mut host, query);
    host.send(key, "hi");
    host.get(sid, "get");
    let Some(Action::Answer(answer)) = host.server.poll() else { panic!("no answer") };
    let (handle, Verdict::Respond(response)) = answer.into_parts() else { panic!("no response") };
    handle.settle();
    (response.headers().collect(), response.encode())
}

#[test]
fn f32_its_answers_are_scripts_that_no_browser_takes_for_anything_else() {
    let (headers, body) = polled("EIO=4&transport=polling&j=5");
    let plain = [("content-type", "text/plain; charset=UTF-8"), ("cache-control", "no-store")];
    assert_eq!(polled("EIO=4&transport=polling"), (plain.to_vec(), "4hi".into()), "without `j`");
    assert_eq!(
        headers,
        [
            ("content-type", "text/javascript; charset=UTF-8"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff")
        ]
    );
    assert_eq!(body, "___eio[5](\"4hi\");");
}

#[test]
fn its_posts_are_forms() {
    let mut host = host();
    let (sid, _) = session(&mut host, "EIO=4&transport=polling&j=5");
    host.post(sid, "post", "d=4a%5Cnb%1Ebaw%3D%3D");
    assert_eq!(host.drain(), ["message a\nb", "message [107]", "post: 200 ok"]);
    host.post(sid, "post", "x=4a");
    assert_eq!(host.drain(), ["parse error: ParseError(Form)", r#"post: 400 {"code":3,"message":"Bad request"}"#]);
    host.assert_empty();
}

#[test]
fn of_protocol_3_it_is_text_and_a_form_whatever_it_claims() {
    let mut host = host();
    let (sid, key) = session(&mut host, "EIO=3&transport=polling&j=5");
    host.server.send(key, vec![1, 2, 3]).unwrap();
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 ___eio[5](\"6:b4AQID\");"]);
    let query = format!("EIO=3&transport=polling&sid={sid}");
    let head = RequestHead { method: "POST", query: &query, ..RequestHead::default() };
    for content_type in [&b"application/x-www-form-urlencoded"[..], b"application/octet-stream"] {
        let ticket = host.raw_head(&RequestHead { content_type: Some(content_type), ..head }, "post").unwrap();
        host.body(ticket, "d=1%3A2");
        assert_eq!(host.drain(), ["post: 200 ok"]);
    }
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 ___eio[5](\"1:3\");"]);
}

#[test]
fn c13_every_answer_is_a_script() {
    let mut host = host();
    let (sid, key) = session(&mut host, "EIO=4&transport=polling&j=5");
    host.get(sid, "get");
    host.server.close(host.now(), key);
    assert_eq!(host.drain(), ["get: 200 ___eio[5](\"1\");", "forced close: ForcedClose"]);
    let (sid, key) = session(&mut host, "EIO=4&transport=polling&j=5");
    host.server.close(host.now(), key);
    host.get(sid, "get");
    assert_eq!(host.drain(), ["get: 200 ___eio[5](\"6\\u001e1\");", "forced close: ForcedClose"]);
    let (sid, _) = session(&mut host, "EIO=4&transport=polling&j=5");
    host.get(sid, "get");
    host.post(sid, "post", "d=1");
    assert_eq!(host.drain(), ["transport close: TransportClose", "post: 200 ok", "get: 200 ___eio[5](\"6\");"]);
    host.assert_empty();
}

#[test]
fn p01_what_later_requests_say_about_it_is_ignored() {
    let mut host = host();
    let (jsonp, key) = session(&mut host, "EIO=4&transport=polling&j=5");
    let (plain, other) = session(&mut host, "EIO=4&transport=polling");
    for j in ["", "&j=6", "&j=x"] {
        host.send(key, "a");
        host.send(other, "a");
        host.raw("GET", &format!("transport=polling&sid={jsonp}{j}"), false, "jsonp").unwrap();
        host.raw("GET", &format!("transport=polling&sid={plain}{j}"), false, "plain").unwrap();
        let mut said = host.drain();
        said.sort();
        assert_eq!(said, ["jsonp: 200 ___eio[5](\"4a\");", "plain: 200 4a"]);
    }
    host.raw("GET", &format!("transport=websocket&sid={jsonp}&j=x"), true, "upgrade").unwrap();
    let ws = host.drain_ws().1.unwrap();
    host.text(ws, "2probe");
    host.text(ws, "5");
    host.send(key, "a");
    assert_eq!(host.drain(), ["upgraded", "ws> 3probe", "ws> 4a"]);
}

#[test]
fn f32_a_handshake_with_another_callback_than_a_number_is_refused() {
    let mut host = host();
    for j in ["j=", "j=abc", "j=1;x", "j=12345678901", "j=-1", "j=1&j=2"] {
        let refusal = host.open_query(&format!("EIO=4&transport=polling&{j}"), "handshake").unwrap_err();
        assert_eq!((&refusal, refusal.code()), (&Refusal::BadRequest(BadRequest::Jsonp), Some(3)), "{j}");
    }
    // On a WebSocket there are no scripts.
    assert!(host.open_query("EIO=4&transport=websocket&j=abc", "handshake").is_ok());
    host.drain();
}

#[test]
fn u01_jsonp_is_refused_unless_it_is_allowed() {
    let mut host = Host::with(Config::builder().allow_eio3(true));
    for query in ["EIO=4&transport=polling&j=0", "EIO=3&transport=polling&b64=1&j=12", "EIO=4&transport=polling&j=abc"]
    {
        let refusal = host.open_query(query, "handshake").unwrap_err();
        let expected = Refusal::BadRequest(BadRequest::JsonpDisabled);
        assert_eq!((&refusal, refusal.code(), refusal.status(false)), (&expected, Some(3), 400), "{query}");
    }
    // A WebSocket has no scripts, and a later request cannot ask for any.
    assert!(host.open_query("EIO=4&transport=websocket&j=0", "handshake").is_ok());
    let (sid, key) = session(&mut host, "EIO=4&transport=polling");
    host.send(key, "a");
    host.raw("GET", &format!("transport=polling&sid={sid}&j=0"), false, "get").unwrap();
    assert_eq!(host.drain(), ["get: 200 4a"]);
}
