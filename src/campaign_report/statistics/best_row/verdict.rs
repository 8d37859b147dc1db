//! Whether a best row can be named, and what is missing if not.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::contender::{BestRowFloor, Contender};
use super::separation::Separation;
use crate::campaign_report::statistics::estimate::{Z_95, float};
use crate::campaign_report::statistics::posterior::Posterior;
use crate::campaign_report::statistics::probability_best::BestChance;

/// Standard normal quantile of a power of 80 %.
const Z_POWER: f64 = 0.841_621_233_572_914_3;

/// Larger numbers of missing visitors are not named.
const MAX_MORE_VISITORS: f64 = 1_000_000.0;

/// How many more visitors would decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoreVisitors {
    /// About so many, rounded up to two significant digits.
    About(u64),
    /// More than 1,000,000: for every practical purpose the rows are equal.
    MoreThanAMillion,
}

impl fmt::Display for MoreVisitors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MoreVisitors::About(count) = self else {
            return f.write_str("more than 1,000,000");
        };
        let digits = count.to_string();
        f.write_str("about ")?;
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// The best row, if one can be named.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BestVerdict {
    /// It can be named.
    Best {
        /// Its place among the rows.
        row: usize,
        /// Probability that this is true, from 0 to 1.
        probability: f64,
    },
    /// Not yet: chance alone may have put the rows in this order.
    NotDistinguishableYet {
        /// Visitors that the two leading rows need beyond those they have.
        more_visitors: MoreVisitors,
    },
}

impl BestVerdict {
    /// The verdict in words; `name` gives the name of the row at a place.
    pub fn sentence(&self, name: impl FnOnce(usize) -> String) -> String {
        match self {
            BestVerdict::Best { row, probability } => {
                // 99.7 % is no certainty.
                let percent = (probability * 100.0).floor().min(99.0);
                format!("{} is the best, {percent} % sure", name(*row))
            }
            BestVerdict::NotDistinguishableYet { more_visitors } => {
                format!("not distinguishable yet: {more_visitors} more visitors needed")
            }
        }
    }

    /// The verdict in words, with the rows that are clearly behind.
    pub fn sentence_with(&self, separation: &Separation, name: impl Fn(usize) -> String) -> String {
        let Some((ahead, rows)) = most_behind(separation) else {
            return self.sentence(&name);
        };
        let names = |rows: &[usize]| listed(&rows.iter().map(|row| name(*row)).collect::<Vec<_>>());
        let is = if rows.len() == 1 { "is" } else { "are" };
        let known = format!("{} {is} clearly behind {}", names(&rows), name(ahead));
        match self {
            BestVerdict::Best { .. } => format!("{}; {known}", self.sentence(&name)),
            BestVerdict::NotDistinguishableYet { more_visitors }
                if separation.leading.len() > 1 =>
            {
                format!(
                    "{} cannot be told apart yet ({more_visitors} more visitors needed); {known}",
                    names(&separation.leading)
                )
            }
            BestVerdict::NotDistinguishableYet { .. } => {
                format!("{}; {known}", self.sentence(&name))
            }
        }
    }
}

/// The row that most others are clearly behind, and these others.
fn most_behind(separation: &Separation) -> Option<(usize, Vec<usize>)> {
    let behind = |ahead: usize| {
        let rows = separation
            .behind
            .iter()
            .filter(|row| row.of.contains(&ahead));
        rows.map(|row| row.row).collect::<Vec<_>>()
    };
    let ahead = separation
        .behind
        .iter()
        .flat_map(|row| row.of.iter().copied());
    // Of equals the first one, which has the highest rate.
    let all = ahead.map(|ahead| (ahead, behind(ahead))).rev();
    all.max_by_key(|(_, rows)| rows.len())
}

/// `a, b and c`; if there are many, the first few.
fn listed(names: &[String]) -> String {
    const MOST: usize = 8;
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if names.len() <= MOST => format!("{} and {last}", first.join(", ")),
        _ => format!(
            "{} and {} others",
            names[..MOST].join(", "),
            names.len() - MOST
        ),
    }
}

/// The verdict on rows and their chances, in the same order; `None` for fewer than two.
pub fn verdict(
    rows: &[Contender],
    chances: &[BestChance],
    floor: &BestRowFloor,
) -> Option<BestVerdict> {
    let mut order: Vec<usize> = (0..rows.len().min(chances.len())).collect();
    order.sort_by(|a, b| {
        let sure = |row: &usize| chances[*row].probability_best;
        sure(b).total_cmp(&sure(a)).then(a.cmp(b))
    });
    let [first, second, ..] = order[..] else {
        return None;
    };
    let [one, two] = [&rows[first], &rows[second]];
    let people: i64 = rows.iter().map(|row| row.people).sum();
    let probability = chances[first].probability_best;
    let is_sure = probability >= floor.probability;
    if is_sure && people >= floor.people && one.successes >= floor.successes {
        return Some(BestVerdict::Best {
            row: first,
            probability,
        });
    }
    let [rate_one, rate_two] = [one, two].map(|row| row.posterior.mean());
    let each = sample_size(rate_one, rate_two);
    let missing = |row: &Contender| (each - float(row.people)).max(0.0);
    // If it is sure, only the floor is missing.
    let to_separate = if is_sure {
        0.0
    } else {
        missing(one) + missing(two)
    };
    let more = to_separate
        .max(float(floor.people - people))
        .max((floor.successes - one.successes) / rate_one);
    Some(BestVerdict::NotDistinguishableYet {
        more_visitors: rounded(more),
    })
}

/// People that each of two rows must have for a two-sided test at 95 % to tell their rates apart
/// four times out of five. Infinite for equal rates.
///
/// Source: J. L. Fleiss, B. Levin, M. C. Paik, "Statistical methods for rates
/// and proportions" (3rd edition, 2003), chapter 4, without the correction for continuity.
pub fn sample_size(one: f64, two: f64) -> f64 {
    let spread = |rate: f64| rate * (1.0 - rate);
    let middle = f64::midpoint(one, two);
    let alike = Z_95 * (2.0 * spread(middle)).sqrt();
    let different = Z_POWER * (spread(one) + spread(two)).sqrt();
    ((alike + different) / (one - two)).powi(2)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 1 and a million"
)]
pub(super) fn rounded(more: f64) -> MoreVisitors {
    let more = more.max(1.0);
    if more > MAX_MORE_VISITORS {
        return MoreVisitors::MoreThanAMillion;
    }
    let unit = 10f64.powf((more.log10().floor() - 1.0).max(0.0));
    MoreVisitors::About(((more / unit).ceil() * unit) as u64)
}
