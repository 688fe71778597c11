//! Idle sessions.

use super::{
    Meter, Options, Sample, Work,
    http::{self, Connection},
    websocket::WebSocket,
};
use std::{io, thread};

pub(super) fn run(options: &Options) -> io::Result<Sample> {
    if options.work == Work::IdleWebsocket { measure(options, websockets) } else { measure(options, polls) }
}

fn measure<T>(options: &Options, open: impl Fn(&Options, usize) -> io::Result<T>) -> io::Result<Sample> {
    // The first sessions make the server allocate its shared state, which is not part of the measurement.
    drop(open(options, 10)?);
    thread::sleep(options.warm_up);
    let meter = Meter::start(options.pid);
    let _sessions = open(options, options.connections)?;
    thread::sleep(options.duration);
    Ok(meter.read(options.connections as u64))
}

/// Opens WebSocket sessions.
pub(super) fn websockets(options: &Options, count: usize) -> io::Result<Vec<WebSocket>> {
    (0..count).map(|_| WebSocket::session(options)).collect()
}

/// Opens polling sessions, each with a pending poll.
fn polls(options: &Options, count: usize) -> io::Result<Vec<Connection>> {
    let poll = |_| {
        let mut connection = Connection::open(options.addr)?;
        let sid = connection.session(options)?;
        connection.send(&http::get(options.addr, Some(&sid)))?;
        Ok(connection)
    };
    (0..count).map(poll).collect()
}
