//! The age of the oldest entry in the log, for operators.
//!
//! # Invariants
//! - The age is at most about a second too high. It grows while ingest is stopped, and is 0 if no
//!   entry waits.
//! - Until the first batch, entries of an earlier run count from the start of this one.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Millis;
use crate::operations::context::Context;

/// How often the log is checked.
const EVERY: Duration = Duration::from_secs(1);

/// The known facts about the waiting entries.
struct Backlog {
    /// Everything that arrived before this time is processed.
    read_until: Millis,
    /// Entries that this process has processed so far.
    taken: u64,
}

impl Backlog {
    /// Updates the age from the entries in the log, the entries processed so far, and the age of
    /// the last batch's oldest one. Returns the age in milliseconds.
    fn look(&mut self, now: Millis, depth: u64, taken: u64, lag_ms: i64) -> i64 {
        let every = i64::try_from(EVERY.as_millis()).unwrap_or(i64::MAX);
        if depth == 0 {
            self.read_until = now;
        } else if taken != self.taken {
            // A batch was processed since the last call. The rest arrived after its oldest entry.
            let oldest = Millis(now.0 - lag_ms.max(0) - every);
            self.read_until = self.read_until.max(oldest);
        }
        self.taken = taken;
        (now.0 - self.read_until.0).max(0)
    }
}

/// Updates the metric until `stop`.
pub(super) async fn watch(context: Arc<Context>, stop: CancellationToken) {
    let mut backlog = Backlog {
        read_until: context.clock.now(),
        taken: 0,
    };
    while !stop.is_cancelled() {
        // If the log does not answer, the age stays. Readiness reports that.
        if let Ok(depth) = context.log.depth().await {
            let (now, taken) = (context.clock.now(), *context.progress.borrow());
            let age = backlog.look(now, depth, taken, context.metrics.ingest_lag_ms.get());
            context.metrics.unread_age.set(age / 1000);
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_grows_while_nothing_is_read_and_ends_with_the_backlog() {
        let mut backlog = Backlog {
            read_until: Millis(0),
            taken: 0,
        };
        assert_eq!(backlog.look(Millis(5_000), 0, 0, 0), 0);
        assert_eq!(backlog.look(Millis(6_000), 3, 0, 0), 1_000);
        assert_eq!(backlog.look(Millis(65_000), 9, 0, 0), 60_000);
        // The oldest entry of a processed batch was 50 seconds old, so the rest is younger.
        assert_eq!(backlog.look(Millis(66_000), 4, 5, 50_000), 51_000);
        assert_eq!(backlog.look(Millis(67_000), 0, 9, 60_000), 0);
    }
}
