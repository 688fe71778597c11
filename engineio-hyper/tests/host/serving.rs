//! Connections before their first request, and connections whose peers take nothing.

use crate::{
    lab::Lab,
    peer::{Client, ServerEnd},
};
use engineio_hyper::{Engine, EngineService, Listener, MaybeTls, Runtime, Serve, serve};
use hyper::rt::{Read, Write};
use std::{future::pending, io, net::SocketAddr, time::Duration};

/// How long a connection may take to its first request.
const PATIENCE: Duration = Duration::from_secs(30);

/// An engine, served on one connection.
pub type Server<Io> = Serve<Lab, Once<Io>, EngineService>;

/// Accepts one connection, and never another.
pub struct Once<Io>(Option<Io>);

impl<Io> Once<Io> {
    pub const fn new(io: Io) -> Self {
        Self(Some(io))
    }
}

impl<Io: Read + Write + Send + Unpin + 'static> Listener for Once<Io> {
    type Io = Io;

    async fn accept(&mut self) -> io::Result<(Io, SocketAddr)> {
        match self.0.take() {
            Some(io) => Ok((io, SocketAddr::from(([127, 0, 0, 1], 1)))),
            None => pending().await,
        }
    }
}

/// Serves an engine on one connection.
fn serve_once(lab: &Lab, io: impl Read + Write + Send + Unpin + 'static) {
    serve_with(lab, io, |server| server);
}

/// Serves an engine on one connection, with these settings.
pub fn serve_with<Io: Read + Write + Send + Unpin + 'static>(
    lab: &Lab,
    io: Io,
    settings: impl FnOnce(Server<Io>) -> Server<Io>,
) -> Engine<Lab> {
    let engine = lab.engine().build().unwrap();
    let server = settings(serve(lab.clone(), Once::new(io), engine.service()));
    lab.spawn(async { match server.await {} });
    lab.run();
    engine
}

/// A connection that has said no more than this is closed in time, and not before.
#[track_caller]
fn is_closed_in_time(lab: &Lab, client: &Client) {
    lab.advance(PATIENCE - Duration::from_millis(1));
    assert!(!client.is_closed());
    lab.advance(Duration::from_millis(1));
    assert!(client.is_closed());
}

#[test]
fn c14_a_connection_that_asks_for_nothing_is_closed() {
    for said in ["", "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\nx-half: ", "PRI * HT"] {
        let lab = Lab::new();
        let (client, end) = Client::pair();
        serve_once(&lab, end);
        client.write(said.as_bytes());
        is_closed_in_time(&lab, &client);
    }
}

/// A peer that says a byte now and then is not waited for any longer.
#[test]
fn c14_a_head_that_trickles_in_gains_no_time() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    serve_once(&lab, end);
    for byte in b"GET /engine.io/?EIO=4&transport" {
        lab.advance(Duration::from_millis(900));
        client.write(&[*byte]);
        lab.run();
    }
    assert!(!client.is_closed());
    lab.advance(PATIENCE - Duration::from_millis(31 * 900));
    assert!(client.is_closed());
}

#[test]
fn c14_a_tls_handshake_that_does_not_end_is_given_up() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    let handshake = async {
        let _half_way = end;
        pending().await
    };
    serve_once(&lab, MaybeTls::<ServerEnd>::accepting(handshake));
    is_closed_in_time(&lab, &client);
}

#[test]
fn who_has_made_a_request_may_stay() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    serve_once(&lab, end);
    lab.advance(PATIENCE / 2);
    client.ask();
    lab.run();
    let answer = client.read();
    let sid = answer.split(|byte| *byte == b'"').nth(3).map(|sid| String::from_utf8_lossy(sid).into_owned());
    client.write(
        format!("GET /engine.io/?EIO=4&transport=polling&sid={} HTTP/1.1\r\nhost: x\r\n\r\n", sid.unwrap()).as_bytes(),
    );
    // The poll is parked until the server pings, after 25 s.
    lab.advance(Duration::from_secs(24));
    assert!(!client.is_closed() && client.read().is_empty());
    lab.advance(Duration::from_secs(1));
    assert!(client.read().ends_with(b"\r\n\r\n2"));
}

#[test]
fn f24_a_peer_that_takes_nothing_of_its_answer_is_given_up() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    serve_once(&lab, end);
    lab.advance(PATIENCE / 2);
    client.limit(20);
    client.ask();
    lab.run();
    is_closed_in_time(&lab, &client);
}

#[test]
fn a_peer_that_takes_its_answer_bit_by_bit_is_waited_for() {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    serve_once(&lab, end);
    client.limit(20);
    client.ask();
    lab.run();
    let mut answer = client.read();
    while !answer.ends_with(b"}") {
        lab.advance(PATIENCE - Duration::from_millis(1));
        assert!(!client.is_closed());
        let more = client.read();
        assert!(!more.is_empty(), "{}", answer.escape_ascii());
        answer.extend(more);
    }
}
