//! The rules: the relative weight of each touch of a path.
//!
//! # Invariants
//! At least one touch has a weight above 0.
//!
//! # Out of scope
//! Conversions and money.

use super::decay;
use super::model::AttributionModel;
use super::touch::Touch;
use crate::clock::Millis;

/// The weight of each touch of a path, earliest first, in any unit. The path is not empty.
pub(super) fn weights(model: AttributionModel, path: &[&Touch], half_life_ms: i64) -> Vec<i64> {
    let last = path.len() - 1;
    let only = |chosen: usize| (0..=last).map(|place| i64::from(place == chosen)).collect();
    match model {
        AttributionModel::LastTouch => only(last),
        AttributionModel::FirstTouch => only(0),
        AttributionModel::LastNonDirect => {
            let known = path.iter().rposition(|touch| touch.network.is_some());
            only(known.unwrap_or(last))
        }
        AttributionModel::Linear => vec![1; path.len()],
        AttributionModel::Position => by_position(path.len()),
        AttributionModel::TimeDecay => by_age(path, half_life_ms),
    }
}

/// Two fifths for the first touch, two fifths for the last. The touches in between share the
/// remaining fifth equally.
fn by_position(touches: usize) -> Vec<i64> {
    let between = touches.saturating_sub(2);
    if between == 0 {
        return vec![1; touches];
    }
    let end = i64::try_from(2 * between).unwrap_or(i64::MAX);
    let mut weights = vec![1; touches];
    weights[0] = end;
    weights[touches - 1] = end;
    weights
}

/// Weights by age relative to the latest touch. Only their ratios matter, and they equal those of
/// ages relative to the conversion. A touch without a known time does not age.
fn by_age(path: &[&Touch], half_life_ms: i64) -> Vec<i64> {
    let latest = path.iter().filter_map(|touch| touch.clicked_at).max();
    let age = |at: Millis| latest.map_or(0, |latest| latest.0.saturating_sub(at.0));
    path.iter()
        .map(|touch| decay::weight(touch.clicked_at.map_or(0, age), half_life_ms))
        .collect()
}
