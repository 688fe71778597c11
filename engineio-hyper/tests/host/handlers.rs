//! Handlers: one call at a time, in order, and panics that stay where they are.

use crate::{
    lab::Lab,
    peer::{Call, Client, open},
};
use bytes::Bytes;
use engineio_hyper::{CloseReason, Engine, Handler, Socket, Text};
use std::{
    panic,
    sync::{Arc, Mutex, MutexGuard},
};

/// Writes down what it is told, and does what it is told.
#[derive(Clone, Default)]
struct Obedient(Arc<Mutex<Vec<String>>>);

/// Writes down that it is gone, and panics if its session wanted that.
struct Data {
    handler: Obedient,
    explosive: bool,
}

impl Obedient {
    fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.log())
    }

    fn note(&self, what: impl Into<String>) {
        self.log().push(what.into());
    }

    fn log(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.try_lock().expect("no call comes while another lasts")
    }

    fn engine(&self, lab: &Lab) -> Engine<Lab> {
        lab.engine().build_with_handler(self.clone()).unwrap()
    }
}

impl Handler for Obedient {
    type Data = Data;

    fn on_connect(&self, socket: &Socket) -> Data {
        self.note("connect");
        if socket.handshake().headers.contains_key("x-panic") {
            panic();
        }
        Data { handler: self.clone(), explosive: false }
    }

    fn on_message(&self, socket: &Socket, data: &mut Data, text: Text) {
        // With the lock held, so that a call within a call would be noticed.
        let mut log = self.log();
        log.push(text.to_string());
        match &*text {
            "close" => socket.close(),
            "discard" => socket.discard(),
            "echo" => socket.try_send("echo").unwrap(),
            "explode" => data.explosive = true,
            "panic" => {
                drop(log);
                panic();
            }
            _ => {}
        }
    }

    fn on_binary(&self, _: &Socket, _: &mut Data, _: Bytes) {
        self.note("binary");
    }

    fn on_upgrade(&self, _: &Socket, _: &mut Data) {
        self.note("upgrade");
    }

    fn on_close(&self, _: &Socket, data: Data, reason: CloseReason) {
        self.note(reason.to_string());
        if data.explosive {
            panic();
        }
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        self.handler.note("dropped");
    }
}

/// A panic that leaves no message in the test's output.
fn panic() -> ! {
    panic::resume_unwind(Box::new("as the test wants"))
}

#[test]
fn calls_come_one_by_one_and_in_order() {
    let lab = Lab::new();
    let handler = Obedient::default();
    let engine = handler.engine(&lab);
    let query = open(&engine);
    assert_eq!(Call::post(&engine, &query, "4a\x1ebAA==\x1e4echo\x1e4b").answer().0, 200);
    assert_eq!(Call::get(&engine, &query).answer(), (200, "4echo".to_owned()));
    assert_eq!(Call::post(&engine, &query, "4c\x1e1").answer().0, 200);
    assert_eq!(handler.told(), ["connect", "a", "binary", "echo", "b", "c", "transport close", "dropped"]);
}

#[test]
fn what_a_handler_sends_leaves_before_more_is_read() {
    let lab = Lab::new();
    let handler = Obedient::default();
    let engine = lab.engine().max_queue_packets(6000).build_with_handler(handler.clone()).unwrap();
    let client = Client::websocket(&lab, &engine);
    for _ in 0..20_000 {
        client.frame(0x81, b"4echo");
    }
    lab.run();
    assert_eq!(client.read(), b"\x81\x054echo".repeat(20_000));
}

#[test]
fn f37_a_session_that_is_closed_from_within_is_told_afterwards() {
    let lab = Lab::new();
    let handler = Obedient::default();
    let engine = handler.engine(&lab);
    for how in ["discard", "close"] {
        let client = Client::websocket(&lab, &engine);
        client.frame(0x81, format!("4{how}").as_bytes());
        lab.run();
        assert_eq!(client.read(), b"\x88\x00");
        assert_eq!(handler.told(), ["connect", how, "forced close", "dropped"]);
    }
}

#[test]
fn a_long_turn_goes_on_elsewhere_in_the_same_order() {
    let lab = Lab::new();
    let handler = Obedient::default();
    let engine = handler.engine(&lab);
    let client = Client::websocket(&lab, &engine);
    for number in 0..500 {
        client.frame(0x81, format!("4{number}").as_bytes());
    }
    lab.run();
    let expected = std::iter::once("connect".to_owned()).chain((0..500).map(|number| number.to_string()));
    assert_eq!(handler.told(), expected.collect::<Vec<_>>());
}

#[test]
fn f36_b05_a_panic_closes_its_session_and_no_other() {
    let lab = Lab::new();
    let handler = Obedient::default();
    let engine = handler.engine(&lab);
    let (query, other) = (open(&engine), open(&engine));
    let answer = Call::post(&engine, &query, "4a\x1e4panic\x1e4b").answer();
    assert_eq!(answer, (200, "ok".to_owned()), "the peer has done nothing wrong");
    lab.run();
    assert_eq!(handler.told(), ["connect", "connect", "a", "panic", "forced close", "dropped"]);
    assert_eq!(Call::get(&engine, &query).answer().0, 400);
    assert_eq!(Call::post(&engine, &other, "4still here").answer().0, 200);
    assert_eq!(handler.told(), ["still here"]);
}

#[test]
fn f36_f25_a_panic_at_the_beginning_leaves_nothing_to_end() {
    let lab = Lab::new();
    let handler = Obedient::default();
    let engine = handler.engine(&lab);
    let request = http::Request::get("/engine.io/?EIO=4&transport=polling")
        .header("x-panic", "yes")
        .body(http_body_util::Empty::<Bytes>::new())
        .unwrap();
    let status = Call::new(&engine, request).answer().0;
    assert_eq!(status, 200, "the session was there");
    lab.run();
    assert_eq!(handler.told(), ["connect"]);
    assert!(engine.is_empty());
}

#[test]
fn f36_a_panic_at_the_end_changes_nothing() {
    let lab = Lab::new();
    let handler = Obedient::default();
    let engine = handler.engine(&lab);
    let query = open(&engine);
    let answer = Call::post(&engine, &query, "4explode\x1e1").answer();
    assert_eq!(answer, (200, "ok".to_owned()));
    assert_eq!(handler.told(), ["connect", "explode", "transport close", "dropped"]);
    assert!(engine.is_empty());
    open(&engine);
}
