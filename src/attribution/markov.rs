//! Removal effects in a Markov chain of order 1: how many conversions would be lost without a
//! channel.
//!
//! The chain leads from the start over channels to a conversion or to nothing (null). The
//! probability of a step is its share of all steps from that channel. Visits to a removed channel
//! go to null. Source: Anderl, Becker, von Wangenheim, Schumann, "Mapping the customer journey",
//! 2016.
//!
//! # Invariants
//! The result is exact, from one inverted matrix, in O(c³). Let `N = (I - Q)⁻¹` be the expected
//! visits, `x = N r` the probability of converting from each channel, and `h` the probability of
//! ever reaching channel `k` (`(s N)_k / N_kk`). Then the journeys that convert over `k` are `h_k
//! x_k`, which its removal loses.

use super::path::JourneyPaths;

/// The probabilities of the chain.
#[derive(Debug)]
struct Chain {
    /// Of starting at each channel.
    start: Vec<f64>,
    /// Of each step between channels, row by row.
    steps: Vec<Vec<f64>>,
    /// Of converting directly from each channel.
    convert: Vec<f64>,
}

/// For each channel, the share of the conversions that would be lost without it, 0 to 1; all 0 if
/// nobody converts.
pub fn removal_effects(paths: &JourneyPaths) -> Vec<f64> {
    let chain = Chain::of(paths);
    let visits = inverse(chain.steps);
    let dot = |row: &[f64], column: &[f64]| row.iter().zip(column).map(|(a, b)| a * b).sum::<f64>();
    let chance: Vec<f64> = visits.iter().map(|row| dot(row, &chain.convert)).collect();
    let whole = dot(&chain.start, &chance);
    let lost = |channel: usize| {
        let column: Vec<f64> = visits.iter().map(|row| row[channel]).collect();
        let reach = dot(&chain.start, &column) / column[channel];
        if whole > 0.0 {
            reach * chance[channel] / whole
        } else {
            0.0
        }
    };
    (0..visits.len()).map(lost).collect()
}

