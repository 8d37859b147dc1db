//! The log on this machine's disk: what one process appends, the same process reads.
//!
//! # What always holds
//! - A record is durable (see [`SyncMode`]) before an append returns, and is delivered
//!   until it is acknowledged.
//! - A position in the log never means two records: positions only grow, also where a crash lost
//!   bytes that were acknowledged already.
//! - Damage costs the records it hit and no other. It is delivered, as an unreadable span, so that
//!   somebody hears of it.
//! - One process holds the folder, by a lock on the file `lock` that ends with the process.
//! - Reading never stops an append for longer than a look at two numbers.
//!
//! # On disk
//! The log is one endless run of bytes, cut into segments. A position counts from its beginning.
//!
//! ```text
//! 00000000000000000000.log   records from position 0, framed as in `frame`
//! 00000000000067108800.log   records from position 67108800; the last one is written to
//! acknowledged               the checkpoint, see `checkpoint`
//! dead-letters               see `dead_letters`
//! lock                       empty
//! ```
//!
//! # Operations
//! - Append: all records of the batch in one write at the end of the last segment; where they
//!   would make it longer than the limit, a new segment comes first. A failed write is cut off
//!   again before anything else is written.
//! - Read: from the checkpoint on, up to the end that the last finished append published.
//! - Acknowledge: the checkpoint is replaced; segments wholly before it are removed (see
//!   `deletion`).
//! - Open: the last segment may end in the beginning of a record, a write that was never answered;
//!   it is cut off. A record there that has its whole length and a wrong checksum is damage, and
//!   stays. Everything not acknowledged is read once, to count it.
//!
//! # Odd on purpose
//! - Positions, not record numbers, name records: behind a damaged span nobody knows how many
//!   records it held, but every position is still right.
//! - The checkpoint may lie behind the end of the files, when the power went with `process` sync.
//!   A new segment then starts at the checkpoint: records written before it would count as read.
//! - A damaged checkpoint is no error. Entries come again, and whoever reads them must cope with
//!   that anyway.

mod deletion;
mod opening;
mod probe;
mod writer;

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::spawn_blocking;

use self::writer::SegmentWriter;
use super::checkpoint::Acknowledged;
use super::dead_letters::DeadLetters;
use super::records::Records;
use super::{DeadLetter, Error, LogDelivery, LogDeliveryId, SyncMode, frame, segment};
use crate::clock::Millis;

/// Length that a segment is closed at, in bytes, unless one batch alone is longer.
pub const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

/// A read stops after the record that passes this many bytes.
const READ_BYTES: usize = 8 * 1024 * 1024;

/// A log in a folder. Clones share it; the folder is free again when the last one is gone.
#[derive(Clone, Debug)]
pub struct LocalLog {
    shared: Arc<LocalState>,
}

#[derive(Debug)]
struct LocalState {
    dir: PathBuf,
    sync: SyncMode,
    /// Held while an append writes.
    writer: Mutex<SegmentWriter>,
    /// Held while a read or an acknowledgement is under way.
    reader: Mutex<ReadState>,
    /// Held for a moment only, never during input or output. Always taken last.
    state: Mutex<LogEnd>,
    /// Bytes of the last write that the disk refused; 0 when it took the last one.
    refused: AtomicU64,
    /// Where the log ended when it was probed last.
    probed_at: AtomicU64,
    /// Bytes that were cut off when it was opened.
    cut_off: u64,
    /// Told after every append.
    arrived: Notify,
    /// Locked until it is closed.
    _lock: File,
}

#[derive(Debug)]
struct ReadState {
    acknowledged: Acknowledged,
    dead_letters: DeadLetters,
}

#[derive(Debug)]
struct LogEnd {
    segments: BTreeSet<u64>,
    /// Position behind the last durable record.
    end: u64,
    depth: u64,
    dead_depth: u64,
}

impl LocalLog {
    /// Opens the log in `dir`, or makes it. Segments are closed at `segment_bytes`.
    ///
    /// # Errors
    /// [`Error::Locked`] when another process has it open, [`Error::Open`] when the folder cannot
    /// be read and written.
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

