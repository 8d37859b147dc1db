//! A campaign: a named effort with a goal, a currency, a time zone and a period.
//!
//! Holds: a campaign has a goal, or a written reason why it has none; its period never ends
//! before it starts. Must not know: how it is stored or served.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::id::{CampaignId, WorkspaceId};
use crate::money::Currency;

/// What a goal counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Leads credited to the campaign.
    Leads,
    /// Sales credited to the campaign.
    Sales,
    /// Net revenue, in minor units of the campaign's currency.
    Revenue,
    /// Named events, such as `event:case_answered`.
    Event(String),
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Metric::Leads => f.write_str("leads"),
            Metric::Sales => f.write_str("sales"),
            Metric::Revenue => f.write_str("revenue"),
            Metric::Event(name) => write!(f, "event:{name}"),
        }
    }
}

impl FromStr for Metric {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "leads" => Ok(Metric::Leads),
            "sales" => Ok(Metric::Sales),
            "revenue" => Ok(Metric::Revenue),
            _ => match text.strip_prefix("event:") {
                Some(name) if is_event_name(name) => Ok(Metric::Event(name.to_owned())),
                _ => Err(Error::UnknownMetric(text.chars().take(64).collect())),
            },
        }
    }
}

/// Whether `name` may name an event: 1 to 64 of `a-z 0-9 _ . -`.
pub fn is_event_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b))
}

/// What a campaign is to reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// What is counted.
    pub metric: Metric,
    /// How many; minor units of the campaign's currency for revenue. At least 1.
    pub target: i64,
    /// Until when; the campaign's end when absent.
    pub by: Option<Millis>,
}

/// A goal, or the reason for having none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    /// The campaign is held against this goal.
    Goal(Goal),
    /// No goal, and why; the reason is shown in every report.
    Waived(String),
}

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
    pub aim: Aim,
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
    /// A negative hourly rate.
    #[error("`hourly_rate` is zero or more minor units an hour")]
    HourlyRate,
}

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
            Aim::Goal(goal) if goal.target < 1 => return Err(Error::TargetTooSmall(goal.target)),
            Aim::Waived(reason) if !(1..=500).contains(&reason.trim().chars().count()) => {
                return Err(Error::WaiverLength);
            }
            Aim::Goal(_) | Aim::Waived(_) => {}
        }
        if let (Some(start), Some(end)) = (self.starts_at, self.ends_at)
            && end <= start
        {
            return Err(Error::PeriodReversed);
        }
        if self.hourly_rate.is_some_and(|rate| rate < 0) {
            return Err(Error::HourlyRate);
        }
        time_zone(&self.time_zone).map(drop)
    }
}

/// How a goal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The target is reached.
    Met,
    /// The deadline passed without it.
    Missed,
    /// At this pace the target is reached by the deadline.
    OnTrack,
    /// At this pace it is not.
    Behind,
    /// Less than a tenth of the time is over, or there is no deadline to project to.
    TooEarly,
    /// There is no goal; the reason is in `goal_waiver`.
    Waived,
}

impl Campaign {
    /// When its goal must be reached; `None` without a goal or an end.
    pub fn deadline(&self) -> Option<Millis> {
        match &self.aim {
            Aim::Goal(goal) => goal.by.or(self.ends_at),
            Aim::Waived(_) => None,
        }
    }
}

impl Goal {
    /// Holds `actual` against the target at `now`, for a campaign that started at `start`.
    ///
    /// The projection is a straight line from the start to the deadline (`by`, else `end`).
    pub fn verdict(&self, actual: i64, start: Millis, end: Option<Millis>, now: Millis) -> Verdict {
        if actual >= self.target {
            return Verdict::Met;
        }
        let Some(deadline) = self.by.or(end) else {
            return Verdict::TooEarly;
        };
        if now >= deadline {
            return Verdict::Missed;
        }
        let whole = i128::from(deadline.0) - i128::from(start.0);
        let gone = i128::from(now.0) - i128::from(start.0);
        if gone * 10 < whole {
            return Verdict::TooEarly;
        }
        if i128::from(actual) * whole >= i128::from(self.target) * gone {
            Verdict::OnTrack
        } else {
            Verdict::Behind
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(target: i64) -> Goal {
        Goal {
            metric: Metric::Leads,
            target,
            by: Some(Millis(1_000)),
        }
    }

    #[test]
    fn verdicts_follow_the_straight_line() {
        let verdict = |actual, now| goal(10).verdict(actual, Millis(0), None, Millis(now));
        assert_eq!(verdict(10, 1), Verdict::Met);
        assert_eq!(verdict(9, 1_000), Verdict::Missed);
        assert_eq!(verdict(0, 99), Verdict::TooEarly);
        assert_eq!(verdict(5, 500), Verdict::OnTrack);
        assert_eq!(verdict(4, 500), Verdict::Behind);
    }

    #[test]
    fn metrics_are_read_and_printed() {
        for text in ["leads", "sales", "revenue", "event:case_answered"] {
            assert_eq!(text.parse::<Metric>().unwrap().to_string(), text);
        }
        assert!("likes".parse::<Metric>().is_err());
        assert!("event:".parse::<Metric>().is_err());
    }
}
