//! Deletes acknowledged entries. On a quiet service the current segment would keep them for months.
//!
//! # Invariants
//! A segment is deleted only if it is acknowledged to its end. A new, empty one replaces it, and
//! nothing is appended meanwhile.

use std::io;

use super::log::LocalLog;
use super::state::LocalState;
use crate::event_log::blocking::blocking;
use crate::event_log::error::Error;
use crate::event_log::lock::locked;

impl LocalLog {
    /// Deletes everything from the disk, if everything is acknowledged.
    pub(in crate::event_log) async fn delete_read(&self) -> Result<(), Error> {
        let shared = self.shared.clone();
        blocking(move || shared.delete_read().map_err(Error::Write)).await
    }
}

impl LocalState {
    fn delete_read(&self) -> io::Result<()> {
        let reader = locked(&self.reader);
        let read = reader.acknowledged.before();
        let mut writer = locked(&self.writer);
        if writer.end() != read || writer.base() == read {
            return Ok(());
        }
        writer.begin_segment()?;
        locked(&self.state).segments.insert(writer.base());
        drop(writer);
        self.remove_read_segments(read);
        Ok(())
    }
}
