//! The end of a WebSocket that its core has forgotten already.

use crate::{duplex::poll_write, runtime::BoxFuture, wire::Wire};
use hyper::rt::{Read, ReadBuf, Write};
use std::{
    future::poll_fn,
    io,
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

/// How long the peer may take to notice, unless it is said.
pub(crate) const LINGER: Duration = Duration::from_secs(2);

/// After so many reads others get their turn, and it is seen whether that time is over.
const ROUNDS: usize = 16;

/// Writes what is left, with the Close frame at its end, and closes the connection.
///
/// What the peer still sends is read for a while: a connection that is closed with unread input is reset, and
/// that may cost the peer the last of what was written.
///
/// Writing may take `close_timeout`, and reading `noticing`; `sleep` makes timers. `until_written` is dropped as soon as all
/// is written or has failed.
pub(crate) async fn linger<Io: Read + Write + Unpin>(
    sleep: impl Fn(Duration) -> BoxFuture,
    close_timeout: Duration,
    noticing: Duration,
    mut io: Io,
    mut wire: Wire,
    until_written: impl Send,
) {
    let mut timeout = sleep(close_timeout);
    let written = poll_fn(|cx| {
        if timeout.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        poll_finish(&mut io, &mut wire, cx)
    });
    if written.await.is_err() {
        return;
    }
    drop((wire, until_written));
    let mut timeout = sleep(noticing);
    poll_fn(|cx| match timeout.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(()),
        Poll::Pending => poll_discard(&mut io, cx),
    })
    .await;
}

/// Writes everything and closes our half of the connection.
fn poll_finish<Io: Write + Unpin>(io: &mut Io, wire: &mut Wire, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    while !wire.is_drained() {
        ready!(poll_write(io, wire, cx))?;
    }
    Pin::new(io).poll_shutdown(cx)
}

/// Reads to the end.
fn poll_discard<Io: Read + Unpin>(io: &mut Io, cx: &mut Context<'_>) -> Poll<()> {
    for _ in 0..ROUNDS {
        let mut buffer = [MaybeUninit::uninit(); 1024];
        let mut buffer = ReadBuf::uninit(&mut buffer);
        let read = ready!(Pin::new(&mut *io).poll_read(cx, buffer.unfilled()));
        if read.is_err() || buffer.filled().is_empty() {
            return Poll::Ready(());
        }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}
