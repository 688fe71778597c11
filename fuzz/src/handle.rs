//! A host's reply handle that is linear at run time too.

/// A reply handle that knows whether it was used. In a strict world, dropping one while its peer still waits is a
/// panic. A world that is copied for a model checker cannot be strict: there, the reference model counts.
#[derive(Debug)]
pub(crate) struct Handle {
    id: u32,
    strict: bool,
    settled: bool,
}

impl Handle {
    pub(crate) const fn new(id: u32, strict: bool) -> Self {
        Self { id, strict, settled: false }
    }

    /// Uses it up: its peer was answered, or is gone.
    pub(crate) fn settle(mut self) -> u32 {
        self.settled = true;
        self.id
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        assert!(!self.strict, "a strict handle cannot be copied");
        Self { ..*self }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.strict && !self.settled && !std::thread::panicking() {
            panic!("the handle of exchange {} was dropped while its peer waits", self.id);
        }
    }
}
