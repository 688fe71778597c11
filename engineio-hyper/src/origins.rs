//! Which pages may use a server: sets of origins (RFC 6454).

use http::HeaderValue;
use std::{collections::HashSet, fmt};

/// A set of origins, such as `https://example.org`.
///
/// Origins are compared as a whole, exactly as browsers write them: in lower case, without the scheme's default port,
/// without a slash at the end. So there is no prefix, suffix or pattern that a foreign page could satisfy.
///
/// Apps that show their own pages have other schemes than `http` and `https`:
///
/// | pages | origin |
/// |---|---|
/// | Capacitor, Ionic on iOS | `capacitor://localhost`, `ionic://localhost` |
/// | Capacitor on Android, Tauri on Windows and Android | `https://localhost`, `http://tauri.localhost` |
/// | Tauri elsewhere | `tauri://localhost` |
/// | Electron with a protocol of its own | that, such as `app://bundle` |
/// | local files in Electron, Cordova and older Ionic | `file://`, or `null` without access to other files |
/// | local files in a browser | `null` |
/// | extensions | `chrome-extension://…`, `moz-extension://…`, `safari-web-extension://…` |
///
/// **Every page can send `null`**, from a sandboxed frame, so a set that has it has every page.
///
/// ```
/// use engineio_hyper::{InvalidOrigin, Origins};
///
/// let origins = Origins::list(["https://example.org", "http://localhost:8080"])?;
/// assert!(origins.contains("https://example.org"));
/// assert!(!origins.contains("https://example.org.evil.test"));
/// assert!(Origins::list(["https://example.org/"]).is_err());
/// # Ok::<(), InvalidOrigin>(())
/// ```
pub struct Origins(Kind);

enum Kind {
    Any,
    List(HashSet<String>),
    Predicate(Box<dyn Fn(&str) -> bool + Send + Sync>),
}

/// A text that no browser sends as an origin, so it would never match: it is neither `null`, nor `scheme://host` or
/// `scheme://host:port` as browsers write them. Only schemes other than `http` and `https` can have an empty host, such as
/// `file://`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an origin as browsers write it, such as `https://example.org`")]
pub struct InvalidOrigin(pub String);

impl Origins {
    /// All of them.
    #[must_use]
    pub const fn any() -> Self {
        Self(Kind::Any)
    }

    /// These.
    ///
    /// # Errors
    /// If one of them is not an origin.
    pub fn list(origins: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, InvalidOrigin> {
        let check = |origin: String| if is_origin(&origin) { Ok(origin) } else { Err(InvalidOrigin(origin)) };
        let origins = origins.into_iter().map(|origin| check(origin.into()));
        origins.collect::<Result<_, _>>().map(|list| Self(Kind::List(list)))
    }

    /// Those for which the function returns `true`. It must be quick.
    pub fn matching(predicate: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Kind::Predicate(Box::new(predicate)))
    }

    /// Whether this origin is among them.
    #[must_use]
    pub fn contains(&self, origin: &str) -> bool {
        match &self.0 {
            Kind::Any => true,
            Kind::List(list) => list.contains(origin),
            Kind::Predicate(predicate) => predicate(origin),
        }
    }

    pub(crate) const fn is_any(&self) -> bool {
        matches!(self.0, Kind::Any)
    }

    pub(crate) fn contains_value(&self, origin: &HeaderValue) -> bool {
        self.is_any() || origin.to_str().is_ok_and(|origin| self.contains(origin))
    }
}

impl fmt::Debug for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Any => f.write_str("any"),
            Kind::List(list) => f.debug_set().entries(list).finish(),
            Kind::Predicate(_) => f.write_str("those that match"),
        }
    }
}

fn is_origin(text: &str) -> bool {
    if text == "null" {
        return true;
    }
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    let scheme_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
    let host_byte = |byte: u8| byte.is_ascii_graphic() && !b"/?#@\\,*\"<>".contains(&byte);
    if !scheme.starts_with(|first: char| first.is_ascii_lowercase())
        || !scheme.bytes().all(scheme_byte)
        || !authority.bytes().all(host_byte)
    {
        return false;
    }
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        // What a page is loaded from, and not what it connects to.
        "ws" | "wss" => return false,
        // Browsers leave the hosts of other schemes as they are, and some have none.
        _ => return true,
    };
    let lower_case = !authority.bytes().any(|byte| byte.is_ascii_uppercase());
    !authority.is_empty() && lower_case && !authority.ends_with(default_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_browser_sends_is_no_origin() {
        for origin in [
            "",
            "*",
            "example.org",
            "https://",
            "://example.org",
            "https://example.org/",
            "https://example.org/path",
            "https://Example.org",
            "HTTPS://example.org",
            "https://example.org:443",
            "http://example.org:80",
            "https://user@example.org",
            "https://*.example.org",
            "https://a.test,https://b.test",
            "https://bücher.example",
            " https://example.org",
            "ws://example.org",
            "wss://example.org",
            "file:///",
            "file:///home/me/page.html",
            "capacitor://localhost/",
            "1app://localhost",
        ] {
            assert_eq!(Origins::list([origin]).unwrap_err(), InvalidOrigin(origin.to_owned()));
        }
        for origin in [
            "null",
            "https://example.org",
            "http://localhost:8080",
            "https://[::1]:1",
            "file://",
            "capacitor://localhost",
            "ionic://localhost",
            "tauri://localhost",
            "http://tauri.localhost",
            "app://.",
            "app://obsidian.md",
            "qrc://",
            "vscode-webview://1hkrapi0cqo3",
            "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
            "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
            "safari-web-extension://3F5A61D3-4C1B-4D4D-9D0E-0A2B5C1E7F90",
        ] {
            assert!(Origins::list([origin]).unwrap().contains(origin), "{origin}");
        }
    }

    #[test]
    fn f29_nothing_but_the_origin_itself_matches() {
        let origins = Origins::list(["https://good.test"]).unwrap();
        for other in [
            "https://good.test.evil.test",
            "https://evilgood.test",
            "https://evil.test/https://good.test",
            "http://good.test",
            "https://good.test:8443",
            "https://good.test.",
            "https://GOOD.test",
            "null",
            "",
        ] {
            assert!(!origins.contains(other), "{other}");
        }
    }
}
