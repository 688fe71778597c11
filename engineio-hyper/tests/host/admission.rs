//! The application's say about handshakes, while it has not been said.

use crate::{
    lab::Lab,
    peer::{Call, open},
};
use engineio_hyper::{BadRequest, Forbidden, Refusal, Sid};
use std::{
    future::pending,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::Semaphore;

#[test]
fn a_handshake_waits_for_its_decision() {
    let lab = Lab::new();
    let gate = Arc::new(Semaphore::new(0));
    let asked = gate.clone();
    let engine = lab
        .engine()
        .allow_request(move |_| {
            let gate = asked.clone();
            async move {
                drop(gate.acquire().await);
                Ok(())
            }
        })
        .build()
        .unwrap();
    let mut call = Call::get(&engine, "transport=polling");
    assert!(call.poll().is_pending());
    assert!(engine.sockets().is_empty(), "there is no session before it is allowed");
    gate.add_permits(1);
    assert_eq!(call.answer().0, 200);
    assert_eq!(engine.len(), 1);
}

#[test]
fn h04_h06_h30_f03_a_peer_that_leaves_ends_the_decision() {
    let lab = Lab::new();
    let kept = Arc::new(());
    let held = kept.clone();
    let engine = lab
        .engine()
        .max_sessions(1)
        .allow_request(move |_| {
            let held = held.clone();
            async move {
                let _held = held;
                pending().await
            }
        })
        .build()
        .unwrap();
    for _ in 0..3 {
        let mut call = Call::get(&engine, "transport=polling");
        assert!(call.poll().is_pending());
        assert_eq!(Arc::strong_count(&kept), 3);
        assert_eq!(Call::get(&engine, "transport=polling").answer().0, 503, "who waits counts");
        drop(call);
        assert_eq!(Arc::strong_count(&kept), 2, "the decision is dropped");
        assert_eq!(engine.len(), 0);
    }
}

#[test]
fn f03_a_decision_that_does_not_come_is_503() {
    let lab = Lab::new();
    let engine = lab.engine().admission_timeout(Duration::from_secs(3)).allow_request(|_| pending()).build().unwrap();
    let mut call = Call::get(&engine, "transport=polling");
    assert!(call.poll().is_pending());
    lab.advance(Duration::from_millis(2999));
    assert!(call.poll().is_pending());
    lab.advance(Duration::from_millis(1));
    assert_eq!(call.answer(), (503, String::new()));
    assert_eq!(engine.len(), 0);
}

#[test]
fn h29_ids_may_be_made_by_the_application() {
    let lab = Lab::new();
    let engine = lab
        .engine()
        .generate_id(async |request| request.uri().query().unwrap_or_default().rsplit('=').next().unwrap().parse())
        .build()
        .unwrap();
    let id: Sid = "my-own".parse().unwrap();
    let (status, body) = Call::get(&engine, "transport=polling&id=my-own").answer();
    assert_eq!((status, body.split('"').nth(3)), (200, Some("my-own")));
    assert!(engine.socket(id).is_some());

    let taken = Call::get(&engine, "transport=polling&id=my-own").answer();
    assert_eq!(taken, (400, r#"{"code":3,"message":"Bad request"}"#.to_owned()));
    assert_eq!(engine.len(), 1);
    assert!(engine.socket(id).is_some(), "the first is not disturbed");

    let failed = Call::get(&engine, "transport=polling&id=!").answer();
    assert_eq!(failed, (400, r#"{"code":3,"message":"Bad request"}"#.to_owned()));
    assert_eq!(engine.len(), 1);
}

#[test]
fn refusals_are_told_with_their_reasons() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = told.clone();
    let lab = Lab::new();
    let engine = lab
        .engine()
        .max_sessions(3)
        .allow_request(async |request| match request.headers().len() {
            0 if request.uri().query().unwrap_or_default().ends_with("no") => Err(Forbidden::new("not you")),
            _ => Ok(()),
        })
        .generate_id(async |request| match request.uri().query().unwrap_or_default().ends_with("fail") {
            true => Err(io::Error::other("no entropy")),
            false => Ok(Sid::from_entropy([request.uri().query().map_or(0, str::len) as u8; 15])),
        })
        .on_refused(move |refused| {
            let cause = refused.cause().map(ToString::to_string);
            tell.lock().unwrap().push((refused.refusal().clone(), refused.message().to_owned(), cause));
        })
        .build()
        .unwrap();
    let query = open(&engine);
    for (query, status) in [
        ("transport=pigeon", 400),
        ("transport=polling&sid=unknown", 400),
        ("transport=polling&no", 403),
        ("transport=polling&fail", 400),
        (&*query.replace("polling", "websocket"), 400),
    ] {
        assert_eq!(Call::get(&engine, query).answer().0, status, "{query}");
    }
    assert_eq!(Call::post(&engine, "transport=polling", "").answer().0, 400);
    let told = std::mem::take(&mut *told.lock().unwrap());
    let expect = |refusal, message: &str, cause: Option<&str>| (refusal, message.to_owned(), cause.map(str::to_owned));
    assert_eq!(
        told,
        [
            expect(Refusal::UnknownTransport, "Transport unknown", None),
            expect(Refusal::UnknownSid, "Session ID unknown", None),
            expect(Refusal::Forbidden(Some("not you".into())), "not you", None),
            expect(BadRequest::IdGeneration.into(), "Bad request", Some("no entropy")),
            expect(BadRequest::TransportMismatch.into(), "Bad request", None),
            expect(Refusal::BadHandshakeMethod, "Bad handshake method", None),
        ]
    );
}
