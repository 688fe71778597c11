//! hyper's timer, on a runtime.

use crate::Runtime;
use hyper::rt;
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

/// A [`Runtime`]'s timer as one for hyper, which has its bounds on slow peers only if it is given one.
///
/// hyper begins to wait with each request of a connection and stops when it has come, so that hardly any wait ever ends.
/// To begin one anew may cost a runtime a system call. So what a wait leaves behind goes on, and the next one takes it
/// over: when it rings too early, it is set again. Make one of these for each connection; a clone shares nothing.
pub struct HyperTimer<Rt: Runtime> {
    shared: Arc<Shared<Rt>>,
}

struct Shared<Rt: Runtime> {
    runtime: Rt,
    spare: Mutex<Option<Armed<Rt::Sleep>>>,
}

/// A timer of the runtime's, which may be running.
struct Armed<S> {
    due: Instant,
    sleep: Pin<Box<S>>,
}

impl<Rt: Runtime> HyperTimer<Rt> {
    /// The timer of this runtime.
    pub fn new(runtime: Rt) -> Self {
        Self { shared: Arc::new(Shared { runtime, spare: Mutex::new(None) }) }
    }
}

impl<Rt: Runtime> Shared<Rt> {
    fn swap(&self, armed: Option<Armed<Rt::Sleep>>) -> Option<Armed<Rt::Sleep>> {
        std::mem::replace(&mut *self.spare.lock().unwrap_or_else(PoisonError::into_inner), armed)
    }
}

impl<Rt: Runtime> rt::Timer for HyperTimer<Rt> {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(Sleep { shared: self.shared.clone(), deadline, armed: self.shared.swap(None) })
    }

    fn now(&self) -> Instant {
        self.shared.runtime.now()
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn rt::Sleep>>, deadline: Instant) {
        match sleep.as_mut().downcast_mut_pin::<Sleep<Rt>>() {
            Some(sleep) => sleep.get_mut().deadline = deadline,
            None => *sleep = self.sleep_until(deadline),
        }
    }
}

/// A wait of hyper's.
struct Sleep<Rt: Runtime> {
    shared: Arc<Shared<Rt>>,
    deadline: Instant,
    /// What rings no later than the deadline, once this was polled.
    armed: Option<Armed<Rt::Sleep>>,
}

impl<Rt: Runtime> Future for Sleep<Rt> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { shared, deadline, armed } = &mut *self;
        let arm = || shared.runtime.sleep_until(*deadline);
        loop {
            let Armed { due, sleep } = armed.get_or_insert_with(|| Armed { due: *deadline, sleep: Box::pin(arm()) });
            if *due <= *deadline {
                ready!(sleep.as_mut().poll(cx));
                if *due == *deadline {
                    *armed = None;
                    return Poll::Ready(());
                }
            }
            // In the memory of the old one.
            sleep.set(arm());
            *due = *deadline;
        }
    }
}

impl<Rt: Runtime> rt::Sleep for Sleep<Rt> {}

impl<Rt: Runtime> Drop for Sleep<Rt> {
    fn drop(&mut self) {
        if self.armed.is_some() {
            let other = self.shared.swap(self.armed.take());
            drop(other);
        }
    }
}

impl<Rt: Runtime> Clone for HyperTimer<Rt> {
    fn clone(&self) -> Self {
        Self::new(self.shared.runtime.clone())
    }
}

impl<Rt: Runtime> fmt::Debug for HyperTimer<Rt> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperTimer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::rt::Timer as _;
    use std::task::Waker;

    /// A clock that is set by hand, and how often somebody began to wait.
    #[derive(Clone)]
    struct Clock(Arc<Mutex<(Instant, usize)>>);

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
            unreachable!("nothing here has tasks");
        }

        fn sleep_until(&self, deadline: Instant) -> Until {
            self.0.lock().unwrap().1 += 1;
            Until(self.clone(), deadline)
        }

        fn now(&self) -> Instant {
            self.0.lock().unwrap().0
        }
    }

    impl Clock {
        fn pass(&self, seconds: u64) {
            self.0.lock().unwrap().0 += Duration::from_secs(seconds);
        }

        fn begun(&self) -> usize {
            self.0.lock().unwrap().1
        }
    }

    fn timer() -> (Clock, HyperTimer<Clock>) {
        let clock = Clock(Arc::new(Mutex::new((Instant::now(), 0))));
        (clock.clone(), HyperTimer::new(clock))
    }

    fn rings(sleep: &mut Pin<Box<dyn rt::Sleep>>) -> bool {
        sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn a_wait_takes_over_what_the_last_one_left() {
        let (clock, timer) = timer();
        for _ in 0..10 {
            let mut sleep = timer.sleep(Duration::from_secs(30));
            clock.pass(2);
            assert!(!rings(&mut sleep));
        }
        assert_eq!(clock.begun(), 1);
        let mut sleep = timer.sleep(Duration::from_secs(30));
        clock.pass(29);
        assert!(!rings(&mut sleep), "only what it took over has rung");
        clock.pass(1);
        assert!(rings(&mut sleep));
        assert_eq!(clock.begun(), 2);
    }

    #[test]
    fn a_wait_that_was_over_leaves_nothing() {
        let (clock, timer) = timer();
        let mut sleep = timer.sleep(Duration::from_secs(1));
        assert!(!rings(&mut sleep));
        clock.pass(1);
        assert!(rings(&mut sleep));
        drop(sleep);
        assert!(!rings(&mut timer.sleep(Duration::from_secs(1))));
    }

    #[test]
    fn a_wait_that_is_shorter_ends_in_time() {
        let (clock, timer) = timer();
        assert!(!rings(&mut timer.sleep(Duration::from_secs(30))));
        let mut sleep = timer.sleep(Duration::from_secs(5));
        assert!(!rings(&mut sleep));
        clock.pass(5);
        assert!(rings(&mut sleep));
    }

    #[test]
    fn waits_at_once_do_not_share() {
        let (clock, timer) = timer();
        let [mut short, mut long] = [5, 30].map(|seconds| timer.sleep(Duration::from_secs(seconds)));
        assert!(!rings(&mut short) && !rings(&mut long));
        clock.pass(5);
        assert!(rings(&mut short) && !rings(&mut long));
    }

    #[test]
    fn a_wait_can_be_set_anew() {
        let (clock, timer) = timer();
        let mut sleep = timer.sleep(Duration::from_secs(5));
        assert!(!rings(&mut sleep));
        timer.reset(&mut sleep, clock.now() + Duration::from_secs(8));
        clock.pass(5);
        assert!(!rings(&mut sleep));
        timer.reset(&mut sleep, clock.now() + Duration::from_secs(1));
        clock.pass(1);
        assert!(rings(&mut sleep));
    }
}
