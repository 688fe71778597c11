//! The engine under axum, over real sockets: as a layer, and nested under a path.

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, connect_info::IntoMakeServiceWithConnectInfo},
    http::{Request, Response, StatusCode},
    routing::get,
};
use engineio_suite::wire::client::{Conn, Polling, Seen, WebSocket, request, watch};
use engineio_tokio::{Engine, Message, Socket, Transport, TransportFault};
use std::{
    convert::Infallible,
    future::{Ready, poll_fn, ready},
    net::SocketAddr,
};
use tokio::{net::TcpListener, runtime::Runtime};
use tower_http::normalize_path::NormalizePathLayer;
use tower_layer::Layer as _;
use tower_service::Service;

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

/// Whether a session can be opened at `path`, and the status of the answer to such a handshake.
async fn handshake<S, B>(app: &S, path: &str) -> u16
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone,
{
    let get = Request::get(format!("{path}?EIO=4&transport=polling")).body(Body::empty()).unwrap();
    let mut app = app.clone();
    poll_fn(|cx| app.poll_ready(cx)).await.unwrap();
    app.call(get).await.unwrap().status().as_u16()
}

fn engine() -> Engine {
    Engine::builder().build().unwrap()
}

const HELLO: fn() -> Ready<&'static str> = || ready("hello");
const TEAPOT: fn() -> Ready<StatusCode> = || ready(StatusCode::IM_A_TEAPOT);

#[tokio::test]
async fn a_fallback_is_set_before_the_layer() {
    let app: Router = Router::new().route("/", get(HELLO)).fallback(TEAPOT).layer(engine().layer());
    assert_eq!(handshake(&app, "/engine.io/").await, 200);
    assert_eq!(handshake(&app, "/else").await, 418);
    let app: Router = Router::new().route("/", get(HELLO)).layer(engine().layer()).fallback(TEAPOT);
    assert_eq!(handshake(&app, "/engine.io/").await, 418, "the fallback replaces what the layer is around");
}

#[tokio::test]
async fn routes_can_be_added_after_the_layer() {
    let app: Router = Router::new().layer(engine().layer()).route("/", get(HELLO));
    assert_eq!(handshake(&app, "/engine.io/").await, 200);
    assert_eq!(handshake(&app, "/").await, 200);
    let app: Router = Router::new().layer(engine().layer()).route("/{*rest}", get(TEAPOT));
    assert_eq!(handshake(&app, "/engine.io/").await, 418, "a route for every path is asked first");
    let app: Router = Router::new().route("/{*rest}", get(TEAPOT)).layer(engine().layer());
    assert_eq!(handshake(&app, "/engine.io/").await, 200);
}

#[tokio::test]
async fn a_layer_of_the_routes_alone_serves_no_session() {
    let app: Router = Router::new().route("/", get(HELLO)).route_layer(engine().layer());
    assert_eq!(handshake(&app, "/engine.io/").await, 404);
}

#[tokio::test]
async fn a_route_of_its_own_has_the_path_of_the_engine() {
    let app: Router = Router::new().route_service("/engine.io/", engine().service());
    assert_eq!(handshake(&app, "/engine.io/").await, 200);
    assert_eq!(handshake(&app, "/engine.io").await, 404);
    let app: Router = Router::new().route_service("/chat", engine().service());
    assert_eq!(handshake(&app, "/chat").await, 404, "the engine's path is another");
}

#[tokio::test]
async fn a_layered_router_is_nested_as_a_service() {
    let layered = || Router::<()>::new().route("/", get(HELLO)).layer(engine().layer());
    let nested: Router = Router::new().nest("/api", layered());
    assert_eq!(handshake(&nested, "/api/engine.io/").await, 404, "a nested router leaves its fallback behind");
    assert_eq!(handshake(&nested, "/engine.io/").await, 404);
    let service: Router = Router::new().nest_service("/api", layered());
    assert_eq!(handshake(&service, "/api/engine.io/").await, 200);
    let around: Router = Router::new().nest("/api", Router::new().route("/", get(HELLO)));
    let engine = Engine::builder().path("/api/engine.io/").build().unwrap();
    assert_eq!(handshake(&around.layer(engine.layer()), "/api/engine.io/").await, 200);
}

#[tokio::test]
async fn a_layer_comes_after_the_routers_are_merged() {
    let others = || Router::<()>::new().route("/other", get(HELLO));
    let into: Router = Router::new().route("/", get(HELLO)).layer(engine().layer()).merge(others());
    let from: Router = others().merge(Router::new().route("/", get(HELLO)).layer(engine().layer()));
    assert_eq!(
        handshake(&into, "/engine.io/").await,
        404,
        "the fallback of the merged router replaces the layered one"
    );
    assert_eq!(handshake(&from, "/engine.io/").await, 200);
    let after: Router = others().merge(Router::new().route("/", get(HELLO))).layer(engine().layer());
    assert_eq!(handshake(&after, "/engine.io/").await, 200);
}

#[tokio::test]
async fn a_path_that_is_normalized_has_no_slash_at_its_end() {
    let normalized =
        |engine: Engine| NormalizePathLayer::trim_trailing_slash().layer(Router::new().layer(engine.layer()));
    let app = normalized(engine());
    for path in ["/engine.io/", "/engine.io"] {
        assert_eq!(handshake(&app, path).await, 404, "{path}");
    }
    let app = normalized(Engine::builder().path("/engine.io").build().unwrap());
    for path in ["/engine.io/", "/engine.io"] {
        assert_eq!(handshake(&app, path).await, 200, "{path}");
    }
    let around: Router = Router::new().route("/", get(HELLO));
    let app = engine().layer().layer(NormalizePathLayer::trim_trailing_slash().layer(around));
    assert_eq!(handshake(&app, "/engine.io/").await, 200, "the engine is asked before the path is changed");
}

#[tokio::test]
async fn a_path_is_exact_and_no_prefix() {
    let app: Router = Router::new().layer(engine().layer());
    for path in ["/engine.io", "/engine.io/more", "/engine.io//", "/Engine.io/", "/x/engine.io/"] {
        assert_eq!(handshake(&app, path).await, 404, "{path}");
    }
}
