//! A campaign's goal: what it counts, how it stands, and what it was before it was changed.
//!
//! # Invariants
//! A verdict follows from the numbers beside it.
//!
//! # Out of scope
//! How conversions are counted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::error::Error;
use crate::clock::{DAY_MS, Millis};

/// What a goal counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GoalMetric {
    /// Leads credited to the campaign.
    Leads,
    /// Sales credited to the campaign.
    Sales,
    /// Net revenue, in minor units of the campaign's currency.
    Revenue,
    /// Named events, such as `event:case_answered`.
    Event(String),
}

impl fmt::Display for GoalMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GoalMetric::Leads => f.write_str("leads"),
            GoalMetric::Sales => f.write_str("sales"),
            GoalMetric::Revenue => f.write_str("revenue"),
            GoalMetric::Event(name) => write!(f, "event:{name}"),
        }
    }
}

impl FromStr for GoalMetric {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "leads" => Ok(GoalMetric::Leads),
            "sales" => Ok(GoalMetric::Sales),
            "revenue" => Ok(GoalMetric::Revenue),
            _ => match text.strip_prefix("event:") {
                Some(name) if is_event_name(name) => Ok(GoalMetric::Event(name.to_owned())),
                _ => Err(Error::UnknownMetric(text.chars().take(64).collect())),
            },
        }
    }
}

impl Serialize for GoalMetric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GoalMetric {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
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
    /// What to count.
    pub metric: GoalMetric,
    /// How many; minor units of the campaign's currency for revenue. At least 1.
    pub target: i64,
    /// The deadline; the campaign's end when absent.
    pub by: Option<Millis>,
}

/// A goal, or the reason for having none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GoalOrWaiver {
    /// The campaign is compared with this goal.
    Goal(Goal),
    /// No goal, and why; the reason is shown in every report.
    Waived(String),
}

/// The goal of a campaign before a change after its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoalVersion {
    /// From 1, in the order of the changes. The goal in force has the number after the last one.
    pub number: i64,
    /// The goal or its waiver.
    pub aim: GoalOrWaiver,
    /// Start of the campaign.
    pub starts_at: Option<Millis>,
    /// End of the campaign.
    pub ends_at: Option<Millis>,
    /// When it was replaced.
    pub changed_at: Millis,
    /// Id of the key that made the change.
    pub key_id: String,
    /// The name of this key at that time.
    pub key_name: String,
    /// The reason.
    pub reason: String,
}

/// Number of the version in force, after those in `past`.
pub fn current_version(past: &[GoalVersion]) -> i64 {
    past.last().map_or(1, |version| version.number + 1)
}

/// The verdict on a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GoalVerdict {
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

/// A verdict with what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GoalProjection {
    /// How the goal stands.
    pub verdict: GoalVerdict,
    /// What it comes to by the deadline at the pace so far: the actual figure divided by `elapsed`.
    /// After the deadline the actual figure; `null` while it is too early to tell, and without a
    /// deadline.
    pub projected: Option<f64>,
    /// What each day until the deadline must bring to reach the target; 0 where it is reached,
    /// `null` when the deadline has passed without it, and without a deadline.
    pub needed_per_day: Option<f64>,
    /// The elapsed share of the time from start to deadline, 0 to 1; `null` without a deadline.
    pub elapsed: Option<f64>,
}

impl GoalProjection {
    /// That of a campaign without a goal.
    pub const WAIVED: GoalProjection = GoalProjection {
        verdict: GoalVerdict::Waived,
        projected: None,
        needed_per_day: None,
        elapsed: None,
    };
}

impl Goal {
    /// Compares `actual` with the target at `now`, for a campaign that started at `start`.
    ///
    /// The projection is a straight line from the start to the deadline (`by`, else `end`).
    pub fn verdict(
        &self,
        actual: f64,
        start: Millis,
        end: Option<Millis>,
        now: Millis,
    ) -> GoalVerdict {
        self.projection(actual, start, end, now).verdict
    }

