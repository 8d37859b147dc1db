//! Models that learn from all journeys how much each channel counts. They are computed when
//! somebody asks, from journeys with and without a conversion, and credit channels, not touches.
//!
//! Holds: the shares of one result are never negative and sum to 1; a channel that no converting
//! journey has gets nothing. Must not know: what channels are, where journeys come from.

use std::fmt;
use std::str::FromStr;

use super::path::Paths;
use super::{Model, UnknownModel, markov, shapley};

/// A model that is computed from all journeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataDriven {
    /// By how many conversions would be lost without the channel ([`markov`]).
    Markov,
    /// By what the channel adds to the rate of conversion ([`shapley`]).
    Shapley,
}

impl DataDriven {
    /// Every such model.
    pub const ALL: [DataDriven; 2] = [DataDriven::Markov, DataDriven::Shapley];

    /// The word used outside.
    pub fn as_str(self) -> &'static str {
        match self {
            DataDriven::Markov => "markov",
            DataDriven::Shapley => "shapley",
        }
    }

    /// Which part of the conversions each channel gets, by its number; empty where nobody
    /// converted.
    pub fn shares(self, paths: &Paths) -> Vec<f64> {
        let mut worths = match self {
            DataDriven::Markov => markov::removal_effects(paths),
            DataDriven::Shapley => shapley::values(paths),
        };
        for (worth, converts) in worths.iter_mut().zip(paths.converts()) {
            if !converts || *worth < 0.0 {
                *worth = 0.0;
            }
        }
        let whole: f64 = worths.iter().sum();
        if whole > 0.0 {
            for worth in &mut worths {
                *worth /= whole;
            }
            worths
        } else {
            Vec::new()
        }
    }
}

/// A model as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// A rule, whose credits are stored.
    Rule(Model),
    /// One that is computed from all journeys.
    DataDriven(DataDriven),
}

impl Asked {
    /// The rule whose credits a report is made of: of a data-driven model the one that knows every
    /// touch of a path, because its sums are shared anew.
    pub fn rule(self) -> Model {
        match self {
            Asked::Rule(model) => model,
            Asked::DataDriven(_) => Model::Linear,
        }
    }
}

impl From<Model> for Asked {
    fn from(model: Model) -> Asked {
        Asked::Rule(model)
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Asked::Rule(model) => model.as_str(),
            Asked::DataDriven(model) => model.as_str(),
        })
    }
}

impl FromStr for Asked {
    type Err = UnknownModel;

    fn from_str(text: &str) -> Result<Self, UnknownModel> {
        let mut data_driven = DataDriven::ALL.into_iter();
        let data_driven = data_driven.find(|model| model.as_str() == text);
        let rule = || Model::from_stored(text).map(Asked::Rule);
        let found = data_driven.map(Asked::DataDriven).or_else(rule);
        found.ok_or_else(|| UnknownModel(text.chars().take(32).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::path::Ends;
    use super::*;
    use proptest::prelude::*;

    fn paths(all: &[(Vec<u16>, u64, u64)]) -> Paths {
        let mut paths = Paths::default();
        for (path, converting, others) in all {
            let ends = Ends {
                converting: *converting,
                others: *others,
            };
            paths.add(path.iter().copied(), ends);
        }
        paths
    }

    /// By the effects 1/2, 1 and 1, and by the values 0.05 and 0.25, which are worked out by hand
    /// where they are made.
    #[test]
    fn shares_are_effects_and_values_over_their_sums() {
        let near = |found: Vec<f64>, expected: &[f64]| {
            assert_eq!(found.len(), expected.len(), "{found:?}");
            let mut pairs = found.iter().zip(expected);
            assert!(pairs.all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
        };
        let chain = paths(&[(vec![0, 1, 2], 1, 0), (vec![0], 0, 1), (vec![1, 2], 0, 1)]);
        near(DataDriven::Markov.shares(&chain), &[0.2, 0.4, 0.4]);
        let rates = paths(&[(vec![0], 1, 9), (vec![1], 3, 7), (vec![0, 1], 5, 5)]);
        near(DataDriven::Shapley.shares(&rates), &[1.0 / 6.0, 5.0 / 6.0]);
    }

    /// Over 2 one comes to 0, which converts for others: in the chain its removal would cost
    /// something.
    #[test]
    fn a_channel_of_no_converting_journey_gets_nothing() {
        let all = paths(&[(vec![0], 3, 0), (vec![1], 1, 5), (vec![2, 0], 0, 4)]);
        for model in DataDriven::ALL {
            let shares = model.shares(&all);
            assert_eq!(shares[2].to_bits(), 0, "{model:?} {shares:?}");
            assert!(shares[0] > shares[1], "{model:?} {shares:?}");
            assert_eq!(model.shares(&paths(&[(vec![0], 0, 3)])), Vec::<f64>::new());
        }
    }

    #[test]
    fn every_model_is_read_as_it_is_written() {
        let rules = Model::ALL.map(Asked::Rule).into_iter();
        let all: Vec<Asked> = rules
            .chain(DataDriven::ALL.map(Asked::DataDriven))
            .collect();
        let unknown = "magic".parse::<Asked>().unwrap_err().to_string();
        for model in all {
            assert_eq!(model.to_string().parse(), Ok(model));
            assert!(unknown.contains(&model.to_string()), "{unknown}");
        }
    }

    proptest! {
        #[test]
        fn shares_sum_to_one(
            all in prop::collection::vec(
                (prop::collection::vec(0u16..6, 1..5), 0u64..5, 0u64..9), 1..12,
            ),
        ) {
            let converting: u64 = all.iter().map(|(_, converting, _)| converting).sum();
            for model in DataDriven::ALL {
                let shares = model.shares(&paths(&all));
                prop_assert_eq!(shares.is_empty(), converting == 0);
                let sum: f64 = shares.iter().sum();
                prop_assert!(converting == 0 || (sum - 1.0).abs() < 1e-9, "{shares:?}");
                prop_assert!(shares.iter().all(|share| *share >= 0.0), "{shares:?}");
            }
        }
    }
}
