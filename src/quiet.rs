//! Log lines that would repeat: logged once, then each minute with a count, and once at the end.
//!
//! ```
//! # use leadline::quiet::QuietLine;
//! static LINE: QuietLine = QuietLine::new();
//! # let error = "connection refused";
//! if let Some(times) = LINE.fails(error) {
//!     eprintln!("Redis does not answer: {error} ({times} times since the last line)");
//! }
//! if let Some(times) = LINE.recovers() {
//!     eprintln!("Redis answers again; it failed {times} times");
//! }
//! ```
//!
//! # Invariants
//! - A new text is logged at once, as long as there are few, so a change of the cause is visible.
//! - Memory is bounded: at most `MAX_TEXTS` texts are distinguished.
//! - A success costs one atomic read.
//!
//! # Out of scope
//! How a line is written: the caller has its own `tracing` call, with its own fields.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Time between two lines of a lasting failure.
const SAID_EVERY: Duration = Duration::from_mins(1);

/// Most texts that are distinguished between two lines.
const MAX_TEXTS: usize = 8;

/// One log line that may repeat.
#[derive(Debug, Default)]
pub struct QuietLine {
    failing: AtomicBool,
    failure: Mutex<Option<Failure>>,
}

/// A failure that is not over.
#[derive(Debug)]
struct Failure {
    said_at: Instant,
    /// Failures since the last line.
    unsaid: u64,
    times: u64,
    texts: Vec<String>,
}

impl QuietLine {
    /// A line that was not logged yet.
    pub const fn new() -> QuietLine {
        QuietLine {
            failing: AtomicBool::new(false),
            failure: Mutex::new(None),
        }
    }

    /// Counts a failure. If the line is due, gives how many failures it stands for.
    pub fn fails(&self, text: &str) -> Option<u64> {
        self.fails_at(text, Instant::now())
    }

    fn fails_at(&self, text: &str, now: Instant) -> Option<u64> {
        let mut guard = self.failure();
        self.failing.store(true, Ordering::Relaxed);
        let Some(failure) = &mut *guard else {
            *guard = Some(Failure {
                said_at: now,
                unsaid: 0,
                times: 1,
                texts: vec![text.to_owned()],
            });
            return Some(1);
        };
        failure.unsaid += 1;
        failure.times += 1;
        let is_new =
            failure.texts.len() < MAX_TEXTS && !failure.texts.iter().any(|known| known == text);
        let is_late = now.saturating_duration_since(failure.said_at) >= SAID_EVERY;
        if is_late {
            failure.texts.clear();
        }
        if is_new || is_late {
            failure.texts.push(text.to_owned());
            failure.said_at = now;
            return Some(std::mem::take(&mut failure.unsaid));
        }
        None
    }

    /// Notes a success. If it failed before, gives how often in total.
    pub fn recovers(&self) -> Option<u64> {
        if !self.failing.load(Ordering::Relaxed) {
            return None;
        }
        let mut failure = self.failure();
        self.failing.store(false, Ordering::Relaxed);
        failure.take().map(|failure| failure.times)
    }

    fn failure(&self) -> MutexGuard<'_, Option<Failure>> {
        // A panic leaves nothing half changed.
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_said_once_then_each_minute_with_its_count() {
        let line = QuietLine::new();
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        assert_eq!(line.recovers(), None);
        assert_eq!(line.fails_at("refused", at(0)), Some(1));
        for second in 1..60 {
            assert_eq!(line.fails_at("refused", at(second)), None, "{second}");
        }
        assert_eq!(line.fails_at("refused", at(60)), Some(60));
        assert_eq!(line.fails_at("refused", at(61)), None);
        assert_eq!(line.recovers(), Some(62));
        assert_eq!(line.recovers(), None);
        assert_eq!(line.fails_at("refused", at(62)), Some(1));
    }

    #[test]
    fn a_new_cause_is_said_at_once_but_not_without_end() {
        let line = QuietLine::new();
        let now = Instant::now();
        let said = (0..100).filter(|number| line.fails_at(&number.to_string(), now).is_some());
        assert_eq!(said.count(), MAX_TEXTS);
        assert_eq!(line.fails_at("0", now), None);
    }
}
