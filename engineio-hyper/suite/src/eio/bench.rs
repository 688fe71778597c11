//! `eio bench`: messages to an echo server, one at a time for each session.

use super::options::Bench;
use engineio_hyper::{ClientBuilder, Connector, Message, Runtime, Socket};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    error::Error,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How often the progress is shown.
const TICK: Duration = Duration::from_millis(100);

/// How long after its end echoes that are on their way are waited for.
const GRACE: Duration = Duration::from_secs(5);

/// What the sessions share.
#[derive(Default)]
struct Tally {
    messages: AtomicU64,
    /// How long the echoes of the sessions that are done took.
    latencies: Mutex<Vec<Duration>>,
    failures: Mutex<Vec<String>>,
}

pub(super) async fn run<Rt: Runtime, C: Connector>(
    options: &Bench,
    runtime: &Rt,
    client: impl Fn() -> ClientBuilder<Rt, C>,
) -> Result<(), Box<dyn Error>> {
    let mut sockets = Vec::new();
    for _ in 0..options.clients.get() {
        sockets.push(client().connect().await?);
    }
    let bar = ProgressBar::new(options.duration.as_millis().try_into().unwrap_or(u64::MAX));
    bar.set_style(ProgressStyle::with_template("{bar:40} {elapsed} {msg}")?);
    let tally = Arc::new(Tally::default());
    let message = Message::from("x".repeat(options.size));
    let start = runtime.now();
    let end = start + options.duration;
    for socket in &sockets {
        runtime.spawn(load(runtime.clone(), socket.clone(), message.clone(), end, tally.clone()));
    }
    // Each task holds on to the tally.
    while Arc::strong_count(&tally) > 1 && runtime.now() < end + GRACE {
        runtime.sleep_until(runtime.now() + TICK).await;
        let elapsed = runtime.now() - start;
        bar.set_position(elapsed.as_millis().try_into().unwrap_or(u64::MAX));
        bar.set_message(format!("{:.0} messages/s", rate(tally.messages.load(Ordering::Relaxed), elapsed)));
    }
    bar.finish_and_clear();
    let transport = sockets.first().map(|socket| socket.transport().to_string()).unwrap_or_default();
    let late = Arc::strong_count(&tally) - 1;
    sockets.iter().for_each(Socket::discard);
    report(options, &transport, &tally);
    let failures = tally.failures.lock().unwrap_or_else(PoisonError::into_inner);
    match (failures.first(), late) {
        (Some(first), _) => Err(format!("{} sessions failed, the first: {first}", failures.len()).into()),
        (None, 0) => Ok(()),
        (None, late) => Err(format!("{late} sessions still wait for an echo").into()),
    }
}

/// One session's share: a message, its echo, the next message.
async fn load<Rt: Runtime>(runtime: Rt, socket: Socket, message: Message, end: Instant, tally: Arc<Tally>) {
    let mut latencies = Vec::new();
    let mut sent = runtime.now();
    while sent < end {
        let result = echo(&socket, &message).await;
        let now = runtime.now();
        if let Err(failure) = result {
            tally.failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
            break;
        }
        latencies.push(now - sent);
        tally.messages.fetch_add(1, Ordering::Relaxed);
        sent = now;
    }
    tally.latencies.lock().unwrap_or_else(PoisonError::into_inner).append(&mut latencies);
}

async fn echo(socket: &Socket, message: &Message) -> Result<(), String> {
    socket.send(message.clone()).await.map_err(|error| error.to_string())?;
    match socket.recv().await {
        Some(echo) if echo == *message => Ok(()),
        Some(_) => Err("what came back is not what was sent".to_owned()),
        None => Err(socket.closed().await.to_string()),
    }
}

fn report(options: &Bench, transport: &str, tally: &Tally) {
    let mut latencies = tally.latencies.lock().unwrap_or_else(PoisonError::into_inner);
    latencies.sort_unstable();
    let count = latencies.len() as u64;
    println!("{} sessions over {transport}, messages of {} bytes", options.clients, options.size);
    println!("{count} echoes, {:.0} per second", rate(count, options.duration));
    for (name, per_mille) in [("median", 500), ("90 %", 900), ("99 %", 990), ("99.9 %", 999), ("longest", 1000)] {
        if let Some(latency) = percentile(&latencies, per_mille) {
            println!("{name:>8} {latency:>10.1?}");
        }
    }
}

/// How long at most `per_mille` of a thousand took; the latencies are in order.
fn percentile(latencies: &[Duration], per_mille: usize) -> Option<Duration> {
    let rank = (latencies.len() * per_mille).div_ceil(1000);
    latencies.get(rank.saturating_sub(1)).copied()
}

fn rate(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(f64::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_ranks() {
        let latencies: Vec<_> = (1..=1000).map(Duration::from_micros).collect();
        for (per_mille, micros) in [(500, 500), (990, 990), (999, 999), (1000, 1000), (0, 1)] {
            assert_eq!(percentile(&latencies, per_mille), Some(Duration::from_micros(micros)));
        }
        assert_eq!(percentile(&latencies[..1], 500), Some(Duration::from_micros(1)));
        assert_eq!(percentile(&[], 500), None);
    }
}
