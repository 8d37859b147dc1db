//! The durable log: whatever arrives from outside stands here before it is answered.
//!
//! Holds: what [`EventLog::append`] accepted is delivered, oldest first, again and again, until
//! it is acknowledged or kept as a dead letter; nothing else ever removes it. So an entry may
//! come twice, and whoever reads must not mind. Every backend passes the same contract tests.
//! Must not know: what the bytes mean (that is [`entry`]), who reads them, the store.
//!
//! One consumer reads a log. Several would share it by consumer name on Redis and by claimed
//! ranges in the local log; [`DeliveryId`] and [`EventLog::ack`] already fit that.

pub mod entry;
pub mod local;
pub mod redis;

mod append_file;
mod checkpoint;
mod dead_letters;
mod frame;
mod segment;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::clock::Millis;

/// Largest record that can be appended, in bytes.
pub const MAX_RECORD_BYTES: usize = 8 * 1024 * 1024;

/// Where a log is kept and when an append counts as durable.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where.
    pub target: Target,
    /// When, for the local log; on Redis its own `appendfsync` decides.
    pub sync: Sync,
}

/// Where a log is kept.
#[derive(Clone, Debug)]
pub enum Target {
    /// On this machine's disk.
    Local {
        /// Folder of the log alone; made when missing.
        dir: PathBuf,
    },
    /// In Redis Streams.
    Redis {
        /// `redis://…`; may hold a password, so it is never printed.
        url: SecretString,
        /// What the names of the log's keys start with.
        prefix: String,
    },
}

/// What an append to the local log has survived when it is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sync {
    /// The end of this process: the bytes are with the operating system.
    #[default]
    Process,
    /// The end of the power supply: the bytes are on the disk.
    Disk,
}

/// Names one delivery of one log; a later entry has a greater id.
///
/// The two numbers belong to the backend: start and end in the local log, milliseconds and
/// counter on Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(u64, u64);

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.1)
    }
}

/// One entry handed to the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What to acknowledge it by.
    pub id: DeliveryId,
    /// The record as it was appended; where `unreadable` is set, whatever is left of it.
    pub bytes: Vec<u8>,
    /// Why the bytes are not what was appended. Such a delivery belongs in the dead letters, with
    /// this as the reason.
    pub unreadable: Option<String>,
}

/// An entry that could not be processed, kept for a person to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// When it was given up.
    pub at: Millis,
    /// Why.
    pub reason: String,
    /// The bytes of its delivery.
    pub bytes: Vec<u8>,
}

/// Why a log cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process holds the folder.
    #[error(
        "another process uses the event log in {}; stop it, or give this one its own `data.dir`",
        .0.display()
    )]
    Locked(PathBuf),
    /// The folder or a file in it cannot be opened.
    #[error(
        "cannot open the event log in {}: {error}; check that the folder can be read and written",
        .dir.display()
    )]
    Open {
        /// Folder of the log.
        dir: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },
    /// Nothing of the batch counts as written.
    #[error("cannot write to the event log: {0}; free space on its disk, then try again")]
    Write(io::Error),
    /// Nothing was read.
    #[error("cannot read the event log: {0}; check its disk, then try again")]
    Read(io::Error),
    /// A record above [`MAX_RECORD_BYTES`]; nothing of the batch was written.
    #[error(
        "a record of {0} bytes is too large for the event log; send {MAX_RECORD_BYTES} at most"
    )]
    TooLarge(usize),
    /// The address is not one of Redis. It may hold a password, so it is not shown.
    #[error("`log.url` is not an address of Redis; write it like redis://127.0.0.1:6379/0")]
    Url,
    /// Redis did not answer, or refused.
    #[error("Redis cannot {doing} the event log: {message}; check that the one at `log.url` runs")]
    Redis {
        /// What was tried: a verb.
        doing: &'static str,
        /// What Redis or the connection said, without the address.
        message: String,
    },
    /// The program is ending and does no more work on files.
    #[error("the program is shutting down; try again when it runs")]
    Stopped,
}

