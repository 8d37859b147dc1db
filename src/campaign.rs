//! A campaign: a named effort with a goal, a currency, a time zone and a period.
//!
//! Holds: a campaign has a goal, or a written reason why it has none; its period never ends
//! before it starts. Must not know: how it is stored or served.

pub mod engagement;
pub mod goal;

use crate::clock::{DAY_MS, Millis};
use crate::id::{CampaignId, WorkspaceId};
use crate::money::{Currency, MAX_AMOUNT};

pub use goal::{Goal, GoalMetric, GoalOrWaiver, GoalVerdict, is_event_name};

/// A named effort over a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// Its owner.
    pub workspace_id: WorkspaceId,
    /// Shown name, 1 to 200 characters.
    pub name: String,
    /// The `utm_campaign` its links carry unless they say otherwise; unique in the workspace.
    pub utm_campaign: String,
    /// The goal or its waiver.
    pub aim: GoalOrWaiver,
    /// What its money is counted in.
    pub currency: Currency,
    /// IANA name of the zone its days are cut in.
    pub time_zone: String,
    /// Start of the period; when absent, reports start at `created_at`'s day.
    pub starts_at: Option<Millis>,
    /// End of the period, exclusive; open when absent.
    pub ends_at: Option<Millis>,
    /// What an hour of work costs, in minor units of the currency.
    pub hourly_rate: Option<i64>,
    /// Days a click of its links may lie before the lead that it led to, or whatever else it led to
    /// directly; the configured ones when absent.
    pub lead_window_days: Option<u32>,
    /// Days a sale may lie behind the lead of its customer; the configured ones when absent.
    pub sale_window_days: Option<u32>,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
    /// When it was archived, if it was.
    pub archived_at: Option<Millis>,
}

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
    #[error("a goal's target is at least 1, not {0}")]
    TargetTooSmall(i64),
    /// Not a zone of the IANA database.
    #[error("{0:?} is not an IANA time zone; use a name like Europe/Berlin")]
    UnknownTimeZone(String),
    /// The period ends before it starts.
    #[error("`ends_at` must be later than `starts_at`")]
    PeriodReversed,
    /// A name that is empty or longer than 200 characters.
    #[error("a name has 1 to 200 characters")]
    NameLength,
    /// A waiver without a reason, or longer than 500 characters.
    #[error("a goal waiver gives its reason in 1 to 500 characters")]
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

/// Longest window of attribution, in days.
pub const MAX_WINDOW_DAYS: u32 = 3650;

/// The IANA zone of that name.
///
/// # Errors
/// [`Error::UnknownTimeZone`] when the name is not in the bundled database.
pub fn time_zone(name: &str) -> Result<jiff::tz::TimeZone, Error> {
    jiff::tz::TimeZone::get(name)
        .map_err(|_| Error::UnknownTimeZone(name.chars().take(64).collect()))
}

impl Campaign {
    /// Checks what holds for every campaign.
    ///
    /// # Errors
    /// The first rule broken.
    pub fn check(&self) -> Result<(), Error> {
        if !(1..=200).contains(&self.name.trim().chars().count()) {
            return Err(Error::NameLength);
        }
        match &self.aim {
            GoalOrWaiver::Goal(goal) if goal.target < 1 => {
                return Err(Error::TargetTooSmall(goal.target));
            }
            GoalOrWaiver::Waived(reason) if !(1..=500).contains(&reason.trim().chars().count()) => {
                return Err(Error::WaiverLength);
            }
            GoalOrWaiver::Goal(_) | GoalOrWaiver::Waived(_) => {}
        }
        if let (Some(start), Some(end)) = (self.starts_at, self.ends_at)
            && end <= start
        {
            return Err(Error::PeriodReversed);
        }
        if self
            .hourly_rate
            .is_some_and(|rate| !(0..=MAX_AMOUNT).contains(&rate))
        {
            return Err(Error::HourlyRate);
        }
        let windows = [self.lead_window_days, self.sale_window_days];
        if windows
            .into_iter()
            .flatten()
            .any(|days| !(1..=MAX_WINDOW_DAYS).contains(&days))
        {
            return Err(Error::Window);
        }
        time_zone(&self.time_zone).map(drop)
    }
    /// When its goal must be reached; `None` without a goal or an end.
    pub fn deadline(&self) -> Option<Millis> {
        match &self.aim {
            GoalOrWaiver::Goal(goal) => goal.by.or(self.ends_at),
            GoalOrWaiver::Waived(_) => None,
        }
    }

    /// When the line of its goal begins.
    pub fn start(&self) -> Millis {
        self.starts_at.unwrap_or(self.created_at)
    }

    /// From when on a change of its goal is kept and must be explained: its start, or a day after
    /// it was made where it has none.
    pub fn goal_frozen_at(&self) -> Millis {
        self.starts_at.unwrap_or(self.created_at.plus_ms(DAY_MS))
    }

    /// Whether `other` would be held against something else than this one is.
    pub fn has_other_goal(&self, other: &Campaign) -> bool {
        self.aim != other.aim
            || self.starts_at != other.starts_at
            || self.deadline() != other.deadline()
    }
}
