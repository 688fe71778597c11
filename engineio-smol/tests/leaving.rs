//! A program that closes its session, waits for the end and exits.

use engineio_smol::{Client, CloseReason, Engine, Transport, serve};
use smol::{Executor, block_on, future::pending, net::TcpListener};
use std::{sync::Arc, thread};

#[test]
fn u16_a_program_that_exits_after_the_end_of_its_session_has_told_the_server() {
    let (engine, addr) = block_on(async {
        let executor: Arc<Executor<'static>> = Arc::new(Executor::new());
        let engine = Engine::builder_on(executor.clone().into()).build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let serving = serve(listener, engine.service()).on(executor.clone().into()).into_future();
        executor.spawn(async { _ = serving.await }).detach();
        thread::spawn(move || block_on(executor.run(pending::<()>())));
        (engine, addr)
    });
    for _ in 0..20 {
        for transports in
            [vec![Transport::WebSocket], vec![Transport::Polling], vec![Transport::Polling, Transport::WebSocket]]
        {
            let program: Arc<Executor<'static>> = Arc::new(Executor::new());
            block_on(program.run(async {
                let client = Client::builder_on(program.clone().into(), format!("http://{addr}/"));
                let socket = client.transports(transports.clone()).connect().await.unwrap();
                socket.send("last words").await.unwrap();
                socket.close();
                assert_eq!(socket.closed().await, CloseReason::ForcedClose);
            }));
            // Drops its tasks wherever they are.
            drop(program);
            let reason = block_on(async {
                let socket = engine.accept().await.unwrap();
                assert_eq!(socket.recv().await, Some("last words".into()));
                socket.closed().await
            });
            assert_eq!(reason, CloseReason::TransportClose, "{transports:?}");
        }
    }
}
