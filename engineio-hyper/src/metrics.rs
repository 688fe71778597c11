//! Counters, for whoever watches a server.

use crate::{engine::Engine, lane::Load, runtime::Runtime};
use engineio_proto::{CloseReason, Packet, Refusal, Transport};
use std::sync::atomic::{AtomicU64, Ordering};

/// What an engine has done since it was built; see [`Engine::metrics`]. All but [`sessions`](Self::sessions) only grow.
///
/// ```
/// use engineio_hyper::{Engine, Metrics, Runtime};
/// use std::fmt::Write;
///
/// /// As Prometheus reads them.
/// fn exposition<Rt: Runtime>(engine: &Engine<Rt>) -> String {
///     let metrics: Metrics = engine.metrics();
///     let mut text = String::new();
///     let _ = writeln!(text, "engineio_sessions {}", metrics.sessions);
///     let _ = writeln!(text, "engineio_received_bytes_total {}", metrics.bytes_received);
///     for (code, count) in metrics.refused() {
///         let _ = writeln!(text, "engineio_refused_total{{code=\"{code}\"}} {count}");
///     }
///     text
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// Requests to the engine's path, WebSockets among them. One that can be seen here has been looked at: a GET that
    /// finds nothing to fetch is parked by then.
    pub requests: u64,
    /// How many sessions there are now, with those that are about to be opened.
    pub sessions: u64,
    /// Sessions that began on polling.
    pub opened_polling: u64,
    /// Sessions that began on WebSocket.
    pub opened_websocket: u64,
    /// Sessions that went from polling to WebSocket.
    pub upgrades: u64,
    /// Messages that arrived.
    pub messages_received: u64,
    /// Bytes in messages that arrived, without what carries them.
    pub bytes_received: u64,
    /// Messages that were handed to the transport.
    pub messages_sent: u64,
    /// Bytes in messages that were handed to the transport, before compression and without what carries them.
    pub bytes_sent: u64,
    refused: [u64; REFUSED.len()],
    closed: [u64; CLOSED.len()],
}

impl Metrics {
    /// Requests that were refused, by the protocol's error code, or `none` where there is none (statuses 405, 414,
    /// 415 and 503).
    pub fn refused(&self) -> impl Iterator<Item = (&'static str, u64)> {
        REFUSED.into_iter().zip(self.refused)
    }

    /// Sessions that ended, by the reference's name for the reason, such as `ping timeout`.
    pub fn closed(&self) -> impl Iterator<Item = (&'static str, u64)> {
        CLOSED.into_iter().zip(self.closed)
    }
}

const REFUSED: [&str; 7] = ["0", "1", "2", "3", "4", "5", "none"];

const CLOSED: [&str; 6] =
    ["forced close", "ping timeout", "parse error", "transport close", "transport error", "other"];

/// The counters themselves.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    opened_polling: AtomicU64,
    opened_websocket: AtomicU64,
    upgrades: AtomicU64,
    messages_received: AtomicU64,
    bytes_received: AtomicU64,
    messages_sent: AtomicU64,
    bytes_sent: AtomicU64,
    refused: [AtomicU64; REFUSED.len()],
    closed: [AtomicU64; CLOSED.len()],
}

impl<Rt: Runtime> Engine<Rt> {
    /// What has been counted until now. The counts are taken one after the other, so they may be of slightly different
    /// moments.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.host().counters.read(self.host().sessions())
    }
}

impl Counters {
    pub(crate) fn requested(&self) {
        add(&self.requests, 1);
    }

    pub(crate) fn opened(&self, transport: Transport) {
        add(if transport == Transport::WebSocket { &self.opened_websocket } else { &self.opened_polling }, 1);
    }

    pub(crate) fn upgraded(&self) {
        add(&self.upgrades, 1);
    }

    pub(crate) fn received(&self, load: Load) {
        add(&self.messages_received, load.packets);
        add(&self.bytes_received, load.bytes);
    }

    pub(crate) fn sent<'p>(&self, packets: impl Iterator<Item = &'p Packet>) {
        let (mut count, mut bytes) = (0, 0);
        for packet in packets {
            if let Packet::Message(message) = packet {
                count += 1;
                bytes += message.byte_len();
            }
        }
        if count > 0 {
            add(&self.messages_sent, count);
            add(&self.bytes_sent, bytes);
        }
    }

    pub(crate) fn refused(&self, refusal: &Refusal) {
        let place = refusal.code().map(usize::from).filter(|code| *code < REFUSED.len() - 1);
        add(&self.refused[place.unwrap_or(REFUSED.len() - 1)], 1);
    }

    pub(crate) fn closed(&self, reason: CloseReason) {
        let place = match reason {
            CloseReason::ForcedClose => 0,
            CloseReason::PingTimeout => 1,
            CloseReason::ParseError(_) => 2,
            CloseReason::TransportClose => 3,
            CloseReason::TransportError(_) => 4,
            _ => 5,
        };
        add(&self.closed[place], 1);
    }

    fn read(&self, sessions: usize) -> Metrics {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Metrics {
            requests: get(&self.requests),
            sessions: sessions as u64,
            opened_polling: get(&self.opened_polling),
            opened_websocket: get(&self.opened_websocket),
            upgrades: get(&self.upgrades),
            messages_received: get(&self.messages_received),
            bytes_received: get(&self.bytes_received),
            messages_sent: get(&self.messages_sent),
            bytes_sent: get(&self.bytes_sent),
            refused: self.refused.each_ref().map(get),
            closed: self.closed.each_ref().map(get),
        }
    }
}

fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use engineio_proto::{PacketError, TransportFault};

    #[test]
    fn reasons_are_counted_under_their_names() {
        for reason in [
            CloseReason::ForcedClose,
            CloseReason::PingTimeout,
            CloseReason::ParseError(PacketError::Empty),
            CloseReason::TransportClose,
            TransportFault::GetOverlap.into(),
        ] {
            let counters = Counters::default();
            counters.closed(reason);
            let counted: Vec<_> = counters.read(0).closed().filter(|(_, count)| *count > 0).collect();
            assert_eq!(counted, [(&*reason.to_string(), 1)]);
        }
    }

    #[test]
    fn refusals_are_counted_under_their_codes() {
        for refusal in [
            Refusal::UnknownTransport,
            Refusal::UnknownSid,
            Refusal::BadHandshakeMethod,
            Refusal::Forbidden(None),
            Refusal::UnsupportedVersion,
            Refusal::Overloaded,
        ] {
            let counters = Counters::default();
            counters.refused(&refusal);
            let counted: Vec<_> = counters.read(0).refused().filter(|(_, count)| *count > 0).collect();
            let name = refusal.code().map_or_else(|| "none".to_owned(), |code| code.to_string());
            assert_eq!(counted, [(&*name, 1)]);
        }
    }
}
