//! Which of several unknown rates is the largest, by quadrature.
//!
//! The probability that row `i` is the largest is the integral of its curve times the probability
//! that every other row lies below: `∫ f_i(x) · Π_{j≠i} F_j(x) dx`. The natural scale is cut
//! into panels narrow enough for the sharpest curve that lives there; in each the curves are read
//! at Chebyshev points, whose interpolating polynomial gives both integrals exactly (the rule of
//! Fejér, "Mechanische Quadraturen mit positiven Cotesschen Zahlen", Mathematische Zeitschrift 37,
//! 1933; its running form: C. W. Clenshaw, A. R. Curtis, Numerische Mathematik 2, 1960).
//!
//! # Invariants
//! - The probabilities sum to one, and an expected loss is never negative.
//! - Random numbers are not used, so the same rates give the same figures.

use std::f64::consts::PI;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::posterior::Posterior;

/// How likely a row is the best, and what choosing it may cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BestChance {
    /// Probability that its true rate is the highest, from 0 to 1.
    pub probability_best: f64,
    /// What choosing it loses on average against whichever is really the best, in the unit of the
    /// rate: 0.001 is one lead less for each 1,000 visitors.
    pub expected_loss: f64,
}

/// Points of a panel.
const POINTS: usize = 16;
/// Widest panel, in widths of the sharpest curve in it.
const SHARPNESS: f64 = 1.5;
/// Widest panel, on the natural scale.
const WIDEST: f64 = 10.0;

type Points = [f64; POINTS];

/// Weights of the rule on the panel from -1 to 1.
struct QuadratureRule {
    points: Points,
    /// Of the integral over the whole panel.
    whole: Points,
    /// Of the integrals from each point to the panel's upper end.
    above: [Points; POINTS],
}

#[expect(clippy::cast_precision_loss, reason = "a handful of points")]
static RULE: LazyLock<QuadratureRule> = LazyLock::new(|| {
    let angle = |point: usize| PI * (point as f64 + 0.5) / POINTS as f64;
    // Integral of the Chebyshev polynomial of degree `n`, at the cosine of an angle.
    let integral = |n: usize, angle: f64| match n {
        0 => angle.cos(),
        1 => angle.cos().powi(2) / 2.0,
        _ => {
            let (more, less) = ((n + 1) as f64, (n - 1) as f64);
            ((more * angle).cos() / more - (less * angle).cos() / less) / 2.0
        }
    };
    // Weight of one point's height in the integral between the cosines of two angles.
    let weight = |point: usize, from: f64, to: f64| -> f64 {
        (0..POINTS)
            .map(|n| {
                let share = if n == 0 { 1.0 } else { 2.0 } / POINTS as f64;
                let height = (n as f64 * angle(point)).cos();
                share * height * (integral(n, to) - integral(n, from))
            })
            .sum()
    };
    QuadratureRule {
        points: std::array::from_fn(|point| angle(point).cos()),
        whole: std::array::from_fn(|point| weight(point, PI, 0.0)),
        above: std::array::from_fn(|from| {
            std::array::from_fn(|point| weight(point, angle(from), 0.0))
        }),
    }
});

/// A row while the panels are visited, from the highest to the lowest.
struct RowCurve {
    rise: f64,
    weight: f64,
    log_scale: f64,
    ends: (f64, f64),
    /// Probability of lying above the panels still to come.
    above: f64,
    /// The curve at the panel's points.
    height: Points,
    /// Probability of lying below each of the panel's points.
    below: Points,
    /// What its curve times that of all others lying below has come to.
    best: f64,
}

impl RowCurve {
    fn new<P: Posterior>(posterior: &P) -> RowCurve {
        RowCurve {
            rise: posterior.rise(),
            weight: posterior.weight(),
            log_scale: posterior.log_scale(),
            ends: posterior.ends(),
            above: 0.0,
            height: [0.0; POINTS],
            below: [1.0; POINTS],
            best: 0.0,
        }
    }

    /// Whether its curve is too sharp for a panel of that width, whose steepest slope is given.
    fn is_sharper(&self, from: f64, to: f64, slope: f64) -> bool {
        self.ends.0 < to
            && self.ends.1 > from
            && (to - from) * (self.weight * slope).sqrt() > SHARPNESS
    }

    /// Reads the curve at the panel's points.
    fn read(&mut self, rule: &QuadratureRule, half: f64, places: &Points, bends: &Points) {
        for point in 0..POINTS {
            let log = self.log_scale + self.rise * places[point] - self.weight * bends[point];
            self.height[point] = log.exp();
        }
        for point in 0..POINTS {
            let above = self.above + half * dot(&rule.above[point], &self.height);
            self.below[point] = (1.0 - above).clamp(0.0, 1.0);
        }
        self.above += half * dot(&rule.whole, &self.height);
    }
}

