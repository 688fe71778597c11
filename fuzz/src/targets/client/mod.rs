//! A client, whatever its server and its network do.

mod step;

use crate::outgoing::compresses;
use arbitrary::{Arbitrary, Unstructured};
use bytes::BytesMut;
use engineio_proto::{
    Call, CallId, Client, ClientAction, ClientConfig, ClientEvent, ClientStart, ClientWsKey, Dial, Fingerprint, Frame,
    Instant, Message, Outgoing, SendId, Text, Transport, WsEnd,
};
use std::time::Duration;
use step::{Kind, Says, Status, Step};

/// Steps of a client, its host and its server, after a byte that chooses the settings. A server may say anything.
///
/// - At most one GET, one POST and one WebSocket are outstanding; what is abandoned was outstanding.
/// - One open event comes first and one close event last, and nothing after it; there is one upgrade at most.
/// - The application hears what the server said in order, nothing twice and nothing that was not said.
/// - Messages leave in the order in which they were sent, once, with what was asked for them, and what has not left
///   comes back in the end.
/// - A client that is over has no deadline and asks for nothing; any other has one that moves when it is due.
/// - Names of what is over do nothing; and if nothing is heard any more, the client ends by itself.
///
/// # Panics
/// If one of these does not hold.
pub fn client(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok(settings) = u8::arbitrary(&mut input) else { return };
    let mut world = World::new(settings);
    while !input.is_empty() {
        let Ok(step) = Step::arbitrary(&mut input) else { break };
        world.step(step);
        world.check();
    }
    world.run_dry();
}

const HELLO: &str = r#"0{"sid":"a","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,"maxPayload":30}"#;
const PLAIN: &str = r#"0{"sid":"a","upgrades":[],"pingInterval":100,"pingTimeout":100}"#;

#[derive(Debug)]
struct World {
    client: Client,
    now: Instant,
    /// Since what they ask for was last done to the end.
    inputs: usize,
    get: Option<Call>,
    post: Option<Call>,
    dial: Option<Call<Dial>>,
    ws: Option<ClientWsKey>,
    /// Names of what is over.
    stale_socket: Option<ClientWsKey>,
    stale_call: Option<Call>,
    stale_dial: Option<Call<Dial>>,
    ready: bool,
    taken: u64,
    opened: bool,
    upgraded: bool,
    closed: bool,
    /// What the server has said and the application has heard: numbers of messages.
    said: u32,
    heard: Option<u32>,
    /// What the application has sent, and what has left.
    sent: u32,
    left: u32,
    returned: u32,
    tracked: Vec<SendId>,
}

impl World {
    fn new(settings: u8) -> Self {
        let order = [Transport::Polling, Transport::WebSocket];
        let transports = match settings & 3 {
            0 | 1 => order.to_vec(),
            2 => order.into_iter().rev().collect(),
            _ => vec![order[usize::from(settings >> 7)]],
        };
        let tenths = |count: u64| Duration::from_millis(100 * count);
        let config = ClientConfig::builder()
            .transports(transports)
            .upgrade(settings & 4 == 0)
            .try_all_transports(settings & 8 == 0)
            .cache_buster(settings & 16 == 0)
            .open_timeout(tenths(3))
            .upgrade_timeout(tenths(4))
            .post_timeout(tenths(2))
            .close_timeout(tenths(5))
            .max_queue_packets(4)
            .max_queue_bytes(100);
        let start = ClientStart { key: 5, cache_buster: 9, websocket_worked: settings & 32 != 0 };
        let now = Instant::from_epoch(Duration::from_secs(9));
        Self {
            client: Client::open(now, config.build().unwrap_or_default(), start),
            now,
            inputs: 0,
            get: None,
            post: None,
            dial: None,
            ws: None,
            stale_socket: None,
            stale_call: None,
            stale_dial: None,
            ready: false,
            taken: 0,
            opened: false,
            upgraded: false,
            closed: false,
            said: 0,
            heard: None,
            sent: 0,
            left: 0,
            returned: 0,
            tracked: Vec::new(),
        }
    }

