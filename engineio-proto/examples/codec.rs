//! The codecs of protocol 4 behind standard input and output, so that they can be compared with others'.
//!
//! Each line asks for something and is answered by a line. Bytes are hexadecimal.
//!
//! | line | answer |
//! |---|---|
//! | `payload BYTES` | what the body of a POST holds: `text:BYTES` and `binary:BYTES`, `heartbeat`, and what ends it |
//! | `text BYTES`, `binary BYTES` | the packet in a WebSocket message |
//! | `response PACKET…` | the body of the answer to a poll |
//! | `frames PACKET…` | the WebSocket messages for them, `text:BYTES` or `binary:BYTES` |

use bytes::Bytes;
use engineio_proto::{Batch, Encoding, Frame, Message, Opcode, Packet, Text, UploadEnd, Version};
use std::{error::Error, io, iter, num::ParseIntError};

const V4: Encoding = Encoding::new(Version::V4);

fn main() -> Result<(), Box<dyn Error>> {
    for line in io::stdin().lines() {
        println!("{}", answer(&line?)?);
    }
    Ok(())
}

fn answer(line: &str) -> Result<String, Box<dyn Error>> {
    let (what, rest) = line.split_once(' ').ok_or("no argument")?;
    let packets = || rest.split_ascii_whitespace().map(packet).collect::<Result<Vec<_>, _>>();
    Ok(match what {
        "payload" => payload(bytes(rest)?),
        "text" => frame(Frame::Text(Text::try_from(bytes(rest)?)?)),
        "binary" => frame(Frame::Binary(bytes(rest)?)),
        "response" => hex(&Batch::new(V4, packets()?).encode()),
        "frames" => {
            let frames = packets()?.into_iter().map(|packet| {
                let (kind, digit, rest) = {
                    let frame = V4.encode_frame(packet);
                    let kind = if frame.opcode() == Opcode::Text { "text" } else { "binary" };
                    let (_, digit, rest) = frame.into_parts();
                    (kind, digit, rest)
                };
                let all: Vec<u8> = digit.into_iter().chain(rest).collect();
                format!("{kind}:{}", hex(&all))
            });
            frames.collect::<Vec<_>>().join(" ")
        }
        other => return Err(format!("no such thing: {other}").into()),
    })
}

fn payload(body: Bytes) -> String {
    let upload = V4.decode_payload(body, usize::MAX);
    let heartbeat = upload.heartbeat().then(|| "heartbeat".to_owned());
    let end = upload.end().map(|end| match end {
        UploadEnd::Close => "close".to_owned(),
        UploadEnd::HeartbeatDirection => "direction".to_owned(),
        _ => "error".to_owned(),
    });
    let messages = upload.into_messages().map(|message| shown(&Packet::Message(message)));
    messages.chain(heartbeat).chain(end).collect::<Vec<_>>().join(" ")
}

fn frame(frame: Frame) -> String {
    V4.decode_frame(frame).map_or_else(|_| "error".to_owned(), |packet| shown(&packet))
}

fn shown(packet: &Packet) -> String {
    match packet {
        Packet::Open(text) => format!("open:{}", hex(text.as_bytes())),
        Packet::Close => "close".to_owned(),
        Packet::Ping(text) => format!("ping:{}", hex(text.as_bytes())),
        Packet::Pong(text) => format!("pong:{}", hex(text.as_bytes())),
        Packet::Message(Message::Text(text)) => format!("text:{}", hex(text.as_bytes())),
        Packet::Message(Message::Binary(bytes)) => format!("binary:{}", hex(bytes)),
        Packet::Upgrade => "upgrade".to_owned(),
        Packet::Noop => "noop".to_owned(),
    }
}

fn packet(shown: &str) -> Result<Packet, Box<dyn Error>> {
    let (kind, data) = shown.split_once(':').unwrap_or((shown, ""));
    let data = bytes(data)?;
    Ok(match kind {
        "open" => Packet::Open(Text::try_from(data)?),
        "close" => Packet::Close,
        "ping" => Packet::Ping(Text::try_from(data)?),
        "pong" => Packet::Pong(Text::try_from(data)?),
        "text" => Packet::Message(Text::try_from(data)?.into()),
        "binary" => Packet::Message(data.into()),
        "upgrade" => Packet::Upgrade,
        "noop" => Packet::Noop,
        other => return Err(format!("no such packet: {other}").into()),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Result<Bytes, ParseIntError> {
    let mut rest = hex;
    iter::from_fn(|| {
        let (digits, behind) = rest.split_at_checked(2)?;
        rest = behind;
        Some(u8::from_str_radix(digits, 16))
    })
    .collect()
}
