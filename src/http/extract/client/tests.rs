//! Tests of trusted proxies, of header forms, and of the preferences that browsers send.

use actix_web::http::header::HeaderName;
use actix_web::test::TestRequest;

use super::*;

fn origin_of(peer: &str, headers: &[(&'static str, &[u8])], trusted: &[&str]) -> Origin {
    let mut request = TestRequest::default().peer_addr(format!("{peer}:1").parse().unwrap());
    for (name, value) in headers {
        let value = HeaderValue::from_bytes(value).unwrap();
        request = request.append_header((HeaderName::from_static(name), value));
    }
    let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
    let header = match headers.first() {
        Some((name, _)) if *name == "forwarded" => ForwardedHeader::Forwarded,
        _ => ForwardedHeader::XForwardedFor,
    };
    let request = request.to_http_request();
    let forwards = RequestHeaders::of(request.headers()).forwards;
    origin(&request, forwards, &trusted, header)
}

/// The client's address behind a trusted proxy in 10.0.0.0/8; empty if the address is unknown.
fn passed_on(headers: &[(&'static str, &[u8])]) -> String {
    let origin = origin_of("10.0.0.1", headers, &["10.0.0.0/8"]);
    assert!(!origin.is_hidden);
    origin
        .address
        .map(|address| address.to_string())
        .unwrap_or_default()
}

#[test]
fn nobody_is_believed_unless_trusted() {
    let claim: [(&str, &[u8]); 1] = [("x-forwarded-for", b"203.0.113.9")];
    let origin = origin_of("198.51.100.1", &claim, &[]);
    assert_eq!(origin.address, Some("198.51.100.1".parse().unwrap()));
    assert!(origin.is_hidden && origin.own_address().is_none());
    assert_eq!(passed_on(&claim), "203.0.113.9");
    let both: [(&str, &[u8]); 2] = [claim[0], ("forwarded", b"for=9.9.9.9")];
    assert_eq!(passed_on(&both), "203.0.113.9");
    let direct = origin_of("198.51.100.1", &[], &["10.0.0.0/8"]);
    assert_eq!(direct.own_address(), Some("198.51.100.1".parse().unwrap()));
    assert_eq!(passed_on(&[]), "10.0.0.1", "it asks for itself");
}

#[test]
fn whoever_forwards_without_trust_is_seen() {
    for name in [
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "cf-connecting-ip",
        "true-client-ip",
    ] {
        assert!(
            origin_of("198.51.100.1", &[(name, b"?")], &[]).is_hidden,
            "{name}"
        );
    }
}

#[test]
fn the_nearest_untrusted_hop_counts() {
    let hops = |value: &'static [u8]| passed_on(&[("x-forwarded-for", value)]);
    assert_eq!(hops(b"1.1.1.1, 203.0.113.9, 10.0.0.7"), "203.0.113.9");
    assert_eq!(hops(b"10.0.0.9, 10.0.0.7"), "10.0.0.9");
    assert_eq!(
        hops(b",203.0.113.9 , ,"),
        "203.0.113.9",
        "empty items are none"
    );
    let lines: [(&str, &[u8]); 2] = [
        ("x-forwarded-for", b"1.1.1.1"),
        ("x-forwarded-for", b"203.0.113.9, 10.0.0.7"),
    ];
    assert_eq!(passed_on(&lines), "203.0.113.9");
}

#[test]
fn a_broken_header_makes_nobody_the_client() {
    let broken: [(&str, &[u8]); 12] = [
        ("x-forwarded-for", b"203.0.113.9, \xff"),
        ("x-forwarded-for", b"203.0.113.\xe9"),
        ("x-forwarded-for", b"203.0.113.9, unknown"),
        ("x-forwarded-for", b"203.0.113.9:http"),
        ("x-forwarded-for", b"[2001:db8::1"),
        ("x-forwarded-for", b"[2001:db8::1]x"),
        ("x-forwarded-for", b"[203.0.113.9]"),
        ("forwarded", b"for=1.1.1.1, for=_hidden, for=10.0.0.7"),
        ("forwarded", b"for=unknown"),
        ("forwarded", b"proto=https"),
        ("forwarded", b"for=\"203.0.113.9"),
        ("forwarded", b"for=203.0.113.9, for=\"\xff\""),
    ];
    for header in broken {
        assert_eq!(passed_on(&[header]), "", "{header:?}");
    }
    let behind: (&str, &[u8]) = ("x-forwarded-for", b"\xff\xfe, 203.0.113.9");
    assert_eq!(
        passed_on(&[behind]),
        "203.0.113.9",
        "nobody looks behind the client"
    );
}

#[test]
fn addresses_are_read_in_all_their_forms() {
    let forms: [(&str, &[u8], &str); 9] = [
        ("forwarded", b"for=192.0.2.43;proto=https", "192.0.2.43"),
        (
            "forwarded",
            b"proto=https; For=\"[2001:db8::17]:4711\"",
            "2001:db8::17",
        ),
        ("forwarded", b"for=\"192.0.2.43:47011\"", "192.0.2.43"),
        ("forwarded", b"for=\"[::ffff:192.0.2.43]\"", "192.0.2.43"),
        (
            "forwarded",
            b"for=192.0.2.43;host=\"a,for=9.9.9.9\"",
            "192.0.2.43",
        ),
        ("forwarded", b"for=\"192.0.2.43:_port\"", "192.0.2.43"),
        ("x-forwarded-for", b"192.0.2.43:1234", "192.0.2.43"),
        ("x-forwarded-for", b"2001:db8::17", "2001:db8::17"),
        ("x-forwarded-for", b"[2001:db8::17]:443", "2001:db8::17"),
    ];
    for (name, value, address) in forms {
        assert_eq!(passed_on(&[(name, value)]), address, "{name}");
    }
}

#[test]
fn prefetches_and_wishes_are_seen() {
    let wishes = |name: &'static str, value: &'static str| {
        let request = TestRequest::default().append_header((name, value));
        let request = request.to_http_request();
        let read = RequestHeaders::of(request.headers());
        (read.is_prefetch, read.declines_tracking)
    };
    for (name, value, expected) in [
        ("Sec-Purpose", "prefetch;prerender", (true, false)),
        ("X-Moz", "prefetch", (true, false)),
        ("Purpose", "navigate", (false, false)),
        ("Sec-GPC", "1", (false, true)),
        ("DNT", "1", (false, true)),
        ("DNT", "0", (false, false)),
    ] {
        assert_eq!(wishes(name, value), expected, "{name}: {value}");
    }
}

#[test]
fn the_first_header_of_a_name_counts() {
    let request = TestRequest::default()
        .append_header(("User-Agent", "one"))
        .append_header(("User-Agent", "two"))
        .to_http_request();
    let read = RequestHeaders::of(request.headers());
    assert_eq!(read.user_agent.unwrap(), "one");
    assert!(read.host.is_none() && read.cookie.is_none() && !read.speaks && !read.forwards);
}
