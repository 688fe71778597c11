use super::*;
use crate::testing::written;
use alloc::{vec, vec::Vec};
use bytes::BytesMut;

const MAX_MESSAGE: usize = 1000;
const KEY: [u8; 4] = [7, 0, 255, 13];

fn server() -> WebSocket {
    WebSocket::new(Role::Server, MAX_MESSAGE)
}

fn client() -> WebSocket {
    WebSocket::new(Role::Client { mask: || KEY }, MAX_MESSAGE)
}

/// Returns a masked frame, as a client sends it.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut header = BytesMut::new();
    Header::write(Opcode::Text, false, Some(KEY), payload.len(), &mut header);
    header[0] = first;
    let mut frame = header.to_vec();
    frame.extend(payload.iter().zip(KEY.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

fn message(kind: Kind, payload: &[u8]) -> Incoming {
    Incoming::Message { kind, payload: Bytes::copy_from_slice(payload) }
}

/// Returns all events of `input`, which is passed in pieces of `piece` bytes.
fn read(socket: &mut WebSocket, input: &[u8], piece: usize) -> Result<Vec<Incoming>, Fault> {
    let mut read = Vec::new();
    for mut piece in input.chunks(piece) {
        while let Some(incoming) = socket.next(&mut piece)? {
            read.push(incoming);
        }
        assert!(piece.is_empty(), "all of the input is consumed");
    }
    Ok(read)
}

#[test]
fn messages_are_decoded_for_every_input_split() {
    let input = [
        masked(0x81, "hi ä".as_bytes()),
        masked(0x82, &[]),
        masked(0x81, b""),
        masked(0x02, b"one"),
        masked(0x89, b"ping"),
        masked(0x00, b" two"),
        masked(0x00, b""),
        masked(0x80, b" three"),
        masked(0x01, b"\xc3"),
        masked(0x80, b"\xa4"),
        masked(0x82, &[9; 300]),
    ]
    .concat();
    let expected = [
        message(Kind::Text, "hi ä".as_bytes()),
        message(Kind::Binary, &[]),
        message(Kind::Text, &[]),
        message(Kind::Binary, b"one two three"),
        message(Kind::Text, "ä".as_bytes()),
        message(Kind::Binary, &[9; 300]),
    ];
    for piece in (1..40).chain([usize::MAX]) {
        let mut server = server();
        assert_eq!(read(&mut server, &input, piece).unwrap(), expected, "pieces of {piece}");
        assert_eq!(written(&mut server), b"\x8a\x04ping");
    }
}

#[test]
fn each_violation_returns_its_fault_and_close_code() {
    for (input, fault, code) in [
        (masked(0xc1, b""), Fault::ReservedBit, 1002),
        (masked(0x91, b""), Fault::ReservedBit, 1002),
        (masked(0x83, b""), Fault::Opcode(3), 1002),
        (masked(0x8f, b""), Fault::Opcode(15), 1002),
        (masked(0x09, b"fragment"), Fault::Control, 1002),
        (masked(0x89, &[0; 126]), Fault::Control, 1002),
        (b"\x81\x02hi".to_vec(), Fault::Unmasked, 1002),
        (masked(0x80, b"continues nothing"), Fault::Continuation, 1002),
        ([masked(0x01, b"a"), masked(0x81, b"b")].concat(), Fault::Interleaved, 1002),
        (masked(0x88, b"\x03"), Fault::ClosePayload, 1002),
        (masked(0x88, b"\x03\xed"), Fault::CloseCode(1005), 1002),
        (masked(0x88, b"\x03\xe8\xff"), Fault::Utf8, 1007),
        (masked(0x81, b"\xff"), Fault::Utf8, 1007),
        ([masked(0x01, b"\xc3"), masked(0x80, b"(")].concat(), Fault::Utf8, 1007),
        (masked(0x82, &[1; MAX_MESSAGE + 1]), Fault::TooLarge, 1009),
        ([masked(0x02, &[1; MAX_MESSAGE]), masked(0x80, &[1])].concat(), Fault::TooLarge, 1009),
        (b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0".to_vec(), Fault::TooLarge, 1009),
    ] {
        for piece in [1, usize::MAX] {
            let mut server = server();
            assert_eq!(read(&mut server, &input, piece), Err(fault));
            server.fail(fault);
            let code = u16::to_be_bytes(code);
            assert_eq!(written(&mut server), [0x88, 2, code[0], code[1]], "{fault:?}");
        }
    }
    assert_eq!(read(&mut client(), &masked(0x81, b"a"), 1), Err(Fault::Masked));
}

#[test]
fn invalid_text_is_rejected_before_its_frame_ends() {
    let mut input = masked(0x01, b"ab\xf4\x90 and much more");
    input.truncate(6 + 4);
    assert_eq!(read(&mut server(), &input, usize::MAX), Err(Fault::Utf8));
}

#[test]
fn a_message_of_exactly_the_limit_is_accepted() {
    let whole = masked(0x82, &[1; MAX_MESSAGE]);
    let pieces = [masked(0x02, &[1; MAX_MESSAGE - 1]), masked(0x80, &[1])].concat();
    for input in [whole, pieces] {
        assert_eq!(read(&mut server(), &input, 100).unwrap(), [message(Kind::Binary, &[1; MAX_MESSAGE])]);
    }
}

#[test]
fn a_close_frame_is_answered_once_and_ends_both_directions() {
    for (close, answer) in [(masked(0x88, b""), &b"\x88\x00"[..]), (masked(0x88, b"\x03\xe8bye"), b"\x88\x02\x03\xe8")]
    {
        let mut server = server();
        let input = [masked(0x81, b"a"), close, masked(0x81, b"late"), masked(0x88, b"")].concat();
        let read = read(&mut server, &input, usize::MAX).unwrap();
        assert!(matches!(&read[..], [Incoming::Message { .. }, Incoming::Close(_)]), "{read:?}");
        server.send(Kind::Text, b"", &Bytes::from_static(b"late"));
        server.close(None);
        assert_eq!(written(&mut server), answer);
    }
}

#[test]
fn messages_after_the_local_close_are_still_returned() {
    let mut server = server();
    server.close_with(Some(CloseCode::GOING_AWAY), "maintenance");
    let input = [masked(0x81, b"late"), masked(0x89, b"ping"), masked(0x88, b"")].concat();
    let read = read(&mut server, &input, usize::MAX).unwrap();
    assert_eq!(read, [message(Kind::Text, b"late"), Incoming::Close(None)]);
    assert_eq!(written(&mut server), b"\x88\x0d\x03\xe9maintenance");
}

#[test]
fn a_long_close_reason_is_truncated_at_a_character_boundary() {
    let mut server = server();
    server.close_with(Some(CloseCode::NORMAL), &"ä".repeat(100));
    let frame = written(&mut server);
    assert_eq!((frame[1], frame.len()), (124, 126));
    assert!(core::str::from_utf8(&frame[4..]).is_ok());
}

#[test]
fn replies_count_pong_bytes_until_they_are_written() {
    let mut server = server();
    server.send(Kind::Text, b"4", &Bytes::from_static(b"hi"));
    read(&mut server, &masked(0x89, b"ping"), usize::MAX).unwrap();
    assert_eq!(server.replies(), 6);
    server.written(10);
    assert_eq!(server.replies(), 6);
    server.written(1);
    assert_eq!(server.replies(), 0);
}

#[test]
fn each_role_decodes_what_the_other_sends() {
    for length in [0, 1, 124, 125, 126, 127, ZERO_COPY_THRESHOLD, 65534, 65535, 65536] {
        let payload: Bytes = (0..length).map(|at| at as u8).collect::<Vec<u8>>().into();
        let all = [b"4", &payload[..]].concat();
        let sockets = || {
            let role = Role::Client { mask: || [9, 8, 7, 6] };
            (WebSocket::new(Role::Server, 1 << 20), WebSocket::new(role, 1 << 20))
        };
        let (server, client) = sockets();
        for (mut from, mut to) in [(server, client), {
            let (server, client) = sockets();
            (client, server)
        }] {
            from.send(Kind::Binary, b"4", &payload);
            from.send(Kind::Text, b"", &Bytes::from_static(b"more"));
            let expected = [message(Kind::Binary, &all), message(Kind::Text, b"more")];
            assert_eq!(read(&mut to, &written(&mut from), 4000).unwrap(), expected);
        }
    }
}

#[test]
fn a_server_does_not_copy_large_payloads() {
    let payload = Bytes::from(vec![1; ZERO_COPY_THRESHOLD]);
    let mut server = server();
    server.send(Kind::Binary, b"", &payload);
    assert_eq!(server.output().chunk(), [0x82, 126, 0x10, 0]);
    server.written(4);
    assert_eq!(server.output().chunk().as_ptr(), payload.as_ptr());
}

#[test]
fn reserve_allocates_once_for_many_messages() {
    let mut server = server();
    let messages = [ZERO_COPY_THRESHOLD - 1, 700, 3];
    server.reserve(messages.len(), messages.iter().sum());
    let capacity = server.output.tail().capacity();
    for len in messages {
        server.send(Kind::Binary, b"", &vec![7; len].into());
    }
    assert_eq!(
        (server.output().remaining(), server.output.tail().capacity()),
        (messages.iter().sum::<usize>() + 10, capacity)
    );
    // A payload that is not copied needs no capacity.
    let mut server = self::server();
    server.reserve(1, 1_000_000);
    assert!(server.output.tail().capacity() < 2 * ZERO_COPY_THRESHOLD);
}

#[test]
fn echoing_small_messages_allocates_nothing() {
    let mut server = server();
    let input = masked(0x81, b"hello");
    let mut echo = || {
        let mut input = &input[..];
        let Ok(Some(Incoming::Message { kind, payload })) = server.next(&mut input) else { panic!("no message") };
        server.send(kind, b"4", &payload);
        let count = server.output().remaining();
        server.written(count);
        assert_eq!(server.next(&mut input), Ok(None));
    };
    echo();
    let info = allocation_counter::measure(|| (0..100).for_each(|_| echo()));
    assert_eq!(info.count_total, 0);
}
