//! The cookie that carries a session's id: what load balancers that look at cookies send its requests by.

use crate::{Sid, Text};
use alloc::{borrow::ToOwned, format, string::String};
use core::{fmt, time::Duration};

/// A cookie that carries the id of a session, set by the answer to its handshake: over polling by the first
/// response, over WebSocket by the 101. The core never reads it.
///
/// The defaults are the reference implementation's: `io=<id>; Path=/; HttpOnly; SameSite=Lax`.
///
/// ```
/// use engineio_proto::{Cookie, CookieError, SameSite};
///
/// let cookie = Cookie::builder("io").path("/engine.io/").secure(true).same_site(SameSite::None).build()?;
/// assert_eq!(cookie.to_string(), "io=…; Path=/engine.io/; HttpOnly; Secure; SameSite=None");
///
/// assert_eq!(Cookie::builder("io").path("/;x\r\ny: z").build(), Err(CookieError::Path));
/// # Ok::<(), CookieError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    name: String,
    /// All that follows the id.
    attributes: String,
}

/// Collects the attributes of a [`Cookie`]. Each method replaces one and returns the builder.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct CookieBuilder {
    name: String,
    path: Option<String>,
    domain: Option<String>,
    max_age: Option<Duration>,
    http_only: bool,
    secure: bool,
    partitioned: bool,
    same_site: Option<SameSite>,
}

/// Which requests that come from other sites a browser sends the cookie along with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SameSite {
    /// None.
    Strict,
    /// Those that lead the user to this one.
    Lax,
    /// All. Browsers want such a cookie to be [secure](CookieBuilder::secure).
    None,
}

/// An attribute that no cookie can have, or that makes browsers ignore it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CookieError {
    /// The name is empty, or holds a character that the name of a cookie cannot.
    #[error("the name of a cookie is a token of ASCII letters, digits and !#$%&'*+-.^_`|~")]
    Name,
    /// The path does not begin with a slash, or holds a character that ends it.
    #[error("the path of a cookie begins with a slash and holds printable ASCII without `;`")]
    Path,
    /// The domain is not one.
    #[error("the domain of a cookie is ASCII letters, digits, hyphens and dots")]
    Domain,
    /// Browsers ignore a cookie with this attribute that is not [secure](CookieBuilder::secure).
    #[error("browsers ignore a cookie with `{0}` and without `Secure`")]
    Insecure(&'static str),
    /// The name begins with `__Host-` or `__Secure-`, and browsers ignore it unless it is secure and, for the
    /// former, has the path `/` and no domain.
    #[error("browsers ignore a cookie of this name with these attributes")]
    Prefix,
}

impl Cookie {
    /// Starts from the defaults, with a name; the reference's default is `io`.
    pub fn builder(name: impl Into<String>) -> CookieBuilder {
        CookieBuilder {
            name: name.into(),
            path: Some("/".to_owned()),
            domain: None,
            max_age: None,
            http_only: true,
            secure: false,
            partitioned: false,
            same_site: Some(SameSite::Lax),
        }
    }

    /// The value of the `set-cookie` header for a session.
    pub(crate) fn set(&self, sid: Sid) -> Text {
        let Self { name, attributes } = self;
        Text::from(format!("{name}={sid}{attributes}"))
    }
}

/// With a placeholder for the id.
impl fmt::Display for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=…{}", self.name, self.attributes)
    }
}

impl CookieBuilder {
    /// The paths below which it is sent back; `/` by default.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Leaves the path to the browser, which takes that of the handshake.
    pub fn without_path(mut self) -> Self {
        self.path = None;
        self
    }

    /// The domain whose hosts it is sent back to. By default it is the one host that set it.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// How long it is kept, in whole seconds. By default as long as the browser's own session.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Whether scripts cannot read it; they cannot, by default.
    pub fn http_only(mut self, http_only: bool) -> Self {
        self.http_only = http_only;
        self
    }

    /// Whether it is sent back over TLS only. By default it is sent over plain HTTP, too.
    pub fn secure(mut self, secure: bool) -> Self {
        self.secure = secure;
        self
    }

    /// Whether each site that embeds this one has a copy of its own (CHIPS); by default they share one.
    pub fn partitioned(mut self, partitioned: bool) -> Self {
        self.partitioned = partitioned;
        self
    }

    /// Which requests from other sites it is sent along with; [`SameSite::Lax`] by default. `None` leaves that to
    /// the browser.
    pub fn same_site(mut self, same_site: impl Into<Option<SameSite>>) -> Self {
        self.same_site = same_site.into();
        self
    }

    /// Checks the attributes.
    ///
    /// # Errors
    /// If one of them cannot be, or if browsers would ignore the cookie for it; the error says which.
    pub fn build(self) -> Result<Cookie, CookieError> {
        let Self { name, path, domain, max_age, http_only, secure, partitioned, same_site } = self;
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(CookieError::Name);
        }
        if path.as_deref().is_some_and(|path| !is_path(path)) {
            return Err(CookieError::Path);
        }
        if domain.as_deref().is_some_and(|domain| !is_domain(domain)) {
            return Err(CookieError::Domain);
        }
        match same_site {
            Some(SameSite::None) if !secure => return Err(CookieError::Insecure("SameSite=None")),
            _ if partitioned && !secure => return Err(CookieError::Insecure("Partitioned")),
            _ => {}
        }
        // Browsers compare the prefixes without regard to case.
        let is_called = |prefix: &str| name.get(..prefix.len()).is_some_and(|name| name.eq_ignore_ascii_case(prefix));
        let of_host = path.as_deref() == Some("/") && domain.is_none();
        if (is_called("__Secure-") && !secure) || (is_called("__Host-") && !(secure && of_host)) {
            return Err(CookieError::Prefix);
        }
        let mut attributes = String::new();
        let mut put = |name: &str, value: &str| attributes.extend(["; ", name, value]);
        if let Some(age) = max_age {
            put("Max-Age=", &format!("{}", age.as_secs()));
        }
        if let Some(domain) = domain {
            put("Domain=", &domain);
        }
        if let Some(path) = path {
            put("Path=", &path);
        }
        for (wanted, name) in [(http_only, "HttpOnly"), (secure, "Secure"), (partitioned, "Partitioned")] {
            if wanted {
                put(name, "");
            }
        }
        if let Some(same_site) = same_site {
            put("SameSite=", same_site.name());
        }
        Ok(Cookie { name, attributes })
    }
}

impl SameSite {
    /// How the attribute names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

/// RFC 6265 takes its names from RFC 2616's tokens.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

fn is_path(path: &str) -> bool {
    path.starts_with('/') && path.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b';')
}

fn is_domain(domain: &str) -> bool {
    let label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    // Older servers put a dot in front, which means nothing.
    domain.strip_prefix('.').unwrap_or(domain).split('.').all(label)
}
