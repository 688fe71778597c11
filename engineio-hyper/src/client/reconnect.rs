//! Sessions one after the other: a new one when the last one has ended.

use super::{
    builder::ClientBuilder,
    connector::Connector,
    error::{ConnectError, ConnectFailure},
};
use crate::{Runtime, socket::Socket};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

/// Opens one session after the other with the same settings, and waits longer after each failure.
///
/// It is made by [`ClientBuilder::reconnecting`]. The engine does not reconnect by itself, because a new session knows
/// nothing of the last one: its id is new, and messages that were on their way are lost. The application decides what to
/// send again.
///
/// | setting | default | the name in `socket.io-client` |
/// |---|---|---|
/// | [`min_delay`](Self::min_delay) | 1 s | `reconnectionDelay` |
/// | [`max_delay`](Self::max_delay) | 5 s | `reconnectionDelayMax` |
/// | [`max_attempts`](Self::max_attempts) | no limit | `reconnectionAttempts` |
/// | [`on_failure`](Self::on_failure) | retries every failure that another attempt can cure | – |
///
/// # Delays
/// The first attempt begins at once. The next ones wait for a random duration between one half and the whole of
/// `min_delay`, 2 · `min_delay`, 4 · `min_delay` and so on, up to `max_delay`. Clients of one server that restarts thus do
/// not all come back at the same moment. A session that lasted for `max_delay` or longer resets the delay to `min_delay`;
/// one that ended earlier counts as a failure, so that a server that ends each session at once is not flooded.
///
/// # Examples
///
/// ```
/// use engineio_hyper::{ClientBuilder, ConnectFailure, Connector, Runtime};
///
/// # async fn f<Rt: Runtime, C: Connector>(client: ClientBuilder<Rt, C>) -> Result<(), Box<dyn std::error::Error>> {
/// // `client` is what `Client::builder(url)` returns.
/// let mut sessions = client.reconnecting().max_attempts(10).on_failure(|failure: &ConnectFailure<'_>| {
///     eprintln!("attempt {} failed: {}", failure.attempt(), failure.error());
///     failure.is_curable()
/// });
/// loop {
///     let socket = sessions.next().await?;
///     while let Some(message) = socket.recv().await {
///         println!("{message:?}");
///     }
///     eprintln!("the session ended: {}", socket.closed().await);
/// }
/// # }
/// ```
#[must_use = "no session is opened until `next` is called"]
pub struct Reconnect<Rt, C> {
    client: ClientBuilder<Rt, C>,
    min_delay: Duration,
    max_delay: Duration,
    max_attempts: u32,
    on_failure: Arc<OnFailure>,
    /// Attempts since the last session that lasted.
    failures: u32,
    /// Attempts since the last session.
    attempts: u32,
    /// When the last session was opened, unless its end was counted already.
    opened: Option<Instant>,
    /// When the next attempt may begin.
    due: Option<Instant>,
}

