//! The operator's settings for attribution.

use super::window::AttributionWindows;
use crate::clock::DAY_MS;

/// The settings of attribution, unless a campaign has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributionSettings {
    /// Longest time from a click to its lead, or to another direct conversion, in days; 1 to 3650.
    pub window_days: u32,
    /// Longest time from a customer's lead to a sale, in days; 1 to 3650.
    pub sale_window_days: u32,
    /// Half-life of a touch's weight in days, 1 to 3650; for
    /// [`TimeDecay`](super::AttributionModel::TimeDecay).
    pub half_life_days: u32,
}

/// Increases whenever a rule changes its shares.
const RULES_VERSION: i64 = 2;

impl AttributionSettings {
    /// A number above 0 that changes whenever credits may change, because of the rules or the
    /// settings.
    pub fn version(&self) -> i64 {
        let days = [self.window_days, self.sale_window_days, self.half_life_days];
        // Twelve bits can hold 3650.
        let packed = |all: i64, days: u32| all << 12 | i64::from(days.min(0xfff));
        days.into_iter().fold(RULES_VERSION, packed)
    }

    /// The windows of a campaign, given its own windows in days.
    pub fn windows(&self, lead_days: Option<u32>, sale_days: Option<u32>) -> AttributionWindows {
        let ms = |own: Option<u32>, days: u32| i64::from(own.unwrap_or(days)) * DAY_MS;
        AttributionWindows {
            lead_ms: ms(lead_days, self.window_days),
            sale_ms: ms(sale_days, self.sale_window_days),
        }
    }
}
