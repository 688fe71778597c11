use super::*;
use crate::testing::written;
use crate::{Incoming, WebSocket};
use alloc::{string::ToString, vec, vec::Vec};

const LIMIT: usize = 10_000;
const ALL: PerMessageDeflate = PerMessageDeflate { threshold: 0, level: 6, takeover: true };
const ALONE: PerMessageDeflate = PerMessageDeflate { takeover: false, ..ALL };

/// A server and a client that agreed by what these settings make of each other's headers.
fn pair(settings: PerMessageDeflate) -> [WebSocket; 2] {
    let chosen = settings.accept([settings.offer()]).unwrap().unwrap();
    let concluded = settings.conclude([chosen.to_string()]).unwrap().unwrap();
    let client = Role::Client { mask: || [1, 0, 255, 40] };
    [WebSocket::new(Role::Server, LIMIT).with_deflate(&chosen), WebSocket::new(client, LIMIT).with_deflate(&concluded)]
}

fn client(settings: PerMessageDeflate) -> WebSocket {
    let [_, client] = pair(settings);
    client
}

/// A server's frame.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = match u8::try_from(payload.len()) {
        Ok(length @ ..126) => vec![first, length],
        _ => [&[first, 126][..], &u16::try_from(payload.len()).unwrap().to_be_bytes()].concat(),
    };
    frame.extend_from_slice(payload);
    frame
}

/// Everything that comes out of `input`, given in pieces.
fn read(socket: &mut WebSocket, input: &[u8], piece: usize) -> Result<Vec<(Kind, Bytes)>, Fault> {
    let mut read = Vec::new();
    for mut piece in input.chunks(piece) {
        while let Some(incoming) = socket.next(&mut piece)? {
            let Incoming::Message { kind, payload } = incoming else { panic!("{incoming:?}") };
            read.push((kind, payload));
        }
    }
    Ok(read)
}

fn fault(socket: &mut WebSocket, input: &[u8]) -> Fault {
    read(socket, input, usize::MAX).unwrap_err()
}

/// What nothing can make smaller.
fn noise(length: usize) -> Bytes {
    let mut state = 1_u32;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as u8
    };
    (0..length).map(next).collect()
}

const HELLO: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

/// Sections 7.2.3.1 to 7.2.3.6.
#[test]
fn the_examples_of_the_standard() {
    let again = [frame(0xc1, HELLO), frame(0xc1, &[0xf2, 0x00, 0x11, 0x00, 0x00])].concat();
    for (input, count) in [
        (frame(0xc1, HELLO), 1),
        ([frame(0x41, &HELLO[..3]), frame(0x80, &HELLO[3..])].concat(), 1),
        ([frame(0x41, &[]), frame(0x89, b"ping"), frame(0x00, HELLO), frame(0x80, &[])].concat(), 1),
        (again.clone(), 2),
        ([frame(0xc1, HELLO), frame(0x81, b"Hello"), frame(0xc1, HELLO)].concat(), 3),
        (frame(0xc1, &[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00]), 1),
        (frame(0xc1, &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]), 1),
        (frame(0xc1, &[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00]), 1),
    ] {
        for piece in [1, 3, usize::MAX] {
            let read = read(&mut client(ALL), &input, piece).unwrap();
            assert_eq!(read, vec![(Kind::Text, Bytes::from_static(b"Hello")); count], "{input:x?}");
        }
        let alone = read(&mut client(ALONE), &input, usize::MAX);
        assert_eq!(alone.is_ok(), input != again, "without context takeover there is nothing to refer to");
    }
    for settings in [ALL, ALONE] {
        let empty = read(&mut client(settings), &frame(0xc2, &[0x00]), 1).unwrap();
        assert_eq!(empty, [(Kind::Binary, Bytes::new())]);
    }
}

#[test]
fn a_message_refers_to_those_before_it_only_if_that_was_agreed() {
    for settings in [ALL, ALONE] {
        let [mut server, mut client] = pair(settings);
        let text = Bytes::from_static(b"something, something else, and something");
        let mut sent = Vec::new();
        for _ in 0..3 {
            server.send(Kind::Text, b"", &text);
            let frame = written(&mut server);
            assert_eq!(read(&mut client, &frame, usize::MAX).unwrap(), [(Kind::Text, text.clone())]);
            sent.push(frame);
        }
        assert_eq!(sent[0] == sent[2], settings == ALONE);
        assert_eq!(sent[2].len() < 10, settings == ALL);
    }
}

