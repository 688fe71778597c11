//! The suites that every adapter is put to, on tokio.

use core::convert::Infallible;
use core::future::Future;
use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use engineio_suite::clients::Dialer;
use engineio_suite::{Adapter, Running};
use engineio_tokio::{Client, ClientBuilder, Engine, ServerTls, TokioConnector, TokioRuntime, serve};
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
        let (listener, addr) = bind();
        run(addr, serve(listener, engine.service()).into_future())
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        shared().block_on(future)
    }
}

fn bind() -> (TcpListener, SocketAddr) {
    let listener = shared().block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("a port is free");
    let addr = listener.local_addr().expect("it is bound");
    (listener, addr)
}

fn run(addr: SocketAddr, serving: impl Future<Output = Infallible> + Send + 'static) -> Running {
    let serving = shared().spawn(async move {
        serving.await;
    });
    Running { addr, stop: Box::new(Stop(serving.abort_handle())) }
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

    fn serve_tls(engine: Engine, tls: ServerTls) -> Running {
        let (listener, addr) = bind();
        run(addr, serve(listener, engine.service()).tls(tls).into_future())
    }
}

engineio_suite::wire_tests!(Tokio);
engineio_suite::client_tests!(Tokio);
engineio_suite::reference_tests!(Tokio);
engineio_suite::cancel_tests!(Tokio);
engineio_suite::option_tests!(Tokio);