impl Chain {
    fn of(paths: &JourneyPaths) -> Chain {
        let channels = paths.channels();
        let (mut start, mut convert) = (vec![0u64; channels], vec![0u64; channels]);
        let (mut steps, mut left) = (vec![vec![0u64; channels]; channels], vec![0u64; channels]);
        let mut all = 0;
        for (path, ends) in paths.iter() {
            let count = ends.converting + ends.others;
            let (Some(first), Some(last)) = (path.first(), path.last()) else {
                continue;
            };
            all += count;
            start[usize::from(*first)] += count;
            convert[usize::from(*last)] += ends.converting;
            for pair in path.windows(2) {
                steps[usize::from(pair[0])][usize::from(pair[1])] += count;
            }
            for channel in path {
                left[usize::from(*channel)] += count;
            }
        }
        let shares =
            |counts: &[u64], of: u64| counts.iter().map(|count| share(*count, of)).collect();
        let rows = steps.iter().zip(&left);
        Chain {
            start: shares(&start, all),
            steps: rows.map(|(row, of)| shares(row, *of)).collect(),
            convert: convert
                .iter()
                .zip(&left)
                .map(|(count, of)| share(*count, *of))
                .collect(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 9e15 journeys")]
fn share(count: u64, of: u64) -> f64 {
    if of == 0 {
        0.0
    } else {
        count as f64 / of as f64
    }
}

/// `(I - Q)⁻¹`. Every journey ends, so no row becomes zero and no pivot search is needed.
fn inverse(steps: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let size = steps.len();
    let mut left = steps;
    for (place, row) in left.iter_mut().enumerate() {
        for step in row.iter_mut() {
            *step = -*step;
        }
        row[place] += 1.0;
    }
    let mut right = vec![vec![0.0; size]; size];
    for (place, row) in right.iter_mut().enumerate() {
        row[place] = 1.0;
    }
    for pivot in 0..size {
        let by = left[pivot][pivot];
        left[pivot]
            .iter_mut()
            .chain(&mut right[pivot])
            .for_each(|value| *value /= by);
        let (row, unit) = (left[pivot].clone(), right[pivot].clone());
        for other in (0..size).filter(|other| *other != pivot) {
            let factor = left[other][pivot];
            if factor != 0.0 {
                let minus = |value: &mut f64, of: f64| *value -= factor * of;
                left[other]
                    .iter_mut()
                    .zip(&row)
                    .for_each(|(value, of)| minus(value, *of));
                right[other]
                    .iter_mut()
                    .zip(&unit)
                    .for_each(|(value, of)| minus(value, *of));
            }
        }
    }
    right
}

#[cfg(test)]
mod tests {
    use super::super::path::{Channel, PathOutcomes};
    use super::*;
    use proptest::prelude::*;

    fn paths(all: &[(&[Channel], u64, u64)]) -> JourneyPaths {
        let mut paths = JourneyPaths::default();
        for (path, converting, others) in all {
            let ends = PathOutcomes {
                converting: *converting,
                others: *others,
            };
            paths.add(path.iter().copied(), ends);
        }
        paths
    }

    fn assert_near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (one, other) in found.iter().zip(expected) {
            assert!((one - other).abs() < 1e-9, "{found:?} {expected:?}");
        }
    }

    /// By hand: the start leads to 0 with 2/3 and to 1 with 1/3; 0 leads to 1 with 1/2 and to
    /// nothing with 1/2; 1 leads to 2; 2 leads to a conversion with 1/2. 1/3 converts in total: 1/6
    /// over 0, and all of it over 1 and 2.
    #[test]
    fn effects_are_those_worked_out_by_hand() {
        let paths = paths(&[(&[0, 1, 2], 1, 0), (&[0], 0, 1), (&[1, 2], 0, 1)]);
        assert_near(&removal_effects(&paths), &[0.5, 1.0, 1.0]);
    }

    /// By hand, with a way back: 0 leads to 1 and back, and 1 converts with 1/3. From 0, a journey
    /// always reaches 1.
    #[test]
    fn a_way_back_is_followed_to_its_end() {
        let paths = paths(&[(&[0, 1, 0, 1], 1, 0), (&[0, 1], 0, 1)]);
        // From 1: 1/3 converts, 1/3 goes back, 1/3 ends. Every journey starts at 0 and reaches 1.
        assert_near(&removal_effects(&paths), &[1.0, 1.0]);
    }

    #[test]
    fn where_nobody_converts_nothing_is_lost() {
        assert_near(&removal_effects(&paths(&[(&[0, 1], 0, 7)])), &[0.0, 0.0]);
        assert_near(&removal_effects(&JourneyPaths::default()), &[]);
    }

    /// The probability of converting without a channel, from many steps of the chain.
    fn without(paths: &JourneyPaths, removed: Option<usize>) -> f64 {
        let chain = Chain::of(paths);
        let mut at = chain.start.clone();
        let mut converted = 0.0;
        for _ in 0..5_000 {
            if let Some(removed) = removed {
                at[removed] = 0.0;
            }
            converted += at
                .iter()
                .zip(&chain.convert)
                .map(|(a, b)| a * b)
                .sum::<f64>();
            let to = |channel| {
                at.iter()
                    .zip(&chain.steps)
                    .map(|(a, row)| a * row[channel])
                    .sum()
            };
            at = (0..at.len()).map(to).collect();
        }
        converted
    }

    fn any_paths() -> impl Strategy<Value = Vec<(Vec<Channel>, u64, u64)>> {
        let path = prop::collection::vec(0u16..5, 1..6);
        prop::collection::vec((path, 0u64..5, 1u64..9), 1..12)
    }

    /// The results of an independent program for the same journeys: exactly the same chain with
    /// numpy, and within 2 % of the whole for the simulation of `ChannelAttribution`. A network
    /// that never converts gets nothing in the end (`data_driven`), but has an effect.
    #[test]
    fn effects_are_those_of_an_independent_program() {
        let text = include_str!("../../tests/oracles/markov.json");
        let oracle: serde_json::Value = serde_json::from_str(text).unwrap();
        let sets = oracle["sets"].as_array().unwrap();
        assert!(sets.len() > 4);
        for set in sets {
            let journeys = set["journeys"].as_array().unwrap();
            let exact = set["exact"].as_object().unwrap();
            let names: Vec<&String> = exact.keys().collect();
            let mut all = JourneyPaths::default();
            for journey in journeys {
                let path = journey["path"].as_array().unwrap().iter();
                let channel = |name: &serde_json::Value| {
                    let place = names
                        .iter()
                        .position(|known| *known == name.as_str().unwrap());
                    Channel::try_from(place.unwrap()).unwrap()
                };
                let ends = PathOutcomes {
                    converting: journey["conversions"].as_u64().unwrap(),
                    others: journey["nulls"].as_u64().unwrap(),
                };
                all.add(path.map(channel), ends);
            }
            let effects = removal_effects(&all);
            let whole: f64 = effects.iter().sum();
            let conversions: u64 = all.iter().map(|(_, ends)| ends.converting).sum();
            let conversions = f64::from(u32::try_from(conversions).unwrap());
            for (name, effect) in names.iter().zip(&effects) {
                let of = |program: &str, what: &str| set[program][*name][what].as_f64();
                let near = |found: f64, expected: f64, by: f64| {
                    assert!(
                        (found - expected).abs() <= by,
                        "{} {name}: {found} {expected}",
                        set["name"]
                    );
                };
                near(*effect, of("exact", "removal_effect").unwrap(), 1e-9);
                if let Some(credited) = of("channel_attribution", "conversions") {
                    near(conversions * effect / whole, credited, 0.02 * conversions);
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn effects_are_what_removing_the_channel_loses(all in any_paths()) {
            let all: Vec<_> = all.iter().map(|(path, yes, no)| (&path[..], *yes, *no)).collect();
            let paths = paths(&all);
            let whole = without(&paths, None);
            for (channel, effect) in removal_effects(&paths).into_iter().enumerate() {
                let lost = whole - without(&paths, Some(channel));
                prop_assert!((effect * whole - lost).abs() < 1e-9, "{channel}: {effect} {lost}");
                prop_assert!((-1e-9..=1.0 + 1e-9).contains(&effect));
            }
        }

        #[test]
        fn a_channel_seen_twice_in_a_row_changes_nothing(all in any_paths(), times in 1usize..4) {
            let doubled: Vec<(Vec<Channel>, u64, u64)> = all
                .iter()
                .map(|(path, yes, no)| {
                    let each = path.iter().flat_map(|channel| std::iter::repeat_n(*channel, times));
                    (each.collect(), *yes, *no)
                })
                .collect();
            let effects = |all: &[(Vec<Channel>, u64, u64)]| {
                let all: Vec<_> = all.iter().map(|(path, yes, no)| (&path[..], *yes, *no)).collect();
                removal_effects(&paths(&all))
            };
            prop_assert_eq!(effects(&all), effects(&doubled));
        }
    }
}
