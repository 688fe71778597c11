//! The codecs of protocol 4 on standard input and output, for comparison with other implementations.
//!
//! The program answers each line of input by a line of output. `BYTES` are hexadecimal. A `PACKET` is a type and its
//! data, such as `text:68656c6c6f`, `binary:00ff`, `ping:` or `noop`.
//!
//! | input | output |
//! |---|---|
//! | `payload BYTES` | the content of a POST body: each message, then `heartbeat` if there is one, then `close`, `direction` or `error` if one of these ends the session |
//! | `text BYTES`, `binary BYTES` | the packet in a WebSocket message, or `error` |
//! | `response PACKET…` | the body of the response to a poll |
//! | `frames PACKET…` | the WebSocket messages of the packets, as `text:BYTES` or `binary:BYTES` |

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
    let (command, rest) = line.split_once(' ').ok_or("missing argument")?;
    let packets = || rest.split_ascii_whitespace().map(parse_packet).collect::<Result<Vec<_>, _>>();
    Ok(match command {
        "payload" => payload(parse_hex(rest)?),
        "text" => frame(Frame::Text(Text::try_from(parse_hex(rest)?)?)),
        "binary" => frame(Frame::Binary(parse_hex(rest)?)),
        "response" => format_hex(&Batch::new(V4, packets()?).encode()),
        "frames" => {
            let frames = packets()?.into_iter().map(|packet| {
                let (kind, digit, rest) = {
                    let frame = V4.encode_frame(packet);
                    let kind = if frame.opcode() == Opcode::Text { "text" } else { "binary" };
                    let (_, digit, rest) = frame.into_parts();
                    (kind, digit, rest)
                };
                let all: Vec<u8> = digit.into_iter().chain(rest).collect();
                format!("{kind}:{}", format_hex(&all))
            });
            frames.collect::<Vec<_>>().join(" ")
        }
        other => return Err(format!("unknown command {other:.32}").into()),
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
    let messages = upload.into_messages().map(|message| format_packet(&Packet::Message(message)));
    messages.chain(heartbeat).chain(end).collect::<Vec<_>>().join(" ")
}

fn frame(frame: Frame) -> String {
    V4.decode_frame(frame).map_or_else(|_| "error".to_owned(), |packet| format_packet(&packet))
}

fn format_packet(packet: &Packet) -> String {
    match packet {
        Packet::Open(text) => format!("open:{}", format_hex(text.as_bytes())),
        Packet::Close => "close".to_owned(),
        Packet::Ping(text) => format!("ping:{}", format_hex(text.as_bytes())),
        Packet::Pong(text) => format!("pong:{}", format_hex(text.as_bytes())),
        Packet::Message(Message::Text(text)) => format!("text:{}", format_hex(text.as_bytes())),
        Packet::Message(Message::Binary(bytes)) => format!("binary:{}", format_hex(bytes)),
        Packet::Upgrade => "upgrade".to_owned(),
        Packet::Noop => "noop".to_owned(),
    }
}

fn parse_packet(line: &str) -> Result<Packet, Box<dyn Error>> {
    let (kind, data) = line.split_once(':').unwrap_or((line, ""));
    let data = parse_hex(data)?;
    Ok(match kind {
        "open" => Packet::Open(Text::try_from(data)?),
        "close" => Packet::Close,
        "ping" => Packet::Ping(Text::try_from(data)?),
        "pong" => Packet::Pong(Text::try_from(data)?),
        "text" => Packet::Message(Text::try_from(data)?.into()),
        "binary" => Packet::Message(data.into()),
        "upgrade" => Packet::Upgrade,
        "noop" => Packet::Noop,
        other => return Err(format!("unknown packet type {other:.32}").into()),
    })
}

fn format_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse_hex(hex: &str) -> Result<Bytes, ParseIntError> {
    let mut rest = hex;
    iter::from_fn(|| {
        let (digits, behind) = rest.split_at_checked(2)?;
        rest = behind;
        Some(u8::from_str_radix(digits, 16))
    })
    .collect()
}
