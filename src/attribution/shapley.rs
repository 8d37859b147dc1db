//! Shapley values: what each channel adds to the conversion rate, on average over all orders in
//! which channels could be added.
//!
//! The worth of a set of channels is the conversion rate of the journeys that touch only these.
//! (With the number of conversions as the worth, each conversion would be split evenly among its
//! channels, which is the model `linear`.) Source: Shapley, "A Value for n-Person Games", 1953; the
//! rate as the worth: Zhao, Mahboobi, Bagheri, "Shapley Value Methods for Attribution Modeling in
//! Online Advertising", 2018.
//!
//! # Invariants
//! - Values sum to the rate of all journeys. A value is negative if its channel lowers the rate.
//! - Values are exact up to [`EXACT`] channels. With more, they come from up to [`SAMPLES`] orders
//!   drawn with a fixed seed.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::path::{JourneyPaths, PathOutcomes};

/// Most channels whose sets are all computed.
pub const EXACT: usize = 15;

/// Orders that are drawn if there are more channels and time allows; each is used forwards and
/// backwards.
pub const SAMPLES: u32 = 1_000;

/// Fewest orders that are drawn.
const MIN_SAMPLES: u32 = 50;

/// Channels that are visited in all drawn orders, unless too few orders remain: about a quarter of
/// a second.
const STEPS: usize = 50_000_000;

/// Seed of the orders.
const SEED: u64 = 1953;

/// Journeys by the set of their channels, as indexes among the channels that occur.
type Sets = BTreeMap<Vec<usize>, PathOutcomes>;

