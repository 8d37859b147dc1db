//! What a delivery tells of an order, as a provider's file puts it.
//!
//! # Invariants
//! An order has names, of which its deliveries share at least one: a checkout and its invoice are
//! one order.
//!
//! # Out of scope
//! Any provider's payloads.

use super::attribution_hints::AttributionHints;
use super::report_error::ReportError;
use crate::clock::Millis;
use crate::conversion::order::{OrderFact, OrderObservation};

/// Most names of an order, and characters of one.
const MAX_NAMES: usize = 20;
const MAX_NAME: usize = 200;

/// What one delivery tells of one order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderReport {
    /// Everything that the order is known by, with how well it stands for the order: 0 is best. Its
    /// events are named by the best one.
    pub names: Vec<(u8, String)>,
    /// When the provider said so, in its own time.
    pub version: Millis,
    /// Which of the order's records the trail stands in, such as `order`; a newer one of the same
    /// record takes its place.
    pub record: &'static str,
    /// Who ordered, and how they came.
    pub hints: AttributionHints,
    /// What it says, by part of the order: `paid`, `standing`, `refund:77`.
    pub facts: Vec<(String, OrderFact)>,
}

/// How far in the future a provider's time may lie. A newer word stands for good, so a wrong clock
/// must not silence what comes after it.
const SKEW_MS: i64 = 24 * 60 * 60 * 1000;

/// Whether an order is off, and that it was at that time, as the facts of a delivery.
pub fn standing(is_void: bool, at: Millis) -> Vec<(String, OrderFact)> {
    let standing = ("standing".to_owned(), OrderFact::Standing { is_void });
    let off = is_void.then(|| ("off".to_owned(), OrderFact::Off { at }));
    std::iter::once(standing).chain(off).collect()
}

impl OrderReport {
    /// The observations to be kept of it, told by `now`.
    ///
    /// # Errors
    /// [`ReportError::EventIdMissing`] without a name; [`ReportError::Length`] with a name or part
    /// that cannot be kept; [`ReportError::OccurredInFuture`] with a time that has not come.
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
