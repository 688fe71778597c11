//! What `-v` shows: every packet, with its direction, transport and time.

use core::fmt::Write as _;
use engineio_hyper::{Frame, Message, Note, OutFrame, Packet};
use std::time::Instant;

/// How much of a packet is shown, in bytes.
const SHOWN: usize = 120;

/// Shows what a client does, on standard error. Times are in seconds since it was made.
pub(super) fn show() -> impl Fn(Note<'_>) + Send + Sync + 'static {
    let start = Instant::now();
    move |note| {
        let time = start.elapsed().as_secs_f64();
        for line in lines(note) {
            eprintln!("{time:9.4} {line}");
        }
    }
}

fn lines(note: Note<'_>) -> Vec<String> {
    match note {
        Note::Request { method, target, body: [] } => vec![format!("-> polling   {method} {target}")],
        Note::Request { body, .. } => packets("->", body),
        Note::Response { status: 200, body, method } if method.as_str() == "GET" => packets("<-", body),
        Note::Response { status: 200, .. } => Vec::new(),
        Note::Response { status, body, method } => {
            vec![format!("<- polling   {method} status {status} {}", shown(body))]
        }
        Note::Dialing { target } => vec![format!("-> websocket GET {target}")],
        Note::Connected => vec!["<- websocket open".to_owned()],
        Note::Sending(frame) => vec![format!("-> websocket {}", outgoing(frame))],
        Note::Received(Frame::Text(text)) => vec![format!("<- websocket {}", shown(text.as_bytes()))],
        Note::Received(Frame::Binary(bytes)) => vec![format!("<- websocket {}", hex(bytes))],
        Note::Upgraded => vec!["== upgraded to websocket".to_owned()],
        Note::UpgradeFailed(fault) => vec![format!("== stays on polling: {fault}")],
        other => vec![format!("== {other:?}")],
    }
}

/// A payload of protocol 3 has one line: its lengths stand between its packets.
fn packets(direction: &str, body: &[u8]) -> Vec<String> {
    if let [0 | 1, ..] = body {
        return vec![format!("{direction} polling   {}", hex(body))];
    }
    body.split(|byte| *byte == 0x1e).map(|packet| format!("{direction} polling   {}", shown(packet))).collect()
}

fn outgoing(frame: &OutFrame) -> String {
    let packet = frame.packet();
    match packet {
        Packet::Message(Message::Binary(bytes)) => hex(bytes),
        Packet::Message(Message::Text(text)) => {
            format!("4{}", shown(text.as_bytes()))
        }
        Packet::Ping(data) => format!("2{}", shown(data.as_bytes())),
        Packet::Pong(data) => format!("3{}", shown(data.as_bytes())),
        Packet::Upgrade => "5".to_owned(),
        other => format!("{other:?}"),
    }
}

/// The begin of a text, with what a terminal would take for a command escaped.
pub(super) fn shown(text: &[u8]) -> String {
    let begin = String::from_utf8_lossy(&text[..text.len().min(SHOWN)]);
    let mut line = String::new();
    for character in begin.chars() {
        if character.is_control() { line.extend(character.escape_default()) } else { line.push(character) }
    }
    if text.len() > SHOWN {
        // Writing to a string cannot fail.
        let _ = write!(line, "… ({} bytes)", text.len());
    }
    line
}

/// The begin of what is no text.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut line = format!("<{} bytes>", bytes.len());
    for byte in &bytes[..bytes.len().min(SHOWN / 3)] {
        let _ = write!(line, " {byte:02x}");
    }
    if bytes.len() > SHOWN / 3 {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    #[test]
    fn packets_have_a_line_each() {
        let note = Note::Response { method: &Method::GET, status: 200, body: b"2\x1e4h\x1b[31m\x1ebAQID" };
        assert_eq!(lines(note), ["<- polling   2", "<- polling   4h\\u{1b}[31m", "<- polling   bAQID"]);
    }

    #[test]
    fn a_payload_of_protocol_3_has_one_line() {
        let note = |body| lines(Note::Response { method: &Method::GET, status: 200, body });
        assert_eq!(note(b"6:4hello1:3"), ["<- polling   6:4hello1:3"]);
        assert_eq!(note(&[1, 2, 0xff, 4, 9]), ["<- polling   <5 bytes> 01 02 ff 04 09"]);
    }

    #[test]
    fn long_ones_are_cut() {
        assert_eq!(shown(&[b'x'; 500]), format!("{}… (500 bytes)", "x".repeat(SHOWN)));
        assert_eq!(hex(&[1, 255]), "<2 bytes> 01 ff");
        assert!(hex(&[0; 500]).ends_with("00…"));
    }
}
