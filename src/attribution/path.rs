//! Journeys for the data-driven models: the channels in order, and how many converted.
//!
//! # Invariants
//! - Equal journeys are counted together, so the cost of a model depends on the number of different
//!   ones.
//! - A channel seen twice in a row counts once.
//! - Counts are whole numbers, so the order of adding changes nothing.

use std::collections::HashMap;

/// Number of a channel, from 0.
pub type Channel = u16;

/// How the journeys of one path ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathOutcomes {
    /// With a conversion.
    pub converting: u64,
    /// Without one.
    pub others: u64,
}

/// Journeys by path.
#[derive(Clone, Debug, Default)]
pub struct JourneyPaths {
    ends: HashMap<Box<[Channel]>, PathOutcomes>,
    channels: usize,
    /// The path that is being built.
    buffer: Vec<Channel>,
}

impl JourneyPaths {
    /// Adds `ends` journeys over these channels, earliest first. A path without channels is
    /// ignored.
    pub fn add(&mut self, channels: impl IntoIterator<Item = Channel>, ends: PathOutcomes) {
        self.buffer.clear();
        self.buffer.extend(channels);
        self.buffer.dedup();
        let Some(highest) = self.buffer.iter().max() else {
            return;
        };
        self.channels = self.channels.max(usize::from(*highest) + 1);
        // Most paths already exist, so the lookup does not copy them.
        if !self.ends.contains_key(self.buffer.as_slice()) {
            self.ends
                .insert(self.buffer.as_slice().into(), PathOutcomes::default());
        }
        if let Some(sum) = self.ends.get_mut(self.buffer.as_slice()) {
            sum.converting += ends.converting;
            sum.others += ends.others;
        }
    }

    /// The paths with their outcomes, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&[Channel], PathOutcomes)> {
        self.ends.iter().map(|(path, ends)| (&**path, *ends))
    }

    /// One more than the highest channel.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// For each channel, whether a converting path has it.
    pub fn converts(&self) -> Vec<bool> {
        let mut converts = vec![false; self.channels];
        for (path, _) in self.iter().filter(|(_, ends)| ends.converting > 0) {
            for channel in path {
                converts[usize::from(*channel)] = true;
            }
        }
        converts
    }
}