    /// The same, with the figures behind it.
    pub fn projection(
        &self,
        actual: f64,
        start: Millis,
        end: Option<Millis>,
        now: Millis,
    ) -> GoalProjection {
        let target = real(self.target.into());
        let is_met = actual >= target;
        let Some(deadline) = self.by.or(end) else {
            return GoalProjection {
                verdict: if is_met {
                    GoalVerdict::Met
                } else {
                    GoalVerdict::TooEarly
                },
                needed_per_day: is_met.then_some(0.0),
                ..GoalProjection::WAIVED
            };
        };
        let span = |from: Millis, to: Millis| (i128::from(to.0) - i128::from(from.0)).max(0);
        let (whole, gone) = (span(start, deadline), span(start, now.min(deadline)));
        let is_over = now >= deadline;
        let is_early = !is_over && gone * 10 < whole;
        let left = span(now.max(start), deadline);
        let verdict = if is_met {
            GoalVerdict::Met
        } else if is_over {
            GoalVerdict::Missed
        } else if is_early {
            GoalVerdict::TooEarly
        } else if actual * real(whole) >= target * real(gone) {
            GoalVerdict::OnTrack
        } else {
            GoalVerdict::Behind
        };
        let missing = target - actual;
        GoalProjection {
            verdict,
            projected: match () {
                () if is_over => Some(actual),
                () if is_early || gone == 0 => None,
                () => Some(actual * real(whole) / real(gone)),
            },
            needed_per_day: match () {
                () if is_met => Some(0.0),
                () if is_over || left == 0 => None,
                () => Some(missing * real(DAY_MS.into()) / real(left)),
            },
            elapsed: Some(if is_over {
                1.0
            } else {
                real(gone) / real(whole.max(1))
            }),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 9e15: counts, minor units and milliseconds of 285 000 years"
)]
fn real(number: i128) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::GoalVerdict as V;
    use super::*;

    fn goal(target: i64) -> Goal {
        Goal {
            metric: GoalMetric::Leads,
            target,
            by: Some(Millis(1_000)),
        }
    }

    #[test]
    fn verdicts_follow_the_straight_line() {
        let verdict =
            |actual, now| goal(10).verdict(f64::from(actual), Millis(0), None, Millis(now));
        assert_eq!(verdict(10, 1), GoalVerdict::Met);
        assert_eq!(verdict(9, 1_000), GoalVerdict::Missed);
        assert_eq!(verdict(0, 99), GoalVerdict::TooEarly);
        assert_eq!(verdict(5, 500), GoalVerdict::OnTrack);
        assert_eq!(verdict(4, 500), GoalVerdict::Behind);
        let endless = Goal {
            by: None,
            ..goal(10)
        };
        let verdict = |actual| endless.verdict(f64::from(actual), Millis(0), None, Millis(7));
        assert_eq!(
            (verdict(9), verdict(10)),
            (GoalVerdict::TooEarly, GoalVerdict::Met)
        );
    }

    #[test]
    fn a_verdict_shows_its_figures() {
        let days = |days: i64| Millis(days * DAY_MS);
        let goal = Goal {
            by: Some(days(16)),
            ..goal(40)
        };
        let at = |actual, now| {
            let projection = goal.projection(f64::from(actual), days(0), None, now);
            (
                projection.verdict,
                projection.projected,
                projection.needed_per_day,
                projection.elapsed,
            )
        };
        for (actual, now, expected) in [
            (
                8,
                days(4),
                (V::Behind, Some(32.0), Some(32.0 / 12.0), Some(0.25)),
            ),
            (
                12,
                days(4),
                (V::OnTrack, Some(48.0), Some(28.0 / 12.0), Some(0.25)),
            ),
            (44, days(4), (V::Met, Some(176.0), Some(0.0), Some(0.25))),
            (
                2,
                days(1),
                (V::TooEarly, None, Some(38.0 / 15.0), Some(0.0625)),
            ),
            (0, days(-9), (V::TooEarly, None, Some(2.5), Some(0.0))),
            (39, days(16), (V::Missed, Some(39.0), None, Some(1.0))),
            (41, days(99), (V::Met, Some(41.0), Some(0.0), Some(1.0))),
        ] {
            assert_eq!(at(actual, now), expected, "{actual} at {now}");
        }
    }

    #[test]
    fn metrics_are_read_and_printed() {
        for text in ["leads", "sales", "revenue", "event:case_answered"] {
            assert_eq!(text.parse::<GoalMetric>().unwrap().to_string(), text);
        }
        assert!("likes".parse::<GoalMetric>().is_err());
        assert!("event:".parse::<GoalMetric>().is_err());
    }
}
