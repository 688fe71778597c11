//! The bounds of a request's head.

use crate::{lab::Lab, peer::Client, serving::serve_with};

/// A head of this many bytes, with this many fields.
fn head(bytes: usize, fields: usize) -> String {
    let mut head = "GET / HTTP/1.1\r\nhost: x\r\n".to_owned();
    for field in 2..fields {
        head += &format!("x-{field}: y\r\n");
    }
    head += "x-last: ";
    head += &"y".repeat(bytes.saturating_sub(head.len() + 4));
    head + "\r\n\r\n"
}

/// The status of the answer to a head, and whether the connection is closed.
fn answered(head: &str, bytes: Option<usize>, fields: Option<usize>) -> (String, bool) {
    let lab = Lab::new();
    let (client, end) = Client::pair();
    serve_with(&lab, end, |mut server| {
        if let Some(bytes) = bytes {
            server = server.max_head_bytes(bytes);
        }
        if let Some(fields) = fields {
            server = server.max_header_fields(fields);
        }
        server
    });
    client.write(head.as_bytes());
    lab.run();
    let answer = String::from_utf8(client.read()).unwrap();
    (answer.split(' ').nth(1).unwrap_or_default().to_owned(), client.is_closed())
}

#[test]
fn u08_a_head_of_32_kib_is_read_and_a_longer_one_is_refused() {
    for (bytes, setting) in [(32 * 1024, None), (4000, Some(4000)), (100_000, Some(100_000)), (1024, Some(0))] {
        let longest = head(bytes, 2);
        assert_eq!(longest.len(), bytes);
        assert_eq!(answered(&longest, setting, None), ("404".to_owned(), false), "{bytes}");
        assert_eq!(answered(&head(bytes + 1, 2), setting, None), ("431".to_owned(), true), "{bytes}");
        // A head that does not end is refused as soon as it is too long.
        let endless = &head(2 * bytes, 2)[..bytes];
        assert_eq!(answered(endless, setting, None), ("431".to_owned(), true), "{bytes}");
        assert_eq!(answered(&endless[..bytes - 1], setting, None), (String::new(), false), "{bytes}");
    }
}

/// `Transfer-Encoding` wins, in either order, and nothing after the request is read as another: a proxy that goes by the
/// `Content-Length` may have taken it for a part of the body.
#[test]
fn u17_a_request_with_two_lengths_is_the_last_of_its_connection() {
    for fields in
        ["transfer-encoding: chunked\r\ncontent-length: 46\r\n", "content-length: 46\r\ntransfer-encoding: chunked\r\n"]
    {
        let lab = Lab::new();
        let (client, end) = Client::pair();
        serve_with(&lab, end, |server| server);
        let request = format!("POST / HTTP/1.1\r\nhost: x\r\n{fields}\r\n0\r\n\r\n");
        client.write(format!("{request}GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes());
        lab.run();
        let answer = String::from_utf8(client.read()).unwrap();
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        assert!(answer.starts_with("HTTP/1.1 404 ") && answer.contains("\r\nconnection: close\r\n"), "{answer}");
        assert!(!answer.contains("keep-alive"), "{answer}");
        assert!(client.is_closed());
    }
}

/// Two different lengths, and a coding that hyper does not know, are refused.
#[test]
fn u17_a_request_whose_length_is_unclear_is_refused() {
    for fields in ["content-length: 1\r\ncontent-length: 2\r\n", "transfer-encoding: chunked, gzip\r\n"] {
        let lab = Lab::new();
        let (client, end) = Client::pair();
        serve_with(&lab, end, |server| server);
        client.write(format!("POST / HTTP/1.1\r\nhost: x\r\n{fields}\r\n0\r\n\r\n").as_bytes());
        lab.run();
        assert!(client.read().starts_with(b"HTTP/1.1 400 "));
        assert!(client.is_closed());
    }
}

#[test]
fn u08_as_many_fields_are_read_as_proxies_send() {
    for (fields, setting) in [(256, None), (10, Some(10)), (1000, Some(1000))] {
        assert_eq!(answered(&head(0, fields), None, setting), ("404".to_owned(), false), "{fields}");
        assert_eq!(answered(&head(0, fields + 1), None, setting), ("431".to_owned(), true), "{fields}");
    }
}
