//! Journeys for the data-driven models: the channels in their order, and how many converted.
//!
//! Holds: journeys that are alike are counted together, so what models cost grows with the
//! different ones; a channel seen twice in a row stands once. Whole numbers, so the order of adding
//! changes nothing. Must not know: what channels are.

use std::collections::HashMap;

/// Number of a channel, from 0 on.
pub type Channel = u16;

/// How many journeys of one path ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathOutcomes {
    /// In a conversion.
    pub converting: u64,
    /// Without one.
    pub others: u64,
}

/// Journeys by path.
#[derive(Clone, Debug, Default)]
pub struct JourneyPaths {
    ends: HashMap<Box<[Channel]>, PathOutcomes>,
    channels: usize,
    /// The path that is put together.
    room: Vec<Channel>,
}

impl JourneyPaths {
    /// Adds `ends` journeys over these channels, earliest first. One over none is no journey.
    pub fn add(&mut self, channels: impl IntoIterator<Item = Channel>, ends: PathOutcomes) {
        self.room.clear();
        self.room.extend(channels);
        self.room.dedup();
        let Some(highest) = self.room.iter().max() else {
            return;
        };
        self.channels = self.channels.max(usize::from(*highest) + 1);
        // Most paths are there already, so none is copied to look.
        if !self.ends.contains_key(self.room.as_slice()) {
            self.ends
                .insert(self.room.as_slice().into(), PathOutcomes::default());
        }
        if let Some(sum) = self.ends.get_mut(self.room.as_slice()) {
            sum.converting += ends.converting;
            sum.others += ends.others;
        }
    }

    /// The paths with their ends, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&[Channel], PathOutcomes)> {
        self.ends.iter().map(|(path, ends)| (&**path, *ends))
    }

    /// One more than the highest channel.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Of each channel, whether a converting path has it.
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
