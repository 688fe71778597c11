//! How many requests the servers of this process have seen, so that a client can tell what cannot be told over a socket.

use super::LIMIT;
use core::net::SocketAddr;
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

type Count = Box<dyn Fn() -> u64 + Send>;

static WATCHED: Mutex<Vec<(SocketAddr, Count)>> = Mutex::new(Vec::new());

/// A server whose requests are counted, until this is dropped.
#[derive(Debug)]
#[must_use = "the server is watched until this is dropped"]
pub struct Seen(SocketAddr);

/// Tells the clients how many requests the server there has seen.
pub fn watch(addr: SocketAddr, requests: impl Fn() -> u64 + Send + 'static) -> Seen {
    watched().push((addr, Box::new(requests)));
    Seen(addr)
}

/// Sends a request and waits until the server has seen it, or one more.
pub(super) fn await_seen<T>(addr: SocketAddr, send: impl FnOnce() -> T) -> T {
    let before = count(addr);
    let sent = send();
    let begun = Instant::now();
    while count(addr) == before {
        assert!(begun.elapsed() < LIMIT, "the server does not see the request");
        thread::sleep(Duration::from_millis(1));
    }
    sent
}

fn count(addr: SocketAddr) -> u64 {
    let watched = watched();
    let (_, requests) = watched.iter().find(|(at, _)| *at == addr).expect("the server is watched");
    requests()
}

fn watched() -> MutexGuard<'static, Vec<(SocketAddr, Count)>> {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Seen {
    fn drop(&mut self) {
        watched().retain(|(addr, _)| *addr != self.0);
    }
}
