//! A long-polling echo server on blocking sockets and threads. It uses the core alone, without an async runtime or an
//! HTTP server, and works with any Engine.IO client that polls.
//!
//! ```text
//! cargo run -p engineio-proto --example blocking -- --addr 127.0.0.1:3000
//! ```
//!
//! Each connection serves one request on two threads. One thread reads, so it notices when the peer closes the
//! connection. The other waits for the answer and writes it. The host needs no checks against answering a request
//! twice, after its peer has gone, or never: the handle that answers a request is moved into the core, which returns it
//! once, in the answer or from `abort`.

use engineio_proto::{
    Action, Config, Delivery, Event, Instant, Refusal, RequestHead, Response, Route, Router, Server, Sid, Ticket,
    Verdict,
};
use std::{
    env,
    error::Error,
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{self, Duration},
};

/// The timeout of each read and write. It is longer than the heartbeat lets a poll wait.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The longest head of a request, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// The handle that answers a request: the channel to the thread that writes the answer.
type Handle = mpsc::Sender<(Verdict, Option<Ticket>)>;

struct Host {
    router: Router,
    server: Mutex<Server<Handle>>,
    /// Signals that the core was called, so its next deadline can have changed.
    changed: Condvar,
    epoch: time::Instant,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut addr = "127.0.0.1:3000".to_owned();
    // This host does not support WebSocket.
    let mut config = Config::builder().allow_upgrades(false);
    let mut arguments = env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let value = arguments.next().ok_or(format!("{flag} needs a value"))?;
        match &*flag {
            "--addr" => addr = value,
            "--ping-interval" => config = config.ping_interval(Duration::from_millis(value.parse()?)),
            "--ping-timeout" => config = config.ping_timeout(Duration::from_millis(value.parse()?)),
            _ => {
                let known = "--addr ADDR, --ping-interval MILLISECONDS, --ping-timeout MILLISECONDS";
                return Err(format!("unknown option {flag}; the options are {known}").into());
            }
        }
    }
    let host = Host::new(config.build()?)?;
    let listener = TcpListener::bind(addr)?;
    println!("listening on http://{}{}", listener.local_addr()?, host.lock().config().path());
    thread::scope(|scope| {
        scope.spawn(|| host.run_timers());
        for stream in listener.incoming() {
            // The error of one connection does not affect the others.
            scope.spawn(|| stream.and_then(|stream| host.serve(&stream)));
        }
    });
    Ok(())
}

impl Host {
    fn new(config: Config) -> Result<Self, getrandom::Error> {
        Ok(Self {
            router: Router::new(config.clone()),
            server: Mutex::new(Server::new(config, 0, [getrandom::u64()?, getrandom::u64()?])),
            changed: Condvar::new(),
            epoch: time::Instant::now(),
        })
    }

    /// Calls the core, then handles its actions.
    fn enter<T>(&self, call: impl FnOnce(&mut Server<Handle>, Instant) -> T) -> T {
        let now = self.now();
        let mut server = self.lock();
        let result = call(&mut server, now);
        while let Some(action) = server.poll() {
            match action {
                Action::Answer(answer) => {
                    let tracked = answer.ticket().filter(|_| answer.tracked());
                    let (handle, verdict) = answer.into_parts();
                    // If the writing thread has ended, the reading thread reports it by `abort`.
                    let _ = handle.send((verdict, tracked));
                }
                // The application: an echo. It can call the core from here.
                Action::Event(session, Event::Messages(messages)) => {
                    for message in messages {
                        if server.send(session, message).is_err() {
                            // The session's queue is full, because the client does not fetch its echoes.
                            server.discard(now, session);
                        }
                    }
                }
                Action::Event(session, event) => eprintln!("{session:?}: {event:?}"),
                // This host has no WebSocket, and does not wait for queue space or for deliveries.
                Action::FramesReady(_)
                | Action::CloseWs(..)
                | Action::Sent(..)
                | Action::Writable(_)
                | Action::Unsent(..) => {}
            }
        }
        self.changed.notify_one();
        result
    }

    /// Calls the core at its deadlines.
    fn run_timers(&self) {
        loop {
            self.enter(Server::timeout);
            let server = self.lock();
            let wait = server.deadline().map_or(TIMEOUT, |deadline| deadline.saturating_since(self.now()));
            drop(self.changed.wait_timeout(server, wait));
        }
    }

