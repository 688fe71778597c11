//! Redirects: which are followed, and how the others are told.

use super::{connector::Endpoint, url::redirected};
use http::{HeaderMap, StatusCode, Uri, header};
use std::{fmt, io};

/// So many redirects of one request are followed.
pub(super) const REDIRECTS: usize = 5;

/// An error shows so many characters of where a redirect leads to.
const SHOWN: usize = 200;

/// Where a response redirects to.
#[derive(Clone, Debug)]
pub(super) struct Location {
    status: StatusCode,
    to: String,
}

impl Location {
    /// `None` if it is no redirect, or does not say where to.
    pub(super) fn of(status: StatusCode, headers: &HeaderMap) -> Option<Self> {
        let to = headers.get(header::LOCATION).filter(|_| status.is_redirection())?;
        Some(Self { status, to: String::from_utf8_lossy(to.as_bytes()).into_owned() })
    }

    /// The target to ask for instead, if the redirect keeps the method and stays on this server.
    pub(super) fn target(&self, from: &Uri, endpoint: &Endpoint) -> Option<Uri> {
        let follows = matches!(self.status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
        redirected(from, endpoint, &self.to).filter(|_| follows)?.parse().ok()
    }

    /// What to tell of a redirect that is not followed.
    pub(super) fn into_error(self) -> io::Error {
        io::Error::other(Redirect(self))
    }
}

/// A redirect that was not followed.
#[derive(Debug)]
struct Redirect(Location);

impl fmt::Display for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.0.to.chars().take(SHOWN).collect();
        write!(f, "the server redirects ({}) to {shown:?}", self.0.status.as_u16())
    }
}

impl std::error::Error for Redirect {}

/// Whether an error tells of a redirect.
pub(super) fn is_redirect(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|error| error.is::<Redirect>())
}
