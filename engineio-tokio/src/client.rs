//! The client, on tokio.

use crate::{TokioRuntime, TokioStream, stream};
#[cfg(feature = "rustls")]
use engineio_hyper::{ClientTls, SecureConnector};
use engineio_hyper::{ConnectError, Connector, Endpoint, HttpProxy, ProxyConnector, Socket, connect_staggered};
use hyper_util::rt::TokioIo;
use std::io;
use tokio::net::{TcpStream, lookup_host};

/// Collects the settings of a client; see [`engineio_hyper::ClientBuilder`].
pub type ClientBuilder<C = TokioConnector> = engineio_hyper::ClientBuilder<TokioRuntime, C>;

/// Opens one session after the other; see [`engineio_hyper::Reconnect`].
pub type Reconnect<C = TokioConnector> = engineio_hyper::Reconnect<TokioRuntime, C>;

/// An Engine.IO client on tokio: it is where one begins, and what it opens is a [`Socket`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use engineio_tokio::{Client, Message};
///
/// # use engineio_tokio::{Engine, serve};
/// # let engine = Engine::builder().build()?;
/// # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let url = format!("http://{}/", listener.local_addr()?);
/// # tokio::spawn(serve(listener, engine.service()).into_future());
/// # tokio::spawn(async move {
/// #     let socket = engine.accept().await.unwrap();
/// #     while let Some(message) = socket.recv().await {
/// #         socket.send(message).await.unwrap();
/// #     }
/// # });
/// let socket = Client::connect(&url).await?;
/// socket.send("hello").await?;
/// assert_eq!(socket.recv().await, Some(Message::from("hello")));
/// socket.close();
/// # socket.closed().await;
/// # Ok(())
/// # }
/// ```
///
/// With other settings:
///
/// ```
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// use engineio_tokio::{Client, Transport};
///
/// let socket = Client::builder("http://localhost:3000/chat/?room=7")
///     .header("authorization", "Bearer 7f3a")
///     .transports([Transport::WebSocket])
///     .connect()
///     .await?;
/// # drop(socket);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Client(());

impl Client {
    /// Opens a session with the server at this URL, with the default settings, on the runtime that this is called on.
    ///
    /// # Errors
    /// If the URL cannot be used, or the session cannot be opened.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub async fn connect(url: impl AsRef<str>) -> Result<Socket, ConnectError> {
        Self::builder(url).connect().await
    }

    /// Starts from the defaults, on the runtime that this is called on.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub fn builder(url: impl AsRef<str>) -> ClientBuilder {
        Self::builder_on(TokioRuntime::current(), url)
    }

    /// Starts from the defaults, on this runtime.
    pub fn builder_on(runtime: TokioRuntime, url: impl AsRef<str>) -> ClientBuilder {
        ClientBuilder::new(runtime, TokioConnector::default(), url.as_ref())
    }
}

/// Connects by TCP, without delay for small packets (`TCP_NODELAY`), and with the feature `rustls` by TLS. All addresses
/// of the host are tried, as [`connect_staggered`] does.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TokioConnector {
    proxy: Option<HttpProxy>,
    #[cfg(feature = "rustls")]
    tls: Option<ClientTls>,
}

impl Connector for TokioConnector {
    type Io = TokioStream;

    async fn connect(&self, to: &Endpoint) -> io::Result<Self::Io> {
        let hop = self.proxy.as_ref().map_or(to, HttpProxy::endpoint);
        let addresses = lookup_host((hop.host(), hop.port())).await?;
        let mut stream = connect_staggered(&TokioRuntime::current(), addresses, TcpStream::connect).await?;
        if let Some(proxy) = &self.proxy {
            stream = proxy.tunnel(TokioIo::new(stream), to).await?.into_inner();
        }
        #[cfg(feature = "rustls")]
        if to.secure() {
            let tls = self.tls.clone().map_or_else(ClientTls::public, Ok).map_err(io::Error::other)?;
            return stream::connected(stream, to, &tls).await;
        }
        Ok(stream::tcp(stream))
    }

    fn offers_tls(&self) -> bool {
        cfg!(feature = "rustls")
    }
}

impl ProxyConnector for TokioConnector {
    fn with_proxy(self, proxy: HttpProxy) -> Self {
        Self { proxy: Some(proxy), ..self }
    }
}

#[cfg(feature = "rustls")]
impl SecureConnector for TokioConnector {
    fn with_tls(self, tls: ClientTls) -> Self {
        Self { tls: Some(tls), ..self }
    }
}
