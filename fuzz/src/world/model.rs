//! The reference model: what must become of each exchange, socket and message. It is written for being believed,
//! with one flat record for each thing and no cleverness, and shares nothing with the core but its vocabulary.

use engineio_proto::{
    CloseCode, CloseReason, Config, Encoding, Instant, Message, Outgoing, Refusal, SendId, SessionKey, Sid, Ticket,
    Version, WsKey,
};
use std::collections::{BTreeMap, VecDeque};

#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) config: Config,
    pub(crate) now: Instant,
    pub(crate) sessions: Vec<Session>,
    /// Those that are not over: a peer waits, or the host has yet to say what became of the answer.
    pub(crate) exchanges: BTreeMap<u32, Exchange>,
    /// Those that were opened by a 101 and have neither failed nor been closed by the host.
    pub(crate) sockets: BTreeMap<u32, Socket>,
}

#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) ticket: Ticket,
    /// By index; `None` if there was no such session.
    pub(crate) session: Option<usize>,
    pub(crate) kind: ExchangeKind,
    pub(crate) status: Status,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExchangeKind {
    Handshake,
    Get,
    Post,
    Upgrade,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// A parked GET, or a POST whose body is still to come.
    Waiting(Option<Awaited>),
    /// It must get this answer, and no other, the next time that the host asks.
    Due(Fate),
    /// It was answered, and the host has not said yet what became of that.
    Unreported(Cargo),
}

/// A body that is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Awaited {
    /// By then so many bytes must have come, from its beginning.
    pub(crate) progress_by: Instant,
    pub(crate) needed: u64,
    /// By then it must be complete.
    pub(crate) complete_by: Instant,
    /// How many bytes have come.
    pub(crate) received: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Handshake,
    Close,
    Noop,
    Accepted,
    Empty(u16),
    Refused(Refusal),
    Upgrade,
    UpgradeThenClose,
    HangUp,
}

/// What is lost with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cargo {
    /// The handshake, or a ping and messages: that many.
    Packets(u32),
    /// The `ok` of a POST.
    Accepted,
    /// The session's last packet.
    Farewell,
    /// Nothing any more.
    Nothing,
}

