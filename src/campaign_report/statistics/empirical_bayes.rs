//! Rates of rows that learn from each other: a small row is pulled towards what is usual in its
//! campaign, a large one speaks for itself.
//!
//! The rows' true rates are modelled as drawn from one Beta curve (empirical Bayes). How much they
//! differ is averaged over: each amount is weighed by how well it explains the rows (the marginal
//! likelihood of the beta-binomial). So few rows, or rows that differ only by chance, end near the
//! common rate without claiming to be certain of it.
//!
//! # Invariants
//! - The same rows in another order have the same rates.
//! - Every rate is more than 0 and less than 1.
//!
//! # Sources
//!
//! - the likelihood: J. G. Skellam, "A probability distribution derived from the binomial
//!   distribution by regarding the probability of success as variable", Journal of the Royal
//!   Statistical Society B 10 (1948);
//! - the weights of rows in the usual rate: J. C. Kleinman, "Proportions with extraneous variance",
//!   Journal of the American Statistical Association 68 (1973);
//! - every amount of pull as likely as any other beforehand: C. L. Christiansen, C. N. Morris,
//!   "Hierarchical Poisson regression modeling", the same journal 92 (1997);
//! - what not knowing the usual rate adds to the spread: C. N. Morris, "Parametric empirical Bayes
//!   inference", the same journal 78 (1983).

use statrs::function::beta::ln_beta;

use super::estimate::float;
use super::posterior::Beta;

/// Amounts of pull that are averaged over.
const STEPS: u32 = 32;

/// The rates of a campaign's rows, each informed by the others.
#[derive(Clone, Debug, PartialEq)]
pub struct ShrunkRates {
    /// The rate to expect of a row without visitors; `None` if no row has any.
    pub prior: Option<Beta>,
    /// The rate of each row, in their order; `None` if successes exceed people or are negative, and
    /// if no row has visitors.
    pub rows: Vec<Option<Beta>>,
}

/// One amount of variation between rows, and what follows from it.
struct Variation {
    /// How many people the prior counts for.
    strength: f64,
    /// The usual rate.
    usual: f64,
    /// Variance of the usual rate.
    statistics: f64,
    /// Logarithm of how well it explains the rows.
    fit: f64,
}

/// The rate of each row, from its own (successes, people) and from the others. Successes may be
/// fractions, because credit can be shared.
pub fn learn(rows: &[(f64, i64)]) -> ShrunkRates {
    let valid = |(successes, people): &(f64, i64)| {
        *successes >= 0.0 && *people >= 0 && *successes <= float(*people)
    };
    let mut seen: Vec<(f64, f64)> = rows
        .iter()
        .filter(|row| valid(row) && row.1 > 0)
        .map(|(successes, people)| (*successes, float(*people)))
        .collect();
    if seen.is_empty() {
        let rows = vec![None; rows.len()];
        return ShrunkRates { prior: None, rows };
    }
    // Sums of floats depend on their order, and the order of rows must not matter.
    seen.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.total_cmp(&b.0)));
    let variations = variations(&seen);
    let rows = rows
        .iter()
        .map(|row| {
            let (successes, people) = *row;
            valid(row).then(|| posterior(&variations, successes, float(people)))?
        })
        .collect();
    ShrunkRates {
        prior: posterior(&variations, 0.0, 0.0),
        rows,
    }
}

/// Every amount of variation, with its share of belief in `fit`. `rows` are sorted by people.
fn variations(rows: &[(f64, f64)]) -> Vec<Variation> {
    let successes: f64 = rows.iter().map(|row| row.0).sum();
    let people: f64 = rows.iter().map(|row| row.1).sum();
    let pooled = (successes + 0.5) / (people + 1.0);
    // A prior of less than half a success would expect most rows to yield nothing at all.
    let least = 0.5 / pooled.min(1.0 - pooled);
    let typical = rows[rows.len() / 2].1;
    let mut found: Vec<Variation> = (0..STEPS)
        .map(|step| {
            let pull = (f64::from(step) + 0.5) / f64::from(STEPS);
            let strength = (typical * pull / (1.0 - pull)).max(least);
            variation(rows, people, strength)
        })
        .collect();
    let best = found.iter().map(|v| v.fit).fold(f64::MIN, f64::max);
    let sum: f64 = found.iter().map(|v| (v.fit - best).exp()).sum();
    for variation in &mut found {
        variation.fit = (variation.fit - best).exp() / sum;
    }
    found
}

fn variation(rows: &[(f64, f64)], people: f64, strength: f64) -> Variation {
    // People of one row are alike; this many of them would tell as much if they were not.
    let alike = 1.0 / (1.0 + strength);
    let worth = |people: f64| people / (1.0 + (people - 1.0) * alike);
    let all: f64 = rows.iter().map(|row| worth(row.1)).sum();
    let mean: f64 = rows
        .iter()
        .map(|row| worth(row.1) * row.0 / row.1)
        .sum::<f64>()
        / all;
    // Half a success and half a failure more keep it off the ends.
    let usual = (people * mean + 0.5) / (people + 1.0);
    let statistics = usual * (1.0 - usual) / (all + 1.0);
    let (alpha, beta) = (usual * strength, (1.0 - usual) * strength);
    let none = ln_beta(alpha, beta);
    let likelihood: f64 = rows
        .iter()
        .map(|(successes, people)| ln_beta(alpha + successes, beta + people - successes) - none)
        .sum();
    Variation {
        strength,
        usual,
        statistics,
        // Laplace's approximation of the integral over the usual rate.
        fit: likelihood + 0.5 * statistics.ln(),
    }
}

/// The Beta curve with the mean and the variance of a row, over every amount of variation.
fn posterior(variations: &[Variation], successes: f64, people: f64) -> Option<Beta> {
    let given = |v: &Variation| (v.usual * v.strength + successes) / (v.strength + people);
    let mean: f64 = variations.iter().map(|v| v.fit * given(v)).sum();
    let variance: f64 = variations
        .iter()
        .map(|v| {
            let rate = given(v);
            let pull = v.strength / (v.strength + people);
            let own = rate * (1.0 - rate) / (v.strength + people + 1.0);
            v.fit * (own + pull * pull * v.statistics + (rate - mean).powi(2))
        })
        .sum();
    // Never less than one person's worth, however wide the variance.
    let trials = (mean * (1.0 - mean) / variance - 1.0).max(1.0);
    Beta::new(mean * trials, (1.0 - mean) * trials)
}

#[cfg(test)]
mod tests;
