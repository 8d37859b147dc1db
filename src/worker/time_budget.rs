//! How long a transaction of the worker lasts, and how many entries it writes at once.
//!
//! # Invariants
//! SQLite has one writing connection, and API requests that write wait for it. So a transaction
//! ends after a time, not after a number of entries: a click takes microseconds, a provider's
//! request a thousand times as long. Between two transactions, every waiting request gets its turn.

use std::time::{Duration, Instant};

/// How long a transaction begins further entries that are written one by one.
pub(super) const BUDGET: Duration = Duration::from_millis(50);

/// How long a transaction should take that writes all its entries at once. A longer one writes more
/// clicks per second, because the sums of each quarter-hour are written once.
const BULK_BUDGET: Duration = Duration::from_millis(100);

/// Entries that are written at once before a duration is measured.
const FIRST: usize = 2_000;

/// Fewest entries that are worth a transaction.
const LEAST: usize = 50;

/// The time that is left to a transaction.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeBudget(Instant);

impl TimeBudget {
    /// A budget that begins now.
    pub(super) fn begin() -> TimeBudget {
        TimeBudget(Instant::now())
    }

    /// A budget that is used up.
    #[cfg(test)]
    pub(super) fn over() -> TimeBudget {
        TimeBudget(Instant::now().checked_sub(BUDGET).unwrap())
    }

    /// Whether no more work may begin.
    pub(super) fn is_over(self) -> bool {
        self.0.elapsed() >= BUDGET
    }
}

/// How many entries to write at once: as many as take [`BULK_BUDGET`], by measurement.
#[derive(Clone, Copy, Debug)]
pub(super) struct BatchPacer {
    entries: usize,
    max: usize,
}

impl BatchPacer {
    /// At most `max` at once.
    pub(super) fn new(max: usize) -> BatchPacer {
        let entries = FIRST.min(max);
        BatchPacer { entries, max }
    }

    /// How many to write next.
    pub(super) fn entries(self) -> usize {
        self.entries
    }

    /// Records how long a number of entries took. Batches smaller than [`BatchPacer::entries`] are
    /// less reliable.
    pub(super) fn record(&mut self, entries: usize, time: Duration) {
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
        self.entries = entries.clamp(LEAST.min(self.max), self.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn it_settles_at_what_fits_into_the_budget() {
        let mut pacer = BatchPacer::new(10_000);
        for _ in 0..20 {
            // 20 microseconds each.
            let entries = u32::try_from(pacer.entries()).unwrap();
            pacer.record(pacer.entries(), MS * entries / 50);
        }
        assert!((4_900..=5_100).contains(&pacer.entries()), "{pacer:?}");
        pacer.record(pacer.entries(), MS * 1000);
        assert!((2_400..=2_600).contains(&pacer.entries()), "{pacer:?}");
    }

    #[test]
    fn it_stays_within_bounds_and_ignores_small_rests() {
        let mut pacer = BatchPacer::new(10_000);
        for _ in 0..20 {
            pacer.record(pacer.entries(), MS);
        }
        assert_eq!(pacer.entries(), 10_000);
        pacer.record(3, MS * 1000);
        assert_eq!(pacer.entries(), 10_000);
        for _ in 0..20 {
            pacer.record(pacer.entries(), MS * 60_000);
        }
        assert_eq!(pacer.entries(), LEAST);
        assert_eq!(BatchPacer::new(1).entries(), 1);
    }
}
