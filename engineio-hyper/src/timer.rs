//! hyper's timer, on a runtime.

use crate::Runtime;
use hyper::rt;
use pin_project_lite::pin_project;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

/// A [`Runtime`]'s timer as one for hyper, which has its bounds on slow peers only if it is given one.
#[derive(Clone, Debug)]
pub struct HyperTimer<Rt> {
    runtime: Rt,
}

impl<Rt: Runtime> HyperTimer<Rt> {
    /// The timer of this runtime.
    pub const fn new(runtime: Rt) -> Self {
        Self { runtime }
    }
}

impl<Rt: Runtime> rt::Timer for HyperTimer<Rt> {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        self.sleep_until(self.runtime.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(Sleep { sleep: self.runtime.sleep_until(deadline) })
    }

    fn now(&self) -> Instant {
        self.runtime.now()
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn rt::Sleep>>, deadline: Instant) {
        match sleep.as_mut().downcast_mut_pin::<Sleep<Rt::Sleep>>() {
            // In the memory of the old one.
            Some(sleep) => sleep.project().sleep.set(self.runtime.sleep_until(deadline)),
            None => *sleep = self.sleep_until(deadline),
        }
    }
}

pin_project! {
    struct Sleep<S> {
        #[pin]
        sleep: S,
    }
}

impl<S: Future<Output = ()>> Future for Sleep<S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().sleep.poll(cx)
    }
}

impl<S: Future<Output = ()> + Send + Sync> rt::Sleep for Sleep<S> {}
