//! How much of the leads has come: people who clicked yesterday have not all decided yet.
//!
//! The time from click to lead is learnt from the clicks that led to one, and from the clicks still
//! without one, each of which says that it took longer than its age so far (E. L. Kaplan, P. Meier,
//! "Nonparametric estimation from incomplete observations", Journal of the American Statistical
//! Association 53, 1958). Most clicks never lead to anything, so the curve is read as a share of
//! its own end.
//!
//! # Invariants
//! - The share rises with age, from 0 to 1.
//! - There is no share below [`LEAST_CONVERSIONS`].
//!
//! # Out of scope
//! The current time, and which clicks they are.

/// Fewer conversions than this give no curve.
pub const LEAST_CONVERSIONS: f64 = 20.0;
/// The curve ends where fewer clicks than this share of all have been watched for so long: there
/// one late lead of an old click would outweigh everything before it.
const LEAST_WATCHED: f64 = 0.1;

/// The curve of how long leads take.
#[derive(Clone, Debug, PartialEq)]
pub struct Maturity {
    /// Times from click to lead, in milliseconds and rising, with the share of clicks that have led
    /// to a lead by then.
    steps: Vec<(i64, f64)>,
}

impl Maturity {
    /// Learns from `converted`, the milliseconds from click to lead with how many (or what part of
    /// one, for shared credit) took so long, and `waiting`, the ages in milliseconds of clicks
    /// without a lead with how many there are. Both in any order, and equal times may be summed
    /// beforehand.
    ///
    /// A lead before its click, as clocks differ, took no time. `None` for fewer than
    /// [`LEAST_CONVERSIONS`], or when they come so late that next to no click was watched for so
    /// long.
    pub fn learn(converted: &[(i64, f64)], waiting: &[(i64, f64)]) -> Option<Maturity> {
        let converted = converted.iter().map(|(lag, count)| (*lag, *count, 0.0));
        let waiting = waiting.iter().map(|(age, count)| (*age, 0.0, *count));
        let mut times: Vec<(i64, f64, f64)> = converted.chain(waiting).collect();
        // Counts are sorted too, because sums of floats depend on their order.
        times.sort_by(|a, b| {
            (a.0.max(0).cmp(&b.0.max(0)))
                .then(a.1.total_cmp(&b.1))
                .then(a.2.total_cmp(&b.2))
        });
        let all: f64 = times.iter().map(|(_, leads, rest)| leads + rest).sum();
        let least = (all * LEAST_WATCHED).max(LEAST_CONVERSIONS);
        let (mut watched, mut left, mut counted) = (all, 1.0, 0.0);
        let mut steps = Vec::new();
        for same in times.chunk_by(|a, b| a.0.max(0) == b.0.max(0)) {
            if watched < least {
                break;
            }
            let leads: f64 = same.iter().map(|time| time.1).sum();
            if leads > 0.0 {
                left *= (1.0 - leads / watched).max(0.0);
                counted += leads;
                steps.push((same[0].0.max(0), 1.0 - left));
            }
            watched -= same.iter().map(|time| time.1 + time.2).sum::<f64>();
        }
        (counted >= LEAST_CONVERSIONS).then_some(Maturity { steps })
    }

    /// Share of all clicks that have led to a lead by that age, in milliseconds.
    pub fn converted_by(&self, age: i64) -> f64 {
        let after = self.steps.partition_point(|(lag, _)| *lag <= age);
        after
            .checked_sub(1)
            .map_or(0.0, |place| self.steps[place].1)
    }

    /// Share of their final leads that clicks of that age, in milliseconds, have led to: 0.4 means
    /// that for two leads seen three more are to come. 1 beyond the last lead seen.
    pub fn share(&self, age: i64) -> f64 {
        let end = self.steps.last().map_or(1.0, |(_, share)| *share);
        self.converted_by(age) / end
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    const HOUR: i64 = 3_600_000;

    #[derive(Deserialize)]
    struct Oracle {
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        events: Vec<(i64, f64)>,
        waiting: Vec<(i64, f64)>,
        converted_by: Vec<(i64, f64)>,
    }

    #[test]
    fn equals_lifelines() {
        let oracle = include_str!("../../../tests/oracles/maturity.json");
        let oracle: Oracle = serde_json::from_str(oracle).unwrap();
        for case in oracle.cases {
            let curve = Maturity::learn(&case.events, &case.waiting).unwrap();
            for (age, share) in case.converted_by {
                let found = curve.converted_by(age);
                assert!(
                    (found - share).abs() < 1e-9,
                    "{found} is not {share} at {age}"
                );
            }
        }
    }

    #[test]
    fn a_curve_read_by_hand() {
        // Of 100 clicks 20 lead after an hour and 20 after three; 30 were watched for two hours
        // only.
        let events = [(HOUR, 20.0), (3 * HOUR, 20.0)];
        let curve = Maturity::learn(&events, &[(2 * HOUR, 30.0), (9 * HOUR, 30.0)]).unwrap();
        let end = 1.0 - 0.8 * (1.0 - 20.0 / 50.0);
        for (age, share) in [
            (-1, 0.0),
            (HOUR - 1, 0.0),
            (HOUR, 0.2 / end),
            (3 * HOUR, 1.0),
        ] {
            assert!((curve.share(age) - share).abs() < 1e-12);
        }
    }

    #[test]
    fn a_straggler_among_few_old_clicks_does_not_bend_the_curve() {
        let events = [(HOUR, 30.0), (900 * HOUR, 1.0)];
        let waiting = [(24 * HOUR, 910.0), (901 * HOUR, 59.0)];
        let curve = Maturity::learn(&events, &waiting).unwrap();
        assert!((curve.converted_by(1000 * HOUR) - 0.03).abs() < 1e-12);
        assert!((curve.share(24 * HOUR) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn too_few_conversions_tell_no_curve() {
        assert_eq!(Maturity::learn(&[(HOUR, 19.0)], &[(HOUR, 500.0)]), None);
        assert!(Maturity::learn(&[(HOUR, 19.5), (0, 0.5)], &[(HOUR, 500.0)]).is_some());
        assert_eq!(Maturity::learn(&[], &[]), None);
    }

    proptest! {
        #[test]
        fn rises_with_age_whatever_the_order(
            events in prop::collection::vec((-HOUR..90 * HOUR, 0.1f64..4.0), 20..60),
            waiting in prop::collection::vec((0..90 * HOUR, 1f64..40.0), 0..60),
        ) {
            let curve = Maturity::learn(&events, &waiting);
            let turned: Vec<_> = events.iter().rev().copied().collect();
            prop_assert_eq!(&curve, &Maturity::learn(&turned, &waiting));
            if let Some(curve) = curve {
                let shares: Vec<f64> = (-1..92).map(|hour| curve.share(hour * HOUR)).collect();
                prop_assert!(shares.is_sorted());
                prop_assert!(shares[0].abs() < 1e-12 && (shares[92] - 1.0).abs() < 1e-12);
            }
        }
    }
}
