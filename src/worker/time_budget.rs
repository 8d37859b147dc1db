//! How much one transaction of the worker takes on.
//!
//! # Invariants
//! SQLite has one writing connection, and whoever edits through the API waits for it in a queue. So
//! transactions end after a time, not after a number of entries: a click costs microseconds, a
//! provider's request a thousand times as much. Between two of them everybody who waits has a turn.

use std::time::{Duration, Instant};

/// How long a transaction goes on taking entries one after another.
pub(super) const BUDGET: Duration = Duration::from_millis(50);

/// How long a transaction that writes entries all at once should take. Larger ones write more
/// clicks a second: the sums of a quarter-hour are written once for each.
const BULK_BUDGET: Duration = Duration::from_millis(100);

/// Entries that are written at once before it is known how long that takes.
const FIRST: usize = 2_000;

/// Fewest entries that are worth a transaction.
const LEAST: usize = 50;

/// When a transaction should end.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeBudget(Instant);

impl TimeBudget {
    /// A turn that begins now.
    pub(super) fn begin() -> TimeBudget {
        TimeBudget(Instant::now())
    }

    /// A turn without any time left.
    #[cfg(test)]
    pub(super) fn over() -> TimeBudget {
        TimeBudget(Instant::now().checked_sub(BUDGET).unwrap())
    }

    /// Whether nothing more should be begun.
    pub(super) fn is_over(self) -> bool {
        self.0.elapsed() >= BUDGET
    }
}

/// How many entries are written at once: as many as take [`BULK_BUDGET`], as measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct BatchPacer {
    entries: usize,
    most: usize,
}

impl BatchPacer {
    /// At most `most` at once.
    pub(super) fn new(most: usize) -> BatchPacer {
        let entries = FIRST.min(most);
        BatchPacer { entries, most }
    }

    /// How many to write next.
    pub(super) fn entries(self) -> usize {
        self.entries
    }

    /// Takes into account that so many took so long. Fewer than asked for say little.
    pub(super) fn took(&mut self, entries: usize, time: Duration) {
        if entries < self.entries {
            return;
        }
        let fits = BULK_BUDGET.as_secs_f64() / time.as_secs_f64().max(1e-6);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a number of entries, between half and twice of the one before"
        )]
        let entries = (entries as f64 * fits.clamp(0.5, 2.0)) as usize;
        self.entries = entries.clamp(LEAST.min(self.most), self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn it_settles_at_what_fits_into_the_budget() {
        let mut pace = BatchPacer::new(10_000);
        for _ in 0..20 {
            // 20 microseconds each.
            let entries = u32::try_from(pace.entries()).unwrap();
            pace.took(pace.entries(), MS * entries / 50);
        }
        assert!((4_900..=5_100).contains(&pace.entries()), "{pace:?}");
        pace.took(pace.entries(), MS * 1000);
        assert!((2_400..=2_600).contains(&pace.entries()), "{pace:?}");
    }

    #[test]
    fn it_stays_within_bounds_and_ignores_small_rests() {
        let mut pace = BatchPacer::new(10_000);
        for _ in 0..20 {
            pace.took(pace.entries(), MS);
        }
        assert_eq!(pace.entries(), 10_000);
        pace.took(3, MS * 1000);
        assert_eq!(pace.entries(), 10_000);
        for _ in 0..20 {
            pace.took(pace.entries(), MS * 60_000);
        }
        assert_eq!(pace.entries(), LEAST);
        assert_eq!(BatchPacer::new(1).entries(), 1);
    }
}
