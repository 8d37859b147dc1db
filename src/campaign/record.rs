//! The campaign itself.

use super::error::{Error, MAX_WINDOW_DAYS};
use super::goal::GoalOrWaiver;
use super::time_zone::time_zone;
use crate::clock::{DAY_MS, Millis};
use crate::id::{CampaignId, WorkspaceId};
use crate::money::{Currency, MAX_AMOUNT};

/// A named effort over a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// Its owner.
    pub workspace_id: WorkspaceId,
    /// Display name, 1 to 200 characters.
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
