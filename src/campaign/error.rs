//! Why a campaign is refused.

use crate::clock::Millis;
use crate::money::MAX_AMOUNT;

/// Longest window of attribution, in days.
pub const MAX_WINDOW_DAYS: u32 = 3650;

/// Why a campaign is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Neither goal nor waiver, or both.
    #[error("give either `goal` or `goal_waiver` with the reason for having none")]
    GoalRequired,
    /// A metric that Leadline does not count.
    #[error("{0:?} is not a metric; use leads, sales, revenue or event:NAME")]
    UnknownMetric(String),
    /// A target below 1.
    #[error("`goal.target` is {0}; give at least 1")]
    TargetTooSmall(i64),
    /// Not a zone of the IANA database.
    #[error("{0:?} is not an IANA time zone; use a name like Europe/Berlin")]
    UnknownTimeZone(String),
    /// The period ends before it starts.
    #[error("`ends_at` must be later than `starts_at`")]
    PeriodReversed,
    /// A name that is empty or longer than 200 characters.
    #[error("`name` must have 1 to 200 characters")]
    NameLength,
    /// A waiver without a reason, or longer than 500 characters.
    #[error("`goal_waiver` has 1 to 500 characters: the reason for having no goal")]
    WaiverLength,
    /// An hourly rate that is negative or too large.
    #[error("`hourly_rate` is 0 to {MAX_AMOUNT} minor units an hour")]
    HourlyRate,
    /// A goal changed after the start without saying why.
    #[error(
        "this campaign's goal is held fast since {0}; to change the goal, its deadline or `starts_at` all the \
         same, say why in `goal_change_reason` (1 to 500 characters): what it was stays and is shown"
    )]
    GoalFrozen(Millis),
    /// A window of no days, or of more than ten years.
    #[error("`lead_window_days` and `sale_window_days` are 1 to {MAX_WINDOW_DAYS}")]
    Window,
}
