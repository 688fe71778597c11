//! The end of an engine, and of its server.

use crate::{
    lab::{Lab, poll_once},
    peer::{Call, Client, open},
};
use engineio_hyper::{CloseReason, Listener, serve};
use hyper::rt::{Read, Write};
use std::{
    collections::VecDeque,
    future::{pending, poll_fn},
    io,
    net::SocketAddr,
    pin::pin,
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};
use tokio::sync::Semaphore;

#[test]
fn an_idle_engine_is_shut_down_at_once() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    lab.block_on(engine.shutdown());
    assert_eq!(Call::get(&engine, "transport=polling").answer(), (503, String::new()));
    assert!(lab.block_on(engine.accept()).is_none());
    lab.block_on(engine.shutdown());
}

#[test]
fn f41_a_shutdown_waits_for_each_session() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let (idle, parked) = (open(&engine), open(&engine));
    let client = Client::websocket(&lab, &engine);
    let sockets = [(); 3].map(|()| lab.accept(&engine));
    sockets[0].try_send("last").unwrap();
    let mut get = Call::get(&engine, &parked);
    assert!(get.poll().is_pending());

    let mut shutdown = pin!(engine.shutdown());
    assert!(poll_once(shutdown.as_mut()).is_pending());
    assert_eq!(get.answer(), (200, "1".to_owned()));
    assert_eq!(Call::get(&engine, "transport=polling").answer().0, 503);
    lab.run();
    assert_eq!(client.read(), b"\x88\x02\x03\xe9");
    assert!(poll_once(shutdown.as_mut()).is_pending(), "one has not been told");
    assert_eq!(Call::get(&engine, &idle).answer(), (200, "4last".to_owned()));
    assert!(poll_once(shutdown.as_mut()).is_pending(), "it has not been told yet");
    assert_eq!(Call::get(&engine, &idle).answer(), (200, "6\u{1e}1".to_owned()));
    assert_eq!(engine.len(), 0);
    assert!(poll_once(shutdown.as_mut()).is_pending(), "the closing handshake is not over");
    client.frame(0x88, b"\x03\xe9");
    client.leave();
    lab.run();
    assert!(poll_once(shutdown.as_mut()).is_ready());
    for socket in sockets {
        assert_eq!(socket.close_reason(), Some(CloseReason::ForcedClose));
    }
}

#[test]
fn f41_a11_a_shutdown_ends_in_time() {
    let lab = Lab::new();
    let engine = lab.engine().close_timeout(Duration::from_secs(5)).build().unwrap();
    open(&engine);
    let client = Client::websocket(&lab, &engine);
    client.limit(0);
    let socket = lab.accept(&engine);
    socket.try_send("never asked for").unwrap();
    let mut shutdown = pin!(engine.shutdown());
    assert!(poll_once(shutdown.as_mut()).is_pending());
    lab.advance(Duration::from_millis(4999));
    assert!(poll_once(shutdown.as_mut()).is_pending());
    lab.advance(Duration::from_millis(1001));
    assert!(poll_once(shutdown.as_mut()).is_ready());
    assert!(engine.is_empty());
}

#[test]
fn h44_a_handshake_that_is_being_decided_comes_too_late() {
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
    let mut shutdown = pin!(engine.shutdown());
    assert!(poll_once(shutdown.as_mut()).is_pending());
    gate.add_permits(1);
    assert_eq!(call.answer().0, 503);
    assert!(poll_once(shutdown.as_mut()).is_ready());
}

/// A listener that does what a test says.
struct Scripted<Io> {
    script: Arc<Mutex<VecDeque<io::Result<Io>>>>,
    calls: Arc<Mutex<usize>>,
}

impl<Io: Read + Write + Send + Unpin + 'static> Listener for Scripted<Io> {
    type Io = Io;

    async fn accept(&mut self) -> io::Result<(Io, SocketAddr)> {
        *self.calls.lock().unwrap() += 1;
        poll_fn(|_| match self.script.lock().unwrap().pop_front() {
            Some(result) => Poll::Ready(result.map(|io| (io, SocketAddr::from(([127, 0, 0, 1], 1))))),
            None => Poll::Pending,
        })
        .await
    }
}

