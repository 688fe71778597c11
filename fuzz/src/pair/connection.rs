//! Connections: what each side knows of one, and what is under way on it.

use bytes::Bytes;
use engineio_proto::{Call, ClientWsKey, Dial, Frame, Instant, Response, Settlement, Ticket, WsKey};
use std::collections::VecDeque;

/// One connection, which carries one exchange, or one upgrade and then frames.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) near: Near,
    pub(super) far: Far,
    pub(super) up: VecDeque<Up>,
    pub(super) down: VecDeque<Down>,
    /// Frames that a host has taken and not written.
    pub(super) client_frames: VecDeque<Frame>,
    pub(super) server_frames: VecDeque<Frame>,
    /// Frames were announced on this side.
    pub(super) client_ready: bool,
    pub(super) server_ready: bool,
    pub(super) cut: bool,
    /// When the client began with it.
    pub(super) begun: Instant,
    /// When its request came to the server.
    pub(super) asked: Instant,
    /// It asks for the upgrade of a session, and the client has gone over to it.
    pub(super) upgrades: bool,
    pub(super) switched: bool,
}

/// What the client's host knows of it.
#[derive(Debug)]
pub(super) enum Near {
    Get(Call),
    Post(Call),
    Dial(Call<Dial>),
    Open(ClientWsKey),
    Gone,
}

/// What the server's host knows of it.
#[derive(Debug, Clone)]
pub(super) enum Far {
    Nothing,
    Asked(Ticket),
    /// Its answer is about to be written, and the core wants to know.
    Answering(Ticket, Said),
    Open(WsKey),
    Gone,
}

#[derive(Debug, Clone)]
pub(super) enum Up {
    Request {
        method: &'static str,
        target: String,
        /// The body that follows is bytes and not text.
        octets: bool,
    },
    Body(Bytes),
    Frame(Frame),
    /// An orderly end, or none.
    End(bool),
}

#[derive(Debug, Clone)]
pub(super) enum Down {
    Response(Said),
    Open,
    Frame(Frame),
    End(bool),
}

/// A response.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) content_type: Option<&'static str>,
    pub(super) body: Bytes,
}

/// What can happen by itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Move {
    Up,
    Down,
    ClientTakes,
    ClientWrites,
    ServerTakes,
    ServerWrites,
    Answer,
}

impl Near {
    pub(super) fn fork(&self) -> Self {
        match self {
            Self::Get(call) => Self::Get(call.fork()),
            Self::Post(call) => Self::Post(call.fork()),
            Self::Dial(call) => Self::Dial(call.fork()),
            Self::Open(ws) => Self::Open(*ws),
            Self::Gone => Self::Gone,
        }
    }
}

impl Connection {
    pub(super) fn new(now: Instant, near: Near, up: impl IntoIterator<Item = Up>) -> Self {
        Self {
            near,
            far: Far::Nothing,
            up: up.into_iter().collect(),
            down: VecDeque::new(),
            client_frames: VecDeque::new(),
            server_frames: VecDeque::new(),
            client_ready: false,
            server_ready: false,
            cut: false,
            begun: now,
            asked: now,
            upgrades: false,
            switched: false,
        }
    }

    /// Something is written by the client; on a connection that was cut it goes nowhere.
    pub(super) fn send_up(&mut self, up: Up) {
        if !self.cut {
            self.up.push_back(up);
        }
    }

    pub(super) fn send_down(&mut self, down: Down) {
        if !self.cut {
            self.down.push_back(down);
        }
    }

    pub(super) fn moves(&self) -> impl Iterator<Item = Move> {
        let near_open = matches!(self.near, Near::Open(_));
        let far_open = matches!(self.far, Far::Open(_));
        let possible = [
            (Move::Up, !self.up.is_empty()),
            (Move::Down, !self.down.is_empty()),
            (Move::ClientTakes, near_open && self.client_ready),
            (Move::ClientWrites, near_open && !self.client_frames.is_empty()),
            (Move::ServerTakes, far_open && self.server_ready),
            (Move::ServerWrites, far_open && !self.server_frames.is_empty()),
            (Move::Answer, matches!(self.far, Far::Answering(..))),
        ];
        possible.into_iter().filter(|(_, possible)| *possible).map(|(step, _)| step)
    }

    /// A copy, for a model checker.
    pub(super) fn fork(&self) -> Self {
        Self {
            near: self.near.fork(),
            far: self.far.clone(),
            up: self.up.clone(),
            down: self.down.clone(),
            client_frames: self.client_frames.clone(),
            server_frames: self.server_frames.clone(),
            ..*self
        }
    }

    /// Whether neither side knows of it any more.
    pub(super) fn is_over(&self) -> bool {
        let idle = self.up.is_empty() && self.down.is_empty();
        idle && matches!(self.near, Near::Gone) && matches!(self.far, Far::Gone | Far::Nothing)
    }
}

impl Said {
    pub(super) fn new(response: &Response) -> Self {
        Self { status: response.status(), content_type: content_type(response), body: response.encode() }
    }

    pub(super) fn decode(self, call: Call) -> Settlement {
        call.of_content_type(self.content_type.map(str::as_bytes)).decode(self.status, self.body)
    }
}

fn content_type(response: &Response) -> Option<&'static str> {
    response.headers().find(|(name, _)| *name == "content-type").map(|(_, value)| value)
}
