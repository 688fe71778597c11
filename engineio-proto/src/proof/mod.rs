//! What checks the crate and is not part of it: nothing else imports from here.

#[cfg(feature = "arbitrary")]
mod arbitrary;
#[cfg(feature = "model")]
mod canonical;
#[cfg(doctest)]
mod reply;