#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) key: SessionKey,
    pub(crate) sid: Sid,
    pub(crate) speaks: Speaks,
    pub(crate) phase: Phase,
    /// The parked GET.
    pub(crate) get: Option<u32>,
    /// The POST whose body is awaited, whose `ok` is due, or whose `ok` is on its way.
    pub(crate) post: Option<u32>,
    /// The poll's answer that is on its way.
    pub(crate) flight: Option<u32>,
    pub(crate) probe: Option<Probe>,
    /// By when the first request after the handshake must come, as long as none has.
    pub(crate) first_request_by: Option<Instant>,
    /// It is on WebSocket and the body of a POST from before is awaited: what waits behind that, with its length.
    pub(crate) early: Option<VecDeque<(Early, usize)>>,
    pub(crate) heart: Heart,
    /// What the application must be told next, in order.
    pub(crate) told: VecDeque<Told>,
    /// What the application sent and what has not left, in order.
    pub(crate) queue: VecDeque<Outgoing>,
    pub(crate) sent: u32,
    /// How many messages were handed to the transport.
    pub(crate) handed: u32,
    /// The tracked messages of which nothing was said, with their numbers.
    pub(crate) tracked: VecDeque<(SendId, u32)>,
    /// The application was told that there is no room, and waits for some.
    pub(crate) starved: bool,
    /// How often it must be told that there is some.
    pub(crate) room_due: u32,
    /// How many messages the peer sent.
    pub(crate) received: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The handshake's exchange waits for its answer; it asks for a WebSocket or does not.
    Opening {
        handshake: u32,
        websocket: bool,
    },
    Polling,
    WebSocket(u32),
    Closing {
        on: Last,
        give_up: Instant,
    },
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// Over polling: the handshake itself is still due.
    Hello {
        handshake: u32,
    },
    /// Over polling: the GET that was parked at the time is to get `1`.
    Parked,
    /// Over polling: the next GET is to get `6` and `1`.
    Later,
    /// Over polling: that was said.
    Said,
    /// Over a WebSocket whose 101 is due.
    Offered {
        handshake: u32,
        code: CloseCode,
    },
    Socket {
        socket: u32,
        code: CloseCode,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Probe {
    pub(crate) stage: Stage,
    pub(crate) give_up: Instant,
    /// What its socket is closed with, if it is.
    pub(crate) code: CloseCode,
}

#[derive(Clone, Debug)]
pub(crate) enum Stage {
    Offered(u32),
    /// With what is owed to parked GETs once `2probe` was heard.
    Open(u32, Option<Noop>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noop {
    Owed,
    Spent,
    At(Instant),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Early {
    Message(Message),
    Pong,
    Ping,
    Close,
    Ignored,
}

/// The heartbeat: as long as the session is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heart {
    Resting {
        ping_at: Instant,
    },
    Listening {
        pong_by: Instant,
        ping_due: bool,
    },
    /// Protocol 3, where the peer pings, and a pong may be due.
    Answering {
        ping_by: Instant,
        ping_due: bool,
    },
    Stopped,
}

/// How packets are written, as the handshake has settled it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Speaks {
    pub(crate) version3: bool,
    /// Binary is base64 in the answers to polls, and on the WebSocket that the session began on.
    pub(crate) base64: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Open,
    Message(Message),
    Upgrade,
    /// What it sent and what never left.
    Unsent(Vec<Outgoing>),
    Close(CloseReason),
}

#[derive(Clone, Debug)]
pub(crate) struct Socket {
    pub(crate) key: WsKey,
    pub(crate) ticket: Ticket,
    pub(crate) session: usize,
    /// The host is to close it so.
    pub(crate) dying: Option<CloseCode>,
    pub(crate) hello_due: bool,
    pub(crate) probe_due: bool,
    /// It is no session's first transport.
    pub(crate) upgraded: bool,
    /// The host was told of frames and has not seen the last one.
    pub(crate) announced: bool,
    /// Frames that were taken and not written: whether each is a message.
    pub(crate) taken: VecDeque<bool>,
}

impl Fate {
    /// Tells it apart from others.
    pub(crate) fn number(&self) -> u32 {
        match self {
            Self::Handshake => 0,
            Self::Close => 1,
            Self::Noop => 2,
            Self::Accepted => 3,
            Self::Upgrade => 4,
            Self::UpgradeThenClose => 5,
            Self::HangUp => 6,
            Self::Empty(status) => u32::from(*status),
            // A code and a status tell refusals apart as far as their peers can.
            Self::Refused(refusal) => {
                1000 + u32::from(refusal.status(false)) * 10 + refusal.code().map_or(9, u32::from)
            }
        }
    }
}

impl Speaks {
    pub(crate) const fn number(self) -> u8 {
        if self.version3 { 3 } else { 4 }
    }

    /// How the server writes polls and reads bodies.
    pub(crate) const fn encoding(self) -> Encoding {
        let encoding = Encoding::new(if self.version3 { Version::V3 } else { Version::V4 });
        if self.base64 { encoding.with_base64() } else { encoding }
    }
}

impl Heart {
    pub(crate) fn start(now: Instant, config: &Config, version3: bool) -> Self {
        let (interval, timeout) = (config.ping_interval(), config.ping_timeout());
        if version3 {
            return Self::Answering { ping_by: now.after(interval + timeout), ping_due: false };
        }
        Self::Resting { ping_at: now.after(interval) }
    }

    pub(crate) const fn ping_due(self) -> bool {
        matches!(self, Self::Listening { ping_due: true, .. } | Self::Answering { ping_due: true, .. })
    }

    /// The ping has left.
    pub(crate) const fn pinged(&mut self) {
        if let Self::Listening { ping_due, .. } | Self::Answering { ping_due, .. } = self {
            *ping_due = false;
        }
    }
}

impl Awaited {
    pub(crate) fn start(now: Instant, config: &Config) -> Self {
        Self {
            progress_by: now.after(config.body_timeout()),
            needed: Self::per_window(config),
            complete_by: now.after(config.total_body_timeout()),
            received: 0,
        }
    }

    /// So many more bytes have come.
    pub(crate) fn receive(&mut self, bytes: u64, now: Instant, config: &Config) {
        self.received += bytes;
        if self.received >= self.needed {
            self.progress_by = now.after(config.body_timeout());
            self.needed = self.received + Self::per_window(config);
        }
    }

    /// 1,024 bytes a second.
    fn per_window(config: &Config) -> u64 {
        (config.body_timeout().as_secs_f64() * 1024.0) as u64
    }

    pub(crate) fn by(&self) -> Instant {
        self.progress_by.min(self.complete_by)
    }
}

impl Session {
    /// Whether it takes GETs and POSTs.
    pub(crate) const fn is_on_polling(&self) -> bool {
        match self.phase {
            Phase::Polling => true,
            Phase::Closing { on, .. } => matches!(on, Last::Parked | Last::Later | Last::Said),
            Phase::Opening { .. } | Phase::WebSocket(_) | Phase::Over => false,
        }
    }

    /// Whether its peer can know its id, and it is not over.
    pub(crate) const fn is_known(&self) -> bool {
        !matches!(
            self.phase,
            Phase::Opening { .. } | Phase::Over | Phase::Closing { on: Last::Hello { .. } | Last::Offered { .. }, .. }
        )
    }

    pub(crate) const fn is_closing(&self) -> bool {
        matches!(self.phase, Phase::Closing { .. })
    }

    pub(crate) fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// Its part in the heartbeat.
    pub(crate) const fn beat(&self) -> &'static str {
        if self.speaks.version3 { "3" } else { "2" }
    }

    /// The WebSocket that it is on.
    pub(crate) const fn socket(&self) -> Option<u32> {
        match self.phase {
            Phase::WebSocket(socket) | Phase::Closing { on: Last::Socket { socket, .. }, .. } => Some(socket),
            _ => None,
        }
    }
}

impl Session {
    /// Something has left: when half of the queue is free, whoever waits for room is told.
    pub(crate) fn feed(&mut self, config: &Config) {
        let bytes: usize = self.queue.iter().map(Outgoing::byte_len).sum();
        let roomy = bytes <= config.max_queue_bytes() / 2 && self.queue.len() <= config.max_queue_packets() / 2;
        if roomy && std::mem::take(&mut self.starved) {
            self.room_due += 1;
        }
    }
}

impl Model {
    pub(crate) fn session_by_key(&self, key: SessionKey) -> Option<usize> {
        self.sessions.iter().position(|session| session.key == key)
    }

    pub(crate) fn socket_by_key(&self, key: WsKey) -> Option<u32> {
        self.sockets.iter().find(|(_, socket)| socket.key == key).map(|(id, _)| *id)
    }

    /// Decides an exchange, unless its peer is gone.
    pub(crate) fn due(&mut self, exchange: u32, fate: Fate) {
        if let Some(exchange) = self.exchanges.get_mut(&exchange) {
            exchange.status = Status::Due(fate);
        }
    }

    pub(crate) fn dying(&mut self, socket: u32, code: CloseCode) {
        if let Some(socket) = self.sockets.get_mut(&socket) {
            socket.dying = Some(code);
        }
    }

    pub(crate) fn tell(&mut self, session: usize, told: Told) {
        self.sessions[session].told.push_back(told);
    }

    /// Whether the POST is one whose body is awaited.
    pub(crate) fn reads(&self, exchange: u32) -> bool {
        self.exchanges.get(&exchange).is_some_and(|exchange| matches!(exchange.status, Status::Waiting(Some(_))))
    }

    /// Whether the socket has something to send.
    pub(crate) fn has_frames(&self, id: u32) -> bool {
        let Some(socket) = self.sockets.get(&id).filter(|socket| socket.dying.is_none()) else { return false };
        let session = &self.sessions[socket.session];
        let main = session.socket() == Some(id);
        let own = socket.probe_due || socket.hello_due;
        own || main && (session.heart.ping_due() || (session.flight.is_none() && !session.queue.is_empty()))
    }
}
