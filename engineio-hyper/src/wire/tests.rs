use super::*;
use bytes::Bytes;
use engineio_proto::{Encoding, Message as Payload, Packet, Version};

const LIMIT: usize = 1000;

/// A frame as a client sends it: masked.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ ..126 => frame.push(0x80 | length as u8),
        length @ 126..65536 => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    let mask = [7, 0, 255, 13];
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

fn text(text: &str) -> Incoming {
    Incoming::Message(Frame::Text(text.into()))
}

fn binary(bytes: &[u8]) -> Incoming {
    Incoming::Message(Frame::Binary(Bytes::copy_from_slice(bytes)))
}

/// Everything that comes out of `input`, given in pieces of `piece` bytes.
fn read(wire: &mut Wire, input: &[u8], piece: usize) -> Result<Vec<Incoming>, WsFault> {
    let mut read = Vec::new();
    for mut piece in input.chunks(piece) {
        while let Some(incoming) = wire.next(&mut piece)? {
            let over = incoming == Incoming::Close;
            read.push(incoming);
            if over {
                return Ok(read);
            }
        }
        assert!(piece.is_empty(), "all of the input is taken in");
    }
    Ok(read)
}

fn fault(input: &[u8]) -> (WsFault, Vec<u8>) {
    let mut wire = Wire::server(LIMIT);
    let fault = read(&mut wire, input, usize::MAX).unwrap_err();
    (fault, output(&wire))
}

fn output(wire: &Wire) -> Vec<u8> {
    let mut chunks = [std::io::IoSlice::new(&[]); 8];
    let count = wire.output().chunks_vectored(&mut chunks);
    chunks[..count].iter().flat_map(|chunk| chunk.iter().copied()).collect()
}

fn push(wire: &mut Wire, message: impl Into<Payload>) {
    wire.push(&Encoding::new(Version::V4).encode_frame(Packet::Message(message.into())));
}

#[test]
fn c16_messages_come_out_however_they_are_cut() {
    let input = [
        masked(0x81, b"4hi"),
        masked(0x82, &[]),
        masked(0x81, b""),
        masked(0x02, b"one"),
        masked(0x00, b" two"),
        masked(0x80, b" three"),
        masked(0x82, &[9; 300]),
    ]
    .concat();
    let expected = [text("4hi"), binary(&[]), text(""), binary(b"one two three"), binary(&[9; 300])];
    for piece in [1, 2, 7, usize::MAX] {
        assert_eq!(read(&mut Wire::server(LIMIT), &input, piece).unwrap(), expected, "pieces of {piece}");
    }
}

#[test]
fn c02_pings_are_answered_even_between_fragments() {
    let mut wire = Wire::server(LIMIT);
    let input = [masked(0x01, b"4a"), masked(0x89, b"ping"), masked(0x80, b"b"), masked(0x8a, b"stray")].concat();
    assert_eq!(read(&mut wire, &input, usize::MAX).unwrap(), [text("4ab")]);
    assert_eq!(output(&wire), b"\x8a\x04ping");
    assert_eq!(wire.replies(), 6);
    wire.written(6);
    assert_eq!((output(&wire), wire.replies()), (vec![], 0));
}

#[test]
fn a_close_is_answered_and_ends_it() {
    for (close, answer) in [(masked(0x88, b""), &b"\x88\x00"[..]), (masked(0x88, b"\x03\xe8bye"), b"\x88\x02\x03\xe8")]
    {
        let mut wire = Wire::server(LIMIT);
        let input = [masked(0x81, b"4a"), close, masked(0x81, b"4late")].concat();
        assert_eq!(read(&mut wire, &input, usize::MAX).unwrap(), [text("4a"), Incoming::Close]);
        assert_eq!(output(&wire), answer);
    }
}

#[test]
fn the_limit_itself_is_accepted() {
    let exactly = masked(0x82, &[1; LIMIT]);
    assert_eq!(read(&mut Wire::server(LIMIT), &exactly, 100).unwrap(), [binary(&[1; LIMIT])]);
    let in_fragments = [masked(0x02, &[1; LIMIT - 1]), masked(0x80, &[1])].concat();
    assert_eq!(read(&mut Wire::server(LIMIT), &in_fragments, 100).unwrap(), [binary(&[1; LIMIT])]);
}

