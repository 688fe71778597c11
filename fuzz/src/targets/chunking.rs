//! However packets are cut into payloads, they mean the same.

use crate::codec::encode_payload;
use arbitrary::{Arbitrary, Unstructured};
use bytes::Bytes;
use engineio_proto::{
    Action, Client, ClientAction, ClientConfig, ClientEvent, ClientStart, ClientWsKey, CloseReason, Config, Delivery,
    Encoding, Event, Frame, Instant, Message, Packet, RequestHead, Route, Router, Server, Sid, Text, Ticket, Transport,
    Verdict, Version, WsKey,
};
use std::sync::LazyLock;

/// Packets, and where they are cut.
///
/// - A server's application hears the same whether a client sends them in one POST, in several, or one by one on a
///   WebSocket; and whatever stands around the bytes of a body in memory.
/// - A client's application hears the same whether a server says them in one answer, in several, or one by one on a
///   WebSocket.
///
/// # Panics
/// If one of these does not hold.
pub fn chunking(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok(cuts) = u32::arbitrary(&mut input) else { return };
    let mut packets = Vec::new();
    while let Ok(packet) = Said::arbitrary(&mut input) {
        packets.push(packet);
        if input.is_empty() || packets.len() == 32 {
            break;
        }
    }
    if packets.is_empty() {
        return;
    }
    let packets: Vec<Packet> = packets.into_iter().map(Said::packet).collect();
    let mut chunks: Vec<&[Packet]> = Vec::new();
    let mut start = 0;
    for end in 1..=packets.len() {
        if end == packets.len() || cuts >> (end % 32) & 1 == 1 {
            chunks.push(&packets[start..end]);
            start = end;
        }
    }
    let whole = posted(&[&packets]);
    assert_eq!(posted(&chunks), whole);
    assert_eq!(framed(&packets), whole);
    let whole = polled(&[&packets]);
    assert_eq!(polled(&chunks), whole);
    assert_eq!(pushed(&packets), whole);
}

/// A packet that means the same on both transports and to both sides.
#[derive(Debug, Arbitrary)]
enum Said {
    Text(String),
    Binary(Vec<u8>),
    Noop,
    Close,
}

impl Said {
    fn packet(self) -> Packet {
        match self {
            // Over polling, the character separates packets.
            Self::Text(text) => Packet::Message(text.replace('\u{1e}', " ").into()),
            Self::Binary(bytes) => Packet::Message(bytes.into()),
            Self::Noop => Packet::Noop,
            Self::Close => Packet::Close,
        }
    }
}

/// What an application hears: the messages, and how it ends.
type Heard = (Vec<Message>, Option<CloseReason>);

const NOW: Instant = Instant::EPOCH;
static CONFIG: LazyLock<Config> = LazyLock::new(Config::default);
static CLIENT: LazyLock<[ClientConfig; 2]> = LazyLock::new(|| {
    Transport::ALL.map(|transport| {
        let builder = ClientConfig::builder().upgrade(false).cache_buster(false).transports([transport]);
        builder.build().unwrap_or_default()
    })
});

/// The body with other bytes around it.
fn body(packets: &[Packet]) -> Bytes {
    let payload = encode_payload(false, false, packets);
    let around = [b"4x\x1e".as_slice(), &payload, b"\x1e4y"].concat();
    Bytes::from(around).slice(3..3 + payload.len())
}

fn frame(packet: &Packet) -> Frame {
    let frame = Encoding::new(Version::V4).encode_frame(packet.clone());
    let (_, digit, rest) = frame.into_parts();
    match digit {
        None => Frame::Binary(rest),
        Some(digit) => Frame::Text(Text::assume_utf8([&[digit], rest.as_ref()].concat().into())),
    }
}

/// A server with a session, which every run begins with a copy of.
struct Opened {
    server: Server<()>,
    query: String,
    ws: Option<WsKey>,
}

static ROUTER: LazyLock<Router> = LazyLock::new(|| Router::new(CONFIG.clone()));
static OPENED: LazyLock<[Opened; 2]> = LazyLock::new(|| [false, true].map(open));

fn open(websocket: bool) -> Opened {
    let query = if websocket { "EIO=4&transport=websocket" } else { "EIO=4&transport=polling" };
    let head = RequestHead { method: "GET", query, upgrade: websocket, ..RequestHead::default() };
    let Ok(Route::Open(opening)) = ROUTER.route(&head) else { panic!("refused") };
    let (mut server, sid) = (Server::new(CONFIG.clone(), 0, [1, 2]), Sid::from_entropy([1; 15]));
    let Ok(_) = server.open(NOW, opening.pending(()).accept(sid)) else { panic!("taken") };
    let mut ws = None;
    hear(&mut server, &mut (Vec::new(), None), &mut ws);
    Opened { server, query: format!("EIO=4&transport=polling&sid={sid}"), ws }
}

