//! For tests: deliveries as shops send them, and the ledger that follows from them.
//!
//! # Invariants
//! Several deliveries are combined part by part, as the store does it.
//!
//! # Out of scope
//! The payloads of providers.

use std::path::Path;

use super::delivery::Delivery;
use super::kind::ProviderKind;
use super::order::OrderReport;
use super::parsed_webhook::{ParsedWebhook, WebhookEffect};
use super::report_error::ReportError;
use super::settings::SourceSettings;
use super::signature::Error;
use super::testing::LATE;
pub(super) use super::testing::{delivery, secrets};
use crate::clock::Millis;
use crate::conversion::JoinEvidence;
use crate::conversion::order::{self, OrderFacts, OrderObservation};

/// The secret that signs everything here.
pub(super) const SECRET: &str = "hush-hush";

/// A whole payload of `tests/fixtures/providers`.
pub(super) fn fixture(kind: ProviderKind, name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/providers");
    std::fs::read_to_string(folder.join(kind.as_str()).join(format!("{name}.json"))).unwrap()
}

pub(super) fn verified(
    kind: ProviderKind,
    delivery: &Delivery,
    texts: &[&str],
) -> Result<(), Error> {
    let settings = SourceSettings::default();
    kind.verify(delivery, &secrets(texts), &settings, Millis(0))
        .map(drop)
}

/// Verifies and reads.
pub(super) fn read(
    kind: ProviderKind,
    delivery: &Delivery,
    settings: &SourceSettings,
) -> Result<ParsedWebhook, ReportError> {
    let secrets = secrets(&["another secret", SECRET]);
    let verified = kind.verify(delivery, &secrets, settings, Millis(0));
    kind.read(verified.unwrap(), settings, Millis(0))
}

/// The only order in a delivery.
pub(super) fn order(parsed: &ParsedWebhook) -> &OrderReport {
    match parsed.effects.as_slice() {
        [WebhookEffect::Order(report)] => report,
        other => panic!("{other:?}"),
    }
}

/// What is stored of these deliveries of one order.
fn kept(readings: &[ParsedWebhook]) -> Vec<OrderObservation> {
    let hash = |email: &str| format!("hash of {email}");
    let mut facts = OrderFacts::new();
    for parsed in readings.iter().filter(|parsed| !parsed.effects.is_empty()) {
        for observation in order(parsed).observations(LATE, &hash).unwrap() {
            order::apply(&mut facts, observation);
        }
    }
    facts.into_values().collect()
}

/// The ledger as text, one line each: kind, part, time, value.
pub(super) fn ledger(readings: &[ParsedWebhook]) -> Vec<String> {
    let lines = order::ledger(&kept(readings)).into_iter();
    let words = lines.map(|line| {
        let value = line.value.map(|value| value.to_string());
        let words = [
            line.kind.as_str().to_owned(),
            line.part,
            line.occurred_at.to_string(),
            value.unwrap_or_default(),
        ];
        words.join(" ")
    });
    words.collect()
}

/// The evidence that leads to a click.
pub(super) fn evidence(readings: &[ParsedWebhook]) -> JoinEvidence {
    order::evidence(&kept(readings))
}
