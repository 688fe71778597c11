//! The wire suite, on an executor that polls a task inside `wake`, on the stack of whoever woke it: if the engine woke
//! or dropped anything while it held a lock that the woken task takes too, this would hang.

#[path = "inline/connection.rs"]
mod connection;
#[path = "inline/executor.rs"]
mod executor;

use connection::Connection;
use core::future::Future;
use core::net::Ipv4Addr;
use core::sync::atomic::{AtomicBool, Ordering};
use engineio_hyper::{Engine, Runtime};
use engineio_suite::{Adapter, Running};
use executor::Inline;
use hyper::server::conn::http1;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

impl Adapter for Inline {
    type Runtime = Self;

    fn runtime() -> Self {
        Self
    }

    fn serve(engine: Engine<Self>) -> Running {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let addr = listener.local_addr().expect("it is bound");
        let stopped = Arc::new(AtomicBool::new(false));
        let stop = Stop { stopped: stopped.clone(), wake: Box::new(move || drop(TcpStream::connect(addr))) };
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                // A connection may be reset before it is accepted.
                let Some(connection) = stream.and_then(Connection::new).ok() else { continue };
                let served = http1::Builder::new().serve_connection(connection, engine.service()).with_upgrades();
                Inline.spawn(async {
                    let _ = served.await;
                });
            }
        });
        Running { addr, stop: Box::new(stop) }
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        executor::block_on(future)
    }
}

struct Stop {
    stopped: Arc<AtomicBool>,
    /// The listener looks after the next connection.
    wake: Box<dyn Fn() + Send>,
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        (self.wake)();
    }
}

engineio_suite::wire_tests!(Inline);
