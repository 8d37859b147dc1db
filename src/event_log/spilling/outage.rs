//! Whether Redis takes entries, and since when it does not.
//!
//! # Invariants
//! - Redis is well when it took an entry within the deadline, never because it answered something
//!   else.
//! - A Redis that is well and ill in turns gets longer pauses, up to [`MAX_PAUSE`]; meanwhile the
//!   disk keeps what arrives.
//! - Whether Redis is well changes under the lock of what else is known of it.
//! - An outage is one log line, then one a minute, then one when it is over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::drivers::redis::Refusal;
use crate::event_log::error::Error;
use crate::quiet::QuietLine;

/// Longest pause before Redis is tried again.
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// The pause after Redis had been well for a short time only.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// A Redis that was well for so long begins with no pause at all.
const STEADY: Duration = Duration::from_secs(10);

/// How long Redis must be well before that is said.
const SAID_AFTER: Duration = Duration::from_secs(1);

/// How Redis stands.
#[derive(Debug)]
pub(super) struct Outage {
    well: AtomicBool,
    line: QuietLine,
    state: Mutex<OutageState>,
}

#[derive(Debug)]
struct OutageState {
    /// Why Redis is ill.
    refusal: Option<Refusal>,
    /// When it was well again.
    well_since: Option<Instant>,
    pause: Duration,
    /// When it is tried again.
    retry_at: Instant,
    /// Whether an outage was said and its end was not.
    unsaid: bool,
}

impl Outage {
    /// A Redis that is well.
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

    /// Why Redis is ill; `None` where it is well.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.state().refusal
    }

    /// Whether an ill Redis is to be tried now.
    pub(super) fn is_due(&self) -> bool {
        Instant::now() >= self.state().retry_at
    }

    /// Redis did not take an entry.
    pub(super) fn begins(&self, error: &Error) {
        let mut state = self.state();
        let refusal = match error {
            Error::Redis { refusal, .. } => *refusal,
            _ => Refusal::Other,
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
                "{}; what arrives is kept on disk and follows when Redis takes entries",
                refusal.remedy()
            );
        }
    }

    /// Redis took an entry.
    pub(super) fn ends(&self) {
        if self.is_well() {
            // As a rule, and for each entry: no lock.
            return;
        }
        let mut state = self.state();
        // Both change under the lock, so that no outage that begins meanwhile keeps half of this.
        if !self.well.swap(true, Ordering::Relaxed) {
            state.refusal = None;
            state.well_since = Some(Instant::now());
        }
    }

    /// Says that an outage is over, once that has lasted for a while.
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
            tracing::info!(times, "Redis takes entries again; nothing waits on disk");
        }
    }

    fn state(&self) -> MutexGuard<'_, OutageState> {
        // Nothing is left half done by a panic.
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
            refusal: Refusal::OutOfMemory,
            message: String::new(),
        }
    }

    #[test]
    fn a_redis_that_comes_and_goes_is_tried_less_often() {
        let outage = Outage::none();
        outage.begins(&error());
        assert!(!outage.is_well() && outage.is_due());
        assert_eq!(outage.refusal(), Some(Refusal::OutOfMemory));
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
