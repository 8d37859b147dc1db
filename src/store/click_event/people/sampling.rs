//! Which persistent pseudonyms are counted.
//!
//! # Invariants
//! - Persistent pseudonyms are counted exactly, one by one, up to `MOST` entries.
//! - Above that, a sample is counted: the pseudonyms below a bound, which is halved until few
//!   enough remain. Pseudonyms are keyed hashes. So a sample is random and the same in every row,
//!   and samples of parts can be merged.
//! - At least 65 536 entries of a campaign are read, and 32 768 of each large network. The standard
//!   error is at most 0.4 % and 0.6 % (source: Dasgupta, Lang, Rhodes, Thaler, "A Framework for
//!   Estimating Stream Expression Cardinalities", 2016).

/// Most entries of a campaign that are counted.
const MOST: i64 = 1 << 17;

/// Most entries of one of its networks that are counted.
const MOST_OF_NETWORK: i64 = 1 << 16;

/// How often a bound must be halved so that at most `most` of the entries are below it.
pub(in crate::store::click_event) fn halvings(entries: i64, most: i64) -> u32 {
    (0..32)
        .find(|halvings| entries >> halvings <= most)
        .unwrap_or(32)
}

/// Pseudonyms whose upper half is below it are in the sample.
pub(in crate::store::click_event) fn bound(halvings: u32) -> i64 {
    1 << (32 - halvings)
}

/// The sampling of a period's entries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampling {
    /// Halvings of the whole.
    whole: u32,
}

impl Sampling {
    /// The sampling for networks of these sizes.
    pub(super) fn of(sizes: impl Iterator<Item = i64>) -> Sampling {
        Sampling {
            whole: halvings(sizes.sum(), MOST),
        }
    }

    /// All networks share the sampling of the whole. A small network uses fewer halvings for
    /// itself.
    pub(super) fn halvings(self, size: i64) -> u32 {
        halvings(size, MOST_OF_NETWORK).min(self.whole)
    }
}
