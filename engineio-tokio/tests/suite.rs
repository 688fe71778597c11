//! The suites that every adapter is put to, on tokio.

use core::future::Future;
use core::net::Ipv4Addr;
use core::time::Duration;
use engineio_suite::clients::Dialer;
use engineio_suite::{Adapter, Running};
use engineio_tokio::{Client, ClientBuilder, Engine, TokioConnector, TokioRuntime, serve};
use std::sync::OnceLock;
use std::thread::{self, JoinHandle};
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};
use tokio::task::AbortHandle;

struct Tokio;

/// One runtime for all tests, with threads to spare: some scenarios block one.
///
/// The thread that tokio has last let look for events may be the one that is blocked, and no other looks before it
/// has a reason to wake up. So there is a reason all the time.
fn shared() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    static TICKS: OnceLock<JoinHandle<()>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        runtime::Builder::new_multi_thread().worker_threads(8).enable_all().build().expect("a runtime can be made")
    });
    TICKS.get_or_init(|| {
        thread::spawn(|| {
            loop {
                thread::sleep(Duration::from_millis(5));
                runtime.spawn(async {});
            }
        })
    });
    runtime
}

impl Adapter for Tokio {
    type Runtime = TokioRuntime;

    fn runtime() -> TokioRuntime {
        shared().handle().clone().into()
    }

    fn serve(engine: Engine) -> Running {
        let listener = shared().block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("a port is free");
        let addr = listener.local_addr().expect("it is bound");
        let serving = shared().spawn(async move {
            serve(listener, engine.service()).await;
        });
        Running { addr, stop: Box::new(Stop(serving.abort_handle())) }
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        shared().block_on(future)
    }
}

struct Stop(AbortHandle);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Dialer for Tokio {
    type Connector = TokioConnector;

    fn client(url: &str) -> ClientBuilder {
        Client::builder_on(Self::runtime(), url)
    }
}

engineio_suite::wire_tests!(Tokio);
engineio_suite::client_tests!(Tokio);
engineio_suite::reference_tests!(Tokio);
engineio_suite::cancel_tests!(Tokio);
engineio_suite::option_tests!(Tokio);
