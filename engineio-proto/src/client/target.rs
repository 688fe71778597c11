//! What a request asks for: path and query, in the order that the reference writes them in.

use super::config::ClientConfig;
use crate::{SessionId, Transport};
use alloc::string::String;
use core::fmt::Write as _;

/// Makes a request unlike all others, so that no cache between the two sides answers it.
#[derive(Clone, Copy, Debug)]
pub(super) struct CacheBuster {
    pub(super) seed: u64,
    pub(super) count: u64,
}

/// The path and the query of a request.
pub(super) fn target(
    config: &ClientConfig,
    transport: Transport,
    sid: Option<&SessionId>,
    fresh: Option<CacheBuster>,
) -> String {
    let mut target = String::from(config.path());
    target.push('?');
    if !config.query().is_empty() {
        target.push_str(config.query());
        target.push('&');
    }
    // Writing to a string cannot fail.
    let _ = write!(target, "EIO={}&transport={transport}", config.version().number());
    if let Some(CacheBuster { seed, count }) = fresh {
        target.push_str("&t=");
        push_base36(&mut target, seed);
        target.push('.');
        push_base36(&mut target, count);
    }
    if let Some(sid) = sid {
        target.push_str("&sid=");
        let _ = sid.write_escaped(&mut target);
    }
    // Over polling it is fixed by the handshake; a WebSocket says it for itself.
    if config.forces_base64() && (sid.is_none() || transport == Transport::WebSocket) {
        target.push_str("&b64=1");
    }
    target
}

fn push_base36(text: &mut String, mut number: u64) {
    const LEN: usize = 13;
    let mut digits = ['0'; LEN];
    let mut start = LEN;
    for (index, slot) in digits.iter_mut().enumerate().rev() {
        *slot = u32::try_from(number % 36).ok().and_then(|digit| char::from_digit(digit, 36)).unwrap_or('0');
        number /= 36;
        start = index;
        if number == 0 {
            break;
        }
    }
    text.extend(digits.get(start..).unwrap_or_default());
}
