//! A session that opens, talks and closes, in a static library that has no standard library: no operating system is
//! needed. It is there to be built, and does not build if anything in the core reaches for `std`.

#![no_std]
#![forbid(unsafe_code)]

use core::{panic::PanicInfo, time::Duration};
use engineio_proto::{
    Action, Answer, Config, Delivery, Event, Instant, Request, RequestHead, Route, Router, Server, Sid, Verdict,
};
use static_alloc::Bump;

#[global_allocator]
static HEAP: Bump<[u8; 1 << 16]> = Bump::uninit();

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// Opens a session over polling, echoes one message and closes. Returns how many bytes the peer was
/// sent, or zero if something went otherwise than it should.
pub extern "C" fn session() -> usize {
    run().unwrap_or(0)
}

fn run() -> Option<usize> {
    let config = Config::default();
    let router = Router::new(config.clone());
    let mut server = Server::<u32>::new(config, 0, [1, 2]);
    let now = Instant::from_epoch(Duration::from_secs(1));
    let sid = Sid::from_entropy([7; 15]);

    let head = RequestHead { method: "GET", query: "EIO=4&transport=polling", ..RequestHead::default() };
    let Ok(Route::Open(opening)) = router.route(&head) else { return None };
    let ticket = server.open(now, opening.pending(0).accept(sid)).ok()?;
    let mut sent = drain(&mut server, now);
    let session = ticket.session()?;

    let post = server.request(now, Request::post(sid), 1);
    let upload = server.awaits_body(post)?.decode_payload("4hello\x1ebAQID".into(), 100);
    server.body(now, post, upload);
    sent += drain(&mut server, now);

    server.request(now, Request::get(sid), 2);
    sent += drain(&mut server, now);
    server.close(now, session);
    sent += drain(&mut server, now);
    server.deadline().is_none().then_some(sent)
}

/// Does what the server asks for, echoing messages, and counts what goes out.
fn drain(server: &mut Server<u32>, now: Instant) -> usize {
    let mut sent = 0;
    while let Some(action) = server.poll() {
        match action {
            Action::Answer(answer) => sent += answered(server, now, answer),
            Action::Event(session, Event::Messages(messages)) => {
                for message in messages {
                    let _ = server.send(session, message);
                }
            }
            _ => {}
        }
    }
    sent
}

fn answered(server: &mut Server<u32>, now: Instant, answer: Answer<u32>) -> usize {
    let ticket = answer.ticket().filter(|_| answer.tracked());
    let (_, Verdict::Respond(response)) = answer.into_parts() else { return 0 };
    let sent = response.encode().len();
    if let Some(ticket) = ticket {
        server.written(now, ticket, Delivery::Written);
    }
    sent
}