#[test]
fn faults_are_told_apart() {
    let too_large = (WsFault::TooLarge, b"\x88\x02\x03\xf1".to_vec());
    assert_eq!(fault(&masked(0x82, &[1; LIMIT + 1])), too_large);
    assert_eq!(fault(&[masked(0x02, &[1; LIMIT]), masked(0x80, &[1])].concat()), too_large);
    // Before there is anything of it but the claim.
    assert_eq!(fault(b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00"), too_large);

    let utf8 = (WsFault::Utf8, b"\x88\x02\x03\xef".to_vec());
    assert_eq!(fault(&masked(0x81, b"4\xff")), utf8);
    assert_eq!(fault(&[masked(0x01, b"4\xc3"), masked(0x80, b"(")].concat()), utf8);

    let protocol = (WsFault::Protocol, b"\x88\x02\x03\xea".to_vec());
    for broken in [
        &b"\x81\x034hi"[..],
        &masked(0xc1, b"4hi"),
        &masked(0x83, b""),
        &masked(0x8b, b""),
        &masked(0x80, b"continues nothing"),
        &[masked(0x01, b"4a"), masked(0x81, b"4b")].concat(),
        &masked(0x09, b"fragment"),
        &masked(0x89, &[0; 126]),
        &masked(0x88, b"\x03"),
        &masked(0x88, b"\x03\xed"),
    ] {
        assert_eq!(fault(broken), protocol, "{broken:?}");
    }
}

#[test]
fn what_is_sent_is_framed_by_its_length() {
    for (length, header) in [
        (0, &b"\x82\x00"[..]),
        (125, b"\x82\x7d"),
        (126, b"\x82\x7e\x00\x7e"),
        (65535, b"\x82\x7e\xff\xff"),
        (65536, b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ] {
        let mut wire = Wire::server(LIMIT);
        push(&mut wire, vec![5; length]);
        assert_eq!(output(&wire), [header, &vec![5; length]].concat(), "{length}");
    }
}

#[test]
fn messages_are_written_together() {
    let mut wire = Wire::server(LIMIT);
    push(&mut wire, "a");
    push(&mut wire, vec![0; 8192]);
    wire.close(CloseCode::GoingAway);
    let expected = [&b"\x81\x024a\x82\x7e\x20\x00"[..], &vec![0; 8192], b"\x88\x02\x03\xe9"].concat();
    assert_eq!(output(&wire), expected);
    wire.written(3);
    assert_eq!(output(&wire), &expected[3..]);
    wire.written(expected.len() - 3);
    assert!(wire.is_drained());
}

#[test]
fn a_close_frame_is_sent_once() {
    let mut wire = Wire::server(LIMIT);
    wire.close(CloseCode::None);
    wire.close(CloseCode::GoingAway);
    assert_eq!(output(&wire), b"\x88\x00");
}

#[test]
fn what_arrives_after_our_close_is_still_read() {
    let mut wire = Wire::server(LIMIT);
    wire.close(CloseCode::None);
    let input = [masked(0x81, b"4late"), masked(0x88, b"")].concat();
    assert_eq!(read(&mut wire, &input, usize::MAX).unwrap(), [text("4late"), Incoming::Close]);
    assert_eq!(output(&wire), b"\x88\x00");
}

#[test]
fn clients_mask_and_servers_understand() {
    let encoding = Encoding::new(Version::V4);
    for length in [0, 1, 31, 32, 33, 125, 126, 900] {
        let (mut client, mut server) = (Wire::client(LIMIT), Wire::server(LIMIT));
        let payload: Vec<u8> = (0..length).map(|at| at as u8).collect();
        client.push(&encoding.encode_frame(Packet::Message(Payload::from(payload.clone()))));
        client.push(&encoding.encode_frame(Packet::Message(Payload::from("hi"))));
        let sent = output(&client);
        assert_eq!(sent[1] & 0x80, 0x80, "the mask bit is set");
        assert_eq!(read(&mut server, &sent, 7).unwrap(), [binary(&payload), text("4hi")]);
        // What a server sends has no mask, and a client takes it as it is.
        server.push(&encoding.encode_frame(Packet::Message(Payload::from(payload.clone()))));
        assert_eq!(output(&server)[1] & 0x80, 0);
        let sent = output(&server);
        assert_eq!(read(&mut client, &sent, 7).unwrap(), [binary(&payload)]);
    }
}

#[test]
fn clients_mask_their_close_and_their_pongs_too() {
    let (mut client, mut server) = (Wire::client(LIMIT), Wire::server(LIMIT));
    assert_eq!(read(&mut client, &[0x89, 2, b'h', b'i'], 1).unwrap(), []);
    let pong = output(&client);
    assert_eq!((pong[0], pong[1]), (0x8a, 0x82));
    client.written(pong.len());
    client.close(CloseCode::None);
    let close = output(&client);
    assert_eq!(close[1] & 0x80, 0x80);
    assert_eq!(read(&mut server, &close, 1).unwrap(), [Incoming::Close]);
}
