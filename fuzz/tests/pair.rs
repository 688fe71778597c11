//! A client and a server with a network between them: random runs, each of them a seed.

use engineio_fuzz::pair::{self, Fault, Pair, PairBounds};
use engineio_proto::Transport;
use std::collections::BTreeMap;

#[test]
fn nothing_is_lost_doubled_or_reordered_between_a_client_and_a_server() {
    let (mut steps, mut received, mut upgraded, mut survived) = (0, 0, 0, 0);
    let mut closed = BTreeMap::<_, u32>::new();
    for seed in 0..20_000 {
        match pair::run(seed, 500) {
            Ok(run) => {
                steps += run.steps;
                received += run.received;
                upgraded += u32::from(run.upgraded);
                survived += u32::from(run.failed_upgrade && !run.harmed);
                *closed.entry(format!("{:?}", run.closed)).or_default() += 1;
            }
            Err(found) => panic!("seed {seed}:\n{}", pair::minimized(seed, *found)),
        }
    }
    println!("{steps} steps, {received} messages, {upgraded} on a WebSocket, ended by {closed:#?}");
    println!("{survived} whose upgrade failed and that went on");
    assert!(received > 500_000 && upgraded > 2000 && closed.len() > 5 && survived > 100, "the runs did something");
}

#[test]
fn a_seed_is_the_same_run_every_time() {
    for seed in 0..50 {
        assert_eq!(pair::run(seed, 500).unwrap(), pair::run(seed, 500).unwrap());
    }
}

/// All runs within small bounds: any connection is cut at any point, once.
#[test]
fn nothing_goes_wrong_whatever_is_lost_during_an_upgrade() {
    let bounds = PairBounds { closes: 0, ..PairBounds::default() };
    for version3 in [false, true] {
        assert!(closes(version3, &Transport::ALL, bounds) > 20_000);
    }
}

/// And one of the two applications closes the session.
#[test]
fn nothing_goes_wrong_whatever_is_lost_during_a_close() {
    for transport in Transport::ALL {
        for version3 in [false, true] {
            assert!(closes(version3, &[transport], PairBounds::default()) > 2_000);
        }
    }
}

/// Or the hosts do not ask their cores for a while.
#[test]
fn nothing_goes_wrong_if_hosts_are_slow() {
    let bounds = PairBounds { naps: 1, closes: 0, losses: 0, ..PairBounds::default() };
    assert!(closes(false, &Transport::ALL, bounds) > 2_000);
}

fn closes(version3: bool, transports: &[Transport], bounds: PairBounds) -> usize {
    match pair::explore(pair::small_configs(version3, transports), &bounds) {
        Ok(report) => {
            println!("{report}");
            assert!(report.closed, "not all states were seen");
            report.states
        }
        Err(found) => panic!("\n{found}"),
    }
}

/// Whatever is done wrong, the walk that finds nothing in the core finds it.
#[test]
fn seeded_faults_are_found() {
    let bounds = PairBounds { losses: 0, closes: 0, ..PairBounds::default() };
    for (fault, invariant) in
        [(Fault::ClientClock, "I8"), (Fault::ServerClock, "I11"), (Fault::Lost, "I3"), (Fault::Doubled, "I3")]
    {
        let start = Pair::forkable(pair::small_configs(false, &Transport::ALL)).with_fault(fault);
        let found = pair::explore_from(start, &bounds).unwrap_err();
        println!("{fault:?}:\n{found}");
        assert_eq!(found.violation.invariant(), invariant, "{fault:?}");
    }
}
