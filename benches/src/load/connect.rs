//! TCP connections to the server.

use socket2::{Domain, Socket, Type};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// The timeout of each read and write.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The number of source addresses that connections use in turn. One address has too few ports for all connections that
/// are open or in `TIME_WAIT`.
const SOURCE_ADDRESSES: u32 = 200;

/// Connects to the server. If it listens on an IPv4 loopback address, the source is one of several loopback addresses.
pub(super) fn connect(addr: SocketAddr) -> io::Result<TcpStream> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    if addr.ip().is_loopback() && addr.is_ipv4() {
        let number = NEXT.fetch_add(1, Ordering::Relaxed) % SOURCE_ADDRESSES;
        let source = Ipv4Addr::from_bits(Ipv4Addr::new(127, 0, 0, 2).to_bits() + number);
        socket.bind(&SocketAddr::from((source, 0)).into())?;
    }
    socket.connect(&addr.into())?;
    socket.set_tcp_nodelay(true)?;
    socket.set_read_timeout(Some(TIMEOUT))?;
    socket.set_write_timeout(Some(TIMEOUT))?;
    Ok(socket.into())
}