#[test]
fn a_server_ends_its_connections_after_their_answers() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let [(busy, busy_end), (idle, idle_end)] = [(); 2].map(|()| Client::pair());
    let script = Arc::new(Mutex::new(VecDeque::from([Ok(busy_end), Ok(idle_end)])));
    let listener = Scripted { script, calls: Arc::default() };
    let signal = Arc::new(Semaphore::new(0));
    let (permit, ending) = (signal.clone(), engine.clone());
    let shutdown = async move {
        drop(permit.acquire().await);
        ending.shutdown().await;
    };
    let server = serve(lab.clone(), listener, engine.service()).with_graceful_shutdown(shutdown);
    let mut serving = pin!(server.into_future());
    assert!(poll_once(serving.as_mut()).is_pending());
    lab.run();
    let query = open(&engine);
    busy.write(format!("GET /engine.io/?EIO=4&{query} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes());
    lab.run();
    assert!(busy.read().is_empty(), "the poll is parked");

    signal.add_permits(1);
    assert!(poll_once(serving.as_mut()).is_pending());
    lab.run();
    assert!(busy.read().ends_with(b"\r\n\r\n1"));
    lab.run();
    for _ in 0..2 {
        if poll_once(serving.as_mut()).is_ready() {
            assert!(busy.is_closed() && idle.is_closed());
            return;
        }
        lab.run();
    }
    panic!("the server does not end");
}

#[test]
fn f24_a_server_ends_whether_or_not_its_peers_take_their_answers() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let (client, end) = Client::pair();
    let listener = Scripted { script: Arc::new(Mutex::new(VecDeque::from([Ok(end)]))), calls: Arc::default() };
    let signal = Arc::new(Semaphore::new(0));
    let permit = signal.clone();
    let shutdown = async move { drop(permit.acquire().await) };
    let server = serve(lab.clone(), listener, engine.service()).with_graceful_shutdown(shutdown);
    let mut serving = pin!(server.into_future());
    assert!(poll_once(serving.as_mut()).is_pending());
    client.limit(20);
    client.ask();
    lab.run();
    assert_eq!(client.read().len(), 20);
    lab.run();

    signal.add_permits(1);
    assert!(poll_once(serving.as_mut()).is_pending());
    lab.run();
    assert!(poll_once(serving.as_mut()).is_pending());
    lab.advance(Duration::from_secs(30));
    assert!(poll_once(serving.as_mut()).is_ready());
}

#[test]
fn f39_a_server_that_is_out_of_descriptors_pauses() {
    let lab = Lab::new();
    let engine = lab.engine().build().unwrap();
    let (client, end) = Client::pair();
    let exhausted = || io::Error::from_raw_os_error(24);
    let script = VecDeque::from([
        Err(exhausted()),
        Err(exhausted()),
        Err(io::ErrorKind::ConnectionAborted.into()),
        Err(io::ErrorKind::ConnectionReset.into()),
        Ok(end),
    ]);
    let calls = Arc::new(Mutex::new(0));
    let listener = Scripted { script: Arc::new(Mutex::new(script)), calls: calls.clone() };
    let server = serve(lab.clone(), listener, engine.service()).with_graceful_shutdown(pending::<()>());
    let mut serving = pin!(server.into_future());
    for pauses in 0..2 {
        assert!(poll_once(serving.as_mut()).is_pending());
        assert!(poll_once(serving.as_mut()).is_pending());
        assert_eq!(*calls.lock().unwrap(), pauses + 1, "it pauses");
        lab.advance(Duration::from_secs(1));
    }
    // Failures that are a connection's own need no pause.
    assert!(poll_once(serving.as_mut()).is_pending());
    assert_eq!(*calls.lock().unwrap(), 6);
    client.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    lab.run();
    assert!(client.read().starts_with(b"HTTP/1.1 404 "));
}
