//! Lets go of what is read: on a quiet day the segment that is written to would keep it for months.
//!
//! Holds: only a segment that is read to its end goes, behind a new and empty one, and nothing is
//! appended meanwhile.

use std::io;

use super::log::LocalLog;
use super::state::LocalState;
use crate::event_log::blocking::blocking;
use crate::event_log::error::Error;
use crate::event_log::lock::locked;

impl LocalLog {
    /// Removes everything from the disk, where everything is acknowledged.
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
