//! Nothing grows without bound, whoever is slow.

use crate::{
    lab::Lab,
    peer::{Call, Client, open},
};
use bytes::Bytes;
use engineio_hyper::{Engine, Handler, Message, PerMessageDeflate, SendError, Socket, Text};
use flate2::{Compress, Compression, FlushCompress};
use std::{
    sync::{Arc, Mutex},
    task::Poll,
};

/// A message that stands alone, compressed.
fn deflate(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 100);
    let mut stream = Compress::new(Compression::best(), false);
    stream.compress_vec(message, &mut out, FlushCompress::Sync).unwrap();
    assert!(out.ends_with(&[0, 0, 0xff, 0xff]), "all of it is there");
    out.truncate(out.len() - 4);
    out
}

#[test]
fn a_post_is_answered_when_the_application_took_enough() {
    let lab = Lab::new();
    let engine = lab.engine().max_inbox_packets(2).build().unwrap();
    let query = open(&engine);
    let socket = lab.accept(&engine);
    let mut post = Call::post(&engine, &query, "4a\x1e4b\x1e4c");
    assert!(post.poll().is_pending());
    assert_eq!(lab.block_on(socket.recv()), Some(Message::from("a")));
    assert_eq!(post.answer(), (200, "ok".to_owned()), "two may wait");
    let mut post = Call::post(&engine, &query, "4d");
    assert!(post.poll().is_pending());
    assert_eq!(lab.block_on(socket.recv()), Some(Message::from("b")));
    assert_eq!(post.answer(), (200, "ok".to_owned()));
}

#[test]
fn another_post_meanwhile_is_an_overlap() {
    let lab = Lab::new();
    let engine = lab.engine().max_inbox_bytes(2).build().unwrap();
    let query = open(&engine);
    let socket = lab.accept(&engine);
    let mut post = Call::post(&engine, &query, "4abc");
    assert!(post.poll().is_pending());
    assert_eq!(Call::post(&engine, &query, "4d").answer(), (400, String::new()));
    assert_eq!(lab.block_on(socket.recv()), Some(Message::from("abc")), "what arrived is not lost");
    assert_eq!(lab.block_on(socket.recv()), None);
}

#[test]
fn a_websocket_is_not_read_from_while_the_application_is_behind() {
    let lab = Lab::new();
    let engine = lab.engine().max_inbox_packets(10).build().unwrap();
    let client = Client::websocket(&lab, &engine);
    let socket = lab.accept(&engine);
    for _ in 0..5 {
        for _ in 0..10 {
            client.frame(0x81, b"4x");
        }
        lab.run();
    }
    assert!(client.unread() > 0);
    let unread = client.unread();
    client.frame(0x81, b"4x");
    assert_eq!((lab.run(), client.unread()), (0, unread + 8), "it is not even looked at");
    for _ in 0..51 {
        assert_eq!(lab.block_on(socket.recv()), Some(Message::from("x")));
        lab.run();
    }
    assert_eq!(client.unread(), 0);
}

/// What inflates is measured by what it becomes: no more of it is decoded than the application may have waiting.
#[test]
fn u07_what_inflates_does_not_pass_the_bound() {
    const SIZE: usize = 100_000;
    let lab = Lab::new();
    let engine = lab.engine().websocket_compression(PerMessageDeflate::default()).max_inbox_bytes(1_000_000);
    let engine = engine.build().unwrap();
    let client = Client::compressing(&lab, &engine);
    let socket = lab.accept(&engine);
    let bomb = deflate(&[b"4".as_slice(), &[b'a'; SIZE]].concat());
    assert!(bomb.len() < 125, "many of them are read at once: {}", bomb.len());
    (0..200).for_each(|_| client.frame(0xc1, &bomb));
    lab.run();
    let waiting = |engine: &Engine<Lab>| engine.metrics().bytes_received;
    // The bound, and the message that passes it.
    assert_eq!(waiting(&engine), 10 * SIZE as u64);
    assert!(client.unread() > 0, "the rest is not even read");
    for _ in 0..200 {
        assert_eq!(lab.block_on(socket.recv()).map(|message| message.byte_len()), Some(SIZE));
        lab.run();
    }
    assert_eq!((client.unread(), waiting(&engine)), (0, 200 * SIZE as u64));
}

/// Messages take memory besides what they say.
#[test]
fn u07_messages_without_a_byte_count_against_the_bound() {
    let lab = Lab::new();
    let engine = lab.engine().max_inbox_bytes(64 * 100).build().unwrap();
    let query = open(&engine);
    let socket = lab.accept(&engine);
    let mut post = Call::post(&engine, &query, vec!["4"; 101].join("\x1e").leak());
    assert!(post.poll().is_pending());
    assert_eq!(lab.block_on(socket.recv()), Some(Message::from("")));
    assert_eq!(post.answer(), (200, "ok".to_owned()));
}

