//! The acknowledged part of a local log, and the small file that stores it.
//!
//! ```text
//! acknowledged      one frame; payload = before u64 | { start u64 | end u64 }*   little endian
//! acknowledged.new  the next checkpoint, until it is complete and renamed
//! ```
//!
//! # Invariants
//! - Everything before `before` is acknowledged. After `before`, only the listed spans are.
//! - A checkpoint is replaced completely or not at all.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::append_file::sync_dir;
use super::frame;
use super::settings::SyncMode;

const NAME: &str = "acknowledged";
const NEXT_NAME: &str = "acknowledged.new";

/// The acknowledged part of a log, in positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Acknowledged {
    before: u64,
    /// Start and end of acknowledged entries that follow an entry without acknowledgement.
    beyond: BTreeMap<u64, u64>,
}

impl Acknowledged {
    /// Everything before this position is acknowledged.
    pub(super) fn before(&self) -> u64 {
        self.before
    }

    /// The position after the last acknowledged entry. A new entry before it would count as
    /// acknowledged.
    pub(super) fn reach(&self) -> u64 {
        self.beyond
            .last_key_value()
            .map_or(self.before, |(_, &end)| end.max(self.before))
    }

    /// Whether the entry that starts at this position is acknowledged.
    pub(super) fn contains(&self, start: u64) -> bool {
        start < self.before || self.beyond.contains_key(&start)
    }

    /// Marks an entry as acknowledged. Returns whether it was not before.
    pub(super) fn add(&mut self, start: u64, end: u64) -> bool {
        if self.contains(start) || end <= start {
            return false;
        }
        self.beyond.insert(start, end);
        while let Some(end) = self.beyond.remove(&self.before) {
            self.before = end;
        }
        self.beyond = self.beyond.split_off(&self.before);
        true
    }

    /// Marks everything before `position` as acknowledged, because it no longer exists.
    pub(super) fn advance(&mut self, position: u64) {
        if position > self.before {
            self.before = position;
            self.beyond = self.beyond.split_off(&position);
        }
    }

    /// Replaces the checkpoint in `dir`.
    pub(super) fn store(&self, dir: &Path, sync: SyncMode) -> io::Result<()> {
        let mut payload = self.before.to_le_bytes().to_vec();
        for (start, end) in &self.beyond {
            payload.extend_from_slice(&start.to_le_bytes());
            payload.extend_from_slice(&end.to_le_bytes());
        }
        let mut bytes = Vec::with_capacity(frame::HEADER_BYTES + payload.len());
        frame::encode(&payload, &mut bytes)?;
        let next = dir.join(NEXT_NAME);
        let mut file = File::create(&next)?;
        file.write_all(&bytes)?;
        if sync == SyncMode::Disk {
            file.sync_data()?;
        }
        drop(file);
        fs::rename(next, dir.join(NAME))?;
        sync_dir(dir, sync)
    }

    /// The checkpoint in `dir`; `None` if there is none, or if it is damaged.
    pub(super) fn load(dir: &Path) -> io::Result<Option<Acknowledged>> {
        let bytes = match fs::read(dir.join(NAME)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let loaded = frame::decode(&bytes).and_then(Self::parse);
        if loaded.is_none() {
            tracing::warn!(
                folder = %dir.display(),
                "the checkpoint of the event log is damaged; every entry kept is delivered again"
            );
        }
        Ok(loaded)
    }

    fn parse(payload: &[u8]) -> Option<Acknowledged> {
        let (numbers, rest) = payload.as_chunks::<8>();
        let mut numbers = numbers.iter().map(|bytes| u64::from_le_bytes(*bytes));
        let mut loaded = Acknowledged {
            before: numbers.next()?,
            beyond: BTreeMap::new(),
        };
        while let Some(start) = numbers.next() {
            loaded.beyond.insert(start, numbers.next()?);
        }
        rest.is_empty().then_some(loaded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_grows_only_without_holes() {
        let mut acked = Acknowledged::default();
        assert!(acked.add(10, 20));
        assert_eq!((acked.before(), acked.reach()), (0, 20));
        assert!(acked.contains(10) && !acked.contains(0));
        assert!(acked.add(0, 10));
        assert_eq!((acked.before(), acked.reach()), (20, 20));
        assert!(!acked.add(10, 20) && !acked.add(0, 10));
    }

    #[test]
    fn it_is_kept_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Acknowledged::load(dir.path()).unwrap(), None);
        let mut acked = Acknowledged::default();
        acked.add(0, 7);
        acked.add(9, 11);
        acked.store(dir.path(), SyncMode::Disk).unwrap();
        assert_eq!(Acknowledged::load(dir.path()).unwrap(), Some(acked));
        let path = dir.path().join(NAME);
        let mut bytes = fs::read(&path).unwrap();
        bytes[15] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(Acknowledged::load(dir.path()).unwrap(), None);
    }
}
