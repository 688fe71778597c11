//! Connections to the server.

use socket2::{Domain, Socket, Type};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// Whatever takes longer than this is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many addresses connections come from, in turn: one has not ports enough for as many connections as are made and
/// left behind in `TIME_WAIT`.
const SOURCES: u32 = 200;

/// Connects, from one of many loopback addresses.
pub(super) fn connect(addr: SocketAddr) -> io::Result<TcpStream> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    if addr.ip().is_loopback() && addr.is_ipv4() {
        let number = NEXT.fetch_add(1, Ordering::Relaxed) % SOURCES;
        let source = Ipv4Addr::from_bits(Ipv4Addr::new(127, 0, 0, 2).to_bits() + number);
        socket.bind(&SocketAddr::from((source, 0)).into())?;
    }
    socket.connect(&addr.into())?;
    socket.set_tcp_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok(socket.into())
}
