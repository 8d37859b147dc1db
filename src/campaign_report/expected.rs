//! Whether a period brought more than expected.
//!
//! # Invariants
//! - The period is compared with the same hours of earlier weeks.
//! - The same comparison is made for days without posts. How often these look special shows how far
//!   the answer can be trusted.
//!
//! # Out of scope
//! Formulas: [`super::statistics::predictive`].

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::period::{Period, plus_days};
use super::statistics::predictive::{Baseline, CountRange, LEAST_PERIODS, Lift};
use crate::clock::Millis;

/// Most days without posts that are compared.
const PLACEBO_DAYS: i64 = 28;

/// At or below this probability a day looks special: as rare by chance as one in twenty.
const SPECIAL: f64 = 0.05;

/// What to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountedOutcome {
    /// Leads.
    #[default]
    Leads,
    /// Sales.
    Sales,
}

/// Counts by quarter-hour, in the order of time.
pub type CountSeries = [(Millis, u64)];

/// Days without posts on which the same test was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PlaceboDays {
    /// How many days were tested.
    pub days: u32,
    /// On how many of them the count had a probability of at most 5 % by chance; about 5 % of the
    /// days are expected.
    pub alarms: u32,
}

/// The observed and the expected count of a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ExpectedReport {
    /// What was counted. It counts the whole workspace, because indirect results of a post have no
    /// link.
    pub outcome: CountedOutcome,
    /// Start of the period.
    #[schema(value_type = String, format = DateTime)]
    pub from: Millis,
    /// End of the period, exclusive.
    #[schema(value_type = String, format = DateTime)]
    pub to: Millis,
    /// The count in the period.
    pub observed: u64,
    /// Counts in the same hours of each earlier week, latest first.
    pub comparable: Vec<u64>,
    /// The expected count. This and all further figures are `null` with fewer than four such weeks.
    pub expected: Option<f64>,
    /// The range of 80 % of such periods.
    pub range_80: Option<CountRange>,
    /// The range of 95 % of such periods.
    pub range_95: Option<CountRange>,
    /// Probability that chance alone gives at least this count.
    pub probability: Option<f64>,
    /// Observed divided by expected, minus 1, with its 95 % interval.
    pub lift: Option<Lift>,
    /// Index of dispersion of the weeks: 1 if they differ only by chance.
    pub dispersion: Option<f64>,
    /// The same test on earlier days without posts.
    pub placebo: PlaceboDays,
    /// The answer in words.
    pub sentence: String,
}

/// What the comparison is made of.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedInputs<'a> {
    /// What to count.
    pub outcome: CountedOutcome,
    /// The period.
    pub period: Period,
    /// How many earlier weeks it is compared with.
    pub weeks: u32,
    /// The zone in which hours of the week are the same.
    pub zone: &'a TimeZone,
    /// The counts from the earliest week needed on; see [`counts_from`].
    pub counts: &'a CountSeries,
    /// When something was first counted; weeks before it are not used.
    pub since: Option<Millis>,
    /// When something was posted.
    pub posts: &'a [Millis],
}

/// The time from which counts are needed.
pub fn counts_from(period: Period, weeks: u32, zone: &TimeZone) -> Millis {
    plus_days(
        period.from,
        -PLACEBO_DAYS - 7 * (i64::from(weeks) + 1),
        zone,
    )
}

fn within(counts: &CountSeries, from: Millis, to: Millis) -> u64 {
    let start = counts.partition_point(|(at, _)| *at < from);
    let rest = counts[start..].iter().take_while(|(at, _)| *at < to);
    rest.map(|(_, count)| count).sum()
}

/// The counts in the same hours of the weeks before, as far back as they are known.
fn comparable(inputs: &ExpectedInputs<'_>, from: Millis, to: Millis) -> Vec<u64> {
    let week = |back: u32| {
        let days = -7 * i64::from(back);
        let from = plus_days(from, days, inputs.zone);
        let known = inputs.since.is_some_and(|since| since <= from);
        known.then(|| within(inputs.counts, from, plus_days(to, days, inputs.zone)))
    };
    (1..=inputs.weeks).map_while(week).collect()
}

fn baseline(weeks: &[u64]) -> Option<Baseline> {
    let periods: Vec<(u64, f64)> = weeks.iter().map(|count| (*count, 1.0)).collect();
    Baseline::learn(&periods)
}

