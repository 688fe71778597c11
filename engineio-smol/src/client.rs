//! The client, on smol.

use crate::{SmolIo, SmolRuntime, SmolStream, stream};
#[cfg(feature = "rustls")]
use engineio_hyper::{ClientTls, SecureConnector};
use engineio_hyper::{ConnectError, Connector, Endpoint, HttpProxy, ProxyConnector, Socket, connect_staggered};
use smol::net::{TcpStream, resolve};
use std::io;

/// Collects the settings of a client; see [`engineio_hyper::ClientBuilder`].
pub type ClientBuilder<C = SmolConnector> = engineio_hyper::ClientBuilder<SmolRuntime, C>;

/// Opens one session after the other; see [`engineio_hyper::Reconnect`].
pub type Reconnect<C = SmolConnector> = engineio_hyper::Reconnect<SmolRuntime, C>;

/// An Engine.IO client on smol: it is where one begins, and what it opens is a [`Socket`].
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> { smol::block_on(async {
/// use engineio_smol::{Client, Message};
///
/// # use engineio_smol::{Engine, serve};
/// # let engine = Engine::builder().build()?;
/// # let listener = smol::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let url = format!("http://{}/", listener.local_addr()?);
/// # smol::spawn(serve(listener, engine.service()).into_future()).detach();
/// # smol::spawn(async move {
/// #     let socket = engine.accept().await.unwrap();
/// #     while let Some(message) = socket.recv().await {
/// #         socket.send(message).await.unwrap();
/// #     }
/// # }).detach();
/// let socket = Client::connect(&url).await?;
/// socket.send("hello").await?;
/// assert_eq!(socket.recv().await, Some(Message::from("hello")));
/// socket.close();
/// # socket.closed().await;
/// # Ok(()) }) }
/// ```
///
/// With other settings:
///
/// ```
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// use engineio_smol::{Client, Transport};
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
    /// Opens a session with the server at this URL, with the default settings, on smol's global executor.
    ///
    /// # Errors
    /// If the URL cannot be used, or the session cannot be opened.
    pub async fn connect(url: impl AsRef<str>) -> Result<Socket, ConnectError> {
        Self::builder(url).connect().await
    }

    /// Starts from the defaults, on smol's global executor.
    pub fn builder(url: impl AsRef<str>) -> ClientBuilder {
        Self::builder_on(SmolRuntime::global(), url)
    }

    /// Starts from the defaults, on this executor.
    pub fn builder_on(runtime: SmolRuntime, url: impl AsRef<str>) -> ClientBuilder {
        ClientBuilder::new(runtime, SmolConnector::default(), url.as_ref())
    }
}

/// Connects by TCP, without delay for small packets (`TCP_NODELAY`), and with the feature `rustls` by TLS. All addresses
/// of the host are tried, as [`connect_staggered`] does.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SmolConnector {
    proxy: Option<HttpProxy>,
    #[cfg(feature = "rustls")]
    tls: Option<ClientTls>,
}

impl Connector for SmolConnector {
    type Io = SmolStream;

    async fn connect(&self, to: &Endpoint) -> io::Result<Self::Io> {
        let hop = self.proxy.as_ref().map_or(to, HttpProxy::endpoint);
        let addresses = resolve((hop.host(), hop.port())).await?;
        let mut stream = connect_staggered(&SmolRuntime::global(), addresses, TcpStream::connect).await?;
        if let Some(proxy) = &self.proxy {
            stream = proxy.tunnel(SmolIo::new(stream), to).await?.into_inner();
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

impl ProxyConnector for SmolConnector {
    fn with_proxy(self, proxy: HttpProxy) -> Self {
        Self { proxy: Some(proxy), ..self }
    }
}

#[cfg(feature = "rustls")]
impl SecureConnector for SmolConnector {
    fn with_tls(self, tls: ClientTls) -> Self {
        Self { tls: Some(tls), ..self }
    }
}
