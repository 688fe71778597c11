use super::*;
use alloc::string::ToString;

const TAKEOVER: PerMessageDeflate = PerMessageDeflate { threshold: 0, level: 6, takeover: true };
const NO_TAKEOVER: PerMessageDeflate = PerMessageDeflate { takeover: false, ..TAKEOVER };

#[test]
fn a_server_accepts_the_first_offer_it_supports() {
    const BOTH: &str = "; server_no_context_takeover; client_no_context_takeover";
    for (offers, takeover, no_takeover) in [
        (&["permessage-deflate"][..], Some(""), Some(BOTH)),
        (&["permessage-deflate; client_max_window_bits"], Some(""), Some(BOTH)),
        (&["permessage-deflate; client_max_window_bits=8"], Some(""), Some(BOTH)),
        (
            &["permessage-deflate; server_max_window_bits=\"10\""],
            Some("; server_max_window_bits=10"),
            Some("; server_no_context_takeover; server_max_window_bits=10; client_no_context_takeover"),
        ),
        (
            &["permessage-deflate; server_max_window_bits=15; client_no_context_takeover"],
            Some("; server_max_window_bits=15; client_no_context_takeover"),
            Some("; server_no_context_takeover; server_max_window_bits=15; client_no_context_takeover"),
        ),
        (&["permessage-deflate; server_no_context_takeover"], Some("; server_no_context_takeover"), Some(BOTH)),
        (
            &["foo, permessage-deflate; foo", "permessage-deflate; server_max_window_bits=9"],
            Some("; server_max_window_bits=9"),
            Some("; server_no_context_takeover; server_max_window_bits=9; client_no_context_takeover"),
        ),
        (&["permessage-deflate; server_max_window_bits=8, permessage-deflate"], Some(""), Some(BOTH)),
        (&[], None, None),
        (&[""], None, None),
        (&["foo"], None, None),
        (&["permessage-deflate; server_max_window_bits=8"], None, None),
        (&["permessage-deflate; server_max_window_bits=16"], None, None),
        (&["permessage-deflate; server_max_window_bits=010"], None, None),
        (&["permessage-deflate; server_max_window_bits=+10"], None, None),
        (&["permessage-deflate; server_max_window_bits"], None, None),
        (&["permessage-deflate; client_max_window_bits=7"], None, None),
        (&["permessage-deflate; client_max_window_bits; client_max_window_bits=9"], None, None),
        (&["permessage-deflate; server_max_window_bits=9; server_max_window_bits=9"], None, None),
        (&["permessage-deflate; server_no_context_takeover; server_no_context_takeover"], None, None),
        (&["permessage-deflate; client_no_context_takeover; client_no_context_takeover"], None, None),
        (&["permessage-deflate; client_no_context_takeover=1"], None, None),
        (&["permessage-deflate; memory=1"], None, None),
        (&["x-webkit-deflate-frame"], None, None),
    ] {
        for (settings, chosen) in [(TAKEOVER, takeover), (NO_TAKEOVER, no_takeover)] {
            let accepted = settings.accept(offers).unwrap().map(|negotiated| negotiated.to_string());
            assert_eq!(accepted, chosen.map(|chosen| alloc::format!("permessage-deflate{chosen}")), "{offers:?}");
        }
    }
    for malformed in ["permessage-deflate;", "permessage-deflate; server_max_window_bits=", "a b"] {
        assert_eq!(TAKEOVER.accept(["permessage-deflate", malformed]), Err(ExtensionError::Malformed));
    }
}

#[test]
fn a_client_accepts_only_what_it_offered() {
    for (answers, takeover, no_takeover) in [
        (&[][..], Ok(false), Ok(false)),
        (&[""], Ok(false), Ok(false)),
        (&["permessage-deflate"], Ok(true), Err(())),
        (&["permessage-deflate; server_no_context_takeover"], Ok(true), Ok(true)),
        (&["permessage-deflate; server_no_context_takeover; client_no_context_takeover"], Ok(true), Ok(true)),
        (&["permessage-deflate; server_no_context_takeover; server_max_window_bits=8"], Ok(true), Ok(true)),
        (&["permessage-deflate; server_no_context_takeover; client_max_window_bits=9"], Ok(true), Ok(true)),
        (&["permessage-deflate; server_no_context_takeover; client_max_window_bits=8"], Err(()), Err(())),
        (&["permessage-deflate; server_no_context_takeover; client_max_window_bits"], Err(()), Err(())),
        (&["permessage-deflate; server_no_context_takeover; server_max_window_bits"], Err(()), Err(())),
        (&["permessage-deflate; server_no_context_takeover; foo"], Err(()), Err(())),
        (&["permessage-deflate; server_no_context_takeover; server_no_context_takeover"], Err(()), Err(())),
        (&["permessage-deflate; server_no_context_takeover, foo"], Err(()), Err(())),
        (&["permessage-deflate; server_no_context_takeover", "permessage-deflate"], Err(()), Err(())),
        (&["foo"], Err(()), Err(())),
    ] {
        for (settings, expected) in [(TAKEOVER, takeover), (NO_TAKEOVER, no_takeover)] {
            let concluded = settings.conclude(answers);
            let expected = expected.map_err(|()| ExtensionError::NotOffered);
            assert_eq!(concluded.map(|negotiated| negotiated.is_some()), expected, "{answers:?}");
        }
    }
    assert_eq!(TAKEOVER.conclude(["permessage-deflate;"]), Err(ExtensionError::Malformed));
    // The client compresses with the parameters of the answer.
    let answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=9";
    let negotiated = TAKEOVER.conclude([answer]).unwrap().unwrap();
    assert_eq!(negotiated.to_string(), answer);
}
