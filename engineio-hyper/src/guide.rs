//! How to put a server behind a proxy, and how to come from another implementation.

#[doc = include_str!("../docs/proxies.md")]
///
/// # The configuration of nginx
///
/// ```text
#[doc = include_str!("../docs/nginx.conf")]
/// ```
///
/// # The configuration of HAProxy
///
/// ```text
#[doc = include_str!("../docs/haproxy.cfg")]
/// ```
pub mod proxies {}

#[doc = include_str!("../docs/migration.md")]
pub mod migration {}
