//! The handshake: the data of the open packet, JSON.

use crate::{InvalidSessionId, SessionId, Sid, Text, Transport};
use alloc::string::String;
use core::{fmt::Write as _, time::Duration};
use serde_json::{Map, Value};

/// What the server tells the client when a session opens: the data of the open packet.
///
/// A server writes one with a [`Sid`], which it made itself. A client reads one with a [`SessionId`], which any server
/// may have made.
///
/// ```
/// use core::time::Duration;
/// use engineio_proto::{Handshake, SessionId, Sid, Transport, Upgrades};
///
/// let handshake = Handshake {
///     sid: Sid::from_entropy([0; 15]),
///     upgrades: Upgrades::default().with(Transport::WebSocket),
///     ping_interval: Duration::from_secs(25),
///     ping_timeout: Duration::from_secs(20),
///     max_payload: Some(1_000_000),
/// };
/// assert_eq!(
///     handshake.encode(),
///     r#"{"sid":"AAAAAAAAAAAAAAAAAAAA","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
/// );
/// let read: Handshake<SessionId> = Handshake::decode(&handshake.encode())?;
/// assert_eq!(read, Handshake::from(handshake));
/// # Ok::<(), engineio_proto::HandshakeError>(())
/// ```
///
/// A client cannot pass on what it read as a handshake of its own:
///
/// ```compile_fail,E0599
/// # use engineio_proto::{Handshake, SessionId, Text};
/// fn pass_on(handshake: Handshake<SessionId>) -> Text {
///     handshake.encode()
/// }
/// ```
///
/// ```
/// # use engineio_proto::{Handshake, Sid, Text};
/// fn pass_on(handshake: Handshake<Sid>) -> Text {
///     handshake.encode()
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handshake<Id = Sid> {
    /// The session's id.
    pub sid: Id,
    /// The transports that the session may be upgraded to.
    pub upgrades: Upgrades,
    /// How long the server waits between an answered ping and the next; sent as whole milliseconds.
    pub ping_interval: Duration,
    /// How long the server waits for a pong; sent as whole milliseconds.
    pub ping_timeout: Duration,
    /// The longest payload that the server takes, in bytes. Servers that predate the field do not say.
    pub max_payload: Option<u64>,
}

/// A set of transports: those that a session may be upgraded to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Upgrades {
    websocket: bool,
}

/// What is wrong with a handshake that a server sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// It is longer than [`Handshake::MAX_LEN`].
    #[error("the handshake is too long")]
    TooLong,
    /// It is not JSON, or not an object.
    #[error("the handshake is no JSON object")]
    Malformed,
    /// The object lacks this key.
    #[error("the handshake has no {0}")]
    Missing(&'static str),
    /// The value of this key has the wrong type, or is a negative number.
    #[error("the handshake's {0} is invalid")]
    Invalid(&'static str),
    /// The session id is none that a client sends back.
    #[error("the handshake's sid is invalid: {0}")]
    Sid(#[from] InvalidSessionId),
}

impl Handshake {
    /// What the text of a session with an id of ours fits into, in bytes.
    const USUAL_LEN: usize = 160;

    /// The JSON text, its keys in the order that the reference writes them in.
    #[must_use]
    pub fn encode(&self) -> Text {
        let Self { sid, upgrades, ping_interval, ping_timeout, max_payload } = self;
        // Neither a session id nor a transport's name has a character that JSON escapes.
        let upgrades = if upgrades.websocket { r#""websocket""# } else { "" };
        let (interval, timeout) = (ping_interval.as_millis(), ping_timeout.as_millis());
        let mut json = String::with_capacity(Self::USUAL_LEN);
        // Nothing that is written to a string fails.
        let _ = write!(
            json,
            r#"{{"sid":"{sid}","upgrades":[{upgrades}],"pingInterval":{interval},"pingTimeout":{timeout}"#
        );
        if let Some(max_payload) = max_payload {
            let _ = write!(json, r#","maxPayload":{max_payload}"#);
        }
        json.push('}');
        Text::from(json)
    }
}

impl Handshake<SessionId> {
    /// The longest text that [`decode`](Self::decode) looks at, in bytes: many times what any server sends.
    pub const MAX_LEN: usize = 16 * 1024;

    /// The longest interval and timeout that [`decode`](Self::decode) returns, about 49 days: longer ones are
    /// shortened to it.
    pub const MAX_DURATION: Duration = Duration::from_millis(u32::MAX as u64);

    /// Reads what a server sent. Unknown keys and unknown upgrades are ignored.
    ///
    /// The session needs `sid`, `pingInterval` and `pingTimeout`. Without a usable `upgrades` it stays on its transport,
    /// and without a usable `maxPayload` its payloads have no limit of the server's: some servers send neither, or something
    /// else in their place.
    ///
    /// # Errors
    ///
    /// The text is not a handshake; the error says why.
    pub fn decode(json: &str) -> Result<Self, HandshakeError> {
        if json.len() > Self::MAX_LEN {
            return Err(HandshakeError::TooLong);
        }
        let Ok(Value::Object(object)) = serde_json::from_str(json) else { return Err(HandshakeError::Malformed) };
        let sid = get(&object, "sid")?.as_str().ok_or(HandshakeError::Invalid("sid"))?;
        Ok(Self {
            sid: sid.parse()?,
            upgrades: object.get("upgrades").map(upgrades).unwrap_or_default(),
            ping_interval: duration(get(&object, "pingInterval")?).ok_or(HandshakeError::Invalid("pingInterval"))?,
            ping_timeout: duration(get(&object, "pingTimeout")?).ok_or(HandshakeError::Invalid("pingTimeout"))?,
            max_payload: object.get("maxPayload").and_then(whole),
        })
    }
}

impl From<Handshake> for Handshake<SessionId> {
    /// What a client reads of it.
    fn from(handshake: Handshake) -> Self {
        let Handshake { sid, upgrades, ping_interval, ping_timeout, max_payload } = handshake;
        Self { sid: sid.into(), upgrades, ping_interval, ping_timeout, max_payload }
    }
}

impl Upgrades {
    /// The set with one more transport. Polling is no upgrade from anything, so it is left out.
    #[must_use]
    pub const fn with(self, transport: Transport) -> Self {
        match transport {
            Transport::Polling => self,
            Transport::WebSocket => Self { websocket: true },
        }
    }

    /// Whether the session may be upgraded to the transport.
    #[must_use]
    pub const fn contains(self, transport: Transport) -> bool {
        match transport {
            Transport::Polling => false,
            Transport::WebSocket => self.websocket,
        }
    }
}

fn get<'v>(object: &'v Map<String, Value>, key: &'static str) -> Result<&'v Value, HandshakeError> {
    object.get(key).ok_or(HandshakeError::Missing(key))
}

/// The known transports of a list. Anything else names none.
fn upgrades(value: &Value) -> Upgrades {
    let names = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    names.filter_map(Transport::from_name).fold(Upgrades::default(), Upgrades::with)
}

fn duration(value: &Value) -> Option<Duration> {
    whole(value).map(|millis| Duration::from_millis(millis).min(Handshake::MAX_DURATION))
}

/// A number that is not negative, without its fraction. JSON has but one kind of number, and languages differ in
/// whether they write 25000 or 25000.0.
fn whole(value: &Value) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, the sign is checked"
    )]
    let from_float = |float: f64| (float >= 0.0).then_some(float as u64);
    value.as_u64().or_else(|| value.as_f64().and_then(from_float))
}
