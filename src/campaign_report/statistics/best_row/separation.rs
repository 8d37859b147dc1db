//! Which rows are clearly behind which, and which cannot be told apart.
//!
//! # Invariants
//! A row is behind another one where the other's true rate is the higher one with at least 97.5 %
//! probability: a two-sided 95 % statement. Rows behind nobody lead; there is at least one.

use super::contender::{BestRowFloor, Contender};
use crate::campaign_report::statistics::posterior::Posterior;
use crate::campaign_report::statistics::probability_best::probability_best;

/// From this probability on one row is clearly behind another.
const CLEARLY: f64 = 0.975;

/// With more rows, pairs are compared by the normal approximation alone.
const MAX_EXACT: usize = 24;

/// Standard deviations of a difference. Below `NEVER` it is never clear, above `ALWAYS` always.
const NEVER: f64 = 1.0;
const ALWAYS: f64 = 8.0;

/// The same where the normal approximation decides: the quantile of [`CLEARLY`].
const NORMAL: f64 = 1.959_963_984_540_054;

/// A row that is clearly behind others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailingRow {
    /// Its place among the rows.
    pub row: usize,
    /// Places of those that it is clearly behind, the highest rate first.
    pub of: Vec<usize>,
}

/// How rows stand to each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Separation {
    /// Rows that are clearly behind no other, the highest rate first: they cannot be told apart
    /// from the best one.
    pub leading: Vec<usize>,
    /// Rows that are clearly behind others, highest rate first.
    pub behind: Vec<TrailingRow>,
}

/// Separates rows that differ clearly. Below the stated floor, no row is behind another one.
pub fn separate(rows: &[Contender], floor: &BestRowFloor) -> Separation {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mean = |row: usize| rows[row].posterior.mean();
    order.sort_by(|a, b| mean(*b).total_cmp(&mean(*a)).then(a.cmp(b)));
    let people: i64 = rows.iter().map(|row| row.people).sum();
    let is_exact = rows.len() <= MAX_EXACT;
    let mut separation = Separation::default();
    for (place, row) in order.iter().enumerate() {
        let ahead = order[..place].iter().copied().filter(|other| {
            people >= floor.people
                && rows[*other].successes >= floor.successes
                && is_clear(&rows[*other], &rows[*row], is_exact)
        });
        let of: Vec<usize> = ahead.collect();
        if of.is_empty() {
            separation.leading.push(*row);
        } else {
            separation.behind.push(TrailingRow { row: *row, of });
        }
    }
    separation
}

/// Whether the first row, whose mean is at least as high, is clearly the better one.
fn is_clear(one: &Contender, other: &Contender, is_exact: bool) -> bool {
    let variance = |row: &Contender| {
        let (alpha, beta) = (row.posterior.alpha(), row.posterior.beta());
        let all = alpha + beta;
        alpha * beta / (all * all * (all + 1.0))
    };
    let difference = one.posterior.mean() - other.posterior.mean();
    let deviations = difference / (variance(one) + variance(other)).sqrt();
    if !is_exact {
        return deviations >= NORMAL;
    }
    match deviations {
        few if few < NEVER => false,
        many if many > ALWAYS => true,
        _ => probability_best(&[one.posterior, other.posterior])
            .first()
            .is_some_and(|chance| chance.probability_best >= CLEARLY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign_report::statistics::estimate::float;
    use crate::campaign_report::statistics::posterior::Beta;

    fn contender(successes: i64, people: i64) -> Contender {
        Contender {
            successes: float(successes),
            people,
            posterior: Beta::new(float(successes + 1), float(people - successes + 1)).unwrap(),
        }
    }

    /// Probability that the second one's rate is the higher one, in closed form for whole
    /// parameters: sum over i below its alpha of B(a + i, b + d) / ((d + i) B(1 + i, d) B(a, b)),
    /// for Beta(a, b) and Beta(c, d).
    fn closed_form(one: &Contender, other: &Contender) -> f64 {
        let ln_factorial = |n: i64| (2..=n).map(|k| float(k).ln()).sum::<f64>();
        let ln_beta =
            |a: i64, b: i64| ln_factorial(a - 1) + ln_factorial(b - 1) - ln_factorial(a + b - 1);
        #[expect(clippy::cast_possible_truncation, reason = "whole and small")]
        let whole = |value: f64| value.round() as i64;
        let parameters = |row: &Contender| {
            let successes = whole(row.successes);
            (successes + 1, row.people - successes + 1)
        };
        let ((a, b), (c, d)) = (parameters(one), parameters(other));
        (0..c)
            .map(|i| {
                let ln = ln_beta(a + i, b + d) - ln_beta(1 + i, d) - ln_beta(a, b);
                ln.exp() / float(d + i)
            })
            .sum()
    }

    #[test]
    fn rows_are_behind_exactly_where_the_closed_form_says_so() {
        let rows = [
            contender(40, 1000),
            contender(52, 1000),
            contender(58, 1000),
            contender(30, 400),
            contender(6, 60),
        ];
        let separation = separate(&rows, &BestRowFloor::default());
        let mut clear = 0;
        for (at, row) in rows.iter().enumerate() {
            let of = separation.behind.iter().find(|trailing| trailing.row == at);
            for (other_at, other) in rows.iter().enumerate() {
                let probability = closed_form(row, other);
                let is_behind = of.is_some_and(|trailing| trailing.of.contains(&other_at));
                assert!(
                    (probability - CLEARLY).abs() > 1e-4,
                    "too near to tell: {probability}"
                );
                assert_eq!(
                    is_behind,
                    probability >= CLEARLY,
                    "{at} {other_at}: {probability}"
                );
                clear += usize::from(is_behind);
            }
        }
        assert!(clear >= 2, "{separation:?}");
        assert_eq!(
            separation.leading.len() + separation.behind.len(),
            rows.len()
        );
    }

    #[test]
    fn below_the_floor_nobody_is_behind() {
        let few = [contender(0, 40), contender(20, 40)];
        assert_eq!(separate(&few, &BestRowFloor::default()).leading, [1, 0]);
        let no_leads = [contender(4, 100), contender(0, 10_000)];
        assert_eq!(separate(&no_leads, &BestRowFloor::default()).behind, []);
        assert_eq!(
            separate(&[], &BestRowFloor::default()),
            Separation::default()
        );
    }

    #[test]
    fn many_rows_are_compared_too() {
        let mut rows = vec![contender(10, 1000); MAX_EXACT];
        rows.push(contender(100, 1000));
        let separation = separate(&rows, &BestRowFloor::default());
        assert_eq!(separation.leading, [MAX_EXACT]);
        assert!(
            separation
                .behind
                .iter()
                .all(|trailing| trailing.of == [MAX_EXACT])
        );
    }
}
