//! What a delivery tells of an order, as a provider's file puts it.
//!
//! Holds: an order has names, of which its deliveries share at least one: a checkout and its invoice are
//! one order. Must not know: any provider's payloads.

use super::ReportError;
use super::trail::Trail;
use crate::clock::Millis;
use crate::conversion::order::{Fact, OFF, Observation};

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
    /// Which of the order's records the trail stands in, such as `order`; a newer one of the same record
    /// takes its place.
    pub record: &'static str,
    /// Who ordered, and how they came.
    pub trail: Trail,
    /// What it says, by part of the order: `paid`, `standing`, `refund:77`.
    pub facts: Vec<(String, Fact)>,
}

/// Whether an order is off, as the facts of one delivery: that it is, is said by itself as well.
pub fn standing(is_void: bool, at: Millis) -> Vec<(String, Fact)> {
    let fact = Fact::Standing { is_void, at };
    let parts = if is_void {
        &["standing", OFF][..]
    } else {
        &["standing"]
    };
    parts
        .iter()
        .map(|part| ((*part).to_owned(), fact.clone()))
        .collect()
}

impl OrderReport {
    /// The observations to be kept of it.
    ///
    /// # Errors
    /// [`ReportError::EventIdMissing`] without a name, [`ReportError::Length`] with one that cannot be kept.
    pub fn observations(
        &self,
        email_hash: &dyn Fn(&str) -> String,
    ) -> Result<Vec<Observation>, ReportError> {
        if self.names.is_empty() {
            return Err(ReportError::EventIdMissing);
        }
        let fits = |name: &str| (1..=MAX_NAME).contains(&name.chars().count());
        if self.names.len() > MAX_NAMES || !self.names.iter().all(|(_, name)| fits(name)) {
            return Err(ReportError::Length {
                field: "the order's id",
                most: MAX_NAME,
            });
        }
        let known = Observation {
            part: self.record.to_owned(),
            version: self.version,
            fact: Fact::Known {
                evidence: self.trail.evidence(email_hash),
            },
        };
        let facts = self.facts.iter().map(|(part, fact)| Observation {
            part: part.clone(),
            version: self.version,
            fact: fact.clone(),
        });
        Ok(std::iter::once(known).chain(facts).collect())
    }
}
