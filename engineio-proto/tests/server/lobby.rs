//! Requests that wait for a host that is called back with its decisions.

use crate::host::Host;
use engineio_proto::{Answer, Config, Instant, Lobby, Pending, Refusal, RequestHead, Route, Router, Verdict};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

fn at(seconds: u64) -> Instant {
    Instant::from_epoch(Duration::from_secs(seconds))
}

fn pending(name: &'static str) -> Pending<&'static str> {
    let router = Router::new(Config::default());
    let query = "EIO=4&transport=polling";
    let head = RequestHead { method: "GET", query, ..RequestHead::default() };
    let Ok(Route::Open(opening)) = router.route(&head) else { panic!("not a handshake") };
    opening.pending(name)
}

fn status(answer: Answer<&'static str>) -> (&'static str, u16) {
    let (handle, Verdict::Respond(response)) = answer.into_parts() else { panic!("no response") };
    (handle, response.status())
}

#[test]
fn h22_whoever_comes_first_gets_the_request() {
    let mut lobby = Lobby::new(10, PATIENCE);
    let decided = lobby.park(at(0), pending("decided")).unwrap();
    let aborted = lobby.park(at(0), pending("aborted")).unwrap();
    let late = lobby.park(at(0), pending("late")).unwrap();
    assert_eq!((lobby.len(), lobby.is_empty()), (3, false));
    assert_eq!(status(lobby.take(decided).unwrap().refuse(Refusal::Forbidden(None))), ("decided", 403));
    assert_eq!(lobby.take(aborted).unwrap().aborted(), "aborted");
    assert_eq!(lobby.overdue(at(10)).map(status), Some(("late", 503)));
    for ticket in [decided, aborted, late] {
        assert!(lobby.take(ticket).is_none());
    }
    assert!(lobby.is_empty() && lobby.overdue(at(100)).is_none() && lobby.deadline().is_none());
}

#[test]
fn f03_each_has_its_time_to_the_instant() {
    let mut lobby = Lobby::new(10, PATIENCE);
    let first = lobby.park(at(1), pending("first")).unwrap();
    lobby.park(at(2), pending("second")).unwrap();
    // A clock that steps back shortens nobody's time.
    lobby.park(at(0), pending("third")).unwrap();
    assert_eq!(lobby.deadline(), Some(at(11)));
    assert!(lobby.overdue(at(10)).is_none());
    lobby.take(first).unwrap().aborted();
    assert_eq!(lobby.deadline(), Some(at(12)));
    assert!(lobby.overdue(at(11)).is_none());
    assert_eq!(lobby.overdue(at(12)).map(status), Some(("second", 503)));
    assert_eq!(lobby.overdue(at(12)).map(status), Some(("third", 503)));
    assert!(lobby.is_empty());
}

#[test]
fn beyond_its_room_a_request_comes_back() {
    let mut lobby = Lobby::new(2, PATIENCE);
    let first = lobby.park(at(0), pending("first")).unwrap();
    lobby.park(at(0), pending("second")).unwrap();
    let full = lobby.park(at(0), pending("third")).unwrap_err();
    assert_eq!(full.to_string(), "the lobby is full");
    assert_eq!(full.into_pending().aborted(), "third");
    lobby.take(first).unwrap().aborted();
    let fourth = lobby.park(at(0), pending("fourth")).unwrap();
    assert_ne!(first, fourth, "a ticket never names another request");
    assert!(lobby.take(first).is_none());
    assert_eq!(Lobby::new(0, PATIENCE).park(at(0), pending("none")).unwrap_err().into_pending().aborted(), "none");
}

#[test]
fn h05_h06_an_abort_while_the_host_decides_leaves_no_session() {
    let mut host = Host::new();
    let mut lobby = Lobby::new(10, PATIENCE);
    let ticket = lobby.park(host.now(), host.pending("EIO=4&transport=polling", "handshake").unwrap()).unwrap();
    lobby.take(ticket).unwrap().aborted().settle();
    assert!(lobby.take(ticket).is_none(), "the decision comes too late");
    host.assert_empty();
}