/// A durable log on one of the backends. Clones share it.
#[derive(Clone, Debug)]
pub enum EventLog {
    /// On this machine's disk.
    Local(local::LocalLog),
    /// In Redis Streams.
    Redis(redis::RedisLog),
}

impl EventLog {
    /// Opens the log, making it where it does not exist yet.
    ///
    /// # Errors
    /// When the folder is in use or not writable, or Redis does not answer.
    pub async fn open(settings: &Settings) -> Result<EventLog, Error> {
        match &settings.target {
            Target::Local { dir } => {
                local::LocalLog::open(dir, settings.sync, local::SEGMENT_BYTES)
                    .await
                    .map(EventLog::Local)
            }
            Target::Redis { url, prefix } => redis::RedisLog::open(url, prefix)
                .await
                .map(EventLog::Redis),
        }
    }

    /// Writes the records, in order and in one write; they are durable when this returns.
    ///
    /// # Errors
    /// When they are not: after an error none of them counts as written, though some may come
    /// out of the log all the same.
    pub async fn append(&self, records: &[Vec<u8>]) -> Result<(), Error> {
        if let Some(record) = records
            .iter()
            .find(|record| record.len() > MAX_RECORD_BYTES)
        {
            return Err(Error::TooLarge(record.len()));
        }
        if records.is_empty() {
            return Ok(());
        }
        match self {
            EventLog::Local(log) => log.append(records).await,
            EventLog::Redis(log) => log.append(records).await,
        }
    }

    /// The oldest entries not yet acknowledged, `max` at most, fewer when they are large.
    ///
    /// Where there are none it waits up to `wait` for the first one; [`Duration::ZERO`] returns
    /// at once. The same entries come again until they are acknowledged.
    ///
    /// # Errors
    /// When the disk or Redis cannot be read.
    pub async fn read(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, Error> {
        if max == 0 {
            return Ok(Vec::new());
        }
        match self {
            EventLog::Local(log) => log.read(max, wait).await,
            EventLog::Redis(log) => log.read(max, wait).await,
        }
    }

    /// Marks deliveries as done, in any order; they are not delivered again, even after a
    /// restart. Ids acknowledged before are passed over.
    ///
    /// # Errors
    /// When that cannot be kept; the entries then come again.
    pub async fn ack(&self, ids: &[DeliveryId]) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        match self {
            EventLog::Local(log) => log.ack(ids).await,
            EventLog::Redis(log) => log.ack(ids).await,
        }
    }

    /// Keeps a delivery that cannot be processed, with the reason and the time, and only then
    /// acknowledges it. A crash between the two keeps it twice.
    ///
    /// # Errors
    /// When it cannot be kept; it then comes again.
    pub async fn dead_letter(
        &self,
        delivery: &Delivery,
        reason: &str,
        at: Millis,
    ) -> Result<(), Error> {
        match self {
            EventLog::Local(log) => log.dead_letter(delivery, reason, at).await,
            EventLog::Redis(log) => log.dead_letter(delivery, reason, at).await,
        }
    }

    /// The oldest dead letters, `max` at most.
    ///
    /// # Errors
    /// When the disk or Redis cannot be read.
    pub async fn dead_letters(&self, max: usize) -> Result<Vec<DeadLetter>, Error> {
        match self {
            EventLog::Local(log) => log.dead_letters(max).await,
            EventLog::Redis(log) => log.dead_letters(max).await,
        }
    }

    /// How many entries are not yet acknowledged.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn depth(&self) -> Result<u64, Error> {
        match self {
            EventLog::Local(log) => Ok(log.depth()),
            EventLog::Redis(log) => log.depth().await,
        }
    }

    /// How many dead letters are kept.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn dead_depth(&self) -> Result<u64, Error> {
        match self {
            EventLog::Local(log) => Ok(log.dead_depth()),
            EventLog::Redis(log) => log.dead_depth().await,
        }
    }
}
