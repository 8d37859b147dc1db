//! Writes a local log: appends to the last segment, and begins the next one.
//!
//! # Invariants
//! - A record follows everything that was written or acknowledged before it.
//! - A segment never grows past the start of the next one.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::event_log::append_file::{AppendFile, sync_dir};
use crate::event_log::settings::SyncMode;
use crate::event_log::{frame, segment};

/// The segment that is written to.
#[derive(Debug)]
pub(super) struct SegmentWriter {
    dir: PathBuf,
    sync: SyncMode,
    segment_bytes: u64,
    /// Position at which the segment starts.
    base: u64,
    file: AppendFile,
    /// Whether a new segment is needed. This stays `true` if the creation of a segment fails. Its
    /// file may already exist, and this segment must not grow past the start of that file.
    full: bool,
}

impl SegmentWriter {
    /// Continues the last of `segments`, without incomplete records. Also returns how many bytes
    /// were cut off.
    ///
    /// New records must not precede `behind`. So if there is no segment, or if the last one ends
    /// before `behind`, a new one begins.
    pub(super) fn open(
        dir: &Path,
        sync: SyncMode,
        segment_bytes: u64,
        segments: &BTreeSet<u64>,
        behind: u64,
    ) -> io::Result<(SegmentWriter, u64)> {
        let mut cut_off = 0;
        let writer = |base, file| SegmentWriter {
            dir: dir.to_path_buf(),
            sync,
            segment_bytes,
            base,
            file,
            full: false,
        };
        if let Some(&base) = segments.last() {
            let file;
            (file, cut_off) = without_torn_tail(&segment::path(dir, base), sync)?;
            if base + file.len() >= behind {
                return Ok((writer(base, file), cut_off));
            }
        }
        let file = AppendFile::open(&segment::path(dir, behind), 0, sync)?;
        Ok((writer(behind, file), cut_off))
    }

    /// Position at which the segment starts.
    pub(super) fn base(&self) -> u64 {
        self.base
    }

    /// Position behind the last durable byte.
    pub(super) fn end(&self) -> u64 {
        self.base + self.file.len()
    }

    /// Writes all the bytes into one segment. If they do not fit, a new segment begins.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = self.file.len();
        self.full |= length > 0 && length + bytes.len() as u64 > self.segment_bytes;
        if self.full {
            self.begin_segment()?;
        }
        self.file.append(bytes)
    }

    /// Writes `bytes` zeros at the place of the next record, and cuts them off again.
    pub(super) fn probe(&mut self, bytes: u64) -> io::Result<()> {
        self.file.probe(bytes)
    }

    /// Ends this segment, and begins a new one.
    pub(super) fn begin_segment(&mut self) -> io::Result<()> {
        self.file.cut_torn_tail()?;
        let base = self.end();
        let file = AppendFile::open(&segment::path(&self.dir, base), 0, self.sync)?;
        sync_dir(&self.dir, self.sync)?;
        (self.base, self.file, self.full) = (base, file, false);
        Ok(())
    }
}

/// Opens the file, and cuts off an incomplete record at its end. Also returns how many bytes were
/// cut off.
fn without_torn_tail(path: &Path, sync: SyncMode) -> io::Result<(AppendFile, u64)> {
    let file = File::open(path)?;
    let end = frame::end_of_written(&file)?;
    let torn = file.metadata()?.len() - end;
    if torn > 0 {
        tracing::warn!(
            file = %path.display(),
            bytes = torn,
            "the event log ends with an incomplete record: a write that was never answered, or a \
             truncated file; the incomplete record is cut off"
        );
    }
    Ok((AppendFile::open(path, end, sync)?, torn))
}
