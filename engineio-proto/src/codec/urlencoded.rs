//! Names and values of queries and forms.

use core::iter;

/// Decodes one name or value of `application/x-www-form-urlencoded`, as the URL standard has it: a `%` that is
/// not followed by two hexadecimal digits stands for itself.
pub(crate) fn decode<T: AsRef<[u8]> + ?Sized>(encoded: &T) -> impl Iterator<Item = u8> {
    let mut rest = encoded.as_ref();
    iter::from_fn(move || {
        let (&first, mut after) = rest.split_first()?;
        let byte = match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, rest @ ..]) => match hex(*high, *low) {
                Some(byte) => {
                    after = rest;
                    byte
                }
                None => b'%',
            },
            _ => first,
        };
        rest = after;
        Some(byte)
    })
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}