#[test]
fn the_mark_is_on_the_first_frame_of_a_message_and_only_if_it_was_agreed() {
    let compressed = frame(0xc1, HELLO);
    let mut plain = WebSocket::new(Role::Client { mask: || [0; 4] }, LIMIT);
    assert_eq!(fault(&mut plain, &compressed), Fault::ReservedBit);
    for input in [
        [frame(0x41, &HELLO[..3]), frame(0xc0, &HELLO[3..])].concat(),
        [frame(0x01, b"a"), frame(0xc0, b"b")].concat(),
        frame(0xc9, b"ping"),
        frame(0xca, b"pong"),
        frame(0xc8, b""),
        frame(0xa1, b"the second bit"),
        frame(0x91, b"the third"),
    ] {
        assert_eq!(fault(&mut client(ALL), &input), Fault::ReservedBit, "{input:x?}");
    }
}

#[test]
fn what_is_no_compressed_message_is_refused() {
    for settings in [ALL, ALONE] {
        for broken in [
            &[][..],
            // A block of a kind that there is not.
            &[0x06],
            // The wrong check of a length.
            &[0x00, 0x05, 0x00, 0xfa, 0xfe],
            // It refers to what is not there.
            &[0xf2, 0x00, 0x11, 0x00, 0x00],
            b"no deflate at all",
        ] {
            assert_eq!(fault(&mut client(settings), &frame(0xc2, broken)), Fault::Deflate, "{broken:x?}");
        }
    }
    for cut in 1..HELLO.len() - 1 {
        assert_eq!(fault(&mut client(ALONE), &frame(0xc1, &HELLO[..cut])), Fault::Deflate, "cut after {cut}");
    }
    assert_eq!(Fault::Deflate.close_code().get(), 1002);
}

#[test]
fn text_is_checked_when_it_is_decompressed() {
    let text = |bytes: &[u8]| {
        let stored = [&[0, bytes.len() as u8, 0, !bytes.len() as u8, 0xff][..], bytes, &[0]].concat();
        read(&mut client(ALONE), &frame(0xc1, &stored), usize::MAX)
    };
    assert_eq!(text("ä".as_bytes()).unwrap(), [(Kind::Text, Bytes::from_static("ä".as_bytes()))]);
    assert_eq!(text(b"a\xff"), Err(Fault::Utf8));
    assert_eq!(text(b"a\xc3"), Err(Fault::Utf8));
}

#[test]
fn the_limit_counts_what_a_message_says() {
    for settings in [ALL, ALONE] {
        for (length, kind) in [(LIMIT, Kind::Text), (LIMIT, Kind::Binary)] {
            let [mut server, mut client] = pair(settings);
            let payload = Bytes::from(vec![b'a'; length]);
            client.send(kind, b"", &payload);
            assert_eq!(read(&mut server, &written(&mut client), 100).unwrap(), [(kind, payload)]);
            client.send(kind, b"4", &Bytes::from(vec![b'a'; length]));
            let sent = written(&mut client);
            assert!(sent.len() < 100);
            assert_eq!(fault(&mut server, &sent), Fault::TooLarge);
        }
        // While it is compressed it may be longer, by a little.
        let noise = noise(LIMIT);
        let stored = [&[0, 0x10, 0x27, 0xef, 0xd8][..], &noise, &[0]].concat();
        let received = read(&mut client(settings), &frame(0xc2, &stored), usize::MAX).unwrap();
        assert_eq!(received, [(Kind::Binary, noise.clone())]);
        assert_eq!(fault(&mut client(settings), &frame(0x82, &stored)), Fault::TooLarge);
        assert_eq!(fault(&mut client(settings), &frame(0xc2, &[0; LIMIT + LIMIT / 8 + 65])), Fault::TooLarge);
        let pieces = [frame(0x42, &stored), frame(0x00, &[0; LIMIT / 8 + 59])].concat();
        assert_eq!(fault(&mut client(settings), &pieces), Fault::TooLarge);
    }
}

#[test]
fn a_bomb_is_refused_before_it_takes_memory() {
    // A thousand times what is sent.
    let mut stream = flate2::Compress::new(flate2::Compression::best(), false);
    let zeros = vec![0; 1 << 20];
    let mut compressed = Vec::with_capacity(20_000);
    for _ in 0..8 {
        stream.compress_vec(&zeros, &mut compressed, flate2::FlushCompress::None).unwrap();
    }
    stream.compress_vec(&[], &mut compressed, flate2::FlushCompress::Sync).unwrap();
    compressed.truncate(compressed.len() - 4);
    assert!(compressed.len() < LIMIT, "{}", compressed.len());
    for settings in [ALL, ALONE] {
        let mut client = client(settings);
        // What decompresses is there before.
        read(&mut client, &frame(0xc1, HELLO), usize::MAX).unwrap();
        let input = frame(0xc2, &compressed);
        let mut refused = None;
        let memory = allocation_counter::measure(|| refused = Some(fault(&mut client, &input)));
        assert_eq!(refused, Some(Fault::TooLarge));
        assert!(memory.bytes_max < 4 * LIMIT as u64, "{memory:?}");
    }
    assert_eq!(Fault::TooLarge.close_code().get(), 1009);
}

