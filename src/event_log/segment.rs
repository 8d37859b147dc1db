//! The segment files of a local log: their names, and a walk over their records.
//!
//! # Invariants
//! - A segment is named by the position of its first byte in the log, in 20 digits, so names sort
//!   in the order of the log. It ends where the next segment starts.
//! - A gap between two segments is reported like a damaged span. It is never skipped silently.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::frame::Frames;

const SUFFIX: &str = ".log";

/// The file of the segment that starts at `base`.
pub(super) fn path(dir: &Path, base: u64) -> PathBuf {
    dir.join(format!("{base:020}{SUFFIX}"))
}

/// The starts of the segments in `dir`. Other files are ignored.
pub(super) fn list(dir: &Path) -> io::Result<BTreeSet<u64>> {
    let mut bases = BTreeSet::new();
    for file in fs::read_dir(dir)? {
        let name = file?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_suffix(SUFFIX));
        bases.extend(
            digits
                .filter(|text| text.len() == 20)
                .and_then(|text| text.parse::<u64>().ok()),
        );
    }
    Ok(bases)
}

/// Deletes the file of a segment. A missing file is not an error.
pub(super) fn remove(dir: &Path, base: u64) -> io::Result<()> {
    match fs::remove_file(path(dir, base)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// One piece of the log.
pub(super) struct SegmentPiece {
    /// Position of its first byte.
    pub(super) start: u64,
    /// Position after it.
    pub(super) end: u64,
    /// The record, or the bytes of a damaged span; empty if the bytes are missing.
    pub(super) bytes: Vec<u8>,
    /// Why the bytes are not a record.
    pub(super) unreadable: Option<String>,
}

/// Calls `visit` with everything from position `from` up to `end`, until it breaks.
pub(super) fn walk(
    dir: &Path,
    segments: &BTreeSet<u64>,
    from: u64,
    end: u64,
    mut visit: impl FnMut(SegmentPiece) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut at = from;
    while at < end {
        let limit = segments
            .range(at + 1..)
            .next()
            .map_or(end, |&next| next.min(end));
        if let Some(&base) = segments.range(..=at).next_back()
            && let Some(file) = open(&path(dir, base))?
        {
            let mut frames = Frames::new(&file, at - base, limit - base)?;
            while let Some(found) = frames.next()? {
                at = base + frames.at();
                if visit(in_log(base, found)).is_break() {
                    return Ok(());
                }
            }
        }
        if at < limit {
            let unreadable = Some(format!("{} bytes of the log are missing here", limit - at));
            let gap = SegmentPiece {
                start: at,
                end: limit,
                bytes: Vec::new(),
                unreadable,
            };
            if visit(gap).is_break() {
                return Ok(());
            }
            at = limit;
        }
    }
    Ok(())
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

fn in_log(base: u64, found: super::frame::FramePiece) -> SegmentPiece {
    let (start, end) = (base + found.start, base + found.end);
    let (bytes, unreadable) = match found.body {
        Ok(record) => (record, None),
        Err(span) => {
            let reason = format!("{} bytes of the log are damaged here", span.len());
            (span, Some(reason))
        }
    };
    SegmentPiece {
        start,
        end,
        bytes,
        unreadable,
    }
}
