//! Proxies between a client and a good server.

use super::pair::{Mode, Pair, url};
use super::proxy::{Proxy, Verdict};
use super::{Dialer, wait};
use crate::wire::server::{Server, ms};
use engineio_hyper::{
    CallFault, ClientBuilder, CloseReason, ConnectError, Message, Transport, TransportFault, UpgradeFault, WsEnd,
    WsFault,
};

/// Lets polling pass and does this to WebSockets.
fn before<A: Dialer>(server: &Server<A>, websocket: impl Fn() -> Verdict + Send + Sync + 'static) -> Proxy {
    Proxy::start(server.addr(), move |head| {
        if head.to_ascii_lowercase().contains("upgrade: websocket") { websocket() } else { Verdict::Relay }
    })
}

/// The session stays on polling, loses no message, and reports this fault.
///
/// The upgrade timeout is the default, which is no shorter than the test's own limit: on a busy machine a short one
/// passes before the proxy has done what the test is about.
fn stays_on_polling<A: Dialer>(websocket: impl Fn() -> Verdict + Send + Sync + 'static, expected: UpgradeFault) {
    stays_on_polling_with::<A>(|client| client, websocket, expected);
}

/// As [`stays_on_polling`], with other settings of the client.
fn stays_on_polling_with<A: Dialer>(
    settings: impl FnOnce(ClientBuilder<A::Runtime, A::Connector>) -> ClientBuilder<A::Runtime, A::Connector>,
    websocket: impl Fn() -> Verdict + Send + Sync + 'static,
    expected: UpgradeFault,
) {
    let server = Server::accepting(|config| config);
    let proxy = before(&server, websocket);
    let pair = Pair::<A>::through(server, proxy.addr(), settings);
    pair.echo();
    pair.echoes("during the attempt");
    pair.notes.until("told of the failure", |seen| seen.upgrade_failed.is_some());
    assert_eq!(pair.notes.look(|seen| seen.upgrade_failed), Some(expected));
    for _ in 0..10 {
        pair.echoes("on polling");
    }
    assert_eq!((pair.client.transport(), pair.peer.transport()), (Transport::Polling, Transport::Polling));
}

/// It is given up after the upgrade timeout.
pub fn f46_proxy_that_never_relays_the_101<A: Dialer>() {
    let short = |client: ClientBuilder<_, _>| client.upgrade_timeout(ms(200));
    stays_on_polling_with::<A>(short, || Verdict::Hold, UpgradeFault::Timeout);
}

/// An HTTP answer is no WebSocket.
pub fn f46_proxy_that_refuses_the_upgrade<A: Dialer>() {
    let page = "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<html></html>";
    stays_on_polling::<A>(|| Verdict::Answer(page.into()), UpgradeFault::Call(CallFault::Refused(502)));
    let plain = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    stays_on_polling::<A>(|| Verdict::Answer(plain.into()), UpgradeFault::Call(CallFault::Refused(200)));
}

/// Nor is a connection that ends: before the 101, after it, or in the middle of the probe.
pub fn f46_proxy_that_drops_the_upgrade<A: Dialer>() {
    stays_on_polling::<A>(|| Verdict::Answer(Vec::new()), UpgradeFault::Call(CallFault::Connection));
    stays_on_polling::<A>(|| Verdict::Cut(20), UpgradeFault::Call(CallFault::Connection));
    let lost = UpgradeFault::Closed(WsEnd::Failed(WsFault::Connection));
    stays_on_polling::<A>(|| Verdict::Cut(HEAD_101), lost);
    stays_on_polling::<A>(|| Verdict::Cut(HEAD_101 + 4), lost);
}

/// How long the server's 101 is, in bytes, as far as it is the same each time; dates have one length.
const HEAD_101: u64 = "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\ndate: Mon, 23 Nov 2026 12:00:00 GMT\r\n\r\n"
    .len() as u64;

/// An answer to another key, or none at all, is no WebSocket.
pub fn f46_proxy_that_answers_the_upgrade_wrongly<A: Dialer>() {
    for accept in ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "", "?"] {
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-accept: {accept}\r\n\r\n"
        );
        stays_on_polling::<A>(move || Verdict::Answer(answer.clone().into()), UpgradeFault::Call(CallFault::Protocol));
    }
    stays_on_polling::<A>(|| Verdict::Answer("NONSENSE\r\n\r\n".into()), UpgradeFault::Call(CallFault::Protocol));
}

/// Once the session is on WebSocket, it ends with it.
pub fn f46_k01_proxy_that_breaks_after_the_upgrade<A: Dialer>() {
    let server = Server::accepting(|config| config);
    let proxy = before(&server, || Verdict::Cut(HEAD_101 + 1_000));
    let pair = Pair::<A>::through(server, proxy.addr(), |client| client);
    pair.settle(Mode::Upgrading);
    pair.peer.try_send("x".repeat(2_000)).expect("there is room");
    let client = pair.client.clone();
    let reason = wait::<A, _>(async move { client.closed().await });
    assert_eq!(reason, CloseReason::TransportError(TransportFault::WebSocket(WsFault::Connection)));
}

/// If it is to be, the next transport opens the session where the first cannot.
pub fn next_transport_is_tried<A: Dialer>() {
    let page = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
    let both = [Transport::WebSocket, Transport::Polling];
    let server = Server::accepting(|config| config);
    let proxy = before(&server, || Verdict::Answer(page.into()));
    let client = A::client(&url(proxy.addr())).transports(both);
    let Err(ConnectError::Failed { reason, .. }) = wait::<A, _>(async move { client.connect().await }) else {
        panic!("the first transport does not work")
    };
    assert_eq!(reason, CloseReason::TransportError(TransportFault::Call(CallFault::Refused(503))));
    let pair = Pair::<A>::through(server, proxy.addr(), |client| {
        client.transports(both).try_all_transports(true).upgrade(false)
    });
    pair.echo();
    pair.echoes("over the second");
    assert_eq!(pair.client.transport(), Transport::Polling);
}

/// A server that restarts knows nothing of the session.
pub fn server_that_is_gone<A: Dialer>() {
    for mode in Mode::ALL {
        let (first, second) = (Server::<A>::accepting(|config| config), Server::<A>::accepting(|config| config));
        let pair = Pair::<A>::on(first, mode);
        pair.settle(mode);
        // Its sessions end at once, as they do when its process ends.
        pair.peer.discard();
        let client = pair.client.clone();
        let reason = wait::<A, _>(async move { client.closed().await });
        assert!(matches!(reason, CloseReason::TransportClose | CloseReason::TransportError(_)), "{mode:?}: {reason:?}");
        let next = Pair::<A>::on(second, mode);
        next.echo();
        next.echoes(Message::from("another session"));
    }
}
