//! Base64, implemented bit by bit.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Decodes base64 of the standard alphabet. Ignores white space and stray bits; padding can be complete, partial or
/// absent.
#[must_use]
pub fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !b"\r\n\t ".contains(byte)).collect();
    let len = text.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let padding = text.len() - len;
    if len % 4 == 1 || padding > (4 - len % 4) % 4 {
        return None;
    }
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for symbol in &text[..len] {
        let value = ALPHABET.iter().position(|known| known == symbol)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

/// Encodes bytes as base64 of the standard alphabet, with complete padding and no white space.
#[must_use]
pub fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, index| bits << 8 | usize::from(group.get(index).copied().unwrap_or(0)));
        let symbol = |index: usize| char::from(ALPHABET[bits >> (18 - 6 * index) & 63]);
        text.extend((0..4).map(|index| if index > group.len() { '=' } else { symbol(index) }));
    }
    text
}
