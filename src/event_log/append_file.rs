//! A file that only grows, by complete writes. The remains of a failed write are cut off.
//!
//! # Invariants
//! The first `len` bytes are valid. A write never begins while other bytes follow them.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use super::settings::SyncMode;

/// A file open for appending.
#[derive(Debug)]
pub(super) struct AppendFile {
    file: File,
    len: u64,
    sync: SyncMode,
    /// Whether other bytes may follow the valid ones. It is set before a write and cleared after
    /// it, so even a panic cannot leave remains before later records.
    torn: bool,
}

impl AppendFile {
    /// Opens or creates the file, and cuts off everything after its first `len` bytes.
    pub(super) fn open(path: &Path, len: u64, sync: SyncMode) -> io::Result<AppendFile> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let mut opened = AppendFile {
            file,
            len,
            sync,
            torn: true,
        };
        opened.cut_torn_tail()?;
        Ok(opened)
    }

    /// The number of valid bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Writes all the bytes, and syncs them to the disk if the settings say so.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.cut_torn_tail()?;
        self.torn = true;
        let written = self.file.write_all(bytes).and_then(|()| self.flush());
        match written {
            Ok(()) => {
                self.torn = false;
                self.len += bytes.len() as u64;
                Ok(())
            }
            Err(error) => {
                // If this also fails, the next write first tries again.
                let _ = self.cut_torn_tail();
                Err(error)
            }
        }
    }

    /// Writes that many zeros after the valid bytes, and cuts them off.
    pub(super) fn probe(&mut self, bytes: u64) -> io::Result<()> {
        self.cut_torn_tail()?;
        self.torn = true;
        let zeros = io::copy(&mut io::repeat(0).take(bytes), &mut self.file);
        let written = zeros.and_then(|_| self.flush());
        written.and(self.cut_torn_tail())
    }

    /// Cuts off the remains of a failed write.
    pub(super) fn cut_torn_tail(&mut self) -> io::Result<()> {
        if self.torn {
            self.file.set_len(self.len)?;
            self.flush()?;
            self.torn = false;
        }
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        match self.sync {
            SyncMode::Process => Ok(()),
            SyncMode::Disk => self.file.sync_data(),
        }
    }
}

/// Syncs the names of a folder's files to the disk, if the settings say so.
pub(super) fn sync_dir(dir: &Path, sync: SyncMode) -> io::Result<()> {
    match sync {
        SyncMode::Process => Ok(()),
        SyncMode::Disk => File::open(dir)?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_failed_write_left_is_cut_before_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let mut file = AppendFile::open(&path, 0, SyncMode::Process).unwrap();
        file.append(b"good").unwrap();
        file.file.write_all(b"half of a rec").unwrap();
        file.torn = true;
        file.append(b" next").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"good next");
        assert_eq!(file.len(), 9);
    }

    #[test]
    fn a_refused_write_leaves_the_length_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, b"good").unwrap();
        let refusing = File::open(&path).unwrap();
        let mut file = AppendFile {
            file: refusing,
            len: 4,
            sync: SyncMode::Disk,
            torn: false,
        };
        assert!(file.append(b"more").is_err());
        assert_eq!(file.len(), 4);
        file.file = OpenOptions::new().append(true).open(&path).unwrap();
        file.append(b" more").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"good more");
    }
}
