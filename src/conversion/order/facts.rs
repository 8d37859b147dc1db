//! What is stored of an order: the newest word on each part.

use std::collections::BTreeMap;

use super::observation::OrderObservation;
use crate::clock::Millis;
use crate::conversion::evidence::JoinEvidence;

/// What is stored of an order: the newest word on each part.
pub type OrderFacts = BTreeMap<String, OrderObservation>;

/// Applies what was reported of a part; returns whether it changes what is stored.
pub fn apply(facts: &mut OrderFacts, reported: OrderObservation) -> bool {
    let before = facts.remove(&reported.part);
    let after = match before.clone() {
        Some(before) => before.merged(reported),
        None => reported,
    };
    let is_changed = before.as_ref() != Some(&after);
    facts.insert(after.part.clone(), after);
    is_changed
}

/// Everything that is known of the person who ordered: later words win, click ids add up.
pub fn evidence(observations: &[OrderObservation]) -> JoinEvidence {
    let mut known: Vec<(Millis, &str, &JoinEvidence)> = observations
        .iter()
        .filter_map(|observation| {
            Some((
                observation.version,
                observation.part.as_str(),
                observation.evidence()?,
            ))
        })
        .collect();
    known.sort_unstable_by_key(|(version, part, _)| (*version, *part));
    let mut all = JoinEvidence::default();
    for (_, _, evidence) in known {
        all.merge(evidence);
    }
    all
}
