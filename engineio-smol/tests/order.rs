//! The order in which requests on new connections are served, by an executor with one thread.

use engineio_smol::{Engine, SmolRuntime, serve};
use engineio_suite::order;
use smol::{Executor, channel, net::TcpListener};
use std::{
    net::SocketAddr,
    sync::{Arc, mpsc},
    thread,
};

/// Runs a test against a server whose executor has one thread.
fn served(test: impl FnOnce(SocketAddr)) {
    let (listening, addr) = mpsc::channel();
    let (stop, stopped) = channel::bounded::<()>(1);
    let serving = thread::spawn(move || {
        let executor = Arc::new(Executor::new());
        let runtime = SmolRuntime::from(executor.clone());
        smol::block_on(executor.run(async {
            let engine = Engine::builder_on(runtime.clone()).build().unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            listening.send(listener.local_addr().unwrap()).unwrap();
            executor.spawn(serve(listener, engine.service()).on(runtime).into_future()).detach();
            let spawner = executor.clone();
            let accepting = executor.spawn(async move {
                while let Some(socket) = engine.accept().await {
                    spawner.spawn(async move { socket.closed().await }).detach();
                }
            });
            let _ = stopped.recv().await;
            drop(accepting);
        }));
    });
    test(addr.recv().unwrap());
    drop(stop);
    serving.join().unwrap();
}

#[test]
fn u10_a_poll_precedes_the_close_packet_behind_it() {
    served(order::u10_a_poll_precedes_the_close_packet_behind_it);
}
