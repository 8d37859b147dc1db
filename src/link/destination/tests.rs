//! Destinations: which URLs are refused, and what tags and click ids change.

use proptest::prelude::*;

use super::*;
use crate::clock::Millis;

fn parse(text: &str) -> Result<Destination, Error> {
    Destination::parse(
        text,
        &["ll.example".to_owned(), "127.0.0.1:8080".to_owned()],
    )
}

fn utm(source: &str) -> UtmTags {
    UtmTags {
        source: Some(source.into()),
        medium: Some("social".into()),
        ..UtmTags::default()
    }
}

fn tagged(url: &str, conflict: UtmConflict) -> Result<String, Error> {
    parse(url)?
        .with_utm(&utm("x"), conflict)
        .map(|(url, _)| url)
}

#[test]
fn what_is_no_destination_is_refused() {
    for (url, code) in [
        ("shop.example/lamp", "url_malformed"),
        ("https://", "url_malformed"),
        ("https://shop.example/a b", "url_malformed"),
        ("https://shop.example\\@evil.example/", "url_malformed"),
        (
            "https:shop.example/a?next=https://pay.example/p",
            "url_malformed",
        ),
        ("https:///shop.example/x", "url_malformed"),
        ("https:/u:p@shop.example/?x=http://a/", "url_malformed"),
        ("javascript:alert(1)", "url_scheme"),
        ("ftp://shop.example/", "url_scheme"),
        ("https://user:pass@shop.example/", "url_credentials"),
        ("https://user@shop.example/", "url_credentials"),
        ("https://LL.example/abc", "url_loop"),
        ("https://ll.example:443/abc", "url_loop"),
        ("http://127.0.0.1:8080/abc", "url_loop"),
    ] {
        assert_eq!(parse(url).map_err(|error| error.code()), Err(code), "{url}");
    }
    let long = format!("https://shop.example/{}", "a".repeat(MAX_LENGTH));
    assert_eq!(parse(&long).unwrap_err().code(), "url_too_long");
    assert!(parse("http://127.0.0.1:8081/abc").is_ok());
    assert!(parse("https://notll.example/abc").is_ok());
}

#[test]
fn everything_behind_the_host_is_kept_byte_for_byte() {
    for rest in [
        "",
        "/",
        "/a/../b;c=%7e%7E?x=a+b&y=%20;z&&=#top?no",
        "?q",
        "#f",
        "/?",
        "/p?a=1&",
    ] {
        let url = format!("https://shop.example{rest}");
        assert_eq!(parse(&url).unwrap().as_str(), url);
    }
}

#[test]
fn hosts_and_foreign_letters_are_written_in_ascii() {
    let url = parse("HTTPS://Bücher.example/süß?q=ä").unwrap();
    assert_eq!(
        url.as_str(),
        "https://xn--bcher-kva.example/s%C3%BC%C3%9F?q=%C3%A4"
    );
}

#[test]
fn tags_stand_behind_the_query_and_before_the_fragment() {
    let tags = "utm_source=x&utm_medium=social";
    for (url, expected) in [
        ("https://a.example", format!("https://a.example?{tags}")),
        (
            "https://a.example/p#f?g",
            format!("https://a.example/p?{tags}#f?g"),
        ),
        (
            "https://a.example/p?",
            format!("https://a.example/p?{tags}"),
        ),
        (
            "https://a.example/p?a=%31&",
            format!("https://a.example/p?a=%31&{tags}"),
        ),
        (
            "https://a.example/p?a;b#",
            format!("https://a.example/p?a;b&{tags}#"),
        ),
    ] {
        assert_eq!(tagged(url, UtmConflict::Error).unwrap(), expected);
    }
}

