//! Checks whether the disk accepts writes of the log.
//!
//! # Invariants
//! - A probe writes to the file of appends. It writes as many bytes as the last refused write, but
//!   at least one block and at most 1 MiB. Then it cuts them off.
//! - A crash in between leaves zeros, which the next start cuts off.
//! - A log that is being written to is not probed.

use std::io;
use std::sync::atomic::Ordering;

use super::log::LocalLog;
use super::state::LocalState;
use crate::event_log::blocking::blocking;
use crate::event_log::condition::{LogCondition, LogProblem, LogProblemKind};
use crate::event_log::error::Error;
use crate::event_log::lock::locked;

/// Fewest bytes of a probe: one block of the disk. A full disk may still accept a few bytes in its
/// last block.
const MIN_BYTES: u64 = 4096;

/// Most bytes of a probe.
const MAX_BYTES: u64 = 1024 * 1024;

impl LocalLog {
    /// Checks whether the disk accepts entries.
    ///
    /// # Errors
    /// When the disk does not accept them.
    pub(in crate::event_log) async fn probe(&self) -> Result<(), Error> {
        let shared = self.shared.clone();
        blocking(move || shared.probe().map_err(Error::Write)).await
    }

    /// Probes the disk, and describes the result.
    pub(in crate::event_log) async fn check(&self) -> LogCondition {
        let probe = self.probe().await;
        let problem = probe.as_ref().err().map(|error| {
            let says =
                format!("{error}. Clicks are redirected but not recorded, and webhooks get 503.");
            LogProblem::new(LogProblemKind::DiskRefuses, says)
        });
        LogCondition {
            keeps: probe.is_ok(),
            problems: problem.into_iter().collect(),
        }
    }
}

impl LocalState {
    fn probe(&self) -> io::Result<()> {
        let mut writer = locked(&self.writer);
        let refused = self.refused.load(Ordering::Relaxed);
        let probed = self.probed_at.swap(writer.end(), Ordering::Relaxed);
        if refused == 0 && probed != writer.end() {
            return Ok(());
        }
        let bytes = refused.clamp(MIN_BYTES, MAX_BYTES);
        let tried = writer.probe(bytes);
        self.refused
            .store(if tried.is_ok() { 0 } else { bytes }, Ordering::Relaxed);
        tried
    }
}
