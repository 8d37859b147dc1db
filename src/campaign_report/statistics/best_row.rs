//! Which row is the best, how sure that is, and what is missing where it is not.
//!
//! Holds: no row is called the best below the stated [`BestRowFloor`]; the probabilities of all
//! rows sum to one. They may be looked at every day: unlike a significance test they need no fixed
//! end. Must not know: what a row stands for; how rates are learnt.

mod separation;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::posterior::{Beta, Posterior};
use super::probability_best::{BestChance, probability_best};
use super::{Z_95, real};

pub use separation::{Separation, TrailingRow, separate};

/// Standard normal quantile of a power of 80 %.
const Z_POWER: f64 = 0.841_621_233_572_914_3;
/// Above this many more visitors nobody is told a number.
const MOST_MORE: f64 = 1_000_000.0;

/// The chances of each row, in their order. A single row is the best for certain.
pub fn chances(rows: &[Beta]) -> Vec<BestChance> {
    probability_best(rows)
}

/// What must be there before any row is called the best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BestRowFloor {
    /// Probability of being the best.
    pub probability: f64,
    /// People of all rows together.
    pub people: i64,
    /// Successes of the row itself.
    pub successes: f64,
}

impl Default for BestRowFloor {
    /// 80 % sure, from 100 people in all and 5 successes of its own on.
    fn default() -> BestRowFloor {
        BestRowFloor {
            probability: 0.8,
            people: 100,
            successes: 5.0,
        }
    }
}

/// A row that may be the best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contender {
    /// Its leads, or whatever is counted.
    pub successes: f64,
    /// Its people.
    pub people: i64,
    /// What is known of its rate.
    pub posterior: Beta,
}

/// How many more visitors would tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoreVisitors {
    /// About so many, rounded up to two significant digits.
    About(u64),
    /// More than 1,000,000: for all that anybody needs to know, the rows are alike.
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

/// Whether a best row can be named.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BestVerdict {
    /// It can.
    Best {
        /// Its place among the rows.
        row: usize,
        /// How sure that is, from 0 to 1.
        probability: f64,
    },
    /// Not yet: chance alone may have put the rows in this order.
    NotDistinguishableYet {
        /// Visitors that the two leading rows need beyond those they have.
        more_visitors: MoreVisitors,
    },
}

impl BestVerdict {
    /// The verdict in words; `name` tells what the row at a place is called.
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

    /// The verdict in words, with what is known beside it.
    pub fn sentence_with(&self, apart: &Separation, name: impl Fn(usize) -> String) -> String {
        let Some((ahead, rows)) = most_behind(apart) else {
            return self.sentence(&name);
        };
        let names = |rows: &[usize]| listed(&rows.iter().map(|row| name(*row)).collect::<Vec<_>>());
        let is = if rows.len() == 1 { "is" } else { "are" };
        let known = format!("{} {is} clearly behind {}", names(&rows), name(ahead));
        match self {
            BestVerdict::Best { .. } => format!("{}; {known}", self.sentence(&name)),
            BestVerdict::NotDistinguishableYet { more_visitors } if apart.leading.len() > 1 => {
                format!(
                    "{} cannot be told apart yet ({more_visitors} more visitors needed); {known}",
                    names(&apart.leading)
                )
            }
            BestVerdict::NotDistinguishableYet { .. } => {
                format!("{}; {known}", self.sentence(&name))
            }
        }
    }
}

/// The row that most others are clearly behind, and those.
fn most_behind(apart: &Separation) -> Option<(usize, Vec<usize>)> {
    let behind = |ahead: usize| {
        let rows = apart.behind.iter().filter(|it| it.of.contains(&ahead));
        rows.map(|it| it.row).collect::<Vec<_>>()
    };
    let ahead = apart.behind.iter().flat_map(|it| it.of.iter().copied());
    // Of those with equally many the first one, which has the highest rate.
    let all = ahead.map(|ahead| (ahead, behind(ahead))).rev();
    all.max_by_key(|(_, rows)| rows.len())
}

/// `a, b and c`; of many the first few.
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

/// The verdict on rows whose [`chances`] are given in the same order; `None` for fewer than two.
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
    let each = people_each(rate_one, rate_two);
    let missing = |row: &Contender| (each - real(row.people)).max(0.0);
    // Where it is sure, but of too little, only the floor is missing.
    let apart = if is_sure {
        0.0
    } else {
        missing(one) + missing(two)
    };
    let more = apart
        .max(real(floor.people - people))
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
pub fn people_each(one: f64, two: f64) -> f64 {
    let spread = |rate: f64| rate * (1.0 - rate);
    let middle = f64::midpoint(one, two);
    let alike = Z_95 * (2.0 * spread(middle)).sqrt();
    let apart = Z_POWER * (spread(one) + spread(two)).sqrt();
    ((alike + apart) / (one - two)).powi(2)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 1 and a million"
)]
fn rounded(more: f64) -> MoreVisitors {
    let more = more.max(1.0);
    if more > MOST_MORE {
        return MoreVisitors::MoreThanAMillion;
    }
    let unit = 10f64.powf((more.log10().floor() - 1.0).max(0.0));
    MoreVisitors::About(((more / unit).ceil() * unit) as u64)
}

#[cfg(test)]
mod tests;
