//! A server that says what a test wants it to say.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A handshake that offers no upgrade.
pub(super) const OPEN: &str =
    r#"0{"sid":"fake","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;

/// What a client asked for.
pub(super) struct Request {
    pub(super) head: String,
    pub(super) body: String,
    /// How many requests came before it on the same connection.
    pub(super) earlier: usize,
}

/// What it gets.
pub(super) enum Answer {
    /// These bytes; then the next request is read.
    Bytes(Vec<u8>),
    /// These bytes, and the end of the connection.
    Last(Vec<u8>),
    /// Nothing, until the client goes away.
    Silence,
    /// Nothing, and a connection that is reset.
    Reset,
}

/// A server of whatever kind. Its threads end with their connections, or with the process.
pub(super) struct Fake {
    addr: SocketAddr,
    connections: Arc<AtomicUsize>,
}

/// A response with status 200.
pub(super) fn ok(body: &str) -> Vec<u8> {
    response("200 OK", "text/plain; charset=UTF-8", body)
}

/// A response.
pub(super) fn response(status: &str, content_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

impl Request {
    /// Whether it asks for a new session.
    pub(super) fn opens(&self) -> bool {
        !self.head.contains("sid=")
    }

    /// Whether it is a POST.
    pub(super) fn posts(&self) -> bool {
        self.head.starts_with("POST ")
    }
}

impl Fake {
    /// A server that answers each request like this.
    pub(super) fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let addr = listener.local_addr().expect("it is bound");
        let connections = Arc::new(AtomicUsize::new(0));
        let (count, answer) = (connections.clone(), Arc::new(answer));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                count.fetch_add(1, Ordering::Relaxed);
                let answer = answer.clone();
                // A client that goes away ends it.
                thread::spawn(move || drop(serve(client, &*answer)));
            }
        });
        Self { addr, connections }
    }

    /// Where it listens.
    pub(super) const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// How many connections there were.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

fn serve(client: TcpStream, answer: &dyn Fn(&Request) -> Answer) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut client = BufReader::new(client);
    for earlier in 0.. {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if client.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let lower = head.to_ascii_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        client.read_exact(&mut body)?;
        let request = Request { head, body: String::from_utf8_lossy(&body).into_owned(), earlier };
        match answer(&request) {
            Answer::Bytes(bytes) => client.get_mut().write_all(&bytes)?,
            Answer::Last(bytes) => return client.get_mut().write_all(&bytes),
            Answer::Silence => return io::copy(&mut client, &mut io::sink()).map(drop),
            Answer::Reset => return socket2::Socket::from(client.into_inner()).set_linger(Some(Duration::ZERO)),
        }
    }
    Ok(())
}
