//! What is told to `tracing`.
//!
//! A binary of its own: which events are wanted is remembered for the whole process, by whichever thread meets an event
//! first, so the other tests of the host would decide it as well.

#![allow(
    unreachable_pub,
    dead_code,
    reason = "the modules of a test binary are its own, and this one needs few of them"
)]

#[path = "host/lab.rs"]
mod lab;
#[path = "host/peer.rs"]
mod peer;

use lab::Lab;
use peer::{Call, open};
use std::{
    fmt::{Debug, Write},
    sync::{Arc, Mutex},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::with_default,
};

/// Writes everything down.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "engineio"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Line(&mut self.0.lock().unwrap()));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Line(&mut self.0.lock().unwrap()));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Line(&mut self.0.lock().unwrap()));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn f28_sessions_are_told_of_without_their_secret() {
    let log = Log::default();
    with_default(log.clone(), || {
        let lab = Lab::new();
        let engine = lab.engine().build().unwrap();
        let query = open(&engine);
        let socket = lab.accept(&engine);
        assert_eq!(Call::get(&engine, &query.replace("polling", "websocket")).answer().0, 400);
        assert_eq!(Call::get(&engine, "transport=pigeon").answer().0, 400);
        socket.discard();
        let told = log.0.lock().unwrap();
        for part in ["session opened", "polling", "session closed", "forced close", "UnknownTransport"] {
            assert!(told.contains(part), "{part} is in {told}");
        }
        let sid = socket.id().sid().expect("a server makes ids of its own kind");
        assert!(told.contains(&format!("{sid:?}")) && !told.contains(sid.as_str()), "{told}");
    });
}

#[test]
fn u09_an_engine_without_a_bound_on_sessions_warns() {
    for (bounded, warns) in [(false, true), (true, false)] {
        let log = Log::default();
        with_default(log.clone(), || {
            let lab = Lab::new();
            let engine = lab.engine();
            let engine = if bounded { engine.max_sessions(1000) } else { engine };
            drop(engine.build().unwrap());
            let told = log.0.lock().unwrap();
            assert_eq!(told.contains("max_sessions is not set"), warns, "{told}");
        });
    }
}
