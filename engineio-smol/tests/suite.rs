//! The suites that every adapter is put to, on smol.

use core::convert::Infallible;
use core::future::{Future, pending};
use core::net::{Ipv4Addr, SocketAddr};
use engineio_smol::{Client, ClientBuilder, Engine, ServerTls, SmolConnector, SmolRuntime, serve};
use engineio_suite::clients::Dialer;
use engineio_suite::{Adapter, Running};
use smol::net::TcpListener;
use smol::{Executor, block_on};
use std::sync::{Arc, OnceLock};
use std::thread;

struct Smol;

/// One executor for all tests, with threads to spare: some scenarios block one.
fn shared() -> &'static Arc<Executor<'static>> {
    static EXECUTOR: OnceLock<Arc<Executor<'static>>> = OnceLock::new();
    EXECUTOR.get_or_init(|| {
        let executor = Arc::new(Executor::new());
        for _ in 0..8 {
            let executor = executor.clone();
            thread::spawn(move || block_on(executor.run(pending::<()>())));
        }
        executor
    })
}

impl Adapter for Smol {
    type Runtime = SmolRuntime;

    fn runtime() -> SmolRuntime {
        shared().clone().into()
    }

    fn serve(engine: Engine) -> Running {
        let (listener, addr) = bind();
        run(addr, serve(listener, engine.service()).on(Self::runtime()).into_future())
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        block_on(future)
    }
}

fn bind() -> (TcpListener, SocketAddr) {
    let listener = block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("a port is free");
    let addr = listener.local_addr().expect("it is bound");
    (listener, addr)
}

fn run(addr: SocketAddr, serving: impl Future<Output = Infallible> + Send + 'static) -> Running {
    let serving = shared().spawn(async move {
        serving.await;
    });
    // Dropping a task stops it.
    Running { addr, stop: Box::new(serving) }
}

impl Dialer for Smol {
    type Connector = SmolConnector;

    fn client(url: &str) -> ClientBuilder {
        Client::builder_on(Self::runtime(), url)
    }

    fn serve_tls(engine: Engine, tls: ServerTls) -> Running {
        let (listener, addr) = bind();
        run(addr, serve(listener, engine.service()).tls(tls).on(Self::runtime()).into_future())
    }
}

engineio_suite::wire_tests!(Smol);
engineio_suite::client_tests!(Smol);
engineio_suite::reference_tests!(Smol);
engineio_suite::cancel_tests!(Smol);
engineio_suite::option_tests!(Smol);
