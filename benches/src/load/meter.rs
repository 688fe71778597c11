//! What a load costs: looked up in `/proc`, before and after.

use super::Options;
use std::{
    fmt, fs, process,
    time::{Duration, Instant},
};

/// The kernel's unit of CPU time in `/proc`, which has been this on Linux for every architecture that matters.
const TICK: Duration = Duration::from_millis(10);

/// Measures what happens between its making and its reading.
#[derive(Debug)]
pub struct Meter {
    pid: u32,
    started: Instant,
    server_cpu: Duration,
    client_cpu: Duration,
    resident: u64,
}

/// What a load cost. Its `Display` is a line of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How often it was done: echoes, cycles, deliveries, idle sessions.
    pub count: u64,
    /// How long it took.
    pub wall: Duration,
    /// The CPU time of the server.
    pub server_cpu: Duration,
    /// The CPU time of this process: close to `wall`, it was the bottleneck.
    pub client_cpu: Duration,
    /// The server's resident memory, in bytes, before.
    pub resident_before: u64,
    /// And now.
    pub resident: u64,
}

impl Meter {
    /// Starts to measure.
    #[must_use]
    pub fn start(pid: u32) -> Self {
        Self {
            pid,
            resident: resident(pid),
            server_cpu: cpu(pid),
            client_cpu: cpu(process::id()),
            started: Instant::now(),
        }
    }

    /// What it cost until now to do something `count` times.
    #[must_use]
    pub fn read(&self, count: u64) -> Sample {
        Sample {
            count,
            wall: self.started.elapsed(),
            server_cpu: cpu(self.pid).saturating_sub(self.server_cpu),
            client_cpu: cpu(process::id()).saturating_sub(self.client_cpu),
            resident_before: self.resident,
            resident: resident(self.pid),
        }
    }
}

/// A load's time: some to warm up, then that which is measured.
pub(super) struct Clock {
    pid: u32,
    begin: Instant,
    duration: Duration,
    meter: Option<(Meter, u64)>,
}

impl Clock {
    pub(super) fn new(options: &Options) -> Self {
        let begin = Instant::now() + options.warm_up;
        Self { pid: options.pid, begin, duration: options.duration, meter: None }
    }

    /// To be called often, with what was done until now. When the time is over, returns what it cost.
    pub(super) fn tick(&mut self, count: u64) -> Option<Sample> {
        let now = Instant::now();
        match &self.meter {
            Some((meter, before)) => (now >= self.begin + self.duration).then(|| meter.read(count - before)),
            None => {
                if now >= self.begin {
                    self.meter = Some((Meter::start(self.pid), count));
                    self.begin = Instant::now();
                }
                None
            }
        }
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, wall, server_cpu, client_cpu, resident_before, resident } = self;
        write!(
            f,
            r#"{{"count":{count},"wall_ns":{},"server_cpu_ns":{},"client_cpu_ns":{},"resident_before":{resident_before},"resident":{resident}}}"#,
            wall.as_nanos(),
            server_cpu.as_nanos(),
            client_cpu.as_nanos(),
        )
    }
}

/// A process's CPU time, of all its threads, in user and kernel mode; none if there is no such process.
fn cpu(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The second field is the program's name in parentheses, and may hold anything.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_ascii_whitespace();
    let ticks: u32 = fields.skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    TICK * ticks
}

/// A process's resident memory, in bytes.
fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_ascii_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}
