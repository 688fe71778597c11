//! A look at what the sessions of a server say and hear.

use crate::responder::Responder;
use engineio_proto::{Frame, Instant, OutFrame, Packet, Server, SessionKey, Sid, WsKey};
use std::{
    mem,
    ops::{Deref, DerefMut},
    sync::Arc,
};

/// What an engine tells whoever [inspects](crate::EngineBuilder::inspect) it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Exchanged<'e> {
    /// The payload of a POST arrived, with any number of packets.
    Posted(&'e [u8]),
    /// A WebSocket message arrived, which is one packet.
    Received(&'e Frame),
    /// A packet goes into the answer to a poll.
    Answering(&'e Packet),
    /// A packet goes out as a WebSocket message.
    Sending(&'e Packet),
}

/// Who looks, if anybody does.
#[derive(Clone, Default)]
pub(crate) struct Inspector(Option<Arc<Inspect>>);

type Inspect = dyn Fn(Sid, Exchanged<'_>) + Send + Sync;

impl Inspector {
    pub(crate) fn new(inspect: impl Fn(Sid, Exchanged<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(inspect)))
    }

    /// Whether anybody looks.
    pub(crate) const fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// Tells all of them.
    pub(crate) fn note<'e>(&self, sid: Option<Sid>, all: impl IntoIterator<Item = Exchanged<'e>>) {
        if let (Some(inspect), Some(sid)) = (&self.0, sid) {
            all.into_iter().for_each(|exchanged| inspect(sid, exchanged));
        }
    }
}

/// A core whose frames can be looked at. They are noted under its lock, and told after that was given back.
pub(crate) struct Inspected {
    server: Server<Responder>,
    /// `None` if nobody looks.
    noted: Option<Vec<(SessionKey, Noted)>>,
}

/// Something that went over a WebSocket.
pub(crate) enum Noted {
    Received(Frame),
    Sending(Packet),
}

impl Inspected {
    pub(crate) fn new(server: Server<Responder>, inspected: bool) -> Self {
        Self { server, noted: inspected.then(Vec::new) }
    }

    /// As the core's.
    pub(crate) fn frames(&mut self, now: Instant, ws: WsKey, frames: impl Iterator<Item = Frame>) {
        match &mut self.noted {
            None => self.server.frames(now, ws, frames),
            Some(noted) => {
                let noting = |frame: &Frame| noted.push((ws.session(), Noted::Received(frame.clone())));
                self.server.frames(now, ws, frames.inspect(noting));
            }
        }
    }

    /// As the core's; what was noted is to be told as well.
    pub(crate) fn is_quiet(&self) -> bool {
        self.server.is_quiet() && self.noted.as_ref().is_none_or(Vec::is_empty)
    }

    /// As the core's.
    pub(crate) fn poll_frames(&mut self, ws: WsKey, mut take: impl FnMut(OutFrame) -> bool) -> bool {
        match &mut self.noted {
            None => self.server.poll_frames(ws, take),
            Some(noted) => self.server.poll_frames(ws, |frame| {
                noted.push((ws.session(), Noted::Sending(frame.packet().clone())));
                take(frame)
            }),
        }
    }

    /// What was noted since this was asked last. `None` if nobody looks.
    pub(crate) fn take_noted(&mut self) -> Option<Vec<(SessionKey, Noted)>> {
        self.noted.as_mut().map(mem::take)
    }
}

impl Deref for Inspected {
    type Target = Server<Responder>;

    fn deref(&self) -> &Self::Target {
        &self.server
    }
}

impl DerefMut for Inspected {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.server
    }
}

impl Noted {
    pub(crate) const fn exchanged(&self) -> Exchanged<'_> {
        match self {
            Self::Received(frame) => Exchanged::Received(frame),
            Self::Sending(packet) => Exchanged::Sending(packet),
        }
    }
}
