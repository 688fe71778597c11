//! The wire suite, on an executor that polls a task inside `wake`, on the stack of whoever woke it: if the engine woke
//! or dropped anything while it held a lock that the woken task takes too, this would hang.

#[path = "inline/connection.rs"]
mod connection;
#[path = "inline/executor.rs"]
mod executor;

use connection::Connection;
use core::future::{Future, pending};
use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicBool, Ordering};
use engineio_hyper::{Engine, Listener, Runtime, serve};
use engineio_suite::{Adapter, Running};
use executor::Inline;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use tokio::sync::mpsc;

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
        let (accepted, connections) = mpsc::unbounded_channel();
        thread::spawn(move || {
            loop {
                let connection = listener.accept();
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let connection = connection.and_then(|(stream, peer)| Ok((Connection::new(stream)?, peer)));
                connection.into_iter().for_each(|connection| drop(accepted.send(connection)));
            }
        });
        Inline.spawn(async move { match serve(Inline, Connections(connections), engine.service()).await {} });
        Running { addr, stop: Box::new(stop) }
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        executor::block_on(future)
    }
}

/// What the thread of the listener has accepted.
struct Connections(mpsc::UnboundedReceiver<(Connection, SocketAddr)>);

impl Listener for Connections {
    type Io = Connection;

    async fn accept(&mut self) -> io::Result<(Connection, SocketAddr)> {
        match self.0.recv().await {
            Some(connection) => Ok(connection),
            // It was stopped.
            None => pending().await,
        }
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
