//! The hosts that a server answers to.

use crate::builder::BuildError;
use std::{
    collections::HashSet,
    net::{Ipv4Addr, Ipv6Addr},
};

/// A set of hosts, each with a port or with any.
#[derive(Debug)]
pub(crate) struct Hosts(HashSet<Host>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Host {
    name: Name,
    port: Option<u16>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum Name {
    /// In lower case and without a dot at the end.
    Domain(String),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl Hosts {
    pub(crate) fn new(hosts: impl IntoIterator<Item = String>) -> Result<Self, BuildError> {
        let parse = |host: String| Host::listed(&host).ok_or(BuildError::InvalidHost(host));
        let hosts: HashSet<_> = hosts.into_iter().map(parse).collect::<Result<_, _>>()?;
        if hosts.is_empty() { Err(BuildError::NoHost) } else { Ok(Self(hosts)) }
    }

    /// Whether a `Host` header or an `:authority` names one of them.
    pub(crate) fn contains(&self, authority: &str) -> bool {
        let Some(Host { name, port }) = Host::parse(authority) else { return false };
        // Browsers leave out the default port of the scheme, which only the proxy in front may know.
        let ports = match port {
            Some(port) => [None, Some(port), None],
            None => [None, Some(80), Some(443)],
        };
        let mut host = Host { name, port: None };
        ports.into_iter().any(|port| {
            host.port = port;
            self.0.contains(&host)
        })
    }
}

impl Host {
    /// A host as it is configured: an IPv6 address needs no brackets if there is no port.
    fn listed(text: &str) -> Option<Self> {
        let bare = text.parse().ok().map(|address| Self { name: Name::V6(address), port: None });
        bare.or_else(|| Self::parse(text))
    }

    /// A host as it stands in `Host` and `:authority`.
    fn parse(authority: &str) -> Option<Self> {
        let (name, rest) = match authority.strip_prefix('[') {
            Some(bracketed) => {
                let (address, rest) = bracketed.split_once(']')?;
                (Name::V6(address.parse().ok()?), rest)
            }
            None => {
                let (name, rest) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
                (Name::parse(name)?, rest)
            }
        };
        let port = match rest.strip_prefix(':') {
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => Some(port.parse().ok()?),
            None if rest.is_empty() => None,
            Some(_) | None => return None,
        };
        Some(Self { name, port })
    }
}

impl Name {
    fn parse(name: &str) -> Option<Self> {
        let name = name.strip_suffix('.').unwrap_or(name);
        let label = |label: &str| {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            (1..=63).contains(&label.len()) && label.bytes().all(legal)
        };
        if name.len() > 253 || !name.split('.').all(label) {
            return None;
        }
        // A name whose last label is a number is an IPv4 address to browsers, which write it in this one form.
        let last = name.rsplit('.').next()?;
        if last.bytes().all(|byte| byte.is_ascii_digit()) {
            return name.parse().ok().map(Self::V4);
        }
        Some(Self::Domain(name.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(listed: &[&str], named: &[&str], others: &[&str]) {
        let hosts = Hosts::new(listed.iter().copied().map(str::to_owned)).unwrap();
        for host in named {
            assert!(hosts.contains(host), "{host} is one of {listed:?}");
        }
        for host in others {
            assert!(!hosts.contains(host), "{host} is none of {listed:?}");
        }
    }

    #[test]
    fn u02_a_host_without_a_port_has_any() {
        let named = ["example.org", "example.org:3000", "EXAMPLE.org", "example.org.", "Example.Org.:80"];
        let others =
            ["example.org.evil.test", "evil-example.org", "www.example.org", "example.com", "127.0.0.1", "xample.org"];
        check(&["example.org"], &named, &others);
        check(&["Example.ORG."], &named, &others);
    }

    #[test]
    fn u02_a_host_with_a_port_has_that_port() {
        check(&["h.test:3000"], &["h.test:3000", "H.TEST.:3000"], &["h.test", "h.test:80", "h.test:30000"]);
        check(&["h.test:443"], &["h.test:443", "h.test"], &["h.test:80"]);
        check(&["h.test:80"], &["h.test:80", "h.test"], &["h.test:443", "h.test:8080"]);
    }

    #[test]
    fn u02_addresses_are_compared_as_addresses() {
        for listed in ["[::1]", "::1", "[0:0:0:0:0:0:0:1]"] {
            check(&[listed], &["[::1]", "[::1]:3000", "[0:0::1]"], &["::1", "[::2]", "[::1", "127.0.0.1", "localhost"]);
        }
        check(&["[::1]:3000"], &["[::1]:3000"], &["[::1]", "[::1]:3001", "[::1]3000"]);
        check(
            &["127.0.0.1"],
            &["127.0.0.1", "127.0.0.1:3000"],
            &["127.0.0.2", "127.1", "2130706433", "127.0.0.1.evil.test"],
        );
    }

    #[test]
    fn u02_what_is_no_host_is_none_that_is_allowed() {
        let others = [
            "",
            ":",
            ":80",
            ".",
            "h.test:",
            "h.test:x",
            "h.test:+80",
            "h.test:65536",
            "h.test:80:80",
            "me@h.test",
            "h.test/",
            "h.test,evil.test",
            "h.test evil.test",
            " h.test",
            "h..test",
            "[h.test]",
            "[::1]x",
            "[fe80::1%25eth0]",
            "h.test..",
            "http://h.test",
            "\u{fc}.test",
        ];
        check(&["h.test", "::1"], &["h.test"], &others);
    }

    #[test]
    fn u02_a_host_that_no_request_could_name_is_not_listed() {
        for host in [
            "",
            "*",
            "*.example.org",
            ".example.org",
            "http://localhost",
            "localhost:",
            "b\u{fc}cher.example",
            "127.1",
            "a b",
        ] {
            let error = Hosts::new([host.to_owned()]).unwrap_err();
            assert_eq!(error, BuildError::InvalidHost(host.to_owned()));
        }
        assert_eq!(Hosts::new([]).unwrap_err(), BuildError::NoHost);
    }
}
