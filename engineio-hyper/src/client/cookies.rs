//! The cookies of one client (RFC 6265), which talks to one server and to one path.

use super::connector::Endpoint;
use http::{HeaderMap, HeaderValue, header};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

/// How many cookies are kept. When there are more, the oldest goes.
const COOKIES: usize = 64;

/// How long a cookie may be, in bytes, with its name and its attributes.
const COOKIE: usize = 4096;

/// What a server has set, as far as this client's requests are to carry it.
pub(super) struct Jar {
    host: String,
    secure: bool,
    path: String,
    cookies: Mutex<Vec<Cookie>>,
}

struct Cookie {
    name: Vec<u8>,
    value: Vec<u8>,
    /// `None` is as long as the client lives.
    until: Option<SystemTime>,
}

impl Jar {
    pub(super) fn new(endpoint: &Endpoint, path: &str) -> Self {
        Self {
            host: endpoint.host().to_ascii_lowercase(),
            secure: endpoint.secure(),
            path: path.to_owned(),
            cookies: Mutex::default(),
        }
    }

    /// Keeps what a response sets.
    pub(super) fn keep(&self, response: &HeaderMap, now: SystemTime) {
        for value in response.get_all(header::SET_COOKIE) {
            let Some(cookie) = self.parse(value.as_bytes(), now) else { continue };
            let mut cookies = self.lock();
            cookies.retain(|other| other.name != cookie.name);
            // One that is past takes the other of its name with it.
            if !cookie.is_past(now) {
                if cookies.len() == COOKIES {
                    cookies.remove(0);
                }
                cookies.push(cookie);
            }
        }
    }

    /// Adds what was kept to a request, after what the application has put there.
    pub(super) fn fill(&self, request: &mut HeaderMap, now: SystemTime) {
        let mut cookies = self.lock();
        cookies.retain(|cookie| !cookie.is_past(now));
        let pairs = cookies.iter().map(|cookie| [&*cookie.name, b"=", &*cookie.value].concat());
        let own = request.get(header::COOKIE).map(|own| own.as_bytes().to_vec());
        let line = own.into_iter().chain(pairs).collect::<Vec<_>>().join(&b"; "[..]);
        drop(cookies);
        if !line.is_empty()
            && let Ok(mut value) = HeaderValue::from_bytes(&line)
        {
            value.set_sensitive(true);
            request.insert(header::COOKIE, value);
        }
    }

    /// Reads a `Set-Cookie` (section 5.2). `None` if it is none, or not for this client's requests.
    fn parse(&self, text: &[u8], now: SystemTime) -> Option<Cookie> {
        if text.len() > COOKIE {
            return None;
        }
        let mut parts = text.split(|byte| *byte == b';');
        let (name, value) = split(parts.next()?, b'=')?;
        if name.is_empty() {
            return None;
        }
        let (mut expires, mut max_age, mut is_ours) = (None, None, true);
        for part in parts {
            let (attribute, value) = split(part, b'=').unwrap_or((part.trim_ascii(), b""));
            let value = str::from_utf8(value).unwrap_or_default();
            match attribute.to_ascii_lowercase().as_slice() {
                b"expires" => expires = httpdate::parse_http_date(value).ok().or(expires),
                b"max-age" => max_age = value.parse::<i64>().ok().or(max_age),
                b"domain" => is_ours &= self.is_in(value),
                b"path" => is_ours &= self.is_below(value),
                b"secure" => is_ours &= self.secure,
                _ => {}
            }
        }
        let until = match max_age {
            Some(seconds) => match u64::try_from(seconds) {
                // So long that there is no such time is for ever.
                Ok(seconds) => now.checked_add(Duration::from_secs(seconds)),
                Err(_) => Some(SystemTime::UNIX_EPOCH),
            },
            None => expires,
        };
        is_ours.then(|| Cookie { name: name.to_vec(), value: value.to_vec(), until })
    }

    /// Whether the host is this domain or in it.
    fn is_in(&self, domain: &str) -> bool {
        let domain = domain.strip_prefix('.').unwrap_or(domain).to_ascii_lowercase();
        // An address is in no domain but itself.
        domain.is_empty()
            || self.host == domain
            || self.host.parse::<std::net::IpAddr>().is_err()
                && self.host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
    }

