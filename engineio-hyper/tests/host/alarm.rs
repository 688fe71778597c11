//! Timers: at their moment, with one task a shard, and none when the engine is gone.

use crate::{
    lab::Lab,
    peer::{Call, Client, open},
};
use engineio_hyper::CloseReason;
use std::{task::Poll, time::Duration};

const MS: Duration = Duration::from_millis(1);

#[test]
fn heartbeats_come_at_their_moment() {
    let lab = Lab::new();
    let engine = lab.engine().ping_interval(1000 * MS).ping_timeout(500 * MS).build().unwrap();
    let query = open(&engine);
    let socket = lab.accept(&engine);
    lab.run();
    let mut get = Call::get(&engine, &query);
    assert!(get.poll().is_pending());
    lab.advance(999 * MS);
    assert!(get.poll().is_pending());
    lab.advance(MS);
    assert_eq!(get.answer(), (200, "2".to_owned()));

    lab.advance(499 * MS);
    assert_eq!(socket.close_reason(), None);
    lab.advance(MS);
    assert_eq!(socket.close_reason(), Some(CloseReason::PingTimeout));
}

#[test]
fn an_earlier_deadline_brings_the_alarm_forward() {
    let lab = Lab::new();
    let engine = lab.engine().ping_interval(1000 * MS).close_timeout(50 * MS).build().unwrap();
    open(&engine);
    let socket = lab.accept(&engine);
    lab.advance(10 * MS);
    socket.close();
    lab.advance(49 * MS);
    assert_eq!(socket.close_reason(), None, "nobody polls, so it cannot leave in order");
    lab.advance(MS);
    assert_eq!(socket.close_reason(), Some(CloseReason::ForcedClose));
}

#[test]
fn a_thousand_sessions_share_a_few_tasks() {
    let lab = Lab::new();
    let engine = lab.engine().max_backlog(1000).build().unwrap();
    for _ in 0..1000 {
        open(&engine);
    }
    lab.run();
    let shards = 16 * std::thread::available_parallelism().map_or(1, usize::from).next_power_of_two();
    assert!(lab.tasks() <= shards, "{} tasks for {shards} shards", lab.tasks());
    assert_eq!(lab.run(), 0, "and they sleep");
}

#[test]
fn quiet_time_costs_a_session_two_timers_an_interval() {
    let lab = Lab::new();
    let engine = lab.engine().ping_interval(1000 * MS).build().unwrap();
    let client = Client::websocket(&lab, &engine);
    let socket = lab.accept(&engine);
    for _ in 0..100 {
        lab.advance(1000 * MS);
        assert_eq!(client.read(), b"\x81\x012");
        client.frame(0x81, b"3");
        assert!(lab.run() <= 4);
    }
    assert_eq!(socket.close_reason(), None);
}

#[test]
fn with_the_engine_its_sessions_and_tasks_end() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let query = open(&engine);
    let polling = lab.accept(&engine);
    let client = Client::websocket(&lab, &engine);
    let websocket = lab.accept(&engine);
    let mut get = Call::get(&engine, &query);
    assert!(get.poll().is_pending());
    open(&engine);
    drop(engine);
    assert_eq!(polling.close_reason(), None, "a request keeps the engine alive");
    drop(get);
    lab.run();
    assert!(polling.close_reason().is_some());
    assert_eq!(websocket.close_reason(), Some(CloseReason::ForcedClose));
    assert_eq!(client.read(), b"\x88\x00");
    client.leave();
    drop((polling, websocket));
    lab.run();
    assert_eq!(lab.tasks(), 0);
}

#[test]
fn an_engine_that_is_dropped_closes_what_nobody_accepted() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    open(&engine);
    lab.run();
    drop(engine);
    lab.run();
    assert_eq!(lab.tasks(), 0);
}

#[test]
fn polling_a_request_again_changes_nothing() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let query = open(&engine);
    let mut get = Call::get(&engine, &query);
    for _ in 0..3 {
        assert!(matches!(get.poll(), Poll::Pending));
    }
    assert_eq!(engine.broadcast("hi"), 1);
    assert_eq!(get.answer(), (200, "4hi".to_owned()));
}
