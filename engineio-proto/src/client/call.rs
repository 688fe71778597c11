//! What the core asks the network for. Each call is settled once, because settling takes it away.

use crate::{CallId, Download, Encoding};
use bytes::Bytes;

/// The right to say what became of something that the core asked for: of an HTTP [`Exchange`], or of a [`Dial`].
///
/// A call is made by the core alone and consumed by whatever settles it. It is dropped unsettled only when the
/// core has [let go of it](crate::ClientAction::Abandon), or together with its client; otherwise the session
/// ends when its deadline comes.
///
/// ```
/// # use engineio_proto::{Call, Client, Instant};
/// fn answered(client: &mut Client, now: Instant, get: Call, body: String) {
///     client.response(now, get.decode(200, body.into()));
/// }
/// ```
///
/// Settling a call twice does not compile:
///
/// ```compile_fail,E0382
/// # use engineio_proto::{Call, Client, Instant};
/// fn answered(client: &mut Client, now: Instant, get: Call, body: String) {
///     client.response(now, get.decode(200, body.into()));
///     client.response(now, get.decode(200, "6".into()));
/// }
/// ```
///
/// Nor does settling it in two ways:
///
/// ```compile_fail,E0382
/// # use engineio_proto::{Call, CallFault, Client, Instant};
/// fn answered(client: &mut Client, now: Instant, get: Call, body: String) {
///     client.response(now, get.decode(200, body.into()));
///     client.failed(now, get, CallFault::Connection);
/// }
/// ```
///
/// ```
/// # use engineio_proto::{Call, CallFault, Client, Instant};
/// fn answered(client: &mut Client, now: Instant, get: Call, next: Call, body: String) {
///     client.response(now, get.decode(200, body.into()));
///     client.failed(now, next, CallFault::Connection);
/// }
/// ```
///
/// What answers an HTTP exchange cannot answer a dial:
///
/// ```compile_fail,E0308
/// # use engineio_proto::{Call, Client, Dial, Exchange, Instant};
/// fn opened(client: &mut Client, now: Instant, call: Call<Exchange>) {
///     let ws = client.connected(now, call);
/// #   drop(ws);
/// }
/// ```
///
/// ```
/// # use engineio_proto::{Call, Client, Dial, Exchange, Instant};
/// fn opened(client: &mut Client, now: Instant, call: Call<Dial>) {
///     let ws = client.connected(now, call);
/// #   drop(ws);
/// }
/// ```
///
/// A call cannot be cloned:
///
/// ```compile_fail,E0277
/// # use engineio_proto::Call;
/// fn twice(call: &Call) -> Call {
///     <Call>::clone(call)
/// }
/// ```
///
/// ```
/// # use engineio_proto::{Call, CallId};
/// fn look(call: &Call) -> CallId {
///     <Call>::id(call)
/// }
/// ```
#[must_use = "the session waits for what becomes of it"]
#[derive(Debug)]
pub struct Call<K = Exchange> {
    id: CallId,
    kind: K,
}

/// The kind of a [`Call`] that is an HTTP request and its response.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub struct Exchange {
    /// How its response is decoded; the body of the answer to a POST says nothing.
    reads: Option<Reads>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Reads {
    pub(super) encoding: Encoding,
    pub(super) max_packets: usize,
}

/// The kind of a [`Call`] that opens a WebSocket.
#[derive(Debug)]
#[cfg_attr(feature = "model", derive(Clone))]
pub struct Dial(());

/// What the server answered to a call, decoded: to be handed to
/// [`Client::response`](crate::Client::response).
#[must_use = "the session waits for it"]
#[derive(Debug)]
pub struct Settlement {
    pub(super) id: CallId,
    pub(super) outcome: Outcome,
}

#[derive(Debug)]
pub(super) enum Outcome {
    /// The status is not 200; the code is that of one of the protocol's own errors.
    Status { status: u16, code: Option<u8> },
    /// A POST was accepted.
    Accepted,
    /// A GET brought packets.
    Packets(Download),
}

impl<K> Call<K> {
    /// Its name.
    #[must_use]
    pub const fn id(&self) -> CallId {
        self.id
    }
}

/// For model checkers (feature `model`).
#[cfg(feature = "model")]
impl<K: Clone> Call<K> {
    /// A second one, for the copy of a client. Nothing can be settled twice in earnest: a call that is over is nobody's.
    pub fn fork(&self) -> Self {
        Self { id: self.id, kind: self.kind.clone() }
    }
}

impl Call {
    pub(super) const fn get(id: CallId, reads: Reads) -> Self {
        Self { id, kind: Exchange { reads: Some(reads) } }
    }

    pub(super) const fn post(id: CallId) -> Self {
        Self { id, kind: Exchange { reads: None } }
    }

    /// The same call, whose response has this `Content-Type`. Protocol 3 tells the two forms of a payload apart by it;
    /// to protocol 4 it makes no difference.
    ///
    /// ```
    /// # use engineio_proto::{Call, Client, Instant};
    /// fn answered(client: &mut Client, now: Instant, get: Call, content_type: Option<&[u8]>, body: Vec<u8>) {
    ///     client.response(now, get.of_content_type(content_type).decode(200, body.into()));
    /// }
    /// ```
    pub fn of_content_type(self, content_type: Option<&[u8]>) -> Self {
        let Self { id, kind: Exchange { reads } } = self;
        let octet_stream = content_type.is_some_and(is_octet_stream);
        let reads = reads.map(|reads| match octet_stream {
            true => Reads { encoding: reads.encoding.of_octet_stream(), ..reads },
            false => reads,
        });
        Self { id, kind: Exchange { reads } }
    }

    /// Reads the server's response: its HTTP status and its whole body. Do so outside any lock.
    ///
    /// Its time is linear in the body's length. It allocates for what binary messages hold, and never more than
    /// three quarters of the body; text shares the body's memory. Of a body over
    /// [`ClientConfig::max_response`](crate::ClientConfig::max_response) bytes not more is to be read: say
    /// [`CallFault::TooLarge`](crate::CallFault::TooLarge).
    pub fn decode(self, status: u16, body: Bytes) -> Settlement {
        let Self { id, kind: Exchange { reads } } = self;
        let outcome = match reads {
            _ if status != 200 => Outcome::Status { status, code: error_code(&body) },
            Some(Reads { encoding, max_packets }) => Outcome::Packets(encoding.decode_response(body, max_packets)),
            None => Outcome::Accepted,
        };
        Settlement { id, outcome }
    }
}

impl Call<Dial> {
    pub(super) const fn dial(id: CallId) -> Self {
        Self { id, kind: Dial(()) }
    }
}

/// Whether a `Content-Type` is that of bytes, whatever parameters follow.
fn is_octet_stream(content_type: &[u8]) -> bool {
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/octet-stream")
}

/// The code of one of the protocol's own errors, such as `{"code":1,"message":"Session ID unknown"}`.
fn error_code(body: &[u8]) -> Option<u8> {
    /// Many times what any server sends; a page of HTML need not be looked at.
    const MAX_LEN: usize = 4 * 1024;
    let body = Some(body).filter(|body| body.len() <= MAX_LEN && body.first() == Some(&b'{'))?;
    let error: serde_json::Value = serde_json::from_slice(body).ok()?;
    error.get("code")?.as_u64().and_then(|code| u8::try_from(code).ok()).filter(|code| *code <= 5)
}
