//! The header `Sec-WebSocket-Extensions` (RFC 6455, section 9.1).

use alloc::{borrow::Cow, string::String, vec::Vec};

/// One extension of the list: a client's offer, or a server's choice.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Item<'h> {
    pub(super) name: &'h str,
    pub(super) parameters: Vec<Parameter<'h>>,
}

/// The name of a parameter, with its value if it has one.
pub(super) type Parameter<'h> = (&'h str, Option<Cow<'h, str>>);

/// Parses one line of the header. Returns `None` if it is malformed.
pub(super) fn parse(line: &[u8]) -> Option<Vec<Item<'_>>> {
    let mut scanner = Scanner(core::str::from_utf8(line).ok()?);
    let mut items = Vec::new();
    loop {
        scanner.skip_space();
        // The elements of an HTTP list can be empty (RFC 9110, section 5.6.1).
        if !scanner.at_end_of_item() {
            items.push(scanner.item()?);
        }
        if !scanner.eat(',') {
            return scanner.0.is_empty().then_some(items);
        }
    }
}

/// The rest of a line.
struct Scanner<'h>(&'h str);

impl<'h> Scanner<'h> {
    fn item(&mut self) -> Option<Item<'h>> {
        let name = self.token()?;
        let mut parameters = Vec::new();
        self.skip_space();
        while self.eat(';') {
            self.skip_space();
            let name = self.token()?;
            self.skip_space();
            let value = if self.eat('=') {
                self.skip_space();
                Some(self.value()?)
            } else {
                None
            };
            parameters.push((name, value));
            self.skip_space();
        }
        self.at_end_of_item().then_some(Item { name, parameters })
    }

    fn at_end_of_item(&self) -> bool {
        self.0.is_empty() || self.0.starts_with(',')
    }

    fn skip_space(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }

    fn eat(&mut self, expected: char) -> bool {
        let rest = self.0.strip_prefix(expected);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn token(&mut self) -> Option<&'h str> {
        let end = self.0.find(|character| !is_token(character)).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at(end);
        self.0 = rest;
        (!token.is_empty()).then_some(token)
    }

    /// Parses a parameter's value: a token, or a quoted string whose content is a token.
    fn value(&mut self) -> Option<Cow<'h, str>> {
        if !self.eat('"') {
            return self.token().map(Cow::Borrowed);
        }
        let mut value = String::new();
        let mut characters = self.0.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => value.push(characters.next()?),
                character => value.push(character),
            }
        }
        self.0 = characters.as_str();
        (!value.is_empty() && value.chars().all(is_token)).then_some(Cow::Owned(value))
    }
}

/// Returns whether a token can contain the character (RFC 9110, section 5.6.2).
fn is_token(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::ToString};

    /// Parses a line and formats the result canonically.
    fn read(line: &str) -> Option<String> {
        let parameter = |(name, value): &Parameter<'_>| match value {
            Some(value) => format!(";{name}={value}"),
            None => format!(";{name}"),
        };
        let item =
            |item: &Item<'_>| item.parameters.iter().fold(item.name.to_string(), |text, each| text + &parameter(each));
        Some(parse(line.as_bytes())?.iter().map(item).collect::<Vec<_>>().join(","))
    }

    #[test]
    fn valid_lines_parse_to_their_items() {
        for (line, expected) in [
            ("", ""),
            (" , ,", ""),
            ("a", "a"),
            ("a,b", "a,b"),
            ("a;b", "a;b"),
            (" a ; b = c ;\td , , e;f=\"g\" ", "a;b=c;d,e;f=g"),
            (r#"a;b="\1\0""#, "a;b=10"),
            ("permessage-deflate; client_max_window_bits", "permessage-deflate;client_max_window_bits"),
        ] {
            assert_eq!(read(line).as_deref(), Some(expected), "{line}");
        }
    }

    #[test]
    fn malformed_lines_are_rejected() {
        for line in [
            ";",
            "=",
            "a;",
            "a;;b",
            "a;,b",
            "a b",
            "a;b=",
            "a;b=,c",
            "a;b c",
            "a;=b",
            "a;b=\"",
            "a;b=\"\"",
            "a;b=\"c",
            "a;b=\"c\\",
            "a;b=\"c d\"",
            "a;b=\"c\"d",
            "a;b=c=d",
            "a\"b\"",
            "ä",
            "a;b=ä",
            "a\0",
            "(a)",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        assert_eq!(parse(b"a\xff"), None);
    }
}
