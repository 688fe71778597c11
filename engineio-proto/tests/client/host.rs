//! A host without any I/O: it keeps the clock, holds the calls that are outstanding, and writes down what the core
//! asks for.

use engineio_proto::{
    Call, CallFault, CallId, Client, ClientAction, ClientConfig, ClientConfigBuilder, ClientEvent, ClientStart,
    ClientWsKey, Dial, Frame, Instant, Message, Messages, Opcode, Outgoing, Packet, WsEnd,
};
use std::time::Duration;

pub(crate) const NOTHING: [&str; 0] = [];

/// A handshake with 25 s + 20 s, a payload of at most 100 bytes and WebSocket as an upgrade.
pub(crate) const HELLO: &str =
    r#"0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100}"#;

/// The same, without an upgrade.
pub(crate) const PLAIN: &str =
    r#"0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100}"#;

pub(crate) fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) struct Host {
    pub(crate) client: Client,
    now: Instant,
    /// What is outstanding: the core never has two of a kind.
    pub(crate) get: Option<Call>,
    pub(crate) post: Option<Call>,
    pub(crate) dial: Option<Call<Dial>>,
    pub(crate) ws: Option<ClientWsKey>,
    /// Calls that the core has let go of, but the host has not.
    pub(crate) stale: Vec<Call>,
    pub(crate) stale_dials: Vec<Call<Dial>>,
    /// Frames that were taken and of which the host does not say that they were written.
    pub(crate) unwritten: Option<u64>,
    pub(crate) unsent: Vec<Outgoing>,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self::with(ClientConfig::builder())
    }

    pub(crate) fn with(config: ClientConfigBuilder) -> Self {
        Self::start(config, ClientStart::default())
    }

    pub(crate) fn start(config: ClientConfigBuilder, start: ClientStart) -> Self {
        let now = Instant::from_epoch(Duration::from_secs(1000));
        let client = Client::open(now, config.cache_buster(false).build().unwrap(), start);
        Self {
            client,
            now,
            get: None,
            post: None,
            dial: None,
            ws: None,
            stale: Vec::new(),
            stale_dials: Vec::new(),
            unwritten: None,
            unsent: Vec::new(),
        }
    }

    /// A session that is on polling, with a GET outstanding, and will not be upgraded.
    pub(crate) fn polling() -> Self {
        Self::polling_with(ClientConfig::builder())
    }

    pub(crate) fn polling_with(config: ClientConfigBuilder) -> Self {
        let mut host = Self::with(config);
        assert_eq!(host.drain(), ["get polling"]);
        host.got(PLAIN);
        assert_eq!(host.drain(), ["open abc", "get polling&sid=abc"]);
        host
    }

    /// A session on polling whose upgrade has been dialled.
    pub(crate) fn dialling() -> Self {
        let mut host = Self::new();
        assert_eq!(host.drain(), ["get polling"]);
        host.got(HELLO);
        assert_eq!(host.drain(), ["open abc", "dial websocket&sid=abc", "get polling&sid=abc"]);
        host
    }

    /// A session on polling whose WebSocket has said `2probe`.
    pub(crate) fn probing() -> Self {
        let mut host = Self::dialling();
        host.connected();
        assert_eq!(host.drain(), ["ws> 2probe"]);
        host
    }

    /// A session on polling whose WebSocket has heard `3probe`.
    pub(crate) fn draining() -> Self {
        let mut host = Self::probing();
        host.text("3probe");
        assert_eq!(host.drain(), NOTHING, "the GET is waited for");
        host
    }

    pub(crate) fn upgraded() -> Self {
        let mut host = Self::draining();
        host.got("6");
        assert_eq!(host.drain(), ["ws> 5", "upgraded"]);
        host
    }

    /// A session that begins on WebSocket.
    pub(crate) fn websocket() -> Self {
        let mut host = Self::with(ClientConfig::builder().transports([engineio_proto::Transport::WebSocket]));
        assert_eq!(host.drain(), ["dial websocket"]);
        host.connected();
        host.text(PLAIN);
        assert_eq!(host.drain(), ["open abc"]);
        host
    }

    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// The GET is answered with 200.
    pub(crate) fn got(&mut self, body: &'static str) {
        self.got_status(200, body);
    }

    pub(crate) fn got_status(&mut self, status: u16, body: &'static str) {
        let settlement = self.get.take().expect("a GET is outstanding").decode(status, body.into());
        self.client.response(self.now, settlement);
    }

    /// The GET is answered with bytes, as protocol 3 may do.
    pub(crate) fn got_octets(&mut self, body: &'static [u8]) {
        let call = self.get.take().expect("a GET is outstanding");
        let settlement = call.of_content_type(Some(b"application/octet-stream")).decode(200, body.into());
        self.client.response(self.now, settlement);
    }

    /// The POST is answered.
    pub(crate) fn posted(&mut self) {
        self.posted_status(200, "ok");
    }

    pub(crate) fn posted_status(&mut self, status: u16, body: &'static str) {
        let settlement = self.post.take().expect("a POST is outstanding").decode(status, body.into());
        self.client.response(self.now, settlement);
    }

    pub(crate) fn get_fails(&mut self, fault: CallFault) {
        let call = self.get.take().expect("a GET is outstanding");
        self.client.failed(self.now, call, fault);
    }

    pub(crate) fn post_fails(&mut self, fault: CallFault) {
        let call = self.post.take().expect("a POST is outstanding");
        self.client.failed(self.now, call, fault);
    }

    pub(crate) fn dial_fails(&mut self, fault: CallFault) {
        let call = self.dial.take().expect("a dial is outstanding");
        self.client.failed(self.now, call, fault);
    }

    pub(crate) fn connected(&mut self) {
        self.connects();
        assert!(self.ws.is_some());
    }

    /// The WebSocket is open, if anybody still wants it.
    pub(crate) fn connects(&mut self) {
        let call = self.dial.take().expect("a dial is outstanding");
        self.ws = self.client.connected(self.now, call);
    }

    pub(crate) fn text(&mut self, text: &'static str) {
        self.client.frame(self.now, self.ws.expect("a WebSocket is open"), Frame::Text(text.into()));
    }

    pub(crate) fn binary(&mut self, bytes: &'static [u8]) {
        self.client.frame(self.now, self.ws.expect("a WebSocket is open"), Frame::Binary(bytes.into()));
    }

    pub(crate) fn ws_closed(&mut self, end: WsEnd) {
        self.client.ws_closed(self.now, self.ws.take().expect("a WebSocket is open"), end);
    }

    /// Says that the frames that were taken are written.
    pub(crate) fn write(&mut self) {
        let frames = self.unwritten.replace(0).unwrap_or_default();
        self.client.wrote(self.now, self.ws.expect("a WebSocket is open"), frames);
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.client.send(self.now, text).unwrap();
    }

    pub(crate) fn close(&mut self) {
        self.client.close(self.now);
    }

    /// Time jumps, and nobody is told.
    pub(crate) fn suspend(&mut self, duration: Duration) {
        self.now = self.now.after(duration);
    }

    /// Lets time pass, stopping at each deadline on the way, and says what came of it, with the milliseconds from
    /// now.
    pub(crate) fn pass(&mut self, duration: Duration) -> Vec<(u128, String)> {
        let (start, until) = (self.now, self.now.after(duration));
        let mut said = Vec::new();
        while let Some(at) = self.client.deadline().filter(|at| *at <= until) {
            // An instant before it is due nothing may happen.
            let before = Instant::from_epoch(at.since_epoch() - Duration::from_nanos(1));
            self.now = self.now.max(before);
            self.client.timeout(self.now);
            assert_eq!(self.drain(), NOTHING);
            self.now = self.now.max(at);
            self.client.timeout(self.now);
            assert!(self.client.deadline().is_none_or(|next| next > self.now), "time stands still");
            let after = self.now.saturating_since(start).as_millis();
            said.extend(self.drain().into_iter().map(|line| (after, line)));
        }
        self.now = until;
        self.client.timeout(self.now);
        assert_eq!(self.drain(), NOTHING);
        said
    }

    /// Does all that the core asks for, and says what that was.
    pub(crate) fn drain(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(action) = self.client.poll() {
            match action {
                ClientAction::Get { call, target } => {
                    said.push(format!("get {}", short(&target)));
                    assert!(self.get.replace(call).is_none(), "two GETs");
                }
                ClientAction::Post { call, target, body } => {
                    let encoded = body.encode();
                    assert_eq!(encoded.len(), body.encoded_len());
                    assert_eq!(short(&target), "polling&sid=abc");
                    let how = if body.packets().iter().any(carries) && !body.compress() { " uncompressed" } else { "" };
                    said.push(match body.content_type() {
                        "application/octet-stream" => format!("post{how} {:?}", &encoded[..]),
                        _ => format!("post{how} {}", std::str::from_utf8(&encoded).unwrap().replace('\u{1e}', "|")),
                    });
                    assert!(self.post.replace(call).is_none(), "two POSTs");
                }
                ClientAction::Connect { call, target } => {
                    said.push(format!("dial {}", short(&target)));
                    assert!(self.dial.replace(call).is_none() && self.ws.is_none(), "two WebSockets");
                }
                ClientAction::Abandon(id) => said.push(self.abandon(id)),
                ClientAction::FramesReady(ws) => said.extend(self.frames(ws)),
                ClientAction::CloseWs(ws) => {
                    assert_eq!(self.ws.take(), Some(ws));
                    said.push("ws closed".into());
                }
                ClientAction::Sent(id) => said.push(format!("sent {id:?}")),
                ClientAction::Writable => said.push("writable".into()),
                ClientAction::Unsent(unsent) => self.unsent.extend(unsent),
                ClientAction::Event(event) => match event {
                    ClientEvent::Open(handshake) => said.push(format!("open {}", handshake.sid)),
                    ClientEvent::Messages(messages) => said.extend(lines(messages)),
                    ClientEvent::Upgrade => said.push("upgraded".into()),
                    ClientEvent::UpgradeFailed(fault) => said.push(format!("upgrade failed: {fault:?}")),
                    ClientEvent::Close(reason) => said.push(format!("{reason}: {reason:?}")),
                },
            }
        }
        said
    }

    fn abandon(&mut self, id: CallId) -> String {
        let named = |call: &mut Call| call.id() == id;
        if let Some(get) = self.get.take_if(named) {
            self.stale.push(get);
            return "abandon get".into();
        }
        if let Some(post) = self.post.take_if(named) {
            self.stale.push(post);
            return "abandon post".into();
        }
        let dial = self.dial.take_if(|call| call.id() == id).expect("only what is outstanding is abandoned");
        self.stale_dials.push(dial);
        "abandon dial".into()
    }

    fn frames(&mut self, ws: ClientWsKey) -> Vec<String> {
        assert_eq!(self.ws, Some(ws));
        let mut said = Vec::new();
        while let Some(frame) = self.client.poll_frame(ws) {
            let mut payload = bytes::BytesMut::new();
            frame.write_to(&mut payload);
            let how = if carries(frame.packet()) && !frame.compress() { " uncompressed" } else { "" };
            said.push(match frame.opcode() {
                Opcode::Text => format!("ws>{how} {}", std::str::from_utf8(&payload).unwrap()),
                Opcode::Binary => format!("ws>{how} {:?}", &payload[..]),
            });
        }
        match &mut self.unwritten {
            Some(unwritten) => *unwritten += said.len() as u64,
            None => self.client.wrote(self.now, ws, said.len() as u64),
        }
        said
    }

    /// The session is over: nothing is wanted, nothing is outstanding, and nothing that still arrives matters.
    #[track_caller]
    pub(crate) fn assert_over(&mut self) {
        assert_eq!(self.drain(), NOTHING);
        assert_eq!((self.client.deadline(), self.client.queued()), (None, (0, 0)));
        assert!(self.client.is_closed() && self.client.transport().is_none());
        assert!(self.get.is_none() && self.post.is_none() && self.dial.is_none() && self.ws.is_none());
        self.settle_stale();
        assert!(self.client.send(self.now, "late").is_err());
        self.close();
        self.client.timeout(self.now.after(Duration::from_secs(1_000_000)));
        assert_eq!(self.drain(), NOTHING);
    }

    /// Whatever becomes of calls that were let go of, it changes nothing.
    pub(crate) fn settle_stale(&mut self) {
        for call in std::mem::take(&mut self.stale) {
            self.client.response(self.now, call.decode(200, "4late".into()));
        }
        for call in std::mem::take(&mut self.stale_dials) {
            assert_eq!(self.client.connected(self.now, call), None);
        }
        assert_eq!(self.drain(), NOTHING);
    }
}

/// What a target says beyond what all of them say.
fn short(target: &str) -> &str {
    let versions = ["/engine.io/?EIO=4&transport=", "/engine.io/?EIO=3&transport="];
    versions.iter().find_map(|common| target.strip_prefix(common)).unwrap_or(target)
}

/// Whether a packet may be compressed, unless it is told otherwise.
const fn carries(packet: &Packet) -> bool {
    matches!(packet, Packet::Message(_))
}

pub(crate) fn lines(messages: Messages) -> impl Iterator<Item = String> {
    messages.map(|message| match message {
        Message::Text(text) => format!("message {text}"),
        Message::Binary(bytes) => format!("message {:?}", &bytes[..]),
    })
}