#[test]
fn a_conflict_is_the_caller_s_to_resolve() {
    let url = "https://a.example/?a=1&utm_source=Old&b=2";
    assert_eq!(
        tagged(url, UtmConflict::Error).unwrap_err().code(),
        "utm_conflict"
    );
    let kept = "https://a.example/?a=1&utm_source=Old&b=2&utm_medium=social";
    assert_eq!(tagged(url, UtmConflict::Keep).unwrap(), kept);
    let replaced = "https://a.example/?a=1&b=2&utm_source=x&utm_medium=social";
    assert_eq!(tagged(url, UtmConflict::Replace).unwrap(), replaced);
    let same = "https://a.example/?utm_source=x";
    assert_eq!(
        tagged(same, UtmConflict::Error).unwrap(),
        format!("{same}&utm_medium=social")
    );
    let twice = "https://a.example/?utm_source=a&utm%5Fsource=b";
    assert_eq!(
        tagged(twice, UtmConflict::Keep).unwrap_err().code(),
        "utm_repeated"
    );
}

#[test]
fn signed_urls_are_recognised() {
    for query in [
        "X-Amz-Signature=1",
        "x-goog-signature=1",
        "a=1&sig=2",
        "Signature=3",
    ] {
        assert!(
            parse(&format!("https://a.example/?{query}"))
                .unwrap()
                .is_signed(),
            "{query}"
        );
    }
    assert!(
        !parse("https://a.example/?design=1#sig=2")
            .unwrap()
            .is_signed()
    );
}

#[test]
fn the_click_id_goes_before_the_fragment() {
    let click = ClickId::from_parts(Millis(0), [0; 10]);
    let with = |url, param| ClickTarget::new(url, param).location(Some(click), &[]);
    let id = click.to_string();
    assert_eq!(
        with("https://a.example/p", Some("c")),
        format!("https://a.example/p?c={id}")
    );
    assert_eq!(
        with("https://a.example/?a=1#f", Some("c")),
        format!("https://a.example/?a=1&c={id}#f")
    );
    assert_eq!(with("https://a.example/#f", None), "https://a.example/#f");
    let target = ClickTarget::new("https://a.example/", Some("c"));
    assert_eq!(target.location(None, &[]), "https://a.example/");
}

#[test]
fn parameter_names_are_checked() {
    assert_eq!(check_click_id_param("ll_click"), Ok(()));
    for bad in ["", "a b", "utm_id", "UTM_x", &"a".repeat(41)] {
        assert!(check_click_id_param(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn tagging_adds_and_never_takes_away(rest in "(/[a-z0-9%;=+]{0,8})?(\\?[a-z0-9&=;%+]{0,12})?(#[a-z0-9?&]{0,6})?") {
        let url = format!("https://a.example{rest}");
        let (front, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
        let tagged = tagged(&url, UtmConflict::Error).unwrap();
        prop_assert!(tagged.starts_with(front));
        prop_assert!(tagged.ends_with(fragment));
        prop_assert_eq!(parse(&tagged).unwrap().tags().unwrap(), utm("x"));
    }
}

#[test]
fn signed_urls_of_many_stores_are_known() {
    for query in [
        "X-Amz-Signature=1",
        "x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-signature=1",
        "X-Goog-Signature=1",
        "X-Tos-Signature=1",
        "q-sign-algorithm=sha1&q-signature=1",
        "Expires=1&Signature=1",
        "se=1&sig=1",
        "token=1&expires=2",
        "e=1&token=a:b",
        "temp_url_sig=1&temp_url_expires=2",
        "Authorization=3_2026",
        "auth_key=1-0-0-a",
        "txSecret=a&txTime=6",
        "sign=a&t=6",
        "md5=a&expires=1",
        "ik-s=a&ik-t=1",
        "x-expires=1&x-signature=a",
        "hdntl=exp=1~hmac=a",
        "_nc_cat=1&oh=00_a&oe=6",
        "ex=6&is=6&hm=a&",
    ] {
        let url = format!("https://s.example/a?{query}");
        assert!(
            Destination::parse(&url, &[]).unwrap().is_signed(),
            "{query}"
        );
    }
    for query in ["token=1&signature_of=2", "t=1", "ex=1&is=2", "e=1&oh=2"] {
        let plain = Destination::parse(&format!("https://s.example/a?{query}"), &[]);
        assert!(!plain.unwrap().is_signed(), "{query}");
    }
}
