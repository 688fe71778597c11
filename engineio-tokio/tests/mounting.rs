//! The engine under axum, over real sockets: as a layer, and nested under a path.

use axum::{
    Router,
    extract::{ConnectInfo, connect_info::IntoMakeServiceWithConnectInfo},
    routing::get,
};
use engineio_suite::wire::client::{Conn, Polling, Seen, WebSocket, request, watch};
use engineio_tokio::{Engine, Message, Socket, Transport, TransportFault};
use std::net::SocketAddr;
use tokio::{net::TcpListener, runtime::Runtime};

/// A server that runs until this is dropped.
struct Server {
    runtime: Runtime,
    addr: SocketAddr,
    engine: Engine,
    _requests: Seen,
}

impl Server {
    fn start(mount: impl FnOnce() -> (Engine, Router)) -> Self {
        let runtime = Runtime::new().unwrap();
        let (engine, listener) = runtime.block_on(async {
            let (engine, app) = mount();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let addr = listener.local_addr().unwrap();
            let app: IntoMakeServiceWithConnectInfo<_, SocketAddr> = app.into_make_service_with_connect_info();
            tokio::spawn(async { axum::serve(listener, app).await });
            (engine, addr)
        });
        let counted = engine.clone();
        let requests = watch(listener, move || counted.metrics().requests);
        Self { runtime, addr: listener, engine, _requests: requests }
    }

    fn accept(&self) -> Socket {
        self.runtime.block_on(self.engine.accept()).unwrap()
    }

    fn recv(&self, socket: &Socket) -> Message {
        self.runtime.block_on(socket.recv()).unwrap()
    }

    /// Talks on both transports, and from one to the other.
    fn serves_sessions(&self) {
        let mut polling = Polling::open(self.addr);
        let socket = self.accept();
        polling.accept("4up");
        assert_eq!(self.recv(&socket), "up".into());
        socket.try_send("down").unwrap();
        polling.expect("4down");

        let mut websocket = WebSocket::open(self.addr, &polling.websocket_target());
        websocket.probe_and_upgrade();
        websocket.text("4further up");
        assert_eq!(self.recv(&socket), "further up".into());
        socket.try_send(vec![1, 2, 3]).unwrap();
        websocket.expect_binary(&[1, 2, 3]);
        assert_eq!(socket.transport(), Transport::WebSocket);
    }

    fn status(&self, target: &str) -> u16 {
        let mut conn = Conn::open(self.addr);
        conn.send(&request("GET", target, &[], b""));
        conn.response().status
    }
}

fn layered() -> (Engine, Router) {
    let engine = Engine::builder()
        .remote_addr(|extensions| extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0))
        .build()
        .unwrap();
    let app = Router::new().route("/", get(async || "hello")).layer(engine.layer());
    (engine, app)
}

#[test]
fn a_layer_serves_sessions_and_leaves_the_rest() {
    let server = Server::start(layered);
    server.serves_sessions();
    assert_eq!(server.status("/"), 200);
    assert_eq!(server.status("/engine.io/more"), 404);
    assert_eq!(server.status("/engine.io/"), 400);
}

#[test]
fn a_nested_service_serves_sessions() {
    let server = Server::start(|| {
        let engine = Engine::builder().path("/").build().unwrap();
        let app = Router::new().nest_service("/engine.io/", engine.service());
        (engine, app)
    });
    server.serves_sessions();
    assert_eq!(server.status("/"), 404);
    assert_eq!(server.status("/engine.io/more"), 404);
    assert_eq!(server.status("/engine.io/"), 400);
}

#[test]
fn axum_tells_who_the_peer_is() {
    let server = Server::start(layered);
    let _session = Polling::open(server.addr);
    let remote_addr = server.accept().remote_addr().unwrap();
    assert!(remote_addr.ip().is_loopback());
    assert_ne!(remote_addr.port(), server.addr.port());
}

#[test]
fn hanging_up_reaches_the_connection_through_axum() {
    let server = Server::start(layered);
    let mut session = Polling::open(server.addr);
    let socket = server.accept();
    let mut parked = session.park();
    let mut first = session.upload(100);
    first.send(b"4first");
    // Which of them is first is the server's to say; the second is told.
    session.post("4second").expect(400, "");
    assert_eq!(parked.response().packets(), "1");
    first.into_conn().expect_end();
    assert_eq!(server.runtime.block_on(socket.closed()), TransportFault::PostOverlap.into());
}