#[test]
fn f24_a_peer_that_does_not_read_fills_the_queue_and_no_more() {
    let lab = Lab::new();
    let engine = lab.engine().max_payload(100_000).max_queue_bytes(100_000).build().unwrap();
    let client = Client::websocket(&lab, &engine);
    let socket = lab.accept(&engine);
    client.limit(10_000);
    let mut sent = 0;
    let refused = loop {
        match socket.try_send(vec![b'x'; 1000]) {
            Ok(()) => sent += 1,
            Err(refused) => break refused,
        }
        lab.run();
    };
    assert!(matches!(&refused, SendError::Full(message) if message.byte_len() == 1000), "{refused}");
    // The queue, what the peer's connection holds, and at most one batch between them.
    assert!((110..=176).contains(&sent), "{sent}");

    let mut waiting = Box::pin(socket.send(refused.into_inner()));
    assert!(matches!(crate::lab::poll_once(waiting.as_mut()), Poll::Pending));
    let mut received = 0;
    while received < sent * 1004 {
        let read = client.read().len();
        assert!(read > 0, "after {received} bytes nothing more comes");
        received += read;
        lab.run();
    }
    assert_eq!(lab.block_on(waiting), Ok(()));
}

#[test]
fn what_is_ready_together_is_written_together() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let client = Client::websocket(&lab, &engine);
    let socket = lab.accept(&engine);
    client.writes();
    for _ in 0..500 {
        socket.try_send("x").unwrap();
    }
    lab.run();
    assert_eq!(client.read(), b"\x81\x024x".repeat(500));
    assert_eq!(client.writes(), 1);
}

#[test]
fn c07_a_peer_that_only_pings_is_not_answered_without_end() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let client = Client::websocket(&lab, &engine);
    let _socket = lab.accept(&engine);
    client.limit(0);
    for _ in 0..1000 {
        client.frame(0x89, &[0; 125]);
    }
    lab.run();
    assert!(client.unread() >= 60_000, "{} bytes are left", client.unread());
    client.limit(usize::MAX);
    lab.run();
    assert_eq!(client.read().len(), 1000 * 127);
}

#[test]
fn c07_a_peer_that_pings_without_end_is_sent_to_and_closed_all_the_same() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let client = Client::websocket(&lab, &engine);
    let socket = lab.accept(&engine);
    let flood = || (0..40_000).for_each(|_| client.frame(0x89, &[0; 125]));
    flood();
    socket.try_send("x").unwrap();
    lab.run();
    let read = client.read();
    let at = read.windows(4).position(|frame| frame == b"\x81\x024x").unwrap();
    assert!(at < read.len() / 4, "{at} of {} bytes were written before it", read.len());

    flood();
    socket.discard();
    lab.run();
    let read = client.read();
    assert!(read.ends_with(b"\x88\x00"), "{}", read.escape_ascii());
    assert!(read.len() < 40_000 * 127 / 4, "{} bytes of pongs before it", read.len());
}

#[test]
fn the_end_comes_though_the_application_is_behind() {
    let lab = Lab::new();
    let engine = lab.engine().max_inbox_packets(1).build().unwrap();
    let query = open(&engine);
    let socket = lab.accept(&engine);
    let mut post = Call::post(&engine, &query, "4a\x1e4b\x1e4c");
    assert!(post.poll().is_pending());
    socket.discard();
    assert_eq!(post.answer(), (200, "ok".to_owned()));
}

/// Records messages in the order in which they are handled.
#[derive(Clone, Default)]
struct Order(Arc<Mutex<Vec<String>>>);

impl Handler for Order {
    type Data = ();

    fn on_connect(&self, _: &Socket) {}

    fn on_message(&self, _: &Socket, (): &mut (), text: Text) {
        self.0.lock().unwrap().push(text.to_string());
    }

    fn on_binary(&self, _: &Socket, (): &mut (), _: Bytes) {}
}

/// A read may hold thousands of tiny messages. Its connection gives way to the others before all of them are handled.
#[test]
fn u18_tiny_messages_do_not_keep_others_waiting() {
    let lab = Lab::new();
    let order = Order::default();
    let engine = lab.engine().build_with_handler(order.clone()).unwrap();
    let clients = [b'a', b'b'].map(|letter| (letter, Client::websocket(&lab, &engine)));
    for (letter, client) in clients {
        client.write(&[0x81, 0x82, 0, 0, 0, 0, b'4', letter].repeat(8000));
    }
    lab.run();
    let order = order.0.lock().unwrap();
    assert_eq!(order.len(), 16_000);
    let longest = order.chunk_by(|first, second| first == second).map(<[_]>::len).max().unwrap();
    assert!(longest <= 1024, "{longest} messages of one connection were handled in a row");
}