#[test]
fn messages_below_the_threshold_and_those_that_gain_nothing_are_sent_as_they_are() {
    for settings in [ALL.threshold(100), ALONE.threshold(100)] {
        let [mut server, mut client] = pair(settings);
        for (prefix, payload, compressed) in [
            (&b""[..], Bytes::from(vec![b'a'; 99]), false),
            (b"", Bytes::from(vec![b'a'; 100]), true),
            (b"4", Bytes::from(vec![b'a'; 99]), true),
            (b"", noise(5000), false),
            (b"4", noise(200), false),
            (b"", Bytes::from(vec![b'a'; 5000]), true),
        ] {
            let expected = [(Kind::Binary, Bytes::from([prefix, &payload].concat()))];
            server.send(Kind::Binary, prefix, &payload);
            let sent = written(&mut server);
            assert_eq!(sent[0], if compressed { 0xc2 } else { 0x82 });
            assert!(!compressed || sent.len() < 40, "{}", sent.len());
            assert_eq!(read(&mut client, &sent, usize::MAX).unwrap(), expected);
            server.send_plain(Kind::Binary, prefix, &payload);
            let sent = written(&mut server);
            assert_eq!(sent[0], 0x82);
            assert_eq!(read(&mut client, &sent, usize::MAX).unwrap(), expected);
        }
    }
}

#[test]
fn each_level_and_window_is_understood() {
    let text = "To be, or not to be, that is the question. ".repeat(200);
    for level in [1, 3, 6, 9] {
        for bits in 9..=15 {
            for takeover in [true, false] {
                let settings = PerMessageDeflate::default().level(level).context_takeover(takeover);
                let offer = alloc::format!("permessage-deflate; server_max_window_bits={bits}");
                let chosen = settings.accept([offer]).unwrap().unwrap();
                let mut server = WebSocket::new(Role::Server, LIMIT).with_deflate(&chosen);
                let mut client = client(settings);
                let mut windowed = flate2::Decompress::new_with_window_bits(false, bits);
                for _ in 0..3 {
                    server.send(Kind::Text, b"", &text.clone().into());
                    let sent = written(&mut server);
                    assert_eq!(read(&mut client, &sent, 77).unwrap(), [(Kind::Text, text.clone().into())]);
                    // Nor is more of a window needed than was agreed.
                    let compressed = [&sent[2 + 2 * usize::from(sent[1] == 126)..], &[0, 0, 0xff, 0xff]].concat();
                    let mut out = Vec::new();
                    while out.len() < text.len() {
                        // So little at a time that it comes from the window.
                        let mut chunk = [0; 50];
                        let before = (windowed.total_in() as usize, windowed.total_out());
                        let rest = &compressed[before.0..];
                        windowed.decompress(rest, &mut chunk, flate2::FlushDecompress::None).unwrap();
                        out.extend_from_slice(&chunk[..(windowed.total_out() - before.1) as usize]);
                    }
                    assert_eq!(out, text.as_bytes());
                    if takeover {
                        break;
                    }
                    windowed.reset(false);
                }
            }
        }
    }
}

#[test]
fn what_a_connection_keeps_is_as_documented() {
    let payload = Bytes::from("some text, again and again ".repeat(300));
    // The thread's own are there.
    exchange(&mut pair(ALONE), &payload);
    for (settings, expected) in [(ALONE, 0), (ALL, 2 * (371 + 46))] {
        let mut ends = pair(settings);
        let kept = allocation_counter::measure(|| exchange(&mut ends, &payload)).bytes_current / 1024;
        assert!((expected..expected + 10).contains(&kept), "{kept} KiB");
    }
}

fn exchange([server, client]: &mut [WebSocket; 2], payload: &Bytes) {
    for _ in 0..2 {
        server.send(Kind::Text, b"", payload);
        assert_eq!(read(client, &written(server), usize::MAX).unwrap().len(), 1);
        client.send(Kind::Text, b"", payload);
        assert_eq!(read(server, &written(client), usize::MAX).unwrap().len(), 1);
    }
}