    /// Whether the requests go to this path or below it.
    fn is_below(&self, path: &str) -> bool {
        if !path.starts_with('/') {
            // As if it were not there.
            return true;
        }
        self.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || path.ends_with('/') || rest.starts_with('/'))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Cookie>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cookie {
    fn is_past(&self, now: SystemTime) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

/// Both sides of the first separator, without blanks around them.
fn split(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == separator)?;
    Some((text[..at].trim_ascii(), text[at + 1..].trim_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jar(host: &str, secure: bool) -> Jar {
        Jar::new(&Endpoint::new(host.to_owned(), 80, secure), "/engine.io/")
    }

    fn set(jar: &Jar, now: SystemTime, cookies: &[&str]) {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::SET_COOKIE, HeaderValue::from_str(cookie).unwrap());
        }
        jar.keep(&headers, now);
    }

    fn sent(jar: &Jar, now: SystemTime, own: Option<&'static str>) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.extend(own.map(|own| (header::COOKIE, HeaderValue::from_static(own))));
        jar.fill(&mut headers, now);
        headers.get(header::COOKIE).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn what_is_set_comes_back() {
        let (jar, now) = (jar("h.test", false), SystemTime::now());
        assert_eq!(sent(&jar, now, None), None);
        assert_eq!(sent(&jar, now, Some("own=1")).as_deref(), Some("own=1"));
        set(&jar, now, &["io=abc; Path=/; HttpOnly; SameSite=Strict", "b = 2 ; unknown"]);
        assert_eq!(sent(&jar, now, None).as_deref(), Some("io=abc; b=2"));
        set(&jar, now, &["io=def"]);
        assert_eq!(sent(&jar, now, Some("own=1")).as_deref(), Some("own=1; b=2; io=def"));
        set(&jar, now, &["=x", "nothing", "", ";", "e="]);
        assert_eq!(sent(&jar, now, None).as_deref(), Some("b=2; io=def; e="));
    }

    #[test]
    fn cookies_have_an_end() {
        let (jar, now) = (jar("h.test", false), SystemTime::now());
        let past = "Wed, 21 Oct 2015 07:28:00 GMT";
        set(&jar, now, &["a=1; Max-Age=10", "b=1; Max-Age=99999999999999999", "c=1; Expires=nonsense", "d=1"]);
        set(&jar, now, &[&format!("e=1; Expires={past}"), &format!("f=1; Max-Age=5; Expires={past}")]);
        assert_eq!(sent(&jar, now, None).as_deref(), Some("a=1; b=1; c=1; d=1; f=1"));
        let later = now + Duration::from_secs(10);
        assert_eq!(sent(&jar, later, None).as_deref(), Some("b=1; c=1; d=1"));
        set(&jar, later, &["c=; Max-Age=0", "d=; Max-Age=-1", &format!("b=; Expires={past}")]);
        assert_eq!(sent(&jar, later, None), None);
    }

    #[test]
    fn cookies_for_others_are_not_sent() {
        let now = SystemTime::now();
        for (host, secure, cookie, is_ours) in [
            ("a.h.test", false, "c=1; Domain=h.test", true),
            ("a.h.test", false, "c=1; Domain=.H.test", true),
            ("h.test", false, "c=1; Domain=a.h.test", false),
            ("evilh.test", false, "c=1; Domain=h.test", false),
            ("10.0.0.1", false, "c=1; Domain=0.0.1", false),
            ("h.test", false, "c=1; Secure", false),
            ("h.test", true, "c=1; Secure", true),
            ("h.test", false, "c=1; Path=/engine.io", true),
            ("h.test", false, "c=1; Path=/engine.io/", true),
            ("h.test", false, "c=1; Path=/engine", false),
            ("h.test", false, "c=1; Path=/engine.io/x", false),
            ("h.test", false, "c=1; Path=relative", true),
        ] {
            let jar = jar(host, secure);
            set(&jar, now, &[cookie]);
            assert_eq!(sent(&jar, now, None).is_some(), is_ours, "{host} {cookie}");
        }
    }

    #[test]
    fn a_server_cannot_fill_the_memory() {
        let (jar, now) = (jar("h.test", false), SystemTime::now());
        set(&jar, now, &[&format!("long={}", "x".repeat(COOKIE))]);
        for number in 0..1000 {
            set(&jar, now, &[&format!("c{number}=1")]);
        }
        let sent = sent(&jar, now, None).unwrap();
        assert_eq!(sent.split("; ").count(), COOKIES);
        assert!(sent.ends_with("c999=1") && !sent.contains("long"));
    }
}
