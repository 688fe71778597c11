//! What a request's query says.

use engineio_proto::{BadRequest, Eio, InvalidJsonp, InvalidSid, Jsonp, Query, Refusal, Sid, Transport, Version};

fn parse(query: &str) -> Result<Query, Refusal> {
    Query::parse(query, Query::MAX_LEN)
}

fn sid(text: &str) -> Option<Result<Sid, InvalidSid>> {
    Some(text.parse())
}

const DUPLICATE: Refusal = Refusal::BadRequest(BadRequest::DuplicateParameter);

#[test]
fn a_client_s_query_is_read() {
    let query = parse("user=x&EIO=4&transport=polling&t=PDrvfAa&sid=lv_VI97HAXpY6yYWAAAC&b64=1").unwrap();
    assert_eq!(query.transport, Some(Transport::Polling));
    assert_eq!(query.eio, Some(Eio::Known(Version::V4)));
    assert_eq!(query.sid, sid("lv_VI97HAXpY6yYWAAAC"));
}

#[test]
fn what_is_not_there_is_none() {
    for query in ["", "&", "&&=&=x&", "t=1", "Transport=polling&SID=a&eio=4", "ransport=polling"] {
        let query = parse(query).unwrap();
        assert_eq!((query.transport, query.sid, query.eio), (None, None, None));
    }
}

#[test]
fn a04_a_transport_is_one_of_two_names() {
    let transport = |value: &str| parse(&format!("transport={value}&EIO=4")).unwrap().transport;
    assert_eq!(transport("polling"), Some(Transport::Polling));
    assert_eq!(transport("websocket"), Some(Transport::WebSocket));
    for unknown in [
        "",
        "__proto__",
        "constructor",
        "Polling",
        "polling ",
        "webtransport",
        "polling%00",
        "polling,websocket",
        "%ff",
    ] {
        assert_eq!(transport(unknown), None, "{unknown:?}");
    }
    assert_eq!(parse("transport").unwrap().transport, None);
}

#[test]
fn a05_a08_a_value_that_is_no_session_id_is_an_id_that_nobody_has() {
    let is = |value: &str| parse(&format!("EIO=4&sid={value}")).unwrap().sid;
    assert_eq!(is("abc"), sid("abc"));
    assert_eq!(is("__proto__"), sid("__proto__"));
    assert_eq!(is("constructor"), sid("constructor"));
    let longest = "a".repeat(Sid::MAX_LEN);
    assert_eq!(is(&longest), sid(&longest));
    let too_long = "a".repeat(Sid::MAX_LEN + 1);
    let huge = "a".repeat(8000);
    for invalid in ["", "%00", "a%00", "a b", "a+b", "%ff", "\u{e9}", "a%2Fb", "a=b", "%", &too_long, &huge] {
        assert_eq!(is(invalid), Some(Err(InvalidSid)), "{invalid:?}");
    }
    assert_eq!(parse("sid").unwrap().sid, Some(Err(InvalidSid)));
}

#[test]
fn the_version_is_three_or_four() {
    let eio = |value: &str| parse(&format!("EIO={value}")).unwrap().eio;
    assert_eq!(eio("4"), Some(Eio::Known(Version::V4)));
    assert_eq!(eio("3"), Some(Eio::Known(Version::V3)));
    for other in ["", "2", "5", "03", "04", "4.0", "+4", "%204", "44", "-4", "abc", "4,3"] {
        assert_eq!(eio(other), Some(Eio::Other), "{other:?}");
    }
}

#[test]
fn f33_names_and_values_are_decoded_as_a_form() {
    let expected = parse("EIO=4&transport=polling&sid=a-b").unwrap();
    for query in [
        "%45IO=%34&trans%70ort=pollin%67&s%69d=%61%2db",
        "EIO=%34&%74%72%61%6E%73%70%6F%72%74=%70%6f%6C%6c%69%6e%67&sid=a%2Db",
        "&EIO=4&&transport=polling&sid=a-b&",
    ] {
        assert_eq!(parse(query), Ok(expected), "{query}");
    }
}

#[test]
fn f33_a_percent_sign_without_its_digits_is_itself() {
    for value in ["%", "%4", "%zz", "%%34", "%4g", "a%", "%+4"] {
        assert_eq!(parse(&format!("EIO={value}")).unwrap().eio, Some(Eio::Other), "{value}");
        assert_eq!(parse(&format!("sid={value}")).unwrap().sid, Some(Err(InvalidSid)), "{value}");
    }
    // Were one of these taken for a digit's escape, it would be another parameter.
    assert_eq!(parse("%=1&%2&transport%=x&transport=polling").unwrap().transport, Some(Transport::Polling));
}

