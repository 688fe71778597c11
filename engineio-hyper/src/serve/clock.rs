//! Times that are to come.

use crate::Runtime;
use std::{
    pin::Pin,
    time::{Duration, Instant},
};

/// What a time that is too long for the clock becomes: 30 years.
const FOREVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// When this time from now is over.
pub(super) fn after<Rt: Runtime>(runtime: &Rt, timeout: Duration) -> Instant {
    let now = runtime.now();
    now.checked_add(timeout).unwrap_or(now + FOREVER)
}

/// Waits for so long.
pub(super) fn sleep<Rt: Runtime>(runtime: &Rt, timeout: Duration) -> Pin<Box<Rt::Sleep>> {
    Box::pin(runtime.sleep_until(after(runtime, timeout)))
}
