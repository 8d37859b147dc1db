//! Which persistent pseudonyms are counted.
//!
//! # Invariants
//! - Persistent pseudonyms are counted one by one up to `MOST` entries, exactly.
//! - Beyond that a sample decides: the pseudonyms below a bound, which halves until few enough are
//!   left. Pseudonyms are keyed hashes, so a sample is random and the same in every row, and the
//!   samples of parts merge.
//! - At least 65 536 entries of a campaign are read, and 32 768 of each large network: the
//!   standard error is 0.4 and 0.6 % at most (source: Dasgupta, Lang, Rhodes, Thaler, "A Framework
//!   for Estimating Stream Expression Cardinalities", 2016).

/// Entries of a campaign that are counted at most.
const MOST: i64 = 1 << 17;

/// Entries of one of its networks that are.
const MOST_OF_NETWORK: i64 = 1 << 16;

/// How often a bound must be halved until at most `most` of the entries lie below it.
pub(in crate::store::click_event) fn halvings(entries: i64, most: i64) -> u32 {
    (0..32)
        .find(|halvings| entries >> halvings <= most)
        .unwrap_or(32)
}

/// Pseudonyms whose upper half lies below it are in the sample.
pub(in crate::store::click_event) fn bound(halvings: u32) -> i64 {
    1 << (32 - halvings)
}

/// How a period's entries are sampled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampling {
    /// Halvings of the whole.
    whole: u32,
}

impl Sampling {
    /// That of networks with so many entries.
    pub(super) fn of(sizes: impl Iterator<Item = i64>) -> Sampling {
        Sampling {
            whole: halvings(sizes.sum(), MOST),
        }
    }

    /// All networks are sampled alike for the whole, and each for itself if it has more to tell.
    pub(super) fn halvings(self, size: i64) -> u32 {
        halvings(size, MOST_OF_NETWORK).min(self.whole)
    }
}