    fn step(&mut self, step: Step) {
        let now = self.now;
        self.inputs += 1;
        match step {
            Step::Poll => {
                self.poll();
            }
            Step::Drain => self.drain(),
            Step::Answer { post, status, says } => self.answer(post, status, says),
            Step::Fails(Kind::Get, fault) => {
                self.get.take().into_iter().for_each(|call| self.client.failed(now, call, fault));
            }
            Step::Fails(Kind::Post, fault) => {
                self.post.take().into_iter().for_each(|call| self.client.failed(now, call, fault));
            }
            Step::Fails(Kind::Dial, fault) => {
                self.dial.take().into_iter().for_each(|call| self.client.failed(now, call, fault));
            }
            Step::Connected => {
                if let Some(call) = self.dial.take() {
                    assert!(self.ws.is_none(), "two WebSockets");
                    self.ws = self.client.connected(now, call);
                    (self.ready, self.taken) = (false, 0);
                }
            }
            Step::Frame(says) => {
                let text = self.says(says);
                let frame = match text.strip_prefix('b') {
                    Some(_) => Frame::Binary(format!("s{}", self.said).into_bytes().into()),
                    None => Frame::Text(text.into()),
                };
                if let Some(ws) = self.ws {
                    self.client.frame(now, ws, frame);
                }
            }
            Step::Raw(byte) => {
                if let Some(ws) = self.ws {
                    let text = char::from(byte).to_string();
                    // A message without a number would not be one that was said.
                    if byte != b'4' && byte != b'b' {
                        self.client.frame(now, ws, Frame::Text(text.into()));
                    }
                }
            }
            Step::WsEnds(end) => {
                if let Some(ws) = self.ws.take() {
                    self.stale_socket = Some(ws);
                    self.client.ws_closed(now, ws, end);
                }
            }
            Step::Pull(frames) => self.pull(frames),
            Step::Wrote(frames) => {
                if let Some(ws) = self.ws {
                    self.taken = self.taken.saturating_sub(u64::from(frames));
                    self.client.wrote(now, ws, u64::from(frames));
                }
            }
            Step::Send(padding) => {
                let sent = self.client.send(now, outgoing(self.sent, padding));
                self.sent += u32::from(sent.is_ok());
            }
            Step::SendTracked => {
                if let Ok(id) = self.client.send_tracked(now, outgoing(self.sent, 0)) {
                    assert!(self.tracked.last().is_none_or(|last| *last < id), "names come in order");
                    self.tracked.push(id);
                    self.sent += 1;
                }
            }
            Step::SendMany(count) => {
                let count = u32::from(count % 4);
                let messages = (0..count).map(|nth| outgoing(self.sent + nth, 0));
                if self.client.send_many(now, messages).is_ok() {
                    self.sent += count;
                }
            }
            Step::Close => self.client.close(now),
            Step::Discard => self.client.discard(now),
            Step::Deadline => {
                let Some(at) = self.client.deadline() else { return };
                self.pass(now.max(at));
                let moved = self.client.deadline().is_none_or(|next| next > self.now);
                assert!(moved || self.attempts_left(), "a timeout that was due did not move the deadline");
            }
            Step::Wait(tens) => self.pass(now.after(Duration::from_millis(10) * u32::from(tens))),
            Step::Stale => {
                let before = self.looks();
                if let Some(ws) = self.stale_socket {
                    self.client.frame(now, ws, Frame::Text("x".into()));
                    self.client.wrote(now, ws, 3);
                    self.client.ws_closed(now, ws, WsEnd::Closed);
                    assert!(self.client.poll_frame(ws).is_none());
                }
                // A host that does not know how to give up a call may settle it after all.
                if let Some(call) = self.stale_call.take() {
                    self.client.response(now, call.decode(200, "4late".into()));
                }
                if let Some(call) = self.stale_dial.take() {
                    assert!(self.client.connected(now, call).is_none());
                }
                assert!(self.looks() == before, "stale names do nothing");
            }
        }
    }

