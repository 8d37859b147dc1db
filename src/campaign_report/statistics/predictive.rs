//! Whether a count is more than what any comparable period might have brought.
//!
//! # Invariants
//! The expected count comes with the range that chance gives. The range is wider if the earlier
//! periods differed by more than chance, and if there were few of them.
//!
//! # Out of scope
//! What is counted, and what made periods comparable.
//!
//! # Sources
//!
//! - the count of a period whose rate is known from others (gamma-Poisson, a negative binomial): A.
//!   Gelman and others, "Bayesian data analysis" (3rd edition, 2013), section 2.6, with Jeffreys'
//!   prior;
//! - spreading it by the index of dispersion: R. W. M. Wedderburn, "Quasi-likelihood functions",
//!   Biometrika 61 (1974);
//! - the range of the ratio of two means, from the share of one in both: C. J. Clopper, E. S.
//!   Pearson, "The use of confidence or fiducial limits", Biometrika 26 (1934).

use serde::{Deserialize, Serialize};
use statrs::distribution::{DiscreteCDF, NegativeBinomial};

use super::posterior::{Beta, Posterior};

/// Fewer comparable periods than this are not used.
pub const LEAST_PERIODS: usize = 4;

/// A range of counts; both ends are included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CountRange {
    /// Lower end.
    pub low: u64,
    /// Upper end.
    pub high: u64,
}

/// How the observed count compares with the expected one: 0.5 means 50 % more, -0.2 means 20 %
/// less.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Lift {
    /// Observed divided by expected, minus 1.
    pub value: f64,
    /// Lower end of the 95 % interval; at least -1.
    pub low: f64,
    /// Upper end of the 95 % interval; `null` if nothing was counted before.
    pub high: Option<f64>,
}

/// What the period asked should have brought, and how what it did bring compares.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountComparison {
    /// Count to expect.
    pub expected: f64,
    /// Four periods of five stay in this range.
    pub range_80: CountRange,
    /// Nineteen of twenty stay in this one.
    pub range_95: CountRange,
    /// What was counted.
    pub observed: u64,
    /// Probability that chance alone gives at least this count.
    pub at_least: f64,
    /// Observed against expected.
    pub lift: Lift,
    /// Index of dispersion of the earlier periods: 1 when they differ as chance makes them, 3 when
    /// their variance is three times that; `null` when the expected count was given.
    pub dispersion: Option<f64>,
}

/// What is known of a usual period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baseline {
    counted: f64,
    exposure: f64,
    dispersion: f64,
}

impl Baseline {
    /// Learns from the counts of comparable earlier periods, each with its exposure: hours, days,
    /// posts, anything above 0 that a count grows with. `None` for fewer than [`LEAST_PERIODS`].
    pub fn learn(periods: &[(u64, f64)]) -> Option<Baseline> {
        let fits = |exposure: f64| exposure.is_finite() && exposure > 0.0;
        if periods.len() < LEAST_PERIODS || !periods.iter().all(|period| fits(period.1)) {
            return None;
        }
        let mut periods = periods.to_vec();
        periods.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let counted: f64 = periods.iter().map(|period| float(period.0)).sum();
        let exposure: f64 = periods.iter().map(|period| period.1).sum();
        let usual = |exposed: f64| counted / exposure * exposed;
        let misfit = |(count, exposed): &(u64, f64)| {
            (float(*count) - usual(*exposed)).powi(2) / usual(*exposed)
        };
        #[expect(clippy::cast_precision_loss, reason = "a number of periods")]
        let free = (periods.len() - 1) as f64;
        let dispersion = if counted > 0.0 {
            periods.iter().map(misfit).sum::<f64>() / free
        } else {
            1.0
        };
        Some(Baseline {
            counted,
            exposure,
            dispersion,
        })
    }

    /// Holds the `observed` count of a period of that exposure against what is usual; `None` unless
    /// the exposure is more than 0.
    pub fn compare(&self, observed: u64, exposure: f64) -> Option<CountComparison> {
        if !exposure.is_finite() || exposure <= 0.0 {
            return None;
        }
        // Periods that differ less than by chance do so by chance.
        let spread = self.dispersion.max(1.0);
        let share = exposure / self.exposure;
        let expected = (self.counted + 0.5) * share;
        let success = 1.0 / (spread * (1.0 + share));
        let counts = NegativeBinomial::new(expected * success / (1.0 - success), success).ok()?;
        let lift = self.lift(observed, share, expected, spread);
        let dispersion = Some(self.dispersion);
        Some(compare(&counts, expected, observed, lift, dispersion))
    }

    /// The share of this period in all that was counted tells the ratio of the two rates. Counts
    /// that vary more than by chance tell as much as fewer that do not.
    fn lift(&self, observed: u64, share: f64, expected: f64, spread: f64) -> Lift {
        let (here, before) = (float(observed) / spread, self.counted / spread);
        let ratio = |part: f64| part / (1.0 - part) / share - 1.0;
        let low = Beta::new(here, before + 1.0).map(|part| ratio(part.quantile(0.025)));
        let high = Beta::new(here + 1.0, before).map(|part| ratio(part.quantile(0.975)));
        let value = float(observed) / expected - 1.0;
        Lift {
            value,
            low: low.unwrap_or(-1.0).min(value),
            high: high.map(|high| high.max(value)),
        }
    }
}

fn compare(
    counts: &NegativeBinomial,
    expected: f64,
    observed: u64,
    lift: Lift,
    dispersion: Option<f64>,
) -> CountComparison {
    let range = |outside: f64| CountRange {
        low: quantile(counts, outside / 2.0, expected),
        high: quantile(counts, 1.0 - outside / 2.0, expected),
    };
    CountComparison {
        expected,
        range_80: range(0.2),
        range_95: range(0.05),
        observed,
        at_least: observed
            .checked_sub(1)
            .map_or(1.0, |fewer| counts.sf(fewer)),
        lift,
        dispersion,
    }
}

/// The smallest count that at least that share of all counts does not exceed.
fn quantile(counts: &NegativeBinomial, share: f64, expected: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates"
    )]
    let mut high = expected.ceil() as u64 + 1;
    while counts.cdf(high) < share && high < u64::MAX / 2 {
        high *= 2;
    }
    let mut low = 0;
    while low < high {
        let middle = low.midpoint(high);
        if counts.cdf(middle) < share {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 9e15")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
