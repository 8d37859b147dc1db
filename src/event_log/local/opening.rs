//! Opens the log: locks the folder, and counts what waits in it.
//!
//! # Invariants
//! - Nothing in the folder is touched before it is locked.
//! - The bytes of an unanswered append are cut off. Everything else that is not acknowledged is
//!   counted.

use std::fs::{self, File, TryLockError};
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use tokio::sync::Notify;

use super::state::{LocalState, LogEnd, ReadState};
use super::writer::SegmentWriter;
use crate::event_log::append_file::sync_dir;
use crate::event_log::checkpoint::Acknowledged;
use crate::event_log::dead_letters::DeadLetters;
use crate::event_log::error::Error;
use crate::event_log::lock::locked;
use crate::event_log::segment;
use crate::event_log::settings::SyncMode;

/// Locks the folder, which is created if missing, until the file is closed.
pub(super) fn lock(dir: &Path) -> Result<File, Error> {
    let open = || {
        fs::create_dir_all(dir)?;
        File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(dir.join("lock"))
    };
    let failed = |error| Error::Open {
        dir: dir.to_path_buf(),
        error,
    };
    let file = open().map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked(dir.to_path_buf())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

impl LocalState {
    pub(super) fn open(
        dir: &Path,
        sync: SyncMode,
        segment_bytes: u64,
        lock: File,
    ) -> io::Result<LocalState> {
        let mut segments = segment::list(dir)?;
        let mut acknowledged = Acknowledged::load(dir)?.unwrap_or_default();
        acknowledged.advance(segments.first().copied().unwrap_or(0));
        let behind = acknowledged.reach();
        let (writer, cut_off) = SegmentWriter::open(dir, sync, segment_bytes, &segments, behind)?;
        segments.insert(writer.base());
        let end = writer.end();
        let mut depth = 0;
        segment::walk(dir, &segments, acknowledged.before(), end, |found| {
            depth += u64::from(!acknowledged.contains(found.start));
            ControlFlow::Continue(())
        })?;
        let (dead_letters, dead_depth) = DeadLetters::open(dir, sync)?;
        sync_dir(dir, sync)?;
        let shared = LocalState {
            dir: dir.to_path_buf(),
            sync,
            writer: Mutex::new(writer),
            reader: Mutex::new(ReadState {
                acknowledged,
                dead_letters,
            }),
            state: Mutex::new(LogEnd {
                segments,
                end,
                depth,
                dead_depth,
            }),
            refused: AtomicU64::new(0),
            probed_at: AtomicU64::new(end),
            cut_off,
            arrived: Notify::new(),
            _lock: lock,
        };
        shared.remove_read_segments(locked(&shared.reader).acknowledged.before());
        Ok(shared)
    }
}
