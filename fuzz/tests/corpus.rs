//! The corpora of the fuzzers, replayed without them.

use engineio_fuzz::targets;
use std::{fs, path::Path};

#[test]
fn every_input_of_the_corpora_passes() {
    for (name, target) in [&targets::DECODERS[..], &targets::STATEFUL].concat() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(format!("fuzz_{name}"));
        let inputs: Vec<_> = fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(inputs.len() > 4, "{} has next to nothing", corpus.display());
        for input in inputs {
            println!("{}", input.display());
            target(&fs::read(input).unwrap());
        }
    }
}

/// What any fuzzer tries first.
#[test]
fn every_short_input_passes() {
    for (_, target) in [&targets::DECODERS[..], &targets::STATEFUL].concat() {
        target(&[]);
        for a in 0..=u8::MAX {
            target(&[a]);
            for b in b"0123456b\x1e\xff%&=+{\"" {
                target(&[a, *b]);
                target(&[*b, a]);
            }
        }
    }
}
