//! The attribution models whose credits are stored.

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
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum AttributionModel {
    /// Everything to the latest touch.
    LastTouch,
    /// Everything to the earliest touch.
    FirstTouch,
    /// Everything to the latest touch whose link stands for a network; to the latest if none does.
    LastNonDirect,
    /// The same to each touch.
    Linear,
    /// 40 % to the first, 40 % to the last, the rest to those between; of two touches half to each.
    Position,
    /// Older touches weigh less: half for each half-life that a touch lies further back.
    TimeDecay,
}

impl AttributionModel {
    /// Every model; credits are kept for each.
    pub const ALL: [AttributionModel; 6] = [
        AttributionModel::LastTouch,
        AttributionModel::FirstTouch,
        AttributionModel::LastNonDirect,
        AttributionModel::Linear,
        AttributionModel::Position,
        AttributionModel::TimeDecay,
    ];

    /// The word used outside and at rest.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The model of a stored word; `None` if another version of the program wrote it.
    pub fn from_stored(word: &str) -> Option<AttributionModel> {
        word.parse().ok()
    }
}

/// The text names no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not an attribution model; use last_touch, first_touch, last_non_direct, linear, position, \
     time_decay, markov or shapley"
)]
pub struct UnknownModel(pub String);
