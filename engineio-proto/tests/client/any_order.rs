//! Any order and any batching of calls is legal: whatever a server and a network do, and however late the host asks
//! what to do, there is always a deadline, messages leave once and in order, and nothing is outstanding at the end.

use crate::host::{HELLO, Host, PLAIN, millis};
use engineio_proto::{CallFault, ClientConfig, ClientStart, Transport, WsEnd, WsFault};

pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // SplitMix64: small, and any seed will do.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// What is to hold over a whole run.
#[derive(Default)]
struct Seen {
    sent: u32,
    left: u32,
    open: bool,
    probed: bool,
    upgraded: bool,
    closed: bool,
}

impl Seen {
    fn note(&mut self, lines: &[String]) {
        for line in lines {
            assert!(!self.closed || line.starts_with("abandon") || line == "ws closed", "after the end: {line}");
            match line.as_str() {
                "open abc" => assert!(!std::mem::replace(&mut self.open, true), "opened twice"),
                "upgraded" => assert!(!std::mem::replace(&mut self.upgraded, true) && self.open),
                line if line.starts_with("message ") => assert!(self.open, "a message before the session"),
                line if line.contains(" close: ") || line.contains(" error: ") || line.contains(" timeout: ") => {
                    self.closed = true;
                }
                _ => {}
            }
            let body = line.strip_prefix("ws> ").or_else(|| line.strip_prefix("post "));
            for packet in body.unwrap_or_default().split('|') {
                let Some(number) = packet.strip_prefix("4#") else { continue };
                assert_eq!(number.parse::<u32>().unwrap(), self.left, "{line}");
                self.left += 1;
            }
        }
    }
}

fn host(random: &mut Random) -> Host {
    use Transport::{Polling, WebSocket};
    let transports: [&[Transport]; 4] = [&[Polling, WebSocket], &[WebSocket, Polling], &[WebSocket], &[Polling]];
    let config = ClientConfig::builder()
        .transports(random.pick(&transports[..]).iter().copied())
        .try_all_transports(random.below(2) == 0)
        .max_queue_bytes(100);
    let start = ClientStart { websocket_worked: random.below(4) == 0, ..ClientStart::default() };
    let mut host = Host::start(config, start);
    host.unwritten = (random.below(2) == 0).then_some(0);
    host
}

/// One thing that a server, a network, an application or time does.
fn step(random: &mut Random, host: &mut Host, seen: &mut Seen) -> Vec<String> {
    const FAULTS: [CallFault; 3] = [CallFault::Connection, CallFault::Refused(502), CallFault::TooLarge];
    const BODIES: [&str; 8] = ["4a", "2", "6", "4b\u{1e}2\u{1e}4c", "6", "2", "4d", "6"];
    const ENDS: [&str; 8] = ["1", "x", "4a\u{1e}1", HELLO, "", "4a\u{1e}9", "3", "5"];
    const FRAMES: [&str; 4] = ["4a", "2", "6", "2"];
    let rarely = random.below(16) == 0;
    let opened = host.client.handshake().is_some();
    match random.below(16) {
        0..=3 if host.get.is_some() => match () {
            () if rarely && random.below(8) == 0 => host.get_fails(random.pick(&FAULTS)),
            () if !opened => host.got(random.pick(&[HELLO, HELLO, PLAIN, "0{}"])),
            () if random.below(64) == 0 => host.got(random.pick(&ENDS)),
            () => host.got(random.pick(&BODIES)),
        },
        4..=5 if host.post.is_some() => match random.below(64) {
            0 => host.post_fails(random.pick(&FAULTS)),
            1 => host.posted_status(random.pick(&[400, 413, 502]), ""),
            _ => host.posted(),
        },
        6 if host.dial.is_some() => match random.below(4) {
            0 => host.dial_fails(random.pick(&FAULTS)),
            _ => host.connects(),
        },
        7..=9 if host.ws.is_some() => match () {
            () if !opened => host.text(random.pick(&[PLAIN, PLAIN, PLAIN, "x"])),
            () if rarely && random.below(4) == 0 => host.text(random.pick(&ENDS)),
            () if host.client.transport() == Some(Transport::Polling) && random.below(8) != 0 => {
                let lines = host.drain();
                seen.note(&lines);
                if host.ws.is_some() && !std::mem::replace(&mut seen.probed, true) {
                    host.text("3probe");
                }
            }
            () => host.text(random.pick(&FRAMES)),
        },
        10 if host.ws.is_some() && rarely => {
            host.ws_closed(random.pick(&[WsEnd::Closed, WsEnd::Failed(WsFault::Connection)]));
        }
        11 if host.ws.is_some() => host.write(),
        12 => {
            let now = host.now();
            if host.client.send(now, format!("#{}", seen.sent)).is_ok() {
                seen.sent += 1;
            }
        }
        13 if random.below(20) == 0 => match random.below(2) {
            0 => host.close(),
            _ => host.client.discard(host.now()),
        },
        14 => {
            let lines = host.drain();
            seen.note(&lines);
            let duration = millis(if rarely { random.pick(&[9000, 21_000]) } else { random.pick(&[0, 50, 500]) });
            return host.pass(duration).into_iter().map(|(_, line)| line).collect();
        }
        15 => host.settle_or_keep(random.below(2) == 0),
        _ => return host.drain(),
    }
    Vec::new()
}

impl Host {
    /// Calls that were let go of may be settled, or dropped.
    fn settle_or_keep(&mut self, settle: bool) {
        let now = self.now();
        for call in std::mem::take(&mut self.stale) {
            if settle {
                self.client.response(now, call.decode(200, "4late".into()));
            }
        }
        for call in std::mem::take(&mut self.stale_dials) {
            if settle {
                assert_eq!(self.client.connected(now, call), None);
            }
        }
    }
}

fn run(seed: u64) -> Seen {
    let mut random = Random(seed);
    let mut host = host(&mut random);
    let mut seen = Seen::default();
    for _ in 0..200 {
        let lines = step(&mut random, &mut host, &mut seen);
        seen.note(&lines);
        assert_eq!(host.client.deadline().is_none(), host.client.is_closed(), "a deadline in every state");
    }
    let lines = host.drain();
    seen.note(&lines);
    let lines: Vec<_> = host.pass(millis(120_000)).into_iter().map(|(_, line)| line).collect();
    seen.note(&lines);
    assert!(seen.closed, "nobody answers any more, so it ends");
    host.assert_over();
    seen
}

#[test]
fn there_is_always_a_deadline_and_messages_leave_once_and_in_order() {
    let (mut opened, mut upgraded, mut left) = (0, 0, 0);
    for seed in 0..20_000 {
        let seen = run(seed);
        opened += u32::from(seen.open);
        upgraded += u32::from(seen.upgraded);
        left += seen.left;
    }
    assert!(opened > 10_000 && upgraded > 500 && left > 10_000, "the runs did something: {opened} {upgraded} {left}");
}