    /// All that tells it from another client.
    fn looks(&self) -> Fingerprint {
        let mut looks = Fingerprint::new(self.now);
        self.client.add_to(&mut looks);
        looks
    }

    /// The next attempt to open the session begins when the host asks what to do.
    const fn attempts_left(&self) -> bool {
        !self.opened
    }

    fn pass(&mut self, now: Instant) {
        self.now = now;
        self.client.timeout(now);
    }

    /// What a packet is; `b` stands for binary.
    fn says(&mut self, says: Says) -> String {
        match says {
            Says::Message | Says::Binary => {
                self.said += 1;
                if matches!(says, Says::Message) { format!("4s{}", self.said) } else { "b".to_owned() }
            }
            Says::Hello => HELLO.to_owned(),
            Says::HelloWithoutUpgrades => PLAIN.to_owned(),
            Says::BadHello => "0{}".to_owned(),
            Says::Ping => "2".to_owned(),
            Says::Probe => "3probe".to_owned(),
            Says::Noop => "6".to_owned(),
            Says::Close => "1".to_owned(),
            Says::Garbage => "?".to_owned(),
            Says::Nothing => String::new(),
        }
    }

    fn answer(&mut self, post: bool, status: Status, says: [Says; 2]) {
        let status = if matches!(status, Status::Bad) { 400 } else { 200 };
        let Some(call) = (if post { self.post.take() } else { self.get.take() }) else { return };
        let packets = says.map(|says| match self.says(says) {
            binary if binary == "b" => {
                crate::codec::to_base64(format!("s{}", self.said).as_bytes()).replace("cz", "bcz")
            }
            text => text,
        });
        let body = if matches!(says[1], Says::Nothing) { packets[0].clone() } else { packets.join("\u{1e}") };
        self.client.response(self.now, call.decode(status, body.into()));
    }

    fn pull(&mut self, frames: u8) {
        let Some(ws) = self.ws else { return };
        for _ in 0..frames {
            let Some(frame) = self.client.poll_frame(ws) else {
                self.ready = false;
                return;
            };
            let mut bytes = BytesMut::new();
            frame.write_to(&mut bytes);
            assert_eq!(bytes.len(), frame.len());
            if let engineio_proto::Packet::Message(message) = frame.packet() {
                assert_eq!(frame.compress(), compresses(self.left), "what is asked for {message:?}");
                self.leaves(message);
            }
            self.taken += 1;
        }
    }

    /// One write may tell of every message that is tracked, and each input since the last time of a few things.
    fn drain(&mut self) {
        let most = self.tracked.len() + 8 * std::mem::take(&mut self.inputs) + 8;
        let polled = (0..=most).take_while(|_| self.poll()).count();
        assert!(polled <= most, "more than {most} outputs");
    }

    fn poll(&mut self) -> bool {
        let Some(action) = self.client.poll() else { return false };
        match action {
            ClientAction::Get { call, .. } => assert!(self.get.replace(call).is_none(), "two GETs"),
            ClientAction::Post { call, body, .. } => {
                assert!(self.post.replace(call).is_none(), "two POSTs");
                let first = self.left;
                for packet in body.packets() {
                    if let engineio_proto::Packet::Message(message) = packet {
                        self.leaves(message);
                    }
                }
                assert_eq!(body.compress(), (first..self.left).any(compresses), "what is asked for {body:?}");
            }
            ClientAction::Connect { call, .. } => {
                assert!(self.dial.replace(call).is_none() && self.ws.is_none(), "two WebSockets");
            }
            ClientAction::Abandon(id) => self.abandoned(id),
            ClientAction::FramesReady(ws) => {
                assert!(self.ws == Some(ws) && !self.ready, "frames where there are none");
                self.ready = true;
            }
            ClientAction::CloseWs(ws) => {
                assert_eq!(self.ws.take(), Some(ws));
                self.stale_socket = Some(ws);
            }
            ClientAction::Sent(id) => {
                let at = self.tracked.iter().position(|tracked| *tracked == id);
                assert_eq!(at, Some(0), "what is sent is told in order");
                self.tracked.remove(0);
            }
            ClientAction::Writable => {}
            ClientAction::Unsent(unsent) => {
                for unsent in unsent {
                    let number = self.left + self.returned;
                    let right =
                        unsent.compress() == compresses(number) && is_nth(&unsent.clone().into_message(), number);
                    assert!(right, "{unsent:?} comes back");
                    self.returned += 1;
                }
            }
            ClientAction::Event(event) => {
                assert!(!self.closed, "{event:?} after the close event");
                match event {
                    ClientEvent::Open(_) => assert!(!std::mem::replace(&mut self.opened, true)),
                    ClientEvent::Messages(messages) => messages.for_each(|message| self.hears(&message)),
                    ClientEvent::Upgrade => assert!(self.opened && !std::mem::replace(&mut self.upgraded, true)),
                    ClientEvent::UpgradeFailed(_) => assert!(self.opened && !self.upgraded),
                    ClientEvent::Close(_) => self.closed = true,
                }
            }
        }
        true
    }

