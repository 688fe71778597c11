//! Sessions one after the other.

use super::pair::{Mode, kept_alive, url};
use super::proxy::{Proxy, Verdict};
use super::{Dialer, wait};
use crate::wire::client::LIMIT;
use crate::wire::server::{Server, ms};
use core::net::SocketAddr;
use engineio_hyper::{CloseReason, Message};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

/// The server goes away, cannot be reached for a while, and comes back: there is a new session, without those that failed.
pub fn sessions_survive_a_restart<A: Dialer>() {
    for mode in Mode::ALL {
        let first = Server::<A>::accepting(kept_alive);
        let upstream: Arc<Mutex<Option<SocketAddr>>> = Arc::new(Mutex::new(Some(first.addr())));
        let set = |addr| *upstream.lock().unwrap_or_else(PoisonError::into_inner) = addr;
        let proxy = Proxy::start(first.addr(), {
            let upstream = upstream.clone();
            move |_| match *upstream.lock().unwrap_or_else(PoisonError::into_inner) {
                Some(addr) => Verdict::RelayTo(addr),
                None => Verdict::Answer(Vec::new()),
            }
        });
        let (failed, failures) = mpsc::channel();
        let failed = Mutex::new(failed);
        let sessions = mode.set(A::client(&url(proxy.addr()))).reconnecting().min_delay(ms(1)).max_delay(ms(20));
        let mut sessions = sessions.on_failure(move |failure| {
            let told = (failure.attempt(), failure.error().to_string());
            failed.lock().unwrap_or_else(PoisonError::into_inner).send(told).is_ok()
        });
        let (mut sessions, socket) = wait::<A, _>(async move {
            let socket = sessions.next().await.expect("the server is there");
            (sessions, socket)
        });
        let id = first.accept().id();

        set(None);
        first.close_all();
        let reason = wait::<A, _>(async move { socket.closed().await });
        assert!(matches!(reason, CloseReason::TransportClose | CloseReason::TransportError(_)), "{mode:?}: {reason:?}");
        let (opened, next) = mpsc::channel();
        thread::spawn(move || {
            let _ = opened.send(A::block_on(async move { sessions.next().await }));
        });
        for number in 1..=3 {
            let (attempt, error) = failures.recv_timeout(LIMIT).expect("attempts fail");
            assert_eq!((attempt, error.as_str()), (number, "the session could not be opened: connection lost"));
        }
        let second = Server::<A>::accepting(kept_alive);
        set(Some(second.addr()));
        let socket = next.recv_timeout(LIMIT).expect("it is told").expect("the server is back");
        let peer = second.accept();
        assert_ne!(peer.id(), id);
        peer.try_send("back").expect("there is room");
        assert_eq!(wait::<A, _>(async move { socket.recv().await }), Some(Message::from("back")));
        set(Some(first.addr()));
    }
}