    /// Where the bytes only go to the operating system, that is done right here: handing them to
    /// another thread would take longer.
    pub(super) async fn append(&self, records: &Records) -> Result<(), Error> {
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

    pub(super) fn is_failing(&self) -> bool {
        self.shared.refused.load(Ordering::Relaxed) > 0
    }

    pub(super) fn cut_off_bytes(&self) -> u64 {
        self.shared.cut_off
    }

    pub(super) async fn read(&self, max: usize, wait: Duration) -> Result<Vec<LogDelivery>, Error> {
        let start = Instant::now();
        loop {
            // Listening starts before looking, so that nothing arrives unheard in between.
            let mut arrived = pin!(self.shared.arrived.notified());
            arrived.as_mut().enable();
            let shared = self.shared.clone();
            let found = blocking(move || shared.read(0, max).map_err(Error::Read)).await?;
            let left = wait.saturating_sub(start.elapsed());
            if !found.is_empty() || left.is_zero() {
                return Ok(found);
            }
            // What the time-out means is found out by looking once more.
            let _ = tokio::time::timeout(left, arrived).await;
        }
    }

    pub(super) async fn read_behind(
        &self,
        last: LogDeliveryId,
        max: usize,
    ) -> Result<Vec<LogDelivery>, Error> {
        let shared = self.shared.clone();
        blocking(move || shared.read(last.1, max).map_err(Error::Read)).await
    }

    pub(super) async fn ack(&self, ids: &[LogDeliveryId]) -> Result<(), Error> {
        let (shared, ids) = (self.shared.clone(), ids.to_vec());
        blocking(move || {
            let mut reader = locked(&shared.reader);
            shared.ack(&mut reader, &ids).map_err(Error::Write)
        })
        .await
    }

    pub(super) async fn dead_letter(
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

    pub(super) async fn dead_letters(&self, max: usize) -> Result<Vec<DeadLetter>, Error> {
        let shared = self.shared.clone();
        blocking(move || {
            locked(&shared.reader)
                .dead_letters
                .read(max)
                .map_err(Error::Read)
        })
        .await
    }

    pub(super) fn depth(&self) -> u64 {
        locked(&self.shared.state).depth
    }

    pub(super) fn dead_depth(&self) -> u64 {
        locked(&self.shared.state).dead_depth
    }
}

impl LocalState {
    fn append(&self, bytes: &[u8], count: u64) -> io::Result<()> {
        let mut writer = locked(&self.writer);
        let written = writer.append(bytes);
        let refused = written.as_ref().map_or(bytes.len() as u64, |()| 0);
        self.refused.store(refused, Ordering::Relaxed);
        written?;
        let mut state = locked(&self.state);
        state.segments.insert(writer.base());
        state.end = writer.end();
        state.depth += count;
        drop(state);
        self.arrived.notify_waiters();
        Ok(())
    }

    /// What is not acknowledged from that position on.
    fn read(&self, from: u64, max: usize) -> io::Result<Vec<LogDelivery>> {
        let acknowledged = locked(&self.reader).acknowledged.clone();
        let from = from.max(acknowledged.before());
        let (segments, end) = {
            let state = locked(&self.state);
            (state.segments.clone(), state.end)
        };
        let (mut deliveries, mut bytes) = (Vec::new(), 0);
        segment::walk(&self.dir, &segments, from, end, |found| {
            if !acknowledged.contains(found.start) {
                bytes += found.bytes.len();
                deliveries.push(LogDelivery {
                    id: LogDeliveryId(found.start, found.end, 0),
                    bytes: found.bytes,
                    unreadable: found.unreadable,
                });
            }
            if deliveries.len() >= max || bytes >= READ_BYTES {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        Ok(deliveries)
    }

    fn ack(&self, reader: &mut ReadState, ids: &[LogDeliveryId]) -> io::Result<()> {
        let end = locked(&self.state).end;
        let mut next = reader.acknowledged.clone();
        let mut newly = 0;
        for id in ids.iter().filter(|id| id.1 <= end) {
            newly += u64::from(next.add(id.0, id.1));
        }
        if newly == 0 {
            return Ok(());
        }
        next.store(&self.dir, self.sync)?;
        let before = next.before();
        reader.acknowledged = next;
        {
            let mut state = locked(&self.state);
            // A span damaged since it was counted may hold more records or fewer.
            state.depth = if before == state.end {
                0
            } else {
                state.depth.saturating_sub(newly)
            };
        }
        self.remove_read_segments(before);
        Ok(())
    }

    /// Removes the segments that end before `position`. One that cannot be removed is tried again
    /// next time; it only takes space.
    fn remove_read_segments(&self, position: u64) {
        let read: Vec<u64> = {
            let state = locked(&self.state);
            let bases = state.segments.iter();
            let nexts = state.segments.iter().skip(1);
            bases
                .zip(nexts)
                .filter(|(_, next)| **next <= position)
                .map(|(base, _)| *base)
                .collect()
        };
        for base in read {
            match segment::remove(&self.dir, base) {
                Ok(()) => {
                    locked(&self.state).segments.remove(&base);
                }
                Err(error) => tracing::warn!(
                    %error,
                    file = %segment::path(&self.dir, base).display(),
                    "a segment of the event log that is read cannot be removed"
                ),
            }
        }
    }
}

/// A panic while the lock was held leaves nothing half done: every change of the guarded values
/// comes after the input or output it stands for.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::Stopped),
        },
    }
}

#[cfg(test)]
mod tests;
