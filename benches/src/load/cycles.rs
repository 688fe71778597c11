//! Sessions that are opened, optionally upgraded, and closed.

use super::{
    Options, Sample, Work,
    http::{self, Connection},
    meter::Clock,
    unexpected,
    websocket::{self, WebSocket},
};
use std::{
    io,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};

/// The number of threads, each of which cycles one session after the other. The reference is idle for up to 100 ms
/// during an upgrade, so one session at a time would not keep it busy.
const THREADS: usize = 16;

pub(super) fn run(options: &Options) -> io::Result<Sample> {
    let (stop, count) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        let work = || {
            let mut connection = Connection::open(options.addr)?;
            while !stop.load(Ordering::Relaxed) {
                cycle(options, &mut connection)?;
                count.fetch_add(1, Ordering::Relaxed);
            }
            io::Result::Ok(())
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        let mut clock = Clock::new(options);
        let sample = loop {
            if let Some(sample) = clock.tick(count.load(Ordering::Relaxed)) {
                break sample;
            }
            // A thread ends early only if it fails. The join below returns its error.
            if threads.iter().any(thread::ScopedJoinHandle::is_finished) {
                break clock.tick(0).unwrap_or_else(|| super::Meter::start(options.pid).read(0));
            }
            thread::sleep(Duration::from_millis(5));
        };
        stop.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread panicked")))?;
        }
        Ok(sample)
    })
}

fn cycle(options: &Options, connection: &mut Connection) -> io::Result<()> {
    let addr = options.addr;
    match options.work {
        Work::OpenWebsocket => WebSocket::session(options)?.close(),
        Work::Upgrade => upgrade(options, connection),
        _ => {
            let sid = http::sid(&connection.exchange(&http::get(addr, None))?)?;
            let ok = connection.exchange(&http::post(addr, &sid, b"1"))?;
            if ok.eq_ignore_ascii_case(b"ok") { Ok(()) } else { Err(unexpected("response to a POST is not ok", &ok)) }
        }
    }
}

/// Opens a session on polling, upgrades it like the reference's client, and closes it. A poll is pending during the
/// probe, and is answered before the upgrade.
fn upgrade(options: &Options, connection: &mut Connection) -> io::Result<()> {
    let addr = options.addr;
    let sid = connection.session(options)?;
    connection.send(&http::get(addr, Some(&sid)))?;
    let mut websocket = WebSocket::open(addr, Some(&sid))?;
    websocket.send(&websocket::text(b"2probe"))?;
    let pong = websocket.receive()?;
    if pong != b"3probe" {
        return Err(unexpected("not the pong of the probe", &pong));
    }
    let noop = connection.receive()?;
    if noop != b"6" {
        return Err(unexpected("not a noop", &noop));
    }
    websocket.send(&websocket::text(b"5"))?;
    websocket.close()
}
