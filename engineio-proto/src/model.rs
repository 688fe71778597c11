//! What the feature `model` needs everywhere: a canonical form in which two servers or clients that can do the same look
//! the same.
//!
//! Nothing in here changes what the core does. Types take part by naming their fields to [`canonical!`], which takes
//! them apart without `..`: a field that is added later does not compile until it is said what it means.

use crate::ids::ExchangeId;
use crate::{CallId, ClientWsKey, Instant, SendId, SessionKey, Ticket, WsKey};
use alloc::{boxed::Box, collections::VecDeque, vec::Vec};
use core::hash::{Hash, Hasher};
use core::time::Duration;

/// What a [`Server`](crate::Server) or a [`Client`](crate::Client) looks like to a model checker, as bytes.
///
/// Ids are renumbered in the order in which they appear and instants are relative to the one that it was taken
/// at, so those that differ in nothing that can ever be seen are equal. What is known outside of them (which
/// exchanges a host still has open, say) is appended in the same numbering.
///
/// ```
/// use engineio_proto::{Config, Instant, Server};
///
/// let server = Server::<u8>::new(Config::default(), 0, [0; 2]);
/// let (mut a, mut b) = (server.fingerprint(Instant::EPOCH), server.fork().fingerprint(Instant::EPOCH));
/// assert_eq!(a, b);
/// a.number(1);
/// b.number(2);
/// assert_ne!(a, b);
/// ```
#[derive(Clone, Debug)]
pub struct Fingerprint {
    bytes: Vec<u8>,
    now: Instant,
    exchanges: Vec<ExchangeId>,
    sessions: Vec<SessionKey>,
    calls: Vec<CallId>,
    held: Vec<Ticket>,
    /// Only what is held is asked for.
    silent: bool,
}

impl Fingerprint {
    /// An empty one, taken at `now`.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { bytes: Vec::with_capacity(512), silent: false, ..Self::of_holders(now) }
    }

    /// One that only takes note of the handles that are held.
    pub(crate) fn of_holders(now: Instant) -> Self {
        let (exchanges, sessions, calls, held) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { bytes: Vec::new(), now, exchanges, sessions, calls, held, silent: true }
    }

    pub(crate) fn into_held(self) -> Vec<Ticket> {
        self.held
    }

    /// The canonical form.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The exchanges whose handles the server holds, each as often as it holds one.
    #[must_use]
    pub fn held(&self) -> &[Ticket] {
        &self.held
    }

    /// Appends a number.
    pub fn number(&mut self, number: u64) {
        if self.silent {
            return;
        }
        // Mostly small: seven bits a byte, the eighth tells that more follow.
        let mut rest = number;
        while let Some(high) = rest.checked_shr(7).filter(|high| *high > 0) {
            self.bytes.push(u8::try_from(rest & 0x7f).unwrap_or_default() | 0x80);
            rest = high;
        }
        self.bytes.push(u8::try_from(rest).unwrap_or_default());
    }

    /// Appends bytes, so that they cannot be taken for anything else.
    pub fn bytes(&mut self, bytes: &[u8]) {
        if self.silent {
            return;
        }
        self.number(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends an instant, by its distance.
    pub fn instant(&mut self, instant: Instant) {
        let (ahead, behind) = (instant.saturating_since(self.now), self.now.saturating_since(instant));
        self.number(u64::from(ahead.is_zero()));
        let distance = ahead.max(behind);
        self.number(distance.as_secs());
        self.number(u64::from(distance.subsec_nanos()));
    }

    /// Appends an instant that may lie behind: a host whose clock stepped back is as good as one that did not.
    pub(crate) fn instant_at_least(&mut self, instant: Instant) {
        self.instant(instant.max(self.now));
    }

    /// Appends a session's key, which is only told apart from others.
    pub fn session(&mut self, session: SessionKey) {
        if self.silent {
            return;
        }
        let place = place(&mut self.sessions, session);
        self.number(place);
    }

    /// Appends an exchange's ticket, which is only told apart from others.
    pub fn ticket(&mut self, ticket: Ticket) {
        match ticket.session {
            Some(session) => self.session(session),
            None => self.number(u64::MAX),
        }
        self.exchange(ticket.exchange);
    }

    /// Appends a WebSocket's key. Its number is that of the exchange that it began as.
    pub fn ws(&mut self, ws: WsKey) {
        self.session(ws.session);
        self.exchange(ws.exchange);
    }

    /// Appends the name of a client's call, which is only told apart from others.
    pub fn call(&mut self, call: CallId) {
        if self.silent {
            return;
        }
        let place = place(&mut self.calls, call);
        self.number(place);
    }

    /// Appends the key of a client's WebSocket. Its number is that of the call that it comes from.
    pub fn client_ws(&mut self, ws: ClientWsKey) {
        self.call(ws.call());
    }

    /// Appends the name of a message.
    pub fn send_id(&mut self, id: SendId) {
        self.number(id.0);
    }

    /// Appends items in order, after their number. Nobody holds anything in them.
    pub(crate) fn items<I>(&mut self, items: &I)
    where
        I: ExactSizeIterator<Item: Canonical> + Clone,
    {
        if self.silent {
            return;
        }
        self.number(items.len() as u64);
        items.clone().for_each(|item| item.write(self));
    }

    /// Appends what a value consists of, as its `Hash` tells it.
    pub(crate) fn hashed(&mut self, value: &impl Hash) {
        value.hash(&mut Words(self));
    }

    pub(crate) fn hold(&mut self, ticket: Ticket) {
        self.held.push(ticket);
    }

    fn exchange(&mut self, exchange: ExchangeId) {
        if self.silent {
            return;
        }
        let place = place(&mut self.exchanges, exchange);
        self.number(place);
    }
}

/// The number of a name: its place among those that have appeared.
fn place<N: PartialEq>(names: &mut Vec<N>, name: N) -> u64 {
    let known = names.iter().position(|known| *known == name);
    known.unwrap_or_else(|| {
        names.push(name);
        names.len().saturating_sub(1)
    }) as u64
}

/// Takes what a type that can be hashed consists of.
struct Words<'f>(&'f mut Fingerprint);

