//! The order in which requests are served, on runtimes with one thread.

use engineio_suite::order;
use engineio_tokio::{Engine, serve};
use std::{net::SocketAddr, sync::mpsc, thread};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    sync::oneshot,
};

/// Runs a test against an echo server on this runtime, in a thread of its own.
fn served(runtime: Runtime, test: impl FnOnce(SocketAddr)) {
    let (listening, addr) = mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = thread::spawn(move || {
        runtime.block_on(async {
            let engine = Engine::builder().build().unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            listening.send(listener.local_addr().unwrap()).unwrap();
            tokio::spawn(serve(listener, engine.service()).into_future());
            tokio::spawn(async move {
                while let Some(socket) = engine.accept().await {
                    tokio::spawn(async move { socket.closed().await });
                }
            });
            drop(stopped.await);
        });
    });
    test(addr.recv().unwrap());
    drop(stop);
    serving.join().unwrap();
}

fn runtimes() -> [Runtime; 2] {
    let worker = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    [Builder::new_current_thread().enable_all().build().unwrap(), worker.unwrap()]
}

#[test]
fn u10_a_poll_precedes_the_close_packet_behind_it() {
    runtimes().into_iter().for_each(|runtime| served(runtime, order::u10_a_poll_precedes_the_close_packet_behind_it));
}

#[test]
fn u10_a_switch_precedes_the_poll_behind_it() {
    runtimes().into_iter().for_each(|runtime| served(runtime, order::u10_a_switch_precedes_the_poll_behind_it));
}