#[test]
fn f33_a_parameter_twice_with_different_values_is_refused() {
    for query in [
        "EIO=4&EIO=3",
        "EIO=4&x=y&EIO=",
        "EIO=4&EIO",
        "transport=polling&transport=websocket",
        "transport=polling&transport=polling2",
        "sid=a&sid=b",
        "sid=&sid=a",
        "sid=a&s%69d=b",
        "EIO=4&EIO=4&EIO=3",
        "EIO=4&EIO=%2b4",
        "EIO=+4&EIO=%2b4",
    ] {
        assert_eq!(parse(query), Err(DUPLICATE), "{query}");
    }
}

#[test]
fn f33_the_same_value_twice_is_accepted() {
    let once = parse("EIO=4&transport=polling&sid=a");
    for query in [
        "EIO=4&transport=polling&EIO=4&transport=polling&sid=a&sid=a&sid=a",
        "EIO=4&transport=polling&sid=a&sid=%61&E%49O=%34",
    ] {
        assert_eq!(parse(query), once, "{query}");
    }
    assert_eq!(parse("EIO=+4&EIO=%204").map(|query| query.eio), Ok(Some(Eio::Other)), "a plus sign is a space");
    assert_eq!(parse("t=1&t=2&x&x=1").map(|query| query.sid), Ok(None), "others may repeat");
}

#[test]
fn f33_a_query_has_a_longest_length() {
    let query = |len: usize| format!("EIO=4&{}", "a".repeat(len - 6));
    assert!(parse(&query(Query::MAX_LEN)).is_ok());
    assert_eq!(parse(&query(Query::MAX_LEN + 1)), Err(Refusal::QueryTooLong));
    assert_eq!(Query::parse("EIO=4", 4), Err(Refusal::QueryTooLong));
    assert!(parse(&"&a=b".repeat(2048)).is_ok());
}

#[test]
fn h23_no_short_query_is_too_odd() {
    let alphabet = ['s', 'i', 'd', '=', '&', '%', '+', '6', '9', '\u{e9}'];
    let mut queries = vec![String::from("sid=")];
    for _ in 0..5 {
        for query in &queries {
            let parsed = parse(query);
            let repeated = parsed == Err(DUPLICATE);
            let there = parsed.is_ok_and(|query| query.sid.is_some());
            assert!(repeated || there, "{query:?}");
        }
        queries = queries.iter().flat_map(|query| alphabet.iter().map(move |char| format!("{query}{char}"))).collect();
    }
}

#[test]
fn any_value_of_b64_but_the_empty_one_asks_for_text() {
    for asks in ["b64=1", "b64=true", "b64=0", "EIO=3&b64=+", "b%364=1", "b64=&b64=1"] {
        assert!(parse(asks).unwrap().b64, "{asks}");
    }
    for does_not in ["", "b64", "b64=", "B64=1", "b64x=1", "xb64=1"] {
        assert!(!parse(does_not).unwrap().b64, "{does_not}");
    }
}

#[test]
fn f32_the_jsonp_callback_is_one_to_ten_digits() {
    let j = |query: &str| parse(query).unwrap().j;
    assert_eq!(j("EIO=4"), None);
    for (digits, number) in [("0", 0), ("7", 7), ("0012", 12), ("%31", 1), ("9999999999", 9_999_999_999)] {
        assert_eq!(j(&format!("j={digits}")).unwrap().map(Jsonp::number), Ok(number), "{digits}");
    }
    for wrong in
        ["", "-1", "+1", "1.0", "12abc", "1e3", "0x1", "12345678901", "00000000001", "%00", "1;alert(1)", "\u{661}"]
    {
        assert_eq!(j(&format!("j={wrong}")), Some(Err(InvalidJsonp)), "{wrong:?}");
    }
    assert_eq!(j("j"), Some(Err(InvalidJsonp)));
    assert_eq!(j("j=1&j=1").unwrap().map(Jsonp::number), Ok(1));
    for twice in ["j=1&j=2", "j=1&j=x", "j=x&j=1", "j=1&j=2&j=1"] {
        assert_eq!(j(twice), Some(Err(InvalidJsonp)), "{twice}");
    }
}
