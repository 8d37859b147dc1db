//! What Segment's libraries send directly: the write key, batches, compressed bodies and their own
//! paths.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

const KIND: ProviderKind = ProviderKind::Segment;

fn basic(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

fn sent(body: &[u8]) -> Delivery {
    delivery(&[("authorization", &basic("hush:"))], body)
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(body).unwrap();
    packer.finish().unwrap()
}

fn of_library(
    delivery: &Delivery,
    settings: &SourceSettings,
) -> Result<ParsedWebhook, ReportError> {
    testing::read(KIND, delivery, settings, at("2026-03-10T12:00:00Z"))
}

fn event(name: &str, id: &str, properties: &str) -> String {
    format!(
        r#"{{"type":"track","event":"{name}","messageId":"{id}","userId":"{id}",
            "timestamp":"2026-03-10T11:00:00Z","properties":{properties}}}"#
    )
}

#[test]
fn the_write_key_proves_the_sender() {
    let check = |headers: &[(&str, &str)], keys: &[&str]| {
        verify(&delivery(headers, BODY), &testing::secrets(keys))
    };
    let right = basic("hush:");
    for header in [
        &*right,
        &right.replace("Basic", "basic"),
        &format!(" {right} "),
    ] {
        assert_eq!(
            check(&[("authorization", header)], &["older", KEY]),
            Ok(()),
            "{header}"
        );
    }
    for header in [
        basic("hush"),
        basic("hush:x"),
        basic(":hush"),
        basic(":"),
        basic("Hush:"),
        "Basic ***".to_owned(),
        "Basic ".to_owned(),
    ] {
        let checked = check(&[("authorization", &header)], &[KEY]);
        assert!(checked.is_err(), "{header}");
    }
    assert_eq!(
        check(&[("authorization", &right)], &[]),
        Err(Error::WriteKey)
    );
    assert_eq!(
        check(&[("authorization", &right)], &["other"]),
        Err(Error::WriteKey)
    );
    let bearer = check(&[("authorization", "Bearer hush:")], &[KEY]);
    assert_eq!(bearer, Err(Error::MissingWriteKey));
    let both = [("authorization", &*right), ("x-signature", "00")];
    assert_eq!(check(&both, &[KEY]), Err(Error::Signature));
}

#[test]
fn all_events_of_a_librarys_batch_are_read() {
    let [first, second] = ["a", "b"].map(|id| event("Signed Up", id, "{}"));
    let page = r#"{"type":"page","messageId":"c"}"#;
    let batch = format!(r#"{{"batch":[{first},{page},{second}],"writeKey":"hush"}}"#);
    let settings = SourceSettings::default();
    let parsed = of_library(&sent(batch.as_bytes()), &settings).unwrap();
    let ids = parsed.effects.iter().map(|effect| match effect {
        WebhookEffect::Conversion(report) => report.event_id.as_deref().unwrap(),
        other => panic!("{other:?}"),
    });
    assert_eq!(ids.collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((parsed.note, &parsed.failed), (None, &None));
    let packed = of_library(&sent(&gzip(batch.as_bytes())), &settings);
    assert_eq!(packed, Ok(parsed));
    let pages = format!(r#"{{"batch":[{page}]}}"#);
    let pages = of_library(&sent(pages.as_bytes()), &settings).unwrap();
    assert_eq!((pages.effects.len(), pages.note.is_some()), (0, true));
}

#[test]
fn one_event_that_cannot_be_read_takes_no_other_with_it() {
    let good = event("Signed Up", "a", "{}");
    let bad = event("Order Completed", "b", r#"{"total": 5, "currency": "EUR"}"#);
    let settings = SourceSettings::default();
    let batch = |events: &[&str]| format!(r#"{{"batch":[{}]}}"#, events.join(","));
    let parsed = of_library(&sent(batch(&[&good, &bad, &good]).as_bytes()), &settings).unwrap();
    assert_eq!(parsed.effects.len(), 2);
    let failed = parsed.failed.unwrap().to_string();
    assert!(
        failed.contains("event 2") && failed.contains("`order_id`"),
        "{failed}"
    );
    let alone = of_library(&sent(batch(&[&bad]).as_bytes()), &settings).unwrap_err();
    assert!(alone.to_string().contains("`order_id`"), "{alone}");
    let many = batch(&vec![&*good; MAX_EVENTS + 1]);
    let refused = of_library(&sent(many.as_bytes()), &settings).unwrap_err();
    assert!(refused.to_string().contains("smaller batches"), "{refused}");
}

#[test]
fn the_sources_currency_is_that_of_amounts_without_one() {
    let settings = SourceSettings {
        currency: Some("CHF".into()),
        ..SourceSettings::default()
    };
    assert_eq!(settings.check(KIND), Ok(()));
    let [without, null, own] = [
        r#"{"order_id":"1","total":5}"#,
        r#"{"order_id":"1","total":5,"currency":null}"#,
        r#"{"order_id":"1","total":5,"currency":"EUR"}"#,
    ]
    .map(|properties| sent(event("Order Completed", "a", properties).as_bytes()));
    let shown = |delivery: &Delivery, settings: &SourceSettings| {
        of_library(delivery, settings).map(|parsed| testing::ledger(&[parsed]).remove(0))
    };
    let at = "at 2026-03-10T11:00:00.000Z";
    for (delivery, money) in [(&without, "CHF"), (&null, "CHF"), (&own, "EUR")] {
        assert_eq!(
            shown(delivery, &settings),
            Ok(format!("sale  5.00 {money} {at}"))
        );
    }
    let refused = shown(&without, &SourceSettings::default()).unwrap_err();
    assert!(
        refused.to_string().contains("source's settings"),
        "{refused}"
    );
    let trial = sent(event("Trial Started", "a", r#"{"revenue":12}"#).as_bytes());
    match &of_library(&trial, &settings).unwrap().effects[..] {
        [WebhookEffect::Conversion(report)] => {
            assert_eq!(report.value.as_ref().unwrap().currency, "CHF");
        }
        other => panic!("{other:?}"),
    }
    for (kind, currency) in [(KIND, "EURO"), (ProviderKind::Stripe, "EUR")] {
        let settings = SourceSettings {
            currency: Some(currency.into()),
            ..SourceSettings::default()
        };
        assert!(
            settings.check(kind).unwrap_err().contains("`currency`"),
            "{kind}"
        );
    }
}

#[test]
fn the_path_says_what_an_event_does_not() {
    let body = br#"{"event":"Signed Up","userId":"a"}"#;
    for (call, leads) in [("track", 1), ("t", 1), ("page", 0)] {
        let delivery = Delivery {
            url: format!("https://go.example.com/api/v1/webhooks/src_1/v1/{call}"),
            ..sent(body)
        };
        let parsed = of_library(&delivery, &SourceSettings::default()).unwrap();
        assert_eq!(parsed.effects.len(), leads, "{call}");
    }
    assert!(of_library(&sent(body), &SourceSettings::default()).is_err());
}

#[test]
fn what_cannot_be_unpacked_is_refused() {
    let batch = gzip(br#"{"batch":[]}"#);
    let bomb = gzip(&vec![b' '; 2 * 1024 * 1024]);
    for (body, says) in [
        (&batch[..batch.len() - 9], "decompressed"),
        (&bomb, "1 MiB"),
    ] {
        let proven = sent(body);
        let error = check_form(&proven).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert!(of_library(&proven, &SourceSettings::default()).is_err());
    }
}
