//! What a check found.

use std::fmt;

/// Something that must never be: the invariant that does not hold, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    invariant: &'static str,
    what: String,
}

impl Violation {
    pub(crate) fn new(invariant: &'static str, what: impl Into<String>) -> Self {
        Self { invariant, what: what.into() }
    }

    /// The name of the invariant, `I1` to `I20`, or `core` for a panic.
    #[must_use]
    pub const fn invariant(&self) -> &'static str {
        self.invariant
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

impl std::error::Error for Violation {}

/// Runs something of which a panic is a violation too.
pub(crate) fn guarded(run: impl FnOnce() -> Result<(), Violation>) -> Result<(), Violation> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(Violation::new("core", text.unwrap_or_else(|| "a panic".to_owned())))
    })
}

pub(crate) type Checked<T = ()> = Result<T, Violation>;

macro_rules! ensure {
    ($holds:expr, $invariant:literal, $($what:tt)+) => {
        if !$holds {
            return Err($crate::violation::Violation::new($invariant, format!($($what)+)));
        }
    };
}
pub(crate) use ensure;
