//! Connection attempts to all addresses of a host, one after the other and side by side (RFC 8305, "Happy Eyeballs").

use crate::Runtime;
use std::{
    collections::VecDeque,
    fmt,
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

/// An attempt is given this long until the next one begins beside it: the value that RFC 8305 recommends.
const DELAY: Duration = Duration::from_millis(250);

/// All attempts together may take this long. It is less than a client's default `open_timeout`, so that the error names
/// the addresses.
const TOTAL: Duration = Duration::from_secs(15);

/// An error tells of this many addresses.
const TOLD: usize = 8;

/// Connects to the first of these addresses that answers, for [`Connector`](crate::Connector)s of an adapter.
///
/// The addresses are tried in their order, except that IPv6 and IPv4 alternate. An attempt begins when the one before has
/// failed or has not succeeded for 250 ms. The others are dropped as soon as one succeeds. After 15 s all are given up.
///
/// # Errors
/// If there is no address, or no attempt succeeds. The error tells of up to eight addresses what happened, and has the
/// kind of the last error.
pub async fn connect_staggered<Rt: Runtime, T, F: Future<Output = io::Result<T>>>(
    runtime: &Rt,
    addresses: impl IntoIterator<Item = SocketAddr>,
    connect: impl Fn(SocketAddr) -> F,
) -> io::Result<T> {
    let sleep = |duration| runtime.sleep_until(runtime.now() + duration);
    let mut waiting = alternating(addresses);
    let mut pending: Vec<(SocketAddr, Pin<Box<F>>)> = Vec::new();
    let mut failures = Failures::default();
    let mut delay: Option<Pin<Box<Rt::Sleep>>> = None;
    let mut total = pin!(sleep(TOTAL));
    poll_fn(|cx| {
        loop {
            let mut next_is_due = pending.is_empty();
            let mut index = 0;
            while let Some((address, attempt)) = pending.get_mut(index) {
                match attempt.as_mut().poll(cx) {
                    Poll::Ready(Ok(connection)) => return Poll::Ready(Ok(connection)),
                    Poll::Ready(Err(error)) => {
                        failures.add(*address, error);
                        drop(pending.remove(index));
                        next_is_due = true;
                    }
                    Poll::Pending => index += 1,
                }
            }
            next_is_due |= delay.as_mut().is_some_and(|delay| delay.as_mut().poll(cx).is_ready());
            if next_is_due {
                delay = None;
                if let Some(address) = waiting.pop_front() {
                    pending.push((address, Box::pin(connect(address))));
                    delay = (!waiting.is_empty()).then(|| Box::pin(sleep(DELAY)));
                    continue;
                }
            }
            let is_over = pending.is_empty() || total.as_mut().poll(cx).is_ready();
            if !is_over {
                return Poll::Pending;
            }
            for (address, _) in pending.drain(..) {
                let error = format!("no answer after {} s", TOTAL.as_secs());
                failures.add(address, io::Error::new(io::ErrorKind::TimedOut, error));
            }
            return Poll::Ready(Err(std::mem::take(&mut failures).into()));
        }
    })
    .await
}

/// The same addresses, those of the first one's family and the others in turn (RFC 8305, section 4).
fn alternating(addresses: impl IntoIterator<Item = SocketAddr>) -> VecDeque<SocketAddr> {
    let addresses: Vec<_> = addresses.into_iter().collect();
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut ordered = VecDeque::new();
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] {
            return ordered;
        }
        ordered.extend(pair.into_iter().flatten());
    }
}

/// What happened to each attempt.
#[derive(Debug, Default)]
struct Failures {
    told: Vec<(SocketAddr, io::Error)>,
    untold: usize,
    /// The kind of the last one.
    kind: Option<io::ErrorKind>,
}

