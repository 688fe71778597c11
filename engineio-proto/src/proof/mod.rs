//! What checks the crate and is not part of it: nothing else imports from here.

#[cfg(feature = "arbitrary")]
mod arbitrary;
#[cfg(doctest)]
mod reply;