type OnFailure = dyn Fn(&ConnectFailure<'_>) -> bool + Send + Sync;

impl<Rt: Runtime, C: Connector> ClientBuilder<Rt, C> {
    /// Opens one session after the other with these settings.
    pub fn reconnecting(self) -> Reconnect<Rt, C> {
        Reconnect {
            client: self,
            min_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(5),
            max_attempts: u32::MAX,
            on_failure: Arc::new(|failure| failure.is_curable()),
            failures: 0,
            attempts: 0,
            opened: None,
            due: None,
        }
    }
}

impl<Rt: Runtime, C: Connector> Reconnect<Rt, C> {
    /// The upper bound of the first delay.
    pub fn min_delay(mut self, delay: Duration) -> Self {
        self.min_delay = delay;
        self
    }

    /// The upper bound of all delays.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// How many attempts in a row may fail before [`next`](Self::next) returns the last error. At least one is made.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Calls `decide` after each failed attempt. Another attempt is made if it returns true and `max_attempts` allows it;
    /// otherwise [`next`](Self::next) returns the error.
    pub fn on_failure(mut self, decide: impl Fn(&ConnectFailure<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.on_failure = Arc::new(decide);
        self
    }

    /// Opens the next session. Call it when the last one has ended; [`Socket::closed`] tells why it did.
    ///
    /// # Errors
    /// If `max_attempts` attempts in a row failed, or [`on_failure`](Self::on_failure) returned false, or a setting makes
    /// no sense. A later call starts a new series of attempts.
    ///
    /// # Cancel safety
    /// A delay that has begun goes on when the future is dropped. An attempt that has begun is given up, and the next call
    /// makes another.
    pub async fn next(&mut self) -> Result<Socket, ConnectError> {
        loop {
            self.wait().await;
            self.attempts = self.attempts.saturating_add(1);
            match self.client.clone().connect().await {
                Ok(socket) => {
                    self.attempts = 0;
                    self.opened = Some(self.client.runtime.now());
                    return Ok(socket);
                }
                Err(error) => {
                    self.postpone();
                    let failure = ConnectFailure { error: &error, attempt: self.attempts };
                    if !(self.on_failure)(&failure) || self.attempts >= self.max_attempts {
                        self.attempts = 0;
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Waits until the next attempt may begin.
    async fn wait(&mut self) {
        let now = self.client.runtime.now();
        if let Some(opened) = self.opened.take() {
            if now.saturating_duration_since(opened) >= self.max_delay {
                self.failures = 0;
            }
            self.postpone();
        }
        if let Some(due) = self.due {
            self.client.runtime.sleep_until(due).await;
            self.due = None;
        }
    }

    /// Begins the delay before the next attempt.
    fn postpone(&mut self) {
        let bound = bound(self.min_delay, self.max_delay, self.failures);
        self.failures = self.failures.saturating_add(1);
        self.due = self.client.runtime.now().checked_add(between_half_and_all(bound, entropy()));
    }
}

impl<Rt, C> fmt::Debug for Reconnect<Rt, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconnect")
            .field("client", &self.client)
            .field("min_delay", &self.min_delay)
            .field("max_delay", &self.max_delay)
            .field("max_attempts", &self.max_attempts)
            .finish_non_exhaustive()
    }
}

/// The upper bound of the delay after so many failures.
fn bound(min: Duration, max: Duration, failures: u32) -> Duration {
    let factor = 1u32.checked_shl(failures).unwrap_or(u32::MAX);
    min.saturating_mul(factor).min(max)
}

fn between_half_and_all(bound: Duration, entropy: u32) -> Duration {
    let half = bound / 2;
    half + (bound - half).mul_f64(f64::from(entropy) / f64::from(u32::MAX))
}

/// Without entropy, delays have no jitter.
fn entropy() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Endpoint;
    use futures_lite::future::block_on;
    use hyper::upgrade::Upgraded;
    use std::{
        future::{Ready, ready},
        io,
        sync::{Mutex, MutexGuard, PoisonError},
    };

    /// A runtime whose waits take no time but are noted, and a connector that counts.
    #[derive(Clone)]
    struct Virtual(Arc<Mutex<State>>);

    struct State {
        now: Instant,
        waits: Vec<Duration>,
        attempts: usize,
    }

    impl Virtual {
        fn lock(&self) -> MutexGuard<'_, State> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    impl Runtime for Virtual {
        type Sleep = Ready<()>;

        fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
            // The session's task, which finds nobody.
            std::thread::spawn(move || block_on(task));
        }

        fn sleep_until(&self, deadline: Instant) -> Ready<()> {
            let mut state = self.lock();
            let wait = deadline.saturating_duration_since(state.now);
            // The others are the session's.
            if wait <= Duration::from_secs(8) {
                state.waits.push(wait);
                state.now += wait;
            }
            ready(())
        }

        fn now(&self) -> Instant {
            self.lock().now
        }
    }

    impl Connector for Virtual {
        type Io = Upgraded;

        async fn connect(&self, _: &Endpoint) -> io::Result<Upgraded> {
            self.lock().attempts += 1;
            Err(io::ErrorKind::ConnectionRefused.into())
        }
    }

    fn start(url: &str) -> (Virtual, Reconnect<Virtual, Virtual>) {
        let state = State { now: Instant::now(), waits: Vec::new(), attempts: 0 };
        let runtime = Virtual(Arc::new(Mutex::new(state)));
        (runtime.clone(), ClientBuilder::new(runtime.clone(), runtime, url).reconnecting())
    }

    #[test]
    fn delays_double_up_to_a_bound_and_have_jitter() {
        let (min, max) = (Duration::from_secs(1), Duration::from_secs(5));
        let bounds = [0, 1, 2, 3, 40, u32::MAX].map(|failures| bound(min, max, failures).as_secs());
        assert_eq!(bounds, [1, 2, 4, 5, 5, 5]);
        assert_eq!(between_half_and_all(max, 0), Duration::from_millis(2500));
        assert_eq!(between_half_and_all(max, u32::MAX), max);
        assert_eq!(between_half_and_all(Duration::ZERO, 7), Duration::ZERO);
    }

    #[test]
    fn attempts_are_limited_and_wait_between() {
        let (runtime, mut sessions) = start("http://localhost/");
        sessions = sessions.max_attempts(4);
        let error = block_on(sessions.next()).unwrap_err();
        assert!(matches!(error, ConnectError::Failed { .. }), "{error}");
        let state = runtime.lock();
        assert_eq!(state.attempts, 4);
        let bounds = [1, 2, 4].map(Duration::from_secs);
        assert_eq!(state.waits.len(), bounds.len(), "{:?}", state.waits);
        for (wait, bound) in state.waits.iter().zip(bounds) {
            assert!((bound / 2..=bound).contains(wait), "{wait:?} of {bound:?}");
        }
    }

    #[test]
    fn failures_are_told_and_may_end_it() {
        let (runtime, sessions) = start("http://localhost/");
        let mut sessions = sessions.on_failure(|failure| failure.is_curable() && failure.attempt() < 2);
        block_on(sessions.next()).unwrap_err();
        assert_eq!(runtime.lock().attempts, 2);
        block_on(sessions.next()).unwrap_err();
        assert_eq!(runtime.lock().attempts, 4, "a new series");
    }

    #[test]
    fn settings_that_make_no_sense_are_not_tried_again() {
        for url in ["ftp://localhost/", "http://localhost/?EIO=3", "https://localhost/"] {
            let (runtime, mut sessions) = start(url);
            block_on(sessions.next()).unwrap_err();
            assert!(runtime.lock().waits.is_empty(), "{url}");
        }
    }
}
