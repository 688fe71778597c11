//! A proxy that looks at the first request of each connection, and then relays bytes, or does worse.

use core::net::{Ipv4Addr, SocketAddr};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What to do with a connection.
pub(super) enum Verdict {
    /// Relay everything, both ways.
    Relay,
    /// Relay what the client says, and this many bytes of what the server says; then end the connection.
    Cut(u64),
    /// Relay everything, both ways, to this server instead.
    RelayTo(SocketAddr),
    /// Read, and never say anything.
    Hold,
    /// Say this, and end the connection.
    Answer(Vec<u8>),
}

/// A proxy. Its threads end with their connections, or with the process.
pub(super) struct Proxy {
    addr: SocketAddr,
    connections: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
}

impl Proxy {
    /// A proxy before a server; `judge` sees the first request's head.
    pub(super) fn start(upstream: SocketAddr, judge: impl Fn(&str) -> Verdict + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let addr = listener.local_addr().expect("it is bound");
        let connections = Arc::new(AtomicUsize::new(0));
        let ended = Arc::new(AtomicUsize::new(0));
        let (count, ends, judge) = (connections.clone(), ended.clone(), Arc::new(judge));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                count.fetch_add(1, Ordering::Relaxed);
                let (ends, judge) = (ends.clone(), judge.clone());
                thread::spawn(move || {
                    // A side that goes away ends it.
                    let _ = serve(client, upstream, &*judge);
                    ends.fetch_add(1, Ordering::Relaxed);
                });
            }
        });
        Self { addr, connections, ended }
    }

    /// Where it listens.
    pub(super) const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// How many connections there were.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// How many of them have ended.
    pub(super) fn ended(&self) -> usize {
        self.ended.load(Ordering::Relaxed)
    }
}

fn serve(mut client: TcpStream, upstream: SocketAddr, judge: &dyn Fn(&str) -> Verdict) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut start = Vec::new();
    while !start.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut buffer = [0; 4096];
        match client.read(&mut buffer)? {
            0 => return Ok(()),
            read => start.extend_from_slice(&buffer[..read]),
        }
    }
    let (upstream, bound) = match judge(&String::from_utf8_lossy(&start)) {
        Verdict::Relay => (upstream, u64::MAX),
        Verdict::Cut(bound) => (upstream, bound),
        Verdict::RelayTo(other) => (other, u64::MAX),
        Verdict::Hold => return io::copy(&mut client, &mut io::sink()).map(drop),
        Verdict::Answer(answer) => {
            client.write_all(&answer)?;
            client.shutdown(Shutdown::Write)?;
            return io::copy(&mut client, &mut io::sink()).map(drop);
        }
    };
    let mut server = TcpStream::connect(upstream)?;
    server.set_nodelay(true)?;
    server.write_all(&start)?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let relayed = io::copy(&mut (&mut server).take(bound), &mut client);
    // The other direction is over as well, whatever it waits for.
    let _ = server.shutdown(Shutdown::Both);
    let _ = client.shutdown(Shutdown::Both);
    relayed.map(drop)
}