/// The value of each channel.
pub fn values(paths: &JourneyPaths) -> Vec<f64> {
    let mut occurs = vec![false; paths.channels()];
    for (path, _) in paths.iter() {
        for channel in path {
            occurs[usize::from(*channel)] = true;
        }
    }
    let players: Vec<usize> = (0..occurs.len())
        .filter(|channel| occurs[*channel])
        .collect();
    let mut sets = Sets::new();
    for (path, ends) in paths.iter() {
        let place = |channel: &u16| players.binary_search(&usize::from(*channel)).ok();
        let mut set: Vec<usize> = path.iter().filter_map(place).collect();
        set.sort_unstable();
        set.dedup();
        let sum = sets.entry(set).or_default();
        sum.converting += ends.converting;
        sum.others += ends.others;
    }
    let found = if players.len() <= EXACT {
        exact(&sets, players.len())
    } else {
        sampled(&sets, players.len())
    };
    let mut values = vec![0.0; paths.channels()];
    for (channel, value) in players.into_iter().zip(found) {
        values[channel] = value;
    }
    values
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 9e15 journeys")]
fn rate(ends: PathOutcomes) -> f64 {
    let all = ends.converting + ends.others;
    if all == 0 {
        0.0
    } else {
        ends.converting as f64 / all as f64
    }
}

fn add(sum: &mut PathOutcomes, more: PathOutcomes) {
    sum.converting += more.converting;
    sum.others += more.others;
}

/// Over every set of channels.
fn exact(sets: &Sets, players: usize) -> Vec<f64> {
    let mut within = vec![PathOutcomes::default(); 1 << players];
    for (set, ends) in sets {
        let mask: usize = set.iter().map(|place| 1 << place).sum();
        add(&mut within[mask], *ends);
    }
    // Sums over all subsets, channel by channel.
    for player in 0..players {
        for mask in (0..within.len()).filter(|mask| mask >> player & 1 == 1) {
            let smaller = within[mask ^ 1 << player];
            add(&mut within[mask], smaller);
        }
    }
    let worth: Vec<f64> = within.into_iter().map(rate).collect();
    let weights = weights(players);
    let mut values = vec![0.0; players];
    for mask in 0..worth.len() {
        let weight = weights.get(mask.count_ones() as usize);
        for (player, value) in values.iter_mut().enumerate() {
            if let (Some(weight), 0) = (weight, mask >> player & 1) {
                *value += weight * (worth[mask | 1 << player] - worth[mask]);
            }
        }
    }
    values
}

/// How much a set of each size counts: `size! (players - size - 1)! / players!`.
fn weights(players: usize) -> Vec<f64> {
    let real = |number: usize| u32::try_from(number).map_or(f64::INFINITY, f64::from);
    let mut weight = 1.0 / real(players.max(1));
    let mut weights = Vec::with_capacity(players);
    for size in 0..players {
        weights.push(weight);
        weight *= real(size + 1) / real(players - size - 1).max(1.0);
    }
    weights
}

/// Sets in one block of memory, because every order visits all of them.
struct Flat {
    members: Vec<usize>,
    /// Where each set ends among the members.
    sets: Vec<(usize, PathOutcomes)>,
}

impl Flat {
    fn of(sets: &Sets) -> Flat {
        let mut flat = Flat {
            members: Vec::new(),
            sets: Vec::with_capacity(sets.len()),
        };
        for (set, ends) in sets {
            flat.members.extend(set);
            flat.sets.push((flat.members.len(), *ends));
        }
        flat
    }
}

/// Over some orders of the channels.
fn sampled(sets: &Sets, players: usize) -> Vec<f64> {
    let sets = Flat::of(sets);
    let fit = STEPS / sets.members.len().max(1);
    let samples = u32::try_from(fit).map_or(SAMPLES, |fit| fit.clamp(MIN_SAMPLES, SAMPLES));
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut order: Vec<usize> = (0..players).collect();
    let mut values = vec![0.0; players];
    for _ in 0..samples {
        order.shuffle(&mut rng);
        add_in_order(&sets, &order, &mut values);
        order.reverse();
        add_in_order(&sets, &order, &mut values);
    }
    let orders = 2.0 * f64::from(samples);
    for value in &mut values {
        *value /= orders;
    }
    values
}

/// Adds what each channel contributes when channels are added in this order.
fn add_in_order(sets: &Flat, order: &[usize], values: &mut [f64]) {
    let mut place = vec![0; order.len()];
    for (at, player) in order.iter().enumerate() {
        place[*player] = at;
    }
    // A journey counts as soon as its last channel is added.
    let mut new = vec![PathOutcomes::default(); order.len()];
    let mut from = 0;
    for (end, ends) in &sets.sets {
        let members = &sets.members[from..*end];
        from = *end;
        if let Some(last) = members.iter().map(|player| place[*player]).max() {
            add(&mut new[last], *ends);
        }
    }
    let (mut within, mut before) = (PathOutcomes::default(), 0.0);
    for (player, new) in order.iter().zip(new) {
        add(&mut within, new);
        let worth = rate(within);
        values[*player] += worth - before;
        before = worth;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn paths(all: &[(Vec<u16>, u64, u64)]) -> JourneyPaths {
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

    /// By hand: alone, 0 converts 1 of 10 and 1 converts 3 of 10; within both, 9 of 30 convert. So
    /// 0 adds 0.1 before 1 and nothing after it, and 1 adds 0.3 and 0.2.
    #[test]
    fn values_are_those_worked_out_by_hand() {
        let paths = paths(&[(vec![0], 1, 9), (vec![1], 3, 7), (vec![1, 0, 1], 5, 5)]);
        let found = values(&paths);
        assert!(
            (found[0] - 0.05).abs() < 1e-12 && (found[1] - 0.25).abs() < 1e-12,
            "{found:?}"
        );
    }

    #[test]
    fn a_channel_that_lowers_the_rate_has_a_negative_value_and_one_that_is_not_there_none() {
        let found = values(&paths(&[(vec![0], 5, 5), (vec![2], 0, 10)]));
        assert!(found[2] < 0.0, "{found:?}");
        assert_eq!(found[1].to_bits(), 0);
        assert_eq!(values(&JourneyPaths::default()), Vec::<f64>::new());
    }

    fn any_paths() -> impl Strategy<Value = Vec<(Vec<u16>, u64, u64)>> {
        let path = prop::collection::vec(0u16..8, 1..5);
        prop::collection::vec((path, 0u64..5, 1u64..9), 1..20)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn values_sum_to_the_rate_of_all(all in any_paths()) {
            let paths = paths(&all);
            let mut ends = PathOutcomes::default();
            paths.iter().for_each(|(_, more)| add(&mut ends, more));
            let sum: f64 = values(&paths).into_iter().sum();
            prop_assert!((sum - rate(ends)).abs() < 1e-9, "{sum}");
        }

        #[test]
        fn samples_come_near_the_exact_values_and_are_the_same_each_time(all in any_paths()) {
            let mut sets = Sets::new();
            for (path, yes, no) in &all {
                let mut set: Vec<usize> = path.iter().map(|channel| usize::from(*channel)).collect();
                set.sort_unstable();
                set.dedup();
                add(sets.entry(set).or_default(), PathOutcomes { converting: *yes, others: *no });
            }
            let (exact, drawn) = (exact(&sets, 8), sampled(&sets, 8));
            for (exact, drawn) in exact.iter().zip(&drawn) {
                prop_assert!((exact - drawn).abs() < 0.05, "{exact} {drawn}");
            }
            prop_assert_eq!(drawn, sampled(&sets, 8));
        }
    }
}
