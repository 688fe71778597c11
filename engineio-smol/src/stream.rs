//! Connections: TCP, with TLS around it or without.

#[cfg(feature = "rustls")]
use crate::SmolIo;
use crate::SmolTcp;
use engineio_hyper::MaybeTls;
use smol::net::TcpStream;
#[cfg(feature = "rustls")]
use {
    engineio_hyper::{ClientTls, Endpoint, ServerTls, rustls::pki_types::ServerName},
    futures_rustls::{TlsAcceptor, TlsConnector, TlsStream},
    std::io,
};

/// A connection for hyper: TCP, without delay for small packets (`TCP_NODELAY`), with TLS around it or without.
#[cfg(feature = "rustls")]
pub type SmolStream = MaybeTls<SmolTcp, SmolIo<Box<TlsStream<TcpStream>>>>;

/// A connection for hyper: TCP, without delay for small packets (`TCP_NODELAY`).
#[cfg(not(feature = "rustls"))]
pub type SmolStream = MaybeTls<SmolTcp>;

pub(crate) fn tcp(stream: TcpStream) -> SmolStream {
    MaybeTls::plain(SmolTcp::new(prompt(stream)))
}

/// A server's.
#[cfg(feature = "rustls")]
pub(crate) fn accepting(stream: TcpStream, tls: &ServerTls) -> SmolStream {
    let accept = TlsAcceptor::from(tls.config().clone()).accept(prompt(stream));
    MaybeTls::accepting(async { Ok(SmolIo::new(Box::new(accept.await?.into()))) })
}

/// A client's.
#[cfg(feature = "rustls")]
pub(crate) async fn connected(stream: TcpStream, to: &Endpoint, tls: &ClientTls) -> io::Result<SmolStream> {
    let name = ServerName::try_from(to.host().to_owned()).map_err(io::Error::other)?;
    let stream = TlsConnector::from(tls.config().clone()).connect(name, prompt(stream)).await?;
    Ok(MaybeTls::tls(SmolIo::new(Box::new(stream.into()))))
}

/// Worse for latency if it fails, but no reason not to go on.
fn prompt(stream: TcpStream) -> TcpStream {
    let _ = stream.set_nodelay(true);
    stream
}
