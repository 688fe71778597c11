//! A client and a server.

use crate::pair::{self, PairStep};
use arbitrary::{Arbitrary as _, Unstructured};

/// Steps of a client, a server and the network between them, after a byte that chooses the settings. Then the network
/// recovers, and in the end it is cut for good.
///
/// - What arrives is what was sent, in order, nothing twice and nothing left out.
/// - What the server has accepted was told to its application, and what has not left comes back when the session ends.
/// - Each side hears of one open and one close, and ends by itself when nothing arrives any more.
///
/// # Panics
/// With the shortest steps that show it, if one of these does not hold.
pub fn pair(data: &[u8]) {
    let Some((seed, rest)) = data.split_first() else { return };
    let mut steps = Vec::new();
    let mut input = Unstructured::new(rest);
    while let Ok(step) = PairStep::arbitrary(&mut input) {
        steps.push(step);
        if input.is_empty() {
            break;
        }
    }
    let seed = u64::from(*seed);
    if let Err(found) = pair::replay(seed, &steps) {
        panic!("\n{}", pair::minimized(seed, *found));
    }
}
