//! Models that compute from all journeys how much each channel counts.
//!
//! They are computed on request, from journeys with and without a conversion. They credit channels
//! instead of touches.
//!
//! # Invariants
//! - The shares of one result are never negative and sum to 1.
//! - A channel without a converting journey gets nothing.
//!
//! # Out of scope
//! The meaning of channels, and the source of journeys.

use std::fmt;
use std::str::FromStr;

use super::model::{AttributionModel, UnknownModel};
use super::path::JourneyPaths;
use super::{markov, shapley};

/// A model that is computed from all journeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum DataDrivenModel {
    /// By the conversions that would be lost without the channel ([`markov`]).
    Markov,
    /// By what the channel adds to the conversion rate ([`shapley`]).
    Shapley,
}

impl DataDrivenModel {
    /// Every such model.
    pub const ALL: [DataDrivenModel; 2] = [DataDrivenModel::Markov, DataDrivenModel::Shapley];

    /// The word used outside.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The share of the conversions that each channel gets, by its number; empty if nobody
    /// converted.
    pub fn shares(self, paths: &JourneyPaths) -> Vec<f64> {
        let mut worths = match self {
            DataDrivenModel::Markov => markov::removal_effects(paths),
            DataDrivenModel::Shapley => shapley::values(paths),
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

/// A model that a report may request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestedModel {
    /// A rule, whose credits are stored.
    Rule(AttributionModel),
    /// A model that is computed from all journeys.
    DataDriven(DataDrivenModel),
}

impl RequestedModel {
    /// The rule whose credits a report starts from. A data-driven model starts from the linear
    /// rule, which credits every touch of a path, and reallocates its sums.
    pub fn rule(self) -> AttributionModel {
        match self {
            RequestedModel::Rule(model) => model,
            RequestedModel::DataDriven(_) => AttributionModel::Linear,
        }
    }
}

impl From<AttributionModel> for RequestedModel {
    fn from(model: AttributionModel) -> RequestedModel {
        RequestedModel::Rule(model)
    }
}

impl fmt::Display for RequestedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RequestedModel::Rule(model) => model.as_str(),
            RequestedModel::DataDriven(model) => model.as_str(),
        })
    }
}

impl FromStr for RequestedModel {
    type Err = UnknownModel;

    fn from_str(text: &str) -> Result<Self, UnknownModel> {
        let data_driven = text.parse().map(RequestedModel::DataDriven);
        let rule = |_| text.parse().map(RequestedModel::Rule);
        data_driven
            .or_else(rule)
            .map_err(|_: strum::ParseError| UnknownModel(text.chars().take(32).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::path::PathOutcomes;
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

    /// From the effects 1/2, 1 and 1, and from the values 0.05 and 0.25. The tests of these models
    /// compute them by hand.
    #[test]
    fn shares_are_effects_and_values_over_their_sums() {
        let near = |found: Vec<f64>, expected: &[f64]| {
            assert_eq!(found.len(), expected.len(), "{found:?}");
            let mut pairs = found.iter().zip(expected);
            assert!(pairs.all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
        };
        let chain = paths(&[(vec![0, 1, 2], 1, 0), (vec![0], 0, 1), (vec![1, 2], 0, 1)]);
        near(DataDrivenModel::Markov.shares(&chain), &[0.2, 0.4, 0.4]);
        let rates = paths(&[(vec![0], 1, 9), (vec![1], 3, 7), (vec![0, 1], 5, 5)]);
        near(
            DataDrivenModel::Shapley.shares(&rates),
            &[1.0 / 6.0, 5.0 / 6.0],
        );
    }

    /// Channel 2 leads to channel 0, which converts for others, so in the chain its removal would
    /// lose conversions.
    #[test]
    fn a_channel_of_no_converting_journey_gets_nothing() {
        let all = paths(&[(vec![0], 3, 0), (vec![1], 1, 5), (vec![2, 0], 0, 4)]);
        for model in DataDrivenModel::ALL {
            let shares = model.shares(&all);
            assert_eq!(shares[2].to_bits(), 0, "{model:?} {shares:?}");
            assert!(shares[0] > shares[1], "{model:?} {shares:?}");
            assert_eq!(model.shares(&paths(&[(vec![0], 0, 3)])), Vec::<f64>::new());
        }
    }

    #[test]
    fn every_model_is_read_as_it_is_written() {
        let rules = AttributionModel::ALL.map(RequestedModel::Rule).into_iter();
        let all: Vec<RequestedModel> = rules
            .chain(DataDrivenModel::ALL.map(RequestedModel::DataDriven))
            .collect();
        let unknown = "magic".parse::<RequestedModel>().unwrap_err().to_string();
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
            for model in DataDrivenModel::ALL {
                let shares = model.shares(&paths(&all));
                prop_assert_eq!(shares.is_empty(), converting == 0);
                let sum: f64 = shares.iter().sum();
                prop_assert!(converting == 0 || (sum - 1.0).abs() < 1e-9, "{shares:?}");
                prop_assert!(shares.iter().all(|share| *share >= 0.0), "{shares:?}");
            }
        }
    }
}
