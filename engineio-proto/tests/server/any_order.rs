//! Any order and any batching of calls is legal: whatever a host does, and however late it asks what to do, every
//! exchange ends once, messages keep their order, and nothing is left.

use crate::host::Host;
use engineio_proto::{Config, Delivery, Encoding, Message, SessionKey, Sid, Ticket, Version, WsEnd, WsFault, WsKey};
use std::collections::HashMap;
use std::time::Duration;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        // SplitMix64: small, and any seed will do.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        (!of.is_empty()).then(|| of[self.below(of.len())])
    }
}

#[derive(Default)]
struct Seen {
    sids: Vec<Sid>,
    keys: Vec<SessionKey>,
    tickets: Vec<Ticket>,
    sockets: Vec<WsKey>,
    sent: HashMap<usize, u32>,
    received: HashMap<usize, u32>,
}

impl Seen {
    /// Each session's messages say which session and which message they are.
    fn note(&mut self, version: Version, lines: &[String]) {
        for line in lines {
            let frame = line.strip_prefix("ws> 4").map(Message::from).map(Into::into);
            let body = line.split(": 200 ").nth(1).unwrap_or_default().replace('|', "\u{1e}");
            let messages = frame
                .unwrap_or_else(|| Encoding::new(version).decode_response(body.into(), usize::MAX).into_messages());
            for message in messages {
                let text = std::str::from_utf8(message.as_bytes()).unwrap();
                let (session, number) = text.split_once(':').unwrap();
                let expected = self.received.entry(session.parse().unwrap()).or_default();
                assert_eq!(number.parse::<u32>().unwrap(), *expected, "{line}");
                *expected += 1;
            }
        }
    }
}

fn run(seed: u64, version: Version) -> usize {
    let mut random = Random(seed);
    let mut host = Host::with(Config::builder().allow_eio3(true));
    let (bodies, beat) = match version {
        Version::V3 => (["3:4hi1:2", "1:2", "2:4a1:1", "1:9", "2:4b", "0:"], "2"),
        _ => (["4hi\u{1e}3", "3", "4a\u{1e}1", "9", "4b", "4c"], "3"),
    };
    let mut seen = Seen::default();
    host.reports = false;
    for _ in 0..400 {
        let sid = random.pick(&seen.sids);
        let key = random.pick(&seen.keys);
        let ws = random.pick(&seen.sockets);
        match random.below(24) {
            0 if seen.sids.len() < 4 => {
                let transport = ["polling", "polling", "websocket"][random.below(3)];
                let query = format!("EIO={}&transport={transport}", version.number());
                let (sid, ticket) = host.open_query(&query, "handshake").unwrap();
                seen.sids.push(sid);
                seen.keys.push(ticket.session().unwrap());
                seen.tickets.push(ticket);
            }
            1..=4 => seen.tickets.extend(sid.map(|sid| host.get(sid, "get"))),
            5 => seen.tickets.extend(sid.map(|sid| host.post_head(sid, "post"))),
            6 => seen.tickets.extend(sid.map(|sid| host.upgrade(sid, "upgrade"))),
            7..=8 => {
                if let Some(ticket) = random.pick(&seen.tickets) {
                    host.body(ticket, bodies[random.below(6)]);
                }
            }
            9 if random.below(8) == 0 => {
                if let Some(ticket) = random.pick(&seen.tickets) {
                    host.abort(ticket);
                }
            }
            10..=13 => {
                if let Some(ws) = ws {
                    host.text(ws, ["2probe", "2probe", "5", "5", "4hi", beat, "1", "x"][random.below(8)]);
                }
            }
            14 if random.below(8) == 0 => {
                if let Some(ws) = ws {
                    host.ws_closed(ws, [WsEnd::Closed, WsEnd::Failed(WsFault::Protocol)][random.below(2)]);
                }
            }
            15..=18 => {
                if let Some(key) = key {
                    let index = seen.keys.iter().position(|known| *known == key).unwrap();
                    let number = seen.sent.entry(index).or_default();
                    if host.server.send(key, format!("{index}:{number}")).is_ok() {
                        *number += 1;
                    }
                }
            }
            19 if random.below(8) == 0 => {
                if let Some(key) = key {
                    match random.below(3) {
                        0 => host.server.discard(host.now(), key),
                        1 => host.server.close(host.now(), key),
                        _ => host.server.close_all(host.now()),
                    }
                }
            }
            20 => {
                let lines = host.pass(Duration::from_millis([0, 50, 101, 9_000, 25_000][random.below(5)]));
                seen.note(version, &lines);
            }
            21 => host.report(if random.below(10) == 0 { Delivery::Lost } else { Delivery::Written }),
            _ => {
                let (lines, upgraded) = host.drain_ws();
                seen.note(version, &lines);
                seen.sockets.extend(upgraded);
            }
        }
    }
    let opened = seen.sids.len();
    host.report(Delivery::Written);
    host.reports = true;
    let lines = host.pass(Duration::from_secs(120));
    seen.note(version, &lines);
    host.assert_empty();
    opened
}

#[test]
fn p02_c16_f26_every_exchange_ends_once_and_nothing_is_left() {
    for version in [Version::V3, Version::V4] {
        let opened: usize = (0..2000).map(|seed| run(seed, version)).sum();
        assert!(opened > 2000, "the runs did something");
    }
}
