//! What is read as base64: lines may be wrapped and padding may be missing, and that is all.

use crate::{
    V4, binary, decode, messages,
    reference::{base64, to_base64},
};
use engineio_proto::{Frame, Message, Packet, PacketError, Text, UploadEnd};

/// Decodes one base64 text in both places that it can stand in.
fn read(encoded: &str) -> Option<Message> {
    let packet = format!("b{encoded}");
    let mut outcome = decode(&packet);
    let in_frame = V4.decode_frame(Frame::Text(Text::from(packet)));
    match outcome.end {
        None => {
            let message = outcome.messages.pop();
            assert!(outcome.messages.is_empty());
            assert_eq!(in_frame.ok(), message.clone().map(Packet::Message));
            message
        }
        end => {
            assert_eq!(end, Some(UploadEnd::Fault(PacketError::Base64)));
            assert!(outcome.messages.is_empty());
            assert_eq!(in_frame, Err(PacketError::Base64));
            None
        }
    }
}

/// Bytes without a pattern that a mistake could hide in.
fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index * index % 251) as u8).collect()
}

/// Breaks a text into lines, as encoders for mail and for Java do.
fn wrap(text: &str, width: usize, line_end: &str) -> String {
    let lines = text.as_bytes().chunks(width).map(String::from_utf8_lossy);
    lines.map(|line| format!("{line}{line_end}")).collect()
}

#[test]
fn every_length_is_read() {
    for len in 0..800 {
        let bytes = bytes(len);
        assert_eq!(read(&to_base64(&bytes)), Some(binary(&bytes)), "{len} bytes");
    }
}

#[test]
fn f12_wrapped_lines_are_joined() {
    for len in 0..800 {
        let bytes = bytes(len);
        let text = to_base64(&bytes);
        for (width, line_end) in [(76, "\n"), (76, "\r\n"), (64, "\r\n"), (19, " \t"), (1, "\n")] {
            assert_eq!(read(&wrap(&text, width, line_end)), Some(binary(&bytes)), "{len} bytes, lines of {width}");
        }
    }
}

#[test]
fn f12_padding_may_be_missing() {
    for len in 0..800 {
        let bytes = bytes(len);
        let padded = to_base64(&bytes);
        let bare = padded.trim_end_matches('=');
        for text in [bare.to_owned(), format!("{bare}\n"), wrap(bare, 76, "\n")] {
            assert_eq!(read(&text), Some(binary(&bytes)), "{len} bytes");
        }
        if len % 3 == 1 {
            assert_eq!(read(&format!("{bare}=")), Some(binary(&bytes)), "{len} bytes");
        }
    }
}

#[test]
fn f12_padding_belongs_at_the_end() {
    for symbols in (4..800).step_by(4) {
        let text = "A".repeat(symbols);
        for bad in ["=", "==", "\n=", "A", "A=", "AA===", "AA==AA", "AA==\nAA", "AAA==", "AAA=A", "AA=\n=A", "==AA"] {
            assert_eq!(read(&format!("{text}{bad}")), None, "{symbols} symbols, then {bad:?}");
        }
        assert!(read(&format!("{text}AA=\n=")).is_some());
    }
}

#[test]
fn f12_stray_bits_are_dropped() {
    assert_eq!(read("AR=="), Some(binary(&[1])));
    assert_eq!(read("AQJ="), Some(binary(&[1, 2])));
    assert_eq!(read("AR"), Some(binary(&[1])));
}

#[test]
fn f12_any_other_character_is_a_fault() {
    let alphabet = |char: char| char.is_ascii_alphanumeric() || "+/=\r\n\t ".contains(char);
    // U+001E would end the packet.
    for foreign in (0..0x100).filter_map(char::from_u32).filter(|char| !alphabet(*char) && *char != '\x1e') {
        for text in [
            format!("{foreign}"),
            format!("{foreign}AQID"),
            format!("AQ{foreign}ID"),
            format!("AQID{foreign}"),
            format!("AQID\n{foreign}"),
            format!("\n{}{foreign}", "A".repeat(512)),
        ] {
            assert_eq!(read(&text), None, "{text:?}");
        }
    }
}

#[test]
fn every_short_text_is_read_as_the_reference_reads_it() {
    let alphabet = ['A', 'Q', '/', '=', '\n', ' ', '-'];
    let mut texts = vec![String::new()];
    for _ in 0..6 {
        for text in &texts {
            assert_eq!(read(text), base64(text).map(|bytes| binary(&bytes)), "{text:?}");
        }
        texts = texts.iter().flat_map(|text| alphabet.iter().map(move |char| format!("{text}{char}"))).collect();
    }
}

#[test]
fn a_fault_leaves_the_binary_messages_before_it_whole() {
    let good = bytes(1000);
    let wrapped = wrap(&to_base64(&good), 76, "\n");
    let body = format!("b{wrapped}\x1ebAQID\x1eb{wrapped}!");
    let expected = messages([binary(&good), binary(&[1, 2, 3])]).then(UploadEnd::Fault(PacketError::Base64));
    assert_eq!(decode(body), expected);
}