    fn abandoned(&mut self, id: CallId) {
        let call = self.get.take_if(|call| call.id() == id).or(self.post.take_if(|call| call.id() == id));
        let dial = self.dial.take_if(|call| call.id() == id);
        assert!(call.is_some() || dial.is_some(), "{id:?} is abandoned, which is not outstanding");
        self.stale_call = call.or(self.stale_call.take());
        self.stale_dial = dial.or(self.stale_dial.take());
    }

    fn hears(&mut self, message: &Message) {
        assert!(self.opened, "{message:?} before the open event");
        let text = String::from_utf8_lossy(message.as_bytes()).into_owned();
        let number: Option<u32> = text.strip_prefix('s').and_then(|number| number.parse().ok());
        let next = number.is_some_and(|number| number <= self.said && self.heard.is_none_or(|last| last < number));
        assert!(next, "{message:?} comes after {:?}", self.heard);
        self.heard = number;
    }

    fn leaves(&mut self, message: &Message) {
        assert!(self.left < self.sent && is_nth(message, self.left), "{message:?} leaves after {}", self.left);
        self.left += 1;
    }

    fn check(&self) {
        assert_eq!(self.client.is_closed(), self.client.deadline().is_none());
        assert_eq!(self.client.is_closed(), self.client.transport().is_none() && self.client.is_closed());
        let (queued, _) = self.client.queued();
        let waiting = usize::try_from(self.sent - self.left - self.returned).unwrap_or_default();
        assert!(queued == waiting || self.client.is_closed() && queued == 0, "{queued} of {waiting} are queued");
    }

    /// Nothing more is heard from anybody.
    fn run_dry(mut self) {
        self.drain();
        for _ in 0..20 {
            let Some(at) = self.client.deadline() else { break };
            self.pass(self.now.max(at));
            self.drain();
        }
        assert!(self.client.is_closed() && self.closed, "the client outlives the silence: {:?}", self.client);
        assert!(self.get.is_none() && self.post.is_none() && self.dial.is_none() && self.ws.is_none(), "{self:?}");
        assert_eq!(self.left + self.returned, self.sent, "what has not left comes back");
    }
}

/// The `number`-th message, as the application sends it.
fn outgoing(number: u32, padding: u8) -> Outgoing {
    Outgoing::new(message(number, padding), compresses(number))
}

/// The `number`-th message. Every third is binary.
fn message(number: u32, padding: u8) -> Message {
    let text = format!("c{number}{}", ".".repeat(usize::from(padding % 32)));
    if number % 3 == 2 { Message::from(text.into_bytes()) } else { Message::from(Text::from(text)) }
}

fn is_nth(message_: &Message, number: u32) -> bool {
    let dots = message_.as_bytes().iter().filter(|byte| **byte == b'.').count();
    *message_ == message(number, u8::try_from(dots).unwrap_or(u8::MAX))
}
