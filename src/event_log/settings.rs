//! Where a log is kept, and when an append counts as durable.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::redis::settings::RedisLogSettings;

/// Largest record that can be appended, in bytes.
pub const MAX_RECORD_BYTES: usize = 8 * 1024 * 1024;

/// Where a log is kept and when an append counts as durable.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// Where.
    pub target: LogTarget,
    /// When, for the local log; on Redis its own `appendfsync` decides.
    pub sync: SyncMode,
}

/// Where a log is kept.
#[derive(Clone, Debug)]
pub enum LogTarget {
    /// On this machine's disk.
    Local {
        /// Folder of the log alone; made when missing.
        dir: PathBuf,
    },
    /// In Redis Streams.
    Redis(RedisLogSettings),
    /// In Redis Streams, or on this machine's disk for as long as Redis does not confirm in time.
    Spilling {
        /// Redis.
        redis: RedisLogSettings,
        /// Folder of the log on disk alone; made when missing.
        dir: PathBuf,
        /// How long Redis has to confirm an append.
        deadline: Duration,
    },
}

/// What an append to the local log has survived when it is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SyncMode {
    /// The end of this process: the bytes are with the operating system.
    #[default]
    Process,
    /// The end of the power supply: the bytes are on the disk.
    Disk,
}
