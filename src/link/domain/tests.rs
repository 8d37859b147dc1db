//! Hosts in normal form, and addresses with and without a path.

use super::*;

fn folded(host: &str) -> Option<String> {
    let mut buffer = [0; MAX_HOST + 8];
    let folded = fold(host.as_bytes(), &mut buffer)?;
    Some(String::from_utf8(folded.to_vec()).unwrap())
}

#[test]
fn a_host_has_one_form_however_it_is_written() {
    for (text, host) in [
        ("Go.Example.com", "go.example.com"),
        ("go.example.com.", "go.example.com"),
        ("go.example.com:443", "go.example.com"),
        ("go.example.com:80", "go.example.com"),
        ("go.example.com.:443", "go.example.com"),
        ("go.example.com:8080", "go.example.com:8080"),
        ("größe.example", "xn--gre-6ka8i.example"),
        ("GRÖSSE.example", "xn--grsse-kua.example"),
        ("💩.la", "xn--ls8h.la"),
        ("xn--ls8h.la", "xn--ls8h.la"),
        ("例え.jp", "xn--r8jz45g.jp"),
        ("[::1]:8080", "[::1]:8080"),
        ("[::1]", "[::1]"),
    ] {
        assert_eq!(parse_host(text).as_deref(), Ok(host), "{text}");
        if text.is_ascii() {
            assert_eq!(folded(text).as_deref(), Some(host), "{text}");
        }
        // The normal form of a normal form is itself.
        assert_eq!(parse_host(host).as_deref(), Ok(host));
    }
}

#[test]
fn what_is_no_host_is_refused() {
    for text in [
        "",
        ".",
        "a/b",
        "http://a",
        "a b",
        "user@a",
        "a:b",
        "a:99999",
        "a?b",
        "*.example.com",
    ] {
        // A browser cannot open a host with a star, but a parser may accept it.
        if text != "*.example.com" {
            assert!(parse_host(text).is_err(), "{text}");
        }
    }
    let zeros = "0".repeat(MAX_HOST);
    assert_eq!(parse_host(&zeros).as_deref(), Ok("0.0.0.0"));
    let beyond = format!("0{zeros}");
    assert!(parse_host(&beyond).is_err(), "too long for any host");
    assert_eq!(folded(""), None);
    assert_eq!(folded(&"a".repeat(400)), None);
    assert_eq!(folded("größe.example"), None);
}

#[test]
fn addresses_may_have_a_path() {
    let read = |text: &str| DomainAddress::parse(text, Scheme::Https).map(|address| address.base());
    for (text, base) in [
        ("go.example.com", "https://go.example.com"),
        ("http://go.example.com:8080/", "http://go.example.com:8080"),
        ("https://www.shop.example/go", "https://www.shop.example/go"),
        (
            "https://www.shop.example/l/go/",
            "https://www.shop.example/l/go",
        ),
        ("https://größe.example/x", "https://xn--gre-6ka8i.example/x"),
    ] {
        assert_eq!(read(text).as_deref(), Ok(base), "{text}");
    }
    for text in [
        "ftp://a.example",
        "https://a.example/?q",
        "https://u:p@a.example",
        "https://a.example/api",
        "https://a.example/a//b",
        "https://a.example/ü",
        "https://",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn an_ascii_host_can_be_shown_as_people_write_it() {
    assert_eq!(
        unicode("xn--gre-6ka8i.example").as_deref(),
        Some("größe.example")
    );
    assert_eq!(unicode("xn--ls8h.la:8080").as_deref(), Some("💩.la:8080"));
    assert_eq!(unicode("go.example.com"), None);
}

#[test]
fn a_person_names_a_domain_by_its_host_or_its_address() {
    for (text, host) in [
        ("go.example.com", "go.example.com"),
        (" https://Go.example.com ", "go.example.com"),
        ("http://go.example.com/s", "go.example.com"),
        ("go.example.com/s", "go.example.com"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
    ] {
        assert_eq!(named_host(text).as_deref(), Ok(host), "{text}");
    }
    for text in ["", "a b", "http://", "https://u:p@go.example.com/"] {
        assert!(named_host(text).is_err(), "{text}");
    }
}
