//! What the application has a say in, beyond numbers.

use crate::admission::{Admission, Refused};

/// The application's hooks. Each is called with no lock held.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) admission: Admission,
    pub(crate) on_refused: Option<OnRefused>,
}

type OnRefused = Box<dyn Fn(&Refused<'_>) + Send + Sync>;