fn dot(left: &Points, right: &Points) -> f64 {
    left.iter().zip(right).map(|(l, r)| l * r).sum()
}

/// The chances of each row; in the rows' order.
pub fn probability_best<P: Posterior>(posteriors: &[P]) -> Vec<BestChance> {
    let mut rows: Vec<RowCurve> = posteriors.iter().map(RowCurve::new).collect();
    let top = sweep::<P>(&mut rows);
    // What lies beyond the curves' ends is distributed, so that the sum is one.
    let sum: f64 = rows.iter().map(|row| row.best).sum();
    rows.iter()
        .zip(posteriors)
        .map(|(row, posterior)| BestChance {
            probability_best: row.best / sum,
            expected_loss: (top / sum - posterior.mean()).max(0.0),
        })
        .collect()
}

/// Visits all panels; returns the expected largest rate.
fn sweep<P: Posterior>(rows: &mut [RowCurve]) -> f64 {
    let end = |of: fn(&RowCurve) -> f64| rows.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
    // Below the highest lower end that row is never found, so no other row is the largest there.
    let mut panels = vec![(end(|row| row.ends.0), end(|row| row.ends.1))];
    let mut top = 0.0;
    while let Some((from, to)) = panels.pop() {
        let middle = f64::midpoint(from, to);
        let slope = P::slope(from)
            .max(P::slope(to))
            .max(P::slope(0f64.clamp(from, to)));
        let is_wide = to - from > WIDEST || rows.iter().any(|row| row.is_sharper(from, to, slope));
        if is_wide && from < middle && middle < to {
            panels.extend([(from, middle), (middle, to)]);
            continue;
        }
        let mut here: Vec<&mut RowCurve> =
            rows.iter_mut().filter(|row| row.ends.1 > from).collect();
        top += panel::<P>(&mut here, from, to);
    }
    top
}

/// Adds one panel to the rows that live in it; returns what it adds to the expected largest rate.
fn panel<P: Posterior>(rows: &mut [&mut RowCurve], from: f64, to: f64) -> f64 {
    let rule = &*RULE;
    let (half, centre) = ((to - from) / 2.0, f64::midpoint(from, to));
    let places: Points = std::array::from_fn(|point| centre + half * rule.points[point]);
    let bends = places.map(P::bend);
    for row in rows.iter_mut() {
        row.read(rule, half, &places, &bends);
    }
    // All others below: the product of those before a row times that of those behind it.
    let mut before = vec![[1.0; POINTS]; rows.len()];
    for at in 1..rows.len() {
        before[at] = std::array::from_fn(|p| before[at - 1][p] * rows[at - 1].below[p]);
    }
    let mut behind = [1.0; POINTS];
    let mut probability_best = [0.0; POINTS];
    for (row, before) in rows.iter_mut().zip(&before).rev() {
        let best: Points = std::array::from_fn(|p| row.height[p] * before[p] * behind[p]);
        row.best += half * dot(&rule.whole, &best);
        for point in 0..POINTS {
            probability_best[point] += best[point];
            behind[point] *= row.below[point];
        }
    }
    half * dot(
        &rule.whole,
        &std::array::from_fn(|p| probability_best[p] * P::value(places[p])),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign_report::statistics::posterior::{Beta, Gamma};
    use proptest::prelude::*;

    /// How far the probabilities are from summing to one before they are made to.
    fn missing<P: Posterior>(posteriors: &[P]) -> f64 {
        let mut rows: Vec<RowCurve> = posteriors.iter().map(RowCurve::new).collect();
        sweep::<P>(&mut rows);
        (rows.iter().map(|row| row.best).sum::<f64>() - 1.0).abs()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn nothing_is_lost_between_the_panels(
            rows in prop::collection::vec((-2f64..5.0, -2f64..7.0), 1..25),
        ) {
            let beta = |(alpha, beta): &(f64, f64)| Beta::new(10f64.powf(*alpha), 10f64.powf(*beta));
            let gamma = |(shape, rate): &(f64, f64)| Gamma::new(10f64.powf(*shape), 10f64.powf(*rate));
            let betas: Vec<Beta> = rows.iter().filter_map(beta).collect();
            let gammas: Vec<Gamma> = rows.iter().filter_map(gamma).collect();
            prop_assert!(missing(&betas) < 1e-7, "{} of {:?}", missing(&betas), betas);
            prop_assert!(missing(&gammas) < 1e-7, "{} of {:?}", missing(&gammas), gammas);
        }
    }
}
