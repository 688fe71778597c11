use super::*;
use crate::testing::written;
use crate::{Incoming, WebSocket};
use alloc::{string::ToString, vec, vec::Vec};

const MAX_MESSAGE: usize = 10_000;
const TAKEOVER: PerMessageDeflate = PerMessageDeflate { threshold: 0, level: 6, takeover: true };
const NO_TAKEOVER: PerMessageDeflate = PerMessageDeflate { takeover: false, ..TAKEOVER };

/// Returns a server and a client that negotiated with these settings.
fn pair(settings: PerMessageDeflate) -> [WebSocket; 2] {
    let chosen = settings.accept([settings.offer()]).unwrap().unwrap();
    let concluded = settings.conclude([chosen.to_string()]).unwrap().unwrap();
    let client = Role::Client { mask: || [1, 0, 255, 40] };
    [
        WebSocket::new(Role::Server, MAX_MESSAGE).with_deflate(&chosen),
        WebSocket::new(client, MAX_MESSAGE).with_deflate(&concluded),
    ]
}

fn client(settings: PerMessageDeflate) -> WebSocket {
    let [_, client] = pair(settings);
    client
}

/// Returns an unmasked frame, as a server sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = match u8::try_from(payload.len()) {
        Ok(length @ ..126) => vec![first, length],
        _ => [&[first, 126][..], &u16::try_from(payload.len()).unwrap().to_be_bytes()].concat(),
    };
    frame.extend_from_slice(payload);
    frame
}

/// Returns all messages of `input`, which is passed in pieces of `piece` bytes.
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

/// Returns incompressible bytes.
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

/// RFC 7692, sections 7.2.3.1 to 7.2.3.6.
#[test]
fn the_examples_of_rfc_7692_decompress() {
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
            let read = read(&mut client(TAKEOVER), &input, piece).unwrap();
            assert_eq!(read, vec![(Kind::Text, Bytes::from_static(b"Hello")); count], "{input:x?}");
        }
        let no_takeover = read(&mut client(NO_TAKEOVER), &input, usize::MAX);
        assert_eq!(no_takeover.is_ok(), input != again, "without context takeover the reference is a fault");
    }
    for settings in [TAKEOVER, NO_TAKEOVER] {
        let empty = read(&mut client(settings), &frame(0xc2, &[0x00]), 1).unwrap();
        assert_eq!(empty, [(Kind::Binary, Bytes::new())]);
    }
}

#[test]
fn messages_share_a_window_only_with_context_takeover() {
    for settings in [TAKEOVER, NO_TAKEOVER] {
        let [mut server, mut client] = pair(settings);
        let text = Bytes::from_static(b"something, something else, and something");
        let mut sent = Vec::new();
        for _ in 0..3 {
            server.send(Kind::Text, b"", &text);
            let frame = written(&mut server);
            assert_eq!(read(&mut client, &frame, usize::MAX).unwrap(), [(Kind::Text, text.clone())]);
            sent.push(frame);
        }
        assert_eq!(sent[0] == sent[2], settings == NO_TAKEOVER);
        assert_eq!(sent[2].len() < 10, settings == TAKEOVER);
    }
}

#[test]
fn rsv1_is_accepted_only_on_first_frames_and_only_if_negotiated() {
    let compressed = frame(0xc1, HELLO);
    let mut plain = WebSocket::new(Role::Client { mask: || [0; 4] }, MAX_MESSAGE);
    assert_eq!(fault(&mut plain, &compressed), Fault::ReservedBit);
    for input in [
        [frame(0x41, &HELLO[..3]), frame(0xc0, &HELLO[3..])].concat(),
        [frame(0x01, b"a"), frame(0xc0, b"b")].concat(),
        frame(0xc9, b"ping"),
        frame(0xca, b"pong"),
        frame(0xc8, b""),
        frame(0xa1, b"the second reserved bit"),
        frame(0x91, b"the third reserved bit"),
    ] {
        assert_eq!(fault(&mut client(TAKEOVER), &input), Fault::ReservedBit, "{input:x?}");
    }
}

#[test]
fn invalid_deflate_data_is_rejected() {
    for settings in [TAKEOVER, NO_TAKEOVER] {
        for broken in [
            &[][..],
            // A block of the reserved type.
            &[0x06],
            // A stored block whose length and its complement differ.
            &[0x00, 0x05, 0x00, 0xfa, 0xfe],
            // A reference to data before the start.
            &[0xf2, 0x00, 0x11, 0x00, 0x00],
            b"not deflate data",
        ] {
            assert_eq!(fault(&mut client(settings), &frame(0xc2, broken)), Fault::Deflate, "{broken:x?}");
        }
    }
    for cut in 1..HELLO.len() - 1 {
        assert_eq!(fault(&mut client(NO_TAKEOVER), &frame(0xc1, &HELLO[..cut])), Fault::Deflate, "cut after {cut}");
    }
    assert_eq!(Fault::Deflate.close_code().get(), 1002);
}

#[test]
fn decompressed_text_must_be_utf8() {
    let text = |bytes: &[u8]| {
        let stored = [&[0, bytes.len() as u8, 0, !bytes.len() as u8, 0xff][..], bytes, &[0]].concat();
        read(&mut client(NO_TAKEOVER), &frame(0xc1, &stored), usize::MAX)
    };
    assert_eq!(text("ä".as_bytes()).unwrap(), [(Kind::Text, Bytes::from_static("ä".as_bytes()))]);
    assert_eq!(text(b"a\xff"), Err(Fault::Utf8));
    assert_eq!(text(b"a\xc3"), Err(Fault::Utf8));
}

