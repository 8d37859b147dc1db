//! Whether Redis accepts entries, and since when it does not.
//!
//! # Invariants
//! - Redis is healthy if it accepted an entry within the deadline. No other answer counts.
//! - A Redis that fails repeatedly is probed after longer pauses, up to [`MAX_PAUSE`]. Meanwhile
//!   the disk stores new entries.
//! - The health and the rest of the state change under one lock.
//! - An outage is logged once, then once a minute, and once when it is over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::drivers::redis::RedisRefusal;
use crate::event_log::error::Error;
use crate::quiet::QuietLine;

/// Longest pause before Redis is probed again.
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// The pause after Redis was healthy for a short time only.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// After this long a healthy time, an outage begins without a pause.
const STEADY: Duration = Duration::from_secs(10);

/// How long Redis must be healthy before that is logged.
const SAID_AFTER: Duration = Duration::from_secs(1);

/// The health of Redis.
#[derive(Debug)]
pub(super) struct Outage {
    well: AtomicBool,
    line: QuietLine,
    state: Mutex<OutageState>,
}

#[derive(Debug)]
struct OutageState {
    /// Why Redis is unhealthy.
    refusal: Option<RedisRefusal>,
    /// When it became healthy again.
    well_since: Option<Instant>,
    pause: Duration,
    /// When it is probed again.
    retry_at: Instant,
    /// Whether the start of an outage was logged but not its end.
    unsaid: bool,
}

impl Outage {
    /// A healthy Redis.
    pub(super) fn none() -> Outage {
        Outage {
            well: AtomicBool::new(true),
            line: QuietLine::new(),
            state: Mutex::new(OutageState {
                refusal: None,
                well_since: None,
                pause: Duration::ZERO,
                retry_at: Instant::now(),
                unsaid: false,
            }),
        }
    }

    pub(super) fn is_well(&self) -> bool {
        self.well.load(Ordering::Relaxed)
    }

    /// Why Redis is unhealthy; `None` if it is healthy.
    pub(super) fn refusal(&self) -> Option<RedisRefusal> {
        self.state().refusal
    }

    /// Whether an unhealthy Redis must be probed now.
    pub(super) fn is_due(&self) -> bool {
        Instant::now() >= self.state().retry_at
    }

    /// Redis did not accept an entry.
    pub(super) fn begins(&self, error: &Error) {
        let mut state = self.state();
        let refusal = match error {
            Error::Redis { refusal, .. } => *refusal,
            _ => RedisRefusal::Other,
        };
        if self.well.swap(false, Ordering::Relaxed) {
            let steady = state.well_since.is_none_or(|at| at.elapsed() >= STEADY);
            state.pause = if steady {
                Duration::ZERO
            } else {
                (state.pause * 2).clamp(FIRST_PAUSE, MAX_PAUSE)
            };
            state.retry_at = Instant::now() + state.pause;
        }
        state.refusal = Some(refusal);
        state.unsaid = true;
        drop(state);
        if let Some(times) = self.line.fails(refusal.code()) {
            tracing::warn!(
                %error,
                times,
                "{}; what arrives is kept on disk, and moves to Redis when it accepts entries",
                refusal.remedy()
            );
        }
    }

    /// Redis accepted an entry.
    pub(super) fn ends(&self) {
        if self.is_well() {
            // The usual case needs no lock.
            return;
        }
        let mut state = self.state();
        // Both change under the lock, so an outage that begins meanwhile cannot see half of it.
        if !self.well.swap(true, Ordering::Relaxed) {
            state.refusal = None;
            state.well_since = Some(Instant::now());
        }
    }

    /// Logs the end of an outage, once Redis was healthy for a while.
    pub(super) fn settle(&self) {
        let mut state = self.state();
        let lasts = state
            .well_since
            .is_some_and(|at| at.elapsed() >= SAID_AFTER);
        if !state.unsaid || !lasts || !self.is_well() {
            return;
        }
        state.unsaid = false;
        drop(state);
        if let Some(times) = self.line.recovers() {
            tracing::info!(times, "Redis accepts entries again; nothing waits on disk");
        }
    }

    fn state(&self) -> MutexGuard<'_, OutageState> {
        // A panic never leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    fn error() -> Error {
        Error::Redis {
            doing: "append to",
            refusal: RedisRefusal::OutOfMemory,
            message: String::new(),
        }
    }

    #[test]
    fn a_redis_that_comes_and_goes_is_tried_less_often() {
        let outage = Outage::none();
        outage.begins(&error());
        assert!(!outage.is_well() && outage.is_due());
        assert_eq!(outage.refusal(), Some(RedisRefusal::OutOfMemory));
        let mut pauses = Vec::new();
        for _ in 0..6 {
            outage.ends();
            assert!(outage.is_well() && outage.refusal().is_none());
            outage.begins(&error());
            assert!(!outage.is_due());
            pauses.push(outage.state().pause.as_millis());
        }
        assert_eq!(pauses, [200, 400, 800, 1600, 2000, 2000]);
    }

    #[test]
    fn an_outage_that_begins_while_another_ends_has_its_reason() {
        const OUTAGES: usize = 2_000;
        let (outage, begun) = (Outage::none(), AtomicUsize::new(0));
        let is_torn = AtomicBool::new(false);
        let is_done =
            || begun.load(Ordering::Relaxed) >= OUTAGES || is_torn.load(Ordering::Relaxed);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_done() {
                    outage.begins(&error());
                    begun.fetch_add(1, Ordering::Relaxed);
                    while !outage.is_well() && !is_done() {
                        std::thread::yield_now();
                    }
                }
            });
            scope.spawn(|| {
                while !is_done() {
                    outage.ends();
                    std::thread::yield_now();
                }
            });
            while !is_done() {
                // Under the lock, both agree.
                let state = outage.state();
                for _ in 0..50 {
                    if outage.is_well() != state.refusal.is_none() {
                        is_torn.store(true, Ordering::Relaxed);
                    }
                    std::hint::spin_loop();
                }
                drop(state);
                std::thread::yield_now();
            }
        });
        let is_torn = is_torn.load(Ordering::Relaxed);
        assert!(!is_torn, "well with a reason, or ill without one");
    }
}
