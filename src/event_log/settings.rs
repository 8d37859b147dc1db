//! Where a log is stored, and when an append counts as durable.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::redis::settings::RedisLogSettings;

/// Largest record that can be appended, in bytes.
pub const MAX_RECORD_BYTES: usize = 8 * 1024 * 1024;

/// Where a log is stored, and when an append counts as durable.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// Where the log is stored.
    pub target: LogTarget,
    /// When an append to the local log counts as durable. In Redis, its setting `appendfsync`
    /// decides.
    pub sync: SyncMode,
}

/// The place of a log.
#[derive(Clone, Debug)]
pub enum LogTarget {
    /// On this machine's disk.
    Local {
        /// A folder only for the log. It is created if missing.
        dir: PathBuf,
    },
    /// In Redis Streams.
    Redis(RedisLogSettings),
    /// In Redis Streams, or on this machine's disk while Redis does not confirm in time.
    Spilling {
        /// Redis.
        redis: RedisLogSettings,
        /// A folder only for the log on disk. It is created if missing.
        dir: PathBuf,
        /// How long Redis may take to confirm an append.
        deadline: Duration,
    },
}

/// The failure that confirmed entries of the local log survive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SyncMode {
    /// A crash of this process: the operating system has the bytes.
    #[default]
    Process,
    /// A power cut: the disk has the bytes.
    Disk,
}
