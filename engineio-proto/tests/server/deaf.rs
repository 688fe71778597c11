//! A host that takes no notice of what is meant for its application.

use crate::host::Host;
use engineio_proto::{Action, Delivery, Verdict};
use std::time::Duration;

/// Does what peers wait for, and drops everything else unseen. Says what peers were told.
fn serve(host: &mut Host) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(action) = host.server.poll() {
        match action {
            Action::Answer(answer) => {
                let (ticket, tracked) = (answer.ticket(), answer.tracked());
                let (handle, verdict) = answer.into_parts();
                handle.settle();
                if let Some(ticket) = ticket.filter(|_| tracked) {
                    host.server.written(host.now(), ticket, Delivery::Written);
                }
                told.push(match verdict {
                    Verdict::Respond(response) => String::from_utf8_lossy(&response.encode()).replace('\u{1e}', "|"),
                    Verdict::Upgrade { .. } => "101".into(),
                    Verdict::UpgradeThenClose => "101 and closed".into(),
                    Verdict::HangUp => "hung up".into(),
                });
            }
            Action::FramesReady(ws) => told.extend(host.frames(ws)),
            Action::CloseWs(..) => told.push("ws closed".into()),
            Action::Sent(..) | Action::Writable(..) | Action::Unsent(..) | Action::Event(..) => {}
        }
    }
    told
}

#[test]
fn b06_a_host_may_ignore_every_event() {
    let mut host = Host::new();
    let (sid, key) = host.polling();
    host.server.send_tracked(key, "sent").unwrap();
    host.get(sid, "get");
    host.post(sid, "post", "4a\u{1e}bAQ==\u{1e}4b");
    assert_eq!(serve(&mut host), ["ok", "4sent"]);
    let overlapping = [host.get(sid, "first"), host.get(sid, "second")];
    assert_eq!(serve(&mut host).len(), overlapping.len(), "the session ends, which nobody is told");
    host.get(sid, "late");
    assert_eq!(serve(&mut host), [r#"{"code":1,"message":"Session ID unknown"}"#]);

    let (_, key, ws) = host.upgraded();
    host.text(ws, "4hi");
    host.server.send_tracked(key, "sent").unwrap();
    assert_eq!(serve(&mut host), ["ws> 4sent"]);
    host.text(ws, "x");
    assert_eq!(serve(&mut host), ["ws closed"]);

    // Nor does it look at what ends by itself.
    let (sid, key) = host.polling();
    host.get(sid, "get");
    host.send(key, "unsent");
    host.pass(Duration::from_secs(120));
    host.assert_empty();
}
