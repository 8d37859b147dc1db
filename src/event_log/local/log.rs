//! A log on disk: append, read, acknowledge, dead-letter.

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::opening;
use super::state::LocalState;
use crate::clock::Millis;
use crate::event_log::blocking::blocking;
use crate::event_log::delivery::{DeadLetter, LogDelivery, LogDeliveryId};
use crate::event_log::error::Error;
use crate::event_log::frame;
use crate::event_log::lock::locked;
use crate::event_log::records::Records;
use crate::event_log::settings::SyncMode;

/// Length of a segment in bytes, unless a single batch is longer.
pub const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

/// A log in a folder. Clones share it. The folder is unlocked when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct LocalLog {
    pub(super) shared: Arc<LocalState>,
}

impl LocalLog {
    /// Opens the log in `dir`, or creates it. A segment ends at `segment_bytes`.
    ///
    /// # Errors
    /// [`Error::Locked`] when another process has it open, [`Error::Open`] when the folder cannot
    /// be read or written.
    pub async fn open(dir: &Path, sync: SyncMode, segment_bytes: u64) -> Result<LocalLog, Error> {
        let dir = dir.to_path_buf();
        blocking(move || {
            let lock = opening::lock(&dir)?;
            LocalState::open(&dir, sync, segment_bytes, lock)
                .map(|shared| LocalLog {
                    shared: Arc::new(shared),
                })
                .map_err(|error| Error::Open { dir, error })
        })
        .await
    }

    /// Without a sync to the disk, this thread writes the bytes itself, because a hand-over to
    /// another thread would take longer.
    pub(in crate::event_log) async fn append(&self, records: &Records) -> Result<(), Error> {
        let length = records.byte_len() + records.len() * frame::HEADER_BYTES;
        let mut bytes = Vec::with_capacity(length);
        for record in records.iter() {
            frame::encode(record, &mut bytes).map_err(Error::Write)?;
        }
        let count = records.len() as u64;
        match self.shared.sync {
            SyncMode::Process => self.shared.append(&bytes, count).map_err(Error::Write),
            SyncMode::Disk => {
                let shared = self.shared.clone();
                blocking(move || shared.append(&bytes, count).map_err(Error::Write)).await
            }
        }
    }

    pub(in crate::event_log) fn is_failing(&self) -> bool {
        self.shared.refused.load(Ordering::Relaxed) > 0
    }

    pub(in crate::event_log) fn cut_off_bytes(&self) -> u64 {
        self.shared.cut_off
    }

    pub(in crate::event_log) async fn read(
        &self,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<LogDelivery>, Error> {
        let start = Instant::now();
        loop {
            // Listening begins before the read, so that no append in between is missed.
            let mut arrived = pin!(self.shared.arrived.notified());
            arrived.as_mut().enable();
            let shared = self.shared.clone();
            let found = blocking(move || shared.read(0, max).map_err(Error::Read)).await?;
            let left = wait.saturating_sub(start.elapsed());
            if !found.is_empty() || left.is_zero() {
                return Ok(found);
            }
            // After the timeout, the log is read once more.
            let _ = tokio::time::timeout(left, arrived).await;
        }
    }

    pub(in crate::event_log) async fn read_behind(
        &self,
        last: LogDeliveryId,
        max: usize,
    ) -> Result<Vec<LogDelivery>, Error> {
        let shared = self.shared.clone();
        blocking(move || shared.read(last.1, max).map_err(Error::Read)).await
    }

    pub(in crate::event_log) async fn ack(&self, ids: &[LogDeliveryId]) -> Result<(), Error> {
        let (shared, ids) = (self.shared.clone(), ids.to_vec());
        blocking(move || {
            let mut reader = locked(&shared.reader);
            shared.ack(&mut reader, &ids).map_err(Error::Write)
        })
        .await
    }

    pub(in crate::event_log) async fn dead_letter(
        &self,
        delivery: &LogDelivery,
        reason: &str,
        at: Millis,
    ) -> Result<(), Error> {
        let (shared, delivery, reason) = (self.shared.clone(), delivery.clone(), reason.to_owned());
        blocking(move || {
            let mut reader = locked(&shared.reader);
            reader
                .dead_letters
                .append(&delivery, &reason, at)
                .map_err(Error::Write)?;
            locked(&shared.state).dead_depth += 1;
            shared
                .ack(&mut reader, &[delivery.id])
                .map_err(Error::Write)
        })
        .await
    }

    pub(in crate::event_log) async fn dead_letters(
        &self,
        max: usize,
    ) -> Result<Vec<DeadLetter>, Error> {
        let shared = self.shared.clone();
        blocking(move || {
            locked(&shared.reader)
                .dead_letters
                .read(max)
                .map_err(Error::Read)
        })
        .await
    }

    pub(in crate::event_log) fn depth(&self) -> u64 {
        locked(&self.shared.state).depth
    }

    pub(in crate::event_log) fn dead_depth(&self) -> u64 {
        locked(&self.shared.state).dead_depth
    }
}
