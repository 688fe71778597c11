//! A client against the reference's server, which sends every message back. It is named by the environment variable
//! `ENGINEIO_REFERENCE_URL`, and speaks protocol 3 if `ENGINEIO_REFERENCE_EIO` is 3. If `ENGINEIO_REFERENCE_IDS` is
//! `any-ids`, none of its session ids is a `Sid`. `interop/reference.sh` starts one of each and sets them.

use super::pair::{Mode, Notes, numbered, receive, send_all};
use super::{Dialer, wait};
use crate::wire::server::ms;
use engineio_hyper::{CloseReason, Message, Socket, Version};
use std::env;
use std::sync::Arc;

/// Makes a test of every scenario against the reference's server, for one adapter. They are ignored unless asked for.
#[macro_export]
macro_rules! reference_tests {
    ($adapter:ty) => {
        $crate::reference_scenarios! { $adapter,
            messages_of_every_kind_come_back,
            messages_stay_in_order,
            messages_go_both_ways_during_the_upgrade,
            heartbeats_keep_a_session,
            sessions_end,
            u12_sessions_have_any_id,
        }
    };
}

/// Makes a test of each scenario.
#[doc(hidden)]
#[macro_export]
macro_rules! reference_scenarios {
    ($adapter:ty, $($scenario:ident,)*) => {
        mod reference {
            use super::*;

            $(
                #[test]
                #[ignore = "needs the reference's server: see interop/reference.sh"]
                fn $scenario() {
                    $crate::clients::reference::$scenario::<$adapter>();
                }
            )*
        }
    };
}

fn open<A: Dialer>(mode: Mode) -> (Arc<Notes>, Socket) {
    let url = env::var("ENGINEIO_REFERENCE_URL").expect("ENGINEIO_REFERENCE_URL names the server");
    Notes::of::<A>(mode.set(A::client(&url).version(version())))
}

fn version() -> Version {
    if env::var("ENGINEIO_REFERENCE_EIO").is_ok_and(|version| version == "3") { Version::V3 } else { Version::V4 }
}

fn settle(notes: &Notes, socket: &Socket, mode: Mode) {
    if mode == Mode::Upgrading {
        notes.until("upgraded", |seen| seen.upgraded);
    }
    assert_eq!(socket.transport(), mode.ends_on());
}

fn echoes<A: Dialer>(socket: &Socket, messages: Vec<Message>) {
    let sending = send_all::<A>(socket, messages.clone());
    assert!(receive::<A>(socket, messages.len()) == messages);
    sending.join().expect("all was sent");
}

/// Text with characters of every length and binary from nothing to 256 KiB.
pub fn messages_of_every_kind_come_back<A: Dialer>() {
    for mode in Mode::ALL {
        let (notes, socket) = open::<A>(mode);
        for round in 0..2 {
            let texts = ["hello", "né ö €", "🦀 and 👩‍👩‍👧‍👦", "2probe"].map(Message::from);
            let binaries = [0, 1, 2, 3, 125, 1024, 65_536, 256 * 1024].map(|length| Message::from(vec![0xa5; length]));
            for message in texts.into_iter().chain(binaries) {
                echoes::<A>(&socket, vec![message]);
            }
            if round == 0 {
                settle(&notes, &socket, mode);
            }
        }
    }
}

/// 200 messages there and back.
pub fn messages_stay_in_order<A: Dialer>() {
    for mode in Mode::ALL {
        let (_, socket) = open::<A>(mode);
        echoes::<A>(&socket, numbered("number", 200));
    }
}

/// Messages are under way in both directions while the session is upgraded.
pub fn messages_go_both_ways_during_the_upgrade<A: Dialer>() {
    for _ in 0..10 {
        let (notes, socket) = open::<A>(Mode::Upgrading);
        echoes::<A>(&socket, numbered("during the upgrade", 50));
        settle(&notes, &socket, Mode::Upgrading);
        echoes::<A>(&socket, numbered("after the upgrade", 10));
    }
}

/// One side pings, the other answers, and nobody leaves.
pub fn heartbeats_keep_a_session<A: Dialer>() {
    for mode in Mode::ALL {
        let (notes, socket) = open::<A>(mode);
        match version() {
            Version::V3 => notes.until("asking for a sign of life three times", |seen| seen.pings >= 3),
            _ => notes.until("asked for a sign of life three times", |seen| seen.pongs >= 3),
        }
        echoes::<A>(&socket, numbered("still here", 1));
    }
}

/// Whatever the server's ids are made of, its sessions are found again, on either transport.
pub fn u12_sessions_have_any_id<A: Dialer>() {
    let any = env::var("ENGINEIO_REFERENCE_IDS").is_ok_and(|ids| ids == "any-ids");
    for mode in Mode::ALL {
        for _ in 0..20 {
            let (notes, socket) = open::<A>(mode);
            echoes::<A>(&socket, numbered("number", 2));
            settle(&notes, &socket, mode);
            echoes::<A>(&socket, numbered("later number", 2));
            assert!(!any || socket.id().sid().is_none(), "{}", socket.id());
        }
    }
}

/// Closing is orderly, at once and after the upgrade; and elsewhere there is no session.
pub fn sessions_end<A: Dialer>() {
    for mode in Mode::ALL {
        for settled in [false, true] {
            let (notes, socket) = open::<A>(mode);
            if settled {
                settle(&notes, &socket, mode);
            }
            socket.try_send("last words").expect("there is room");
            socket.close();
            let reason = wait::<A, _>(async move { socket.closed().await });
            assert_eq!(reason, CloseReason::ForcedClose);
        }
    }
    let url = env::var("ENGINEIO_REFERENCE_URL").expect("ENGINEIO_REFERENCE_URL names the server");
    let client = A::client(&url).version(version()).path("/nowhere/").open_timeout(ms(5_000));
    let error = wait::<A, _>(async move { client.connect().await }).expect_err("nothing is there");
    assert!(error.to_string().contains("404"), "{error}");
}