impl Hasher for Words<'_> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.bytes(bytes);
    }

    fn write_isize(&mut self, number: isize) {
        self.0.number(number as u64);
    }

    fn finish(&self) -> u64 {
        0
    }
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Fingerprint {}

impl Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

/// What takes part in a [`Fingerprint`].
pub(crate) trait Canonical {
    fn write(&self, to: &mut Fingerprint);
}

/// Implements [`Canonical`] for a struct or an enum by naming all that it consists of.
macro_rules! canonical {
    (struct $name:ident $(<$r:ident>)? { $($field:ident),* $(,)? }) => {
        impl $(<$r>)? $crate::model::Canonical for $name $(<$r>)? {
            fn write(&self, to: &mut $crate::model::Fingerprint) {
                let Self { $($field),* } = self;
                $($crate::model::Canonical::write($field, to);)*
            }
        }
    };
    (enum $name:ident $(<$r:ident>)? {
        $($variant:ident $({ $($field:ident),* })? $(( $($item:ident),* ))?),* $(,)?
    }) => {
        impl $(<$r>)? $crate::model::Canonical for $name $(<$r>)? {
            fn write(&self, to: &mut $crate::model::Fingerprint) {
                match self {
                    $(Self::$variant $({ $($field),* })? $(( $($item),* ))? => {
                        to.bytes(stringify!($variant).as_bytes());
                        $($($crate::model::Canonical::write($field, to);)*)?
                        $($($crate::model::Canonical::write($item, to);)*)?
                    })*
                }
            }
        }
    };
}

/// Implements [`Canonical`] for types by an expression.
macro_rules! canonical_by {
    ($($type:ty: |$value:ident, $to:ident| $write:expr;)*) => {
        $(impl $crate::model::Canonical for $type {
            fn write(&self, $to: &mut $crate::model::Fingerprint) {
                let $value = self;
                $write;
            }
        })*
    };
}
pub(crate) use {canonical, canonical_by};

canonical_by! {
    bool: |value, to| to.number(u64::from(*value));
    u16: |value, to| to.number(u64::from(*value));
    u32: |value, to| to.number(u64::from(*value));
    u64: |value, to| to.number(*value);
    usize: |value, to| to.number(*value as u64);
    Duration: |value, to| {
        to.number(value.as_secs());
        to.number(u64::from(value.subsec_nanos()));
    };
    Instant: |value, to| to.instant(*value);
    SessionKey: |value, to| to.session(*value);
    Ticket: |value, to| to.ticket(*value);
    WsKey: |value, to| to.ws(*value);
    SendId: |value, to| to.send_id(*value);
    CallId: |value, to| to.call(*value);
    ClientWsKey: |value, to| to.client_ws(*value);
}

impl<T: Canonical> Canonical for Option<T> {
    fn write(&self, to: &mut Fingerprint) {
        to.number(u64::from(self.is_some()));
        if let Some(value) = self {
            value.write(to);
        }
    }
}

impl<T: Canonical> Canonical for Box<T> {
    fn write(&self, to: &mut Fingerprint) {
        self.as_ref().write(to);
    }
}

impl<T: Canonical> Canonical for Vec<T> {
    fn write(&self, to: &mut Fingerprint) {
        to.number(self.len() as u64);
        self.iter().for_each(|item| item.write(to));
    }
}

impl<T: Canonical> Canonical for VecDeque<T> {
    fn write(&self, to: &mut Fingerprint) {
        to.number(self.len() as u64);
        self.iter().for_each(|item| item.write(to));
    }
}

impl<A: Canonical, B: Canonical> Canonical for (A, B) {
    fn write(&self, to: &mut Fingerprint) {
        self.0.write(to);
        self.1.write(to);
    }
}
