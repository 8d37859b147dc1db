//! How long the oldest entry of the log waits, for operators.
//!
//! # Invariants
//! The figure is at most about a second too high. It grows while ingest stands still, and is 0
//! where nothing waits. Entries of an earlier run count from the start of this one until the first
//! batch.

use std::time::Duration;

use actix_web::web;
use tokio_util::sync::CancellationToken;

use crate::clock::Millis;
use crate::http::State;

/// How often the log is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// What is known of the entries that wait.
struct Backlog {
    /// All that arrived before is read.
    read_until: Millis,
    /// Entries taken so far by this process.
    taken: u64,
}

impl Backlog {
    /// Looks at the log: how many entries it holds, how many were taken so far, and how old the
    /// oldest of the last batch was. Gives the age in milliseconds.
    fn look(&mut self, now: Millis, depth: u64, taken: u64, lag_ms: i64) -> i64 {
        let every = i64::try_from(EVERY.as_millis()).unwrap_or(i64::MAX);
        if depth == 0 {
            self.read_until = now;
        } else if taken != self.taken {
            // A batch was taken since the last look; what is left arrived after its oldest entry.
            let oldest = Millis(now.0 - lag_ms.max(0) - every);
            self.read_until = self.read_until.max(oldest);
        }
        self.taken = taken;
        (now.0 - self.read_until.0).max(0)
    }
}

/// Shows the age until `stop`.
pub(super) async fn watch(state: web::Data<State>, stop: CancellationToken) {
    let mut backlog = Backlog {
        read_until: state.context.clock.now(),
        taken: 0,
    };
    while !stop.is_cancelled() {
        // A log that does not answer leaves the figure growing with the last depth; readiness tells
        // of it.
        if let Ok(depth) = state.context.log.depth().await {
            let (now, taken) = (state.context.clock.now(), *state.context.progress.borrow());
            let age = backlog.look(now, depth, taken, state.context.metrics.ingest_lag_ms.get());
            state.context.metrics.unread_age.set(age / 1000);
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
        // A batch was taken whose oldest entry was 50 seconds old: what is left is younger.
        assert_eq!(backlog.look(Millis(66_000), 4, 5, 50_000), 51_000);
        assert_eq!(backlog.look(Millis(67_000), 0, 9, 60_000), 0);
    }
}