/// Makes the same comparison for earlier days without posts.
fn placebo(inputs: &ExpectedInputs<'_>) -> PlaceboDays {
    let mut placebo = PlaceboDays { days: 0, alarms: 0 };
    let midnight = inputs
        .period
        .from
        .timestamp()
        .to_zoned_datetime(inputs.zone.clone());
    let Ok(midnight) = midnight.start_of_day() else {
        return placebo;
    };
    let midnight = Millis(midnight.timestamp().as_millisecond());
    for back in 1..=PLACEBO_DAYS {
        let from = plus_days(midnight, -back, inputs.zone);
        let to = plus_days(midnight, 1 - back, inputs.zone);
        if inputs.posts.iter().any(|at| (from..to).contains(at)) {
            continue;
        }
        let observed = within(inputs.counts, from, to);
        let compared = baseline(&comparable(inputs, from, to));
        let Some(compared) = compared.and_then(|baseline| baseline.compare(observed, 1.0)) else {
            continue;
        };
        placebo.days += 1;
        placebo.alarms += u32::from(compared.at_least <= SPECIAL);
    }
    placebo
}

/// Compares the period with earlier weeks.
pub fn expected_report(inputs: &ExpectedInputs<'_>) -> ExpectedReport {
    let Period { from, to } = inputs.period;
    let observed = within(inputs.counts, from, to);
    let weeks = comparable(inputs, from, to);
    let compared = baseline(&weeks).and_then(|usual| usual.compare(observed, 1.0));
    let placebo = placebo(inputs);
    let noun = match inputs.outcome {
        CountedOutcome::Leads => "leads",
        CountedOutcome::Sales => "sales",
    };
    let sentence = match &compared {
        None => format!(
            "Cannot be told yet: the same hours of at least {LEAST_PERIODS} earlier weeks are needed, and {} \
             are known.",
            weeks.len()
        ),
        Some(found) => {
            let verdict = if found.at_least <= SPECIAL {
                "more than chance explains"
            } else {
                "no more than chance explains"
            };
            format!(
                "{observed} {noun} came, {:.1} were to be expected (95 % of such periods: {} to {}): {verdict} \
                 (probability {:.3}). Of {} days without posts {} looked as special.",
                found.expected,
                found.range_95.low,
                found.range_95.high,
                found.at_least,
                placebo.days,
                placebo.alarms
            )
        }
    };
    ExpectedReport {
        outcome: inputs.outcome,
        from,
        to,
        observed,
        comparable: weeks,
        expected: compared.map(|found| found.expected),
        range_80: compared.map(|found| found.range_80),
        range_95: compared.map(|found| found.range_95),
        probability: compared.map(|found| found.at_least),
        lift: compared.map(|found| found.lift),
        dispersion: compared.and_then(|found| found.dispersion),
        placebo,
        sentence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::DAY_MS;

    const MONDAY: Millis = Millis(1_773_014_400_000);

    fn asked<'a>(
        counts: &'a CountSeries,
        posts: &'a [Millis],
        zone: &'a TimeZone,
    ) -> ExpectedInputs<'a> {
        ExpectedInputs {
            outcome: CountedOutcome::Leads,
            period: Period {
                from: MONDAY,
                to: MONDAY.plus_ms(DAY_MS),
            },
            weeks: 8,
            zone,
            counts,
            since: counts.first().map(|count| count.0),
            posts,
        }
    }

    /// `each` leads at noon of every day of ten weeks before, and `today` on the day itself.
    fn history(each: u64, today: u64) -> Vec<(Millis, u64)> {
        let noon = |day: i64| MONDAY.plus_ms(day * DAY_MS + DAY_MS / 2);
        let mut counts: Vec<_> = (-98..0).map(|day| (noon(day), each)).collect();
        counts.push((noon(0), today));
        counts
    }

    #[test]
    fn many_more_than_in_earlier_weeks_are_no_chance() {
        let counts = history(8, 40);
        let found = expected_report(&asked(&counts, &[], &TimeZone::UTC));
        assert_eq!((found.observed, found.comparable.len()), (40, 8));
        assert!(found.probability.unwrap() < 0.001);
        assert!(found.lift.unwrap().low > 1.0);
        assert!(found.range_95.unwrap().high < 40);
        assert_eq!(
            found.placebo,
            PlaceboDays {
                days: 28,
                alarms: 0
            }
        );
        assert!(found.sentence.contains("more than chance explains"));
    }

    #[test]
    fn as_many_as_usual_are_usual_and_days_with_posts_are_no_placebo() {
        let counts = history(8, 8);
        let post = MONDAY.plus_ms(-3 * DAY_MS);
        let found = expected_report(&asked(&counts, &[post], &TimeZone::UTC));
        assert!(found.probability.unwrap() > 0.3);
        assert_eq!(found.placebo.days, 27);
        assert!(found.sentence.contains("no more than chance"));
    }

    #[test]
    fn three_weeks_tell_nothing() {
        let counts = &history(8, 40)[98 - 27..];
        let found = expected_report(&asked(counts, &[], &TimeZone::UTC));
        assert_eq!((found.comparable.len(), found.expected), (3, None));
        assert!(found.sentence.starts_with("Cannot be told yet"));
    }
}