#[test]
fn the_limit_applies_to_the_decompressed_size() {
    for settings in [TAKEOVER, NO_TAKEOVER] {
        for (length, kind) in [(MAX_MESSAGE, Kind::Text), (MAX_MESSAGE, Kind::Binary)] {
            let [mut server, mut client] = pair(settings);
            let payload = Bytes::from(vec![b'a'; length]);
            client.send(kind, b"", &payload);
            assert_eq!(read(&mut server, &written(&mut client), 100).unwrap(), [(kind, payload)]);
            client.send(kind, b"4", &Bytes::from(vec![b'a'; length]));
            let sent = written(&mut client);
            assert!(sent.len() < 100);
            assert_eq!(fault(&mut server, &sent), Fault::TooLarge);
        }
        // The compressed size can exceed the limit by a margin.
        let noise = noise(MAX_MESSAGE);
        let stored = [&[0, 0x10, 0x27, 0xef, 0xd8][..], &noise, &[0]].concat();
        let received = read(&mut client(settings), &frame(0xc2, &stored), usize::MAX).unwrap();
        assert_eq!(received, [(Kind::Binary, noise.clone())]);
        assert_eq!(fault(&mut client(settings), &frame(0x82, &stored)), Fault::TooLarge);
        assert_eq!(
            fault(&mut client(settings), &frame(0xc2, &[0; MAX_MESSAGE + MAX_MESSAGE / 8 + 65])),
            Fault::TooLarge
        );
        let pieces = [frame(0x42, &stored), frame(0x00, &[0; MAX_MESSAGE / 8 + 59])].concat();
        assert_eq!(fault(&mut client(settings), &pieces), Fault::TooLarge);
    }
}

#[test]
fn a_decompression_bomb_is_rejected_in_bounded_memory() {
    // The data decompresses to a thousand times its size.
    let mut stream = flate2::Compress::new(flate2::Compression::best(), false);
    let zeros = vec![0; 1 << 20];
    let mut compressed = Vec::with_capacity(20_000);
    for _ in 0..8 {
        stream.compress_vec(&zeros, &mut compressed, flate2::FlushCompress::None).unwrap();
    }
    stream.compress_vec(&[], &mut compressed, flate2::FlushCompress::Sync).unwrap();
    compressed.truncate(compressed.len() - 4);
    assert!(compressed.len() < MAX_MESSAGE, "{}", compressed.len());
    for settings in [TAKEOVER, NO_TAKEOVER] {
        let mut client = client(settings);
        // Creates the decompressor before the measurement.
        read(&mut client, &frame(0xc1, HELLO), usize::MAX).unwrap();
        let input = frame(0xc2, &compressed);
        let mut refused = None;
        let memory = allocation_counter::measure(|| refused = Some(fault(&mut client, &input)));
        assert_eq!(refused, Some(Fault::TooLarge));
        assert!(memory.bytes_max < 4 * MAX_MESSAGE as u64, "{memory:?}");
    }
    assert_eq!(Fault::TooLarge.close_code().get(), 1009);
}

#[test]
fn short_and_incompressible_messages_are_sent_uncompressed() {
    for settings in [TAKEOVER.threshold(100), NO_TAKEOVER.threshold(100)] {
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
            server.send_uncompressed(Kind::Binary, prefix, &payload);
            let sent = written(&mut server);
            assert_eq!(sent[0], 0x82);
            assert_eq!(read(&mut client, &sent, usize::MAX).unwrap(), expected);
        }
    }
}

#[test]
fn every_level_and_window_size_decompresses() {
    let text = "To be, or not to be, that is the question. ".repeat(200);
    for level in [1, 3, 6, 9] {
        for bits in 9..=15 {
            for takeover in [true, false] {
                let settings = PerMessageDeflate::default().level(level).context_takeover(takeover);
                let offer = alloc::format!("permessage-deflate; server_max_window_bits={bits}");
                let chosen = settings.accept([offer]).unwrap().unwrap();
                let mut server = WebSocket::new(Role::Server, MAX_MESSAGE).with_deflate(&chosen);
                let mut client = client(settings);
                let mut windowed = flate2::Decompress::new_with_window_bits(false, bits);
                for _ in 0..3 {
                    server.send(Kind::Text, b"", &text.clone().into());
                    let sent = written(&mut server);
                    assert_eq!(read(&mut client, &sent, 77).unwrap(), [(Kind::Text, text.clone().into())]);
                    // A decompressor with the negotiated window decompresses the message.
                    let compressed = [&sent[2 + 2 * usize::from(sent[1] == 126)..], &[0, 0, 0xff, 0xff]].concat();
                    let mut out = Vec::new();
                    while out.len() < text.len() {
                        // The output chunk is smaller than the window, so that references reach into the window.
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
fn memory_per_connection_is_as_documented() {
    let payload = Bytes::from("some repeated text ".repeat(300));
    // Creates the streams of the thread before the measurement.
    exchange(&mut pair(NO_TAKEOVER), &payload);
    for (settings, expected) in [(NO_TAKEOVER, 0), (TAKEOVER, 2 * (371 + 46))] {
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
