//! A small file with the known state of this program's streams in Redis. With it, the next start
//! notices if Redis was emptied in the meantime.
//!
//! ```text
//! redis-position   JSON, for each stream:
//!                  {"{leadline:0}:entries": {"mark": "mark:…", "unread": 0, "last": [0, 0]}}
//! ```
//!
//! # Invariants
//! - The file is replaced as a whole. An unreadable file counts as missing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, io};

use crate::event_log::redis::undelivered::UndeliveredCheckpoint;

const NAME: &str = "redis-position";
const NEXT_NAME: &str = "redis-position.new";

/// Shortest time between two writes of the file.
const EVERY: Duration = Duration::from_secs(5);

type Positions = BTreeMap<String, UndeliveredCheckpoint>;

/// The file.
#[derive(Debug)]
pub(super) struct PositionFile {
    dir: PathBuf,
    written: Mutex<(Option<Instant>, Positions)>,
}

impl PositionFile {
    /// The file in `dir`, and what it holds.
    pub(super) fn open(dir: &Path) -> (PositionFile, Positions) {
        let text = fs::read(dir.join(NAME)).unwrap_or_default();
        let positions: Positions = serde_json::from_slice(&text).unwrap_or_default();
        let file = PositionFile {
            dir: dir.to_owned(),
            written: Mutex::new((None, positions.clone())),
        };
        (file, positions)
    }

    /// Whether these must be written now.
    pub(super) fn is_due(&self, positions: &Positions) -> bool {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, last) = &*written;
        at.is_none_or(|at| at.elapsed() >= EVERY) && last != positions
    }

    /// Writes them.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn write(&self, positions: Positions) -> io::Result<()> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let next = self.dir.join(NEXT_NAME);
        written.0 = Some(Instant::now());
        fs::write(&next, serde_json::to_vec(&positions)?)?;
        fs::rename(next, self.dir.join(NAME))?;
        written.1 = positions;
        Ok(())
    }
}