    fn now(&self) -> Instant {
        Instant::from_epoch(self.epoch.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, Server<Handle>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves the one request of a connection.
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        let (handle, answer) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || self.answer(stream, &answer));
            if let Some(ticket) = self.read(stream, handle)? {
                // The request is complete. Wait for the end of the connection, which can come before or after the
                // answer.
                let _ = io::copy(&mut { stream }, &mut io::sink());
                self.enter(|server, now| server.abort(now, ticket));
            }
            Ok(())
        })
    }

    /// Waits for the answer and writes it. Returns without an answer if the core has dropped the handle or returned it.
    fn answer(&self, stream: &TcpStream, answer: &mpsc::Receiver<(Verdict, Option<Ticket>)>) {
        let Ok((verdict, tracked)) = answer.recv() else { return };
        if let Some(ticket) = tracked {
            self.enter(|server, now| server.written(now, ticket, Delivery::Written));
        }
        // If the write fails, the connection ends, and the reading thread reports it by `abort`.
        let _ = match verdict {
            Verdict::Respond(response) => respond(stream, &response),
            // The first two are answers to WebSocket requests only, which this host does not route.
            Verdict::Upgrade { .. } | Verdict::UpgradeThenClose | Verdict::HangUp => stream.shutdown(Shutdown::Both),
        };
    }

    /// Reads a request and passes it to the core. Returns `None` if the request was answered without the core.
    fn read(&self, mut stream: &TcpStream, handle: Handle) -> io::Result<Option<Ticket>> {
        let mut input = Vec::new();
        let (route, length, head) = loop {
            let mut headers = [httparse::EMPTY_HEADER; 64];
            let mut request = httparse::Request::new(&mut headers);
            match request.parse(&input).map_err(io::Error::other)? {
                httparse::Status::Complete(head) => break (self.route(&request), content_length(&request), head),
                httparse::Status::Partial if input.len() > MAX_HEAD => return Err(ErrorKind::InvalidData.into()),
                httparse::Status::Partial => {}
            }
            let mut more = [0; 4096];
            let size = stream.read(&mut more)?;
            if size == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            input.extend_from_slice(&more[..size]);
        };
        let request = match route {
            Ok(Route::Session(request)) => request,
            Ok(Route::Open(opening)) => {
                let mut pending = opening.pending(handle);
                loop {
                    let mut entropy = [0; 15];
                    getrandom::fill(&mut entropy)?;
                    match self.enter(|server, now| server.open(now, pending.accept(Sid::from_entropy(entropy)))) {
                        Ok(ticket) => return Ok(Some(ticket)),
                        Err(taken) => pending = taken.into_pending(),
                    }
                }
            }
            Err(Some(refusal)) => return respond(stream, &Response::refusal(refusal, false)).map(|()| None),
            Err(None) => {
                return stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").map(|()| None);
            }
        };
        let (ticket, encoding) = self.enter(|server, now| {
            let ticket = server.request(now, request, handle);
            (ticket, server.awaits_body(ticket))
        });
        // The body is decoded without holding the lock. A request whose content-length exceeds the limit is refused
        // before.
        if let Some(encoding) = encoding {
            let mut body = input.split_off(head);
            let missing = length.saturating_sub(body.len() as u64);
            if stream.take(missing).read_to_end(&mut body).is_ok_and(|read| read as u64 == missing) {
                let upload = encoding.decode_payload(body.into(), 10_000);
                self.enter(|server, now| server.body(now, ticket, upload));
            }
        }
        Ok(Some(ticket))
    }

    /// Routes a request. Returns `Err(None)` if its path is not that of Engine.IO.
    fn route(&self, request: &httparse::Request<'_, '_>) -> Result<Route, Option<Refusal>> {
        let (path, query) = request.path.and_then(|target| target.split_once('?')).unwrap_or_default();
        if !self.router.matches(path) {
            return Err(None);
        }
        let head = RequestHead {
            method: request.method.unwrap_or_default(),
            query,
            origin: header(request, "origin"),
            content_type: header(request, "content-type"),
            content_encoding: header(request, "content-encoding"),
            content_length: Some(content_length(request)),
            upgrade: false,
        };
        self.router.route(&head).map_err(Some)
    }
}

fn header<'r>(request: &'r httparse::Request<'_, '_>, name: &str) -> Option<&'r [u8]> {
    request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

/// Returns the length of the body in bytes. Chunked bodies are not supported.
fn content_length(request: &httparse::Request<'_, '_>) -> u64 {
    let value = header(request, "content-length").and_then(|value| str::from_utf8(value).ok());
    value.and_then(|value| value.parse().ok()).unwrap_or_default()
}

/// Writes a response and ends the connection.
fn respond(mut stream: &TcpStream, response: &Response) -> io::Result<()> {
    let body = response.encode();
    let mut output = format!("HTTP/1.1 {} -\r\nconnection: close\r\n", response.status()).into_bytes();
    for (name, value) in response.headers() {
        write!(output, "{name}: {value}\r\n")?;
    }
    write!(output, "content-length: {}\r\n\r\n", body.len())?;
    output.extend_from_slice(&body);
    stream.write_all(&output)?;
    stream.shutdown(Shutdown::Write)
}
