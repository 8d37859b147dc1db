//! What a delivery reports about an order, in a form that all providers share.
//!
//! # Invariants
//! An order may have several names, and its deliveries share at least one of them: a checkout and
//! its invoice are one order.
//!
//! # Out of scope
//! The payloads of providers.

use super::attribution_hints::AttributionHints;
use super::report_error::ReportError;
use crate::clock::Millis;
use crate::conversion::order::{OrderFact, OrderObservation};

/// Most names of an order.
const MAX_NAMES: usize = 20;

/// Longest name, in characters.
const MAX_NAME: usize = 200;

/// What one delivery reports about one order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderReport {
    /// Every name of the order, with its rank: 0 is best. The best name becomes the id of the
    /// order's events.
    pub names: Vec<(u8, String)>,
    /// When the provider reported it, by the provider's clock.
    pub version: Millis,
    /// The record that the hints come from, such as `order`. A newer version of the same record
    /// replaces them.
    pub record: &'static str,
    /// Who ordered, and what leads to a click.
    pub hints: AttributionHints,
    /// The reported facts, by part of the order: `paid`, `standing`, `refund:77`.
    pub facts: Vec<(String, OrderFact)>,
}

/// How far in the future a provider's time may lie. A newer report wins permanently, so a wrong
/// clock must not hide later reports.
const SKEW_MS: i64 = 24 * 60 * 60 * 1000;

/// The fact that an order is void or valid at that time, in the form of a delivery.
pub fn standing(is_void: bool, at: Millis) -> Vec<(String, OrderFact)> {
    let standing = ("standing".to_owned(), OrderFact::Standing { is_void });
    let off = is_void.then(|| ("off".to_owned(), OrderFact::Off { at }));
    std::iter::once(standing).chain(off).collect()
}

impl OrderReport {
    /// The observations to store, which were reported at `now`.
    ///
    /// # Errors
    /// [`ReportError::EventIdMissing`] without a name; [`ReportError::Length`] if a name or part is
    /// too long; [`ReportError::OccurredInFuture`] if the time is in the future.
    pub fn observations(
        &self,
        now: Millis,
        email_hash: &dyn Fn(&str) -> String,
    ) -> Result<Vec<OrderObservation>, ReportError> {
        if self.names.is_empty() {
            return Err(ReportError::EventIdMissing);
        }
        let fits = |text: &str| (1..=MAX_NAME).contains(&text.chars().count());
        let parts = self.facts.iter().map(|(part, _)| part);
        let mut texts = self.names.iter().map(|(_, name)| name).chain(parts);
        if self.names.len() > MAX_NAMES || !texts.all(|text| fits(text)) {
            return Err(ReportError::Length {
                field: "the id of an order or of a part of it",
                most: MAX_NAME,
            });
        }
        let times = self.facts.iter().map(|(_, fact)| fact.latest());
        let latest = times.chain([self.version]).max();
        if latest > Some(now.plus_ms(SKEW_MS)) {
            return Err(ReportError::OccurredInFuture(now));
        }
        let known = OrderObservation {
            part: self.record.to_owned(),
            version: self.version,
            fact: OrderFact::Known {
                evidence: self.hints.evidence(email_hash),
            },
        };
        let facts = self.facts.iter().map(|(part, fact)| OrderObservation {
            part: part.clone(),
            version: self.version,
            fact: fact.clone(),
        });
        Ok(std::iter::once(known).chain(facts).collect())
    }
}
