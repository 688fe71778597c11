//! The cost of a load: the differences of the figures in `/proc` before and after.

use super::Options;
use std::{
    fmt, fs, process,
    time::{Duration, Instant},
};

/// The unit of CPU time in `/proc`. It is the same on all common architectures of Linux.
const TICK: Duration = Duration::from_millis(10);

/// A measurement that runs from [`start`](Self::start) to [`read`](Self::read).
#[derive(Debug)]
pub struct Meter {
    pid: u32,
    started: Instant,
    server_cpu: Duration,
    client_cpu: Duration,
    resident: u64,
}

/// The cost of a load. `Display` formats it as a line of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The number of units of work: echoes, cycles, deliveries or idle sessions.
    pub count: u64,
    /// The time from the start to the end of the measurement.
    pub wall: Duration,
    /// The CPU time of the server's process.
    pub server_cpu: Duration,
    /// The CPU time of this process. If it is close to `wall`, the load generator was the bottleneck.
    pub client_cpu: Duration,
    /// The server's resident memory in bytes at the start.
    pub resident_before: u64,
    /// The server's resident memory in bytes at the end.
    pub resident: u64,
}

impl Meter {
    /// Starts a measurement of the process `pid`.
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

    /// Returns the cost since the start of `count` units of work.
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

/// The phases of a load: a warm-up, then the measurement.
pub(super) struct Clock {
    pid: u32,
    /// The end of the warm-up, then the start of the measurement.
    begin: Instant,
    duration: Duration,
    /// The running measurement, and the units of work before it.
    meter: Option<(Meter, u64)>,
}

impl Clock {
    pub(super) fn new(options: &Options) -> Self {
        let begin = Instant::now() + options.warm_up;
        Self { pid: options.pid, begin, duration: options.duration, meter: None }
    }

    /// Starts and ends the measurement when it is time. Returns the cost at its end. Call it often, with the units of
    /// work done so far.
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

/// Returns the CPU time of all threads of a process, in user and kernel mode, or zero if the process does not exist.
fn cpu(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The second field is the program's name in parentheses, and can contain any character.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_ascii_whitespace();
    let ticks: u32 = fields.skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    TICK * ticks
}

/// Returns the resident memory of a process in bytes, or zero if the process does not exist.
fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_ascii_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}
