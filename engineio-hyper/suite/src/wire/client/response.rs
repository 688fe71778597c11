//! HTTP responses, and what the protocol says is in them.

use core::str;

/// One HTTP response, whole.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case, in the order of the wire.
    pub headers: Vec<(String, String)>,
    /// Without its transfer encoding.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header that stands there at most once; `name` is in lower case.
    ///
    /// # Panics
    /// If it stands there twice.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let value = found.next();
        assert_eq!(found.next(), None, "{name} stands there once");
        value
    }

    /// The body as text.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("the body is text")
    }

    /// Checks status and body.
    ///
    /// # Panics
    /// If they differ.
    pub fn expect(&self, status: u16, body: &str) {
        assert_eq!((self.status, String::from_utf8_lossy(&self.body).as_ref()), (status, body), "{:?}", self.headers);
    }

    /// Checks for one of the protocol's refusals: 400 and the JSON body of its code.
    ///
    /// # Panics
    /// If it is anything else.
    pub fn expect_refusal(&self, code: u8) {
        let message = match code {
            0 => "Transport unknown",
            1 => "Session ID unknown",
            2 => "Bad handshake method",
            3 => "Bad request",
            5 => "Unsupported protocol version",
            other => panic!("no test asks for code {other}"),
        };
        self.expect(400, &format!(r#"{{"code":{code},"message":"{message}"}}"#));
        assert_eq!(self.header("content-type"), Some("application/json"));
    }

    /// Checks for the answer to a GET that carries packets; returns its body.
    ///
    /// # Panics
    /// If it is anything else.
    #[must_use]
    pub fn packets(&self) -> &str {
        assert_eq!(self.status, 200, "{:?} {:?}", self.headers, String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("content-type"), Some("text/plain; charset=UTF-8"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("content-length"), Some(self.body.len().to_string().as_str()));
        self.text()
    }
}
