//! The state of a log on disk, and its changes.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

use super::writer::SegmentWriter;
use crate::event_log::checkpoint::Acknowledged;
use crate::event_log::dead_letters::DeadLetters;
use crate::event_log::delivery::{LogDelivery, LogDeliveryId};
use crate::event_log::lock::locked;
use crate::event_log::segment;
use crate::event_log::settings::SyncMode;

/// A read stops after the record that passes this many bytes.
const READ_BYTES: usize = 8 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct LocalState {
    pub(super) dir: PathBuf,
    pub(super) sync: SyncMode,
    /// Held while an append writes.
    pub(super) writer: Mutex<SegmentWriter>,
    /// Held during a read or an acknowledgement.
    pub(super) reader: Mutex<ReadState>,
    /// Held briefly, never during input or output. Always locked last.
    pub(super) state: Mutex<LogEnd>,
    /// Bytes of the last write if the disk refused it, or else 0.
    pub(super) refused: AtomicU64,
    /// The end of the log at the last probe.
    pub(super) probed_at: AtomicU64,
    /// Bytes that were cut off when it was opened.
    pub(super) cut_off: u64,
    /// Notified after every append.
    pub(super) arrived: Notify,
    /// Holds the lock until it is closed.
    pub(super) _lock: File,
}

#[derive(Debug)]
pub(super) struct ReadState {
    pub(super) acknowledged: Acknowledged,
    pub(super) dead_letters: DeadLetters,
}

#[derive(Debug)]
pub(super) struct LogEnd {
    pub(super) segments: BTreeSet<u64>,
    /// Position behind the last durable record.
    pub(super) end: u64,
    pub(super) depth: u64,
    pub(super) dead_depth: u64,
}

impl LocalState {
    pub(super) fn append(&self, bytes: &[u8], count: u64) -> io::Result<()> {
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

    /// The entries from that position on that are not acknowledged.
    pub(super) fn read(&self, from: u64, max: usize) -> io::Result<Vec<LogDelivery>> {
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

    pub(super) fn ack(&self, reader: &mut ReadState, ids: &[LogDeliveryId]) -> io::Result<()> {
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
            // A span that was damaged after the count may contain more or fewer records.
            state.depth = if before == state.end {
                0
            } else {
                state.depth.saturating_sub(newly)
            };
        }
        self.remove_read_segments(before);
        Ok(())
    }

    /// Deletes the segments that end before `position`. If that fails, the next call tries again;
    /// the segment only takes space.
    pub(super) fn remove_read_segments(&self, position: u64) {
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
                    "a processed segment of the event log cannot be deleted; the next attempt follows"
                ),
            }
        }
    }
}
