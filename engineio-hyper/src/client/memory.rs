//! What is remembered of servers, beyond a session.

use super::connector::Endpoint;
use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
};

/// So many servers are remembered.
const SERVERS: usize = 1024;

/// The servers that WebSocket has worked with.
static WORKED: LazyLock<Mutex<HashSet<Endpoint>>> = LazyLock::new(Mutex::default);

/// Whether WebSocket has worked with this server, as far as is remembered.
pub(super) fn websocket_worked(endpoint: &Endpoint) -> bool {
    WORKED.lock().unwrap_or_else(PoisonError::into_inner).contains(endpoint)
}

/// Remembers whether WebSocket works with this server.
pub(super) fn remember(endpoint: &Endpoint, works: bool) {
    let mut worked = WORKED.lock().unwrap_or_else(PoisonError::into_inner);
    if !works {
        worked.remove(endpoint);
    } else if !worked.contains(endpoint) {
        // Whoever talks to more servers than that may as well begin anew.
        if worked.len() == SERVERS {
            worked.clear();
        }
        worked.insert(endpoint.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_apart_and_forgotten() {
        let endpoint = |port| Endpoint::new("memory.test".to_owned(), port, false);
        remember(&endpoint(1), true);
        assert!(websocket_worked(&endpoint(1)) && !websocket_worked(&endpoint(2)));
        remember(&endpoint(1), false);
        assert!(!websocket_worked(&endpoint(1)));
    }
}
