//! A program that closes its session, waits for the end and exits.

use engineio_tokio::{Client, CloseReason, Engine, Transport, serve};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
};

#[test]
fn u16_a_program_that_exits_after_the_end_of_its_session_has_told_the_server() {
    let server = Runtime::new().unwrap();
    let (engine, addr) = server.block_on(async {
        let (engine, listener) = (Engine::builder().build().unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let addr = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, engine.service()).into_future());
        (engine, addr)
    });
    let threads = [Builder::new_current_thread, Builder::new_multi_thread];
    for round in 0..20 {
        for transports in
            [vec![Transport::WebSocket], vec![Transport::Polling], vec![Transport::Polling, Transport::WebSocket]]
        {
            let program = threads[round % 2]().enable_all().build().unwrap();
            program.block_on(async {
                let client = Client::builder(format!("http://{addr}/")).transports(transports.clone());
                let socket = client.connect().await.unwrap();
                socket.send("last words").await.unwrap();
                socket.close();
                assert_eq!(socket.closed().await, CloseReason::ForcedClose);
            });
            // Drops its tasks wherever they are.
            drop(program);
            let reason = server.block_on(async {
                let socket = engine.accept().await.unwrap();
                assert_eq!(socket.recv().await, Some("last words".into()));
                socket.closed().await
            });
            assert_eq!(reason, CloseReason::TransportClose, "{transports:?}");
        }
    }
}
