//! Shared by the tests of providers: fixtures, requests without proof, and the ledger of a sequence
//! of deliveries.

use std::path::Path;

use proptest::prelude::*;
use secrecy::SecretString;

use super::delivery::{Delivery, VerifiedWebhook};
use super::kind::ProviderKind;
use super::parsed_webhook::{ParsedWebhook, WebhookEffect};
use super::report_error::ReportError;
use super::settings::SourceSettings;
use super::signature::Error;
use crate::clock::Millis;
use crate::conversion::order::{self, OrderFacts};

/// Later than every fixture: 2100-01-01.
pub(super) const LATE: Millis = Millis(4_102_444_800_000);

/// The click id in the fixtures.
pub(super) const CLICK: &str = "clk_01m85vy6cvfcc9txcmfk0m8vaa";

/// The body of the known signatures.
pub(super) const BODY: &[u8] = br#"{"id":820982911946154508,"total_price":"409.94"}"#;

/// The key of the known signatures.
pub(super) const KEY: &str = "hush";

pub(super) fn fixture(path: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/providers");
    std::fs::read(folder.join(path)).unwrap()
}

pub(super) fn at(text: &str) -> Millis {
    Millis::parse(text).unwrap()
}

pub(super) fn secrets(texts: &[&str]) -> Vec<SecretString> {
    texts.iter().map(|text| (*text).to_owned().into()).collect()
}

pub(super) fn delivery(headers: &[(&str, &str)], body: &[u8]) -> Delivery {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Delivery {
        method: "POST".to_owned(),
        url: "https://go.example.com/api/v1/webhooks/src_1".to_owned(),
        headers: headers.iter().map(owned).collect(),
        body: body.to_vec(),
    }
}

/// Reads a correctly signed delivery.
pub(super) fn read(
    kind: ProviderKind,
    delivery: &Delivery,
    settings: &SourceSettings,
    now: Millis,
) -> Result<ParsedWebhook, ReportError> {
    let verified = kind.verify(delivery, &secrets(&[KEY]), settings, now);
    kind.read(verified.unwrap(), settings, now)
}

/// Checks that every request without proof is refused. `sign` makes a delivery from a body, signed
/// at `now` with a key.
pub(super) fn refuses_what_proves_nothing(
    kind: ProviderKind,
    settings: &SourceSettings,
    now: Millis,
    header: &str,
    sign: impl Fn(&[u8], &str) -> Delivery,
) {
    let signed = sign(BODY, KEY);
    let check = |delivery: &Delivery, keys: &[&str]| {
        let checked = kind.verify(delivery, &secrets(keys), settings, now);
        checked.map(drop)
    };
    assert_eq!(check(&signed, &[KEY]), Ok(()));
    assert_eq!(check(&signed, &["another", KEY]), Ok(()), "the second key");
    assert_eq!(check(&signed, &["another"]), Err(Error::Signature));
    assert_eq!(check(&signed, &[]), Err(Error::Signature));
    let odd = sign(&[0xff, 0xfe, b'{'], KEY);
    assert_eq!(check(&odd, &[KEY]), Ok(()), "bytes are bytes");
    for (name, _) in &signed.headers {
        let mut without = signed.clone();
        without.headers.retain(|(known, _)| known != name);
        let code = check(&without, &[KEY]).unwrap_err().code();
        assert_eq!(code, "signature_missing", "without {name}");
    }
    let with = |value: &str| {
        let mut changed = signed.clone();
        for (name, held) in &mut changed.headers {
            if name == header {
                value.clone_into(held);
            }
        }
        check(&changed, &[KEY]).map_err(|error| error.code())
    };
    let right = signed.header(header).unwrap();
    assert_eq!(with(right), Ok(()));
    for wrong in [
        "",
        "***",
        &right[..right.len() - 4],
        sign(BODY, "x").header(header).unwrap(),
    ] {
        assert!(with(wrong).is_err(), "{wrong:?}");
    }
    let mut changed = signed.clone();
    changed.body.push(b' ');
    assert_eq!(check(&changed, &[KEY]), Err(Error::Signature));
    for empty in ["", "        "] {
        let empty = empty.to_owned().into();
        assert_eq!(kind.check_secret(&empty), Err(Error::SecretLength));
    }
}

/// The lines of the ledger after the deliveries of one order. It tries each rotation, forwards and
/// backwards, with every delivery twice: the order must not matter.
pub(super) fn ledger(readings: &[ParsedWebhook]) -> Vec<String> {
    let lines = |readings: &[&ParsedWebhook]| {
        let mut parts = OrderFacts::new();
        for effect in readings.iter().flat_map(|parsed| &parsed.effects) {
            let WebhookEffect::Order(report) = effect else {
                continue;
            };
            for observation in report
                .observations(LATE, &|email| email.to_owned())
                .unwrap()
            {
                order::apply(&mut parts, observation);
            }
        }
        let kept: Vec<_> = parts.into_values().collect();
        let shown = order::ledger(&kept).into_iter().map(|line| {
            let value = line
                .value
                .map(|value| format!(" {value}"))
                .unwrap_or_default();
            format!("{} {}{value} at {}", line.kind, line.part, line.occurred_at)
        });
        (shown.collect::<Vec<_>>(), order::evidence(&kept))
    };
    let all: Vec<_> = readings.iter().collect();
    let first = lines(&all);
    for turn in 0..all.len() {
        let mut turned = all.clone();
        turned.rotate_left(turn);
        let back: Vec<_> = turned.iter().rev().copied().collect();
        for order_scenarios in [&turned, &back] {
            let twice = [&order_scenarios[..], &order_scenarios[..]].concat();
            assert_eq!(lines(&twice), first, "another order of arrival");
        }
    }
    first.0
}

/// Reads bodies that were cut, changed and recombined. Reading must not panic.
pub(super) fn survives_anything(
    kind: ProviderKind,
    settings: &SourceSettings,
    samples: &[Vec<u8>],
) {
    let odd = "[]{}\":,0-9.e\\u\u{0}\u{fffd} null true -1e999 99999999999999999999";
    let odd: Vec<_> = odd.as_bytes().to_vec();
    let change = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0..9usize,
    );
    let changes = prop::collection::vec(change, 0..6);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let run = runner.run(
        &(any::<prop::sample::Index>(), changes),
        |(which, changes)| {
            let mut body = which.get(samples).clone();
            for (from, to, length) in changes {
                let from = from.index(odd.len());
                let word = odd[from..].iter().copied().take(length);
                let place = to.index(body.len() + 1);
                let end = (place + length).min(body.len());
                body.splice(place..end, word);
            }
            let delivery = Delivery {
                url: format!("https://go.example.com/?{}", String::from_utf8_lossy(&body)),
                ..delivery(&[], &body)
            };
            let _ = kind.verify(&delivery, &secrets(&[KEY]), settings, Millis(0));
            if let Ok(parsed) = kind.read(VerifiedWebhook::before(&delivery), settings, Millis(0)) {
                for effect in parsed.effects {
                    if let WebhookEffect::Order(report) = effect {
                        let _ = report.observations(LATE, &|email| email.to_owned());
                    }
                }
            }
            Ok(())
        },
    );
    run.unwrap();
}
