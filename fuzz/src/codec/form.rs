//! HTML form encoding as in the URL standard, and the form of a JSONP request.

/// Decodes a name or a value of a form.
#[must_use]
pub fn unescape(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *first == b'%').and_then(|code| std::str::from_utf8(code).ok());
        let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(byte.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    bytes
}

/// Decodes the payload of a JSONP form: the value of its only field `d`. Like the reference, it replaces `(\\)?\\n` and
/// then `\\\\n` in the value.
#[must_use]
pub fn jsonp_payload(form: &[u8]) -> Option<Vec<u8>> {
    let mut fields = form.split(|byte| *byte == b'&').filter_map(|field| {
        let mut parts = field.splitn(2, |byte| *byte == b'=');
        let name = parts.next().unwrap_or_default();
        (unescape(name) == b"d").then(|| parts.next().unwrap_or_default())
    });
    let (Some(value), None) = (fields.next(), fields.next()) else { return None };
    let lines = replace(&unescape(value), |rest| match rest {
        [b'\\', b'\\', b'n', ..] => Some((3, br"\\n")),
        [b'\\', b'n', ..] => Some((2, b"\n")),
        _ => None,
    });
    Some(replace(&lines, |rest| rest.starts_with(br"\\n").then_some((3, br"\n"))))
}

fn replace(text: &[u8], found: impl Fn(&[u8]) -> Option<(usize, &'static [u8])>) -> Vec<u8> {
    let (mut out, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let (len, by) = found(&text[at..]).unwrap_or((1, b""));
        out.extend_from_slice(if by.is_empty() { &text[at..=at] } else { by });
        at += len;
    }
    out
}
