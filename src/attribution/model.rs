//! The attribution models whose credits are stored.

use serde::{Deserialize, Serialize};

/// A rule that shares credit.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AttributionModel {
    /// All credit to the latest touch.
    LastTouch,
    /// All credit to the earliest touch.
    FirstTouch,
    /// All credit to the latest touch with a network; to the latest touch if none has one.
    LastNonDirect,
    /// Equal credit to each touch.
    Linear,
    /// 40 % to the first, 40 % to the last, the rest to those in between; with two touches, half to
    /// each.
    Position,
    /// Older touches get less: half for each half-life that a touch is older.
    TimeDecay,
}

impl AttributionModel {
    /// Every model; the credits of each are stored.
    pub const ALL: [AttributionModel; 6] = [
        AttributionModel::LastTouch,
        AttributionModel::FirstTouch,
        AttributionModel::LastNonDirect,
        AttributionModel::Linear,
        AttributionModel::Position,
        AttributionModel::TimeDecay,
    ];

    /// The word outside and in the store.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The model of a stored word; `None` if it is unknown to this version.
    pub fn from_stored(word: &str) -> Option<AttributionModel> {
        word.parse().ok()
    }
}

/// The text does not name a model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not an attribution model; use last_touch, first_touch, last_non_direct, linear, position, \
     time_decay, markov or shapley"
)]
pub struct UnknownModel(pub String);