fn hear(server: &mut Server<()>, heard: &mut Heard, opened: &mut Option<WsKey>) {
    while let Some(action) = server.poll() {
        match action {
            Action::Answer(answer) => {
                if let Some(ticket) = answer.ticket().filter(|_| answer.tracked()) {
                    server.written(NOW, ticket, Delivery::Written);
                }
                if let ((), Verdict::Upgrade { ws, .. }) = answer.into_parts() {
                    *opened = Some(ws);
                }
            }
            Action::Event(_, Event::Messages(messages)) => heard.0.extend(messages),
            Action::Event(_, Event::Close(reason)) => assert!(heard.1.replace(reason).is_none()),
            _ => {}
        }
    }
}

/// What a server's application hears of POSTs.
fn posted(bodies: &[&[Packet]]) -> Heard {
    let Opened { server, query, .. } = &OPENED[0];
    let mut server = server.fork();
    let mut heard = (Vec::new(), None);
    for packets in bodies {
        let head = RequestHead { method: "POST", query, ..RequestHead::default() };
        let Ok(Route::Session(request)) = ROUTER.route(&head) else { panic!("refused") };
        let ticket: Ticket = server.request(NOW, request, ());
        if let Some(encoding) = server.awaits_body(ticket) {
            server.body(NOW, ticket, encoding.decode_payload(body(packets), 1000));
        }
        hear(&mut server, &mut heard, &mut None);
    }
    heard
}

/// What a server's application hears of frames.
fn framed(packets: &[Packet]) -> Heard {
    let Opened { server, ws, .. } = &OPENED[1];
    let (mut server, Some(ws)) = (server.fork(), *ws) else { panic!("no WebSocket") };
    let mut heard = (Vec::new(), None);
    for packet in packets {
        server.frame(NOW, ws, frame(packet));
    }
    hear(&mut server, &mut heard, &mut None);
    heard
}

const HELLO: &str = r#"0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#;

/// A client with a session on polling, and one that has it on a WebSocket.
static POLLING: LazyLock<Client> = LazyLock::new(|| {
    let mut client = Client::open(NOW, CLIENT[0].clone(), ClientStart::default());
    let Some(ClientAction::Get { call, .. }) = client.poll() else { panic!("no handshake") };
    client.response(NOW, call.decode(200, HELLO.into()));
    client
});
static ON_WEBSOCKET: LazyLock<(Client, ClientWsKey)> = LazyLock::new(|| {
    let mut client = Client::open(NOW, CLIENT[1].clone(), ClientStart::default());
    let Some(ClientAction::Connect { call, .. }) = client.poll() else { panic!("no dial") };
    let Some(ws) = client.connected(NOW, call) else { panic!("no WebSocket") };
    client.frame(NOW, ws, Frame::Text(HELLO.into()));
    (client, ws)
});

/// What a client's application hears of the answers to its GETs.
fn polled(bodies: &[&[Packet]]) -> Heard {
    let mut client = POLLING.fork();
    let mut heard = (Vec::new(), None);
    for body in bodies.iter().map(|packets| body(packets)) {
        let mut get = None;
        while let Some(action) = client.poll() {
            match action {
                ClientAction::Get { call, .. } => get = Some(call),
                action => listen(action, &mut heard),
            }
        }
        if let Some(call) = get {
            client.response(NOW, call.decode(200, body));
        }
    }
    while let Some(action) = client.poll() {
        listen(action, &mut heard);
    }
    heard
}

/// What a client's application hears of frames.
fn pushed(packets: &[Packet]) -> Heard {
    let (client, ws) = &*ON_WEBSOCKET;
    let (mut client, ws) = (client.fork(), *ws);
    for packet in packets {
        client.frame(NOW, ws, frame(packet));
    }
    let mut heard = (Vec::new(), None);
    while let Some(action) = client.poll() {
        listen(action, &mut heard);
    }
    heard
}

fn listen(action: ClientAction, heard: &mut Heard) {
    match action {
        ClientAction::Event(ClientEvent::Messages(messages)) => heard.0.extend(messages),
        ClientAction::Event(ClientEvent::Close(reason)) => assert!(heard.1.replace(reason).is_none()),
        _ => {}
    }
}