impl Failures {
    fn add(&mut self, address: SocketAddr, error: io::Error) {
        self.kind = Some(error.kind());
        if self.told.len() < TOLD { self.told.push((address, error)) } else { self.untold += 1 }
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no connection was made: ")?;
        if self.told.is_empty() {
            f.write_str("the name has no address")?;
        }
        for (index, (address, error)) in self.told.iter().enumerate() {
            write!(f, "{}{address}: {error}", if index > 0 { "; " } else { "" })?;
        }
        if self.untold > 0 {
            write!(f, "; and {} more", self.untold)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failures {}

impl From<Failures> for io::Error {
    fn from(failures: Failures) -> Self {
        Self::new(failures.kind.unwrap_or(io::ErrorKind::NotFound), failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::{Arc, Mutex},
        task::{Context, Waker},
        time::Instant,
    };

    /// A clock that is set by hand.
    #[derive(Clone)]
    struct Clock(Arc<Mutex<Instant>>);

    struct Until(Clock, Instant);

    impl Future for Until {
        type Output = ();

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            if self.1 <= self.0.now() { Poll::Ready(()) } else { Poll::Pending }
        }
    }

    impl Runtime for Clock {
        type Sleep = Until;

        fn spawn(&self, _: impl Future<Output = ()> + Send + 'static) {
            unreachable!("attempts are no tasks");
        }

        fn sleep_until(&self, deadline: Instant) -> Until {
            Until(self.clone(), deadline)
        }

        fn now(&self) -> Instant {
            *self.0.lock().unwrap()
        }
    }

    /// Connects by virtual time. An address's port tells what happens: it answers or fails after so many milliseconds.
    fn connect(
        addresses: &[&str],
        fails: impl Fn(SocketAddr) -> bool,
    ) -> (Vec<(u128, String)>, io::Result<SocketAddr>, u128) {
        let start = Instant::now();
        let clock = Clock(Arc::new(Mutex::new(start)));
        let begun = Mutex::new(Vec::new());
        let elapsed = |clock: &Clock| (clock.now() - start).as_millis();
        let (clock_of, begun_of, fails) = (&clock, &begun, &fails);
        let attempt = |address: SocketAddr| {
            begun_of.lock().unwrap().push((elapsed(clock_of), address.to_string()));
            async move {
                clock_of.sleep_until(clock_of.now() + Duration::from_millis(address.port().into())).await;
                if fails(address) { Err(io::ErrorKind::ConnectionRefused.into()) } else { Ok(address) }
            }
        };
        let addresses: Vec<SocketAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        let mut connecting = pin!(connect_staggered(&clock, addresses, attempt));
        loop {
            if let Poll::Ready(result) = connecting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return (begun.lock().unwrap().clone(), result, elapsed(&clock));
            }
            *clock.0.lock().unwrap() += Duration::from_millis(1);
        }
    }

    fn at(times: &[(u128, &str)]) -> Vec<(u128, String)> {
        times.iter().map(|(time, address)| (*time, (*address).to_owned())).collect()
    }

    #[test]
    fn u14_addresses_that_do_not_answer_cost_250_ms_each() {
        let dead = ["[::1]:60000", "[::2]:60000", "127.0.0.1:60000", "127.0.0.2:30"];
        let (begun, result, took) = connect(&dead, |_| false);
        let expected = [(0, "[::1]:60000"), (250, "127.0.0.1:60000"), (500, "[::2]:60000"), (750, "127.0.0.2:30")];
        assert_eq!(begun, at(&expected));
        assert_eq!((result.unwrap().to_string(), took), ("127.0.0.2:30".to_owned(), 780));
    }

    #[test]
    fn u14_failure_starts_the_next_attempt_at_once() {
        let (begun, result, took) = connect(&["[::1]:10", "127.0.0.1:20", "[::2]:5"], |address| address.port() != 5);
        assert_eq!(begun, at(&[(0, "[::1]:10"), (10, "127.0.0.1:20"), (30, "[::2]:5")]));
        assert_eq!((result.unwrap().to_string(), took), ("[::2]:5".to_owned(), 35));
    }

    #[test]
    fn u14_slow_address_still_wins_over_later_ones_that_are_slower() {
        let (begun, result, took) = connect(&["127.0.0.1:300", "127.0.0.2:100"], |_| false);
        assert_eq!(begun.len(), 2);
        assert_eq!((result.unwrap().to_string(), took), ("127.0.0.1:300".to_owned(), 300));
    }

    #[test]
    fn u14_error_names_each_address() {
        let (_, result, took) = connect(&["[::1]:10", "127.0.0.1:60000"], |_| true);
        let error = result.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let expected = "no connection was made: [::1]:10: connection refused; 127.0.0.1:60000: no answer after 15 s";
        assert_eq!((error.to_string().as_str(), took), (expected, 15_000));

        let (_, result, _) = connect(&["127.0.0.1:1"; 20], |_| true);
        let error = result.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert!(error.to_string().ends_with("; and 12 more"), "{error}");

        let (_, result, _) = connect(&[], |_| true);
        assert_eq!(result.unwrap_err().to_string(), "no connection was made: the name has no address");
    }
}
