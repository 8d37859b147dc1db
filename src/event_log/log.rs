//! A log on one of the backends.

use std::time::{Duration, Instant};

use super::condition::LogCondition;
use super::delivery::{DeadLetter, LogDelivery, LogDeliveryId};
use super::error::Error;
use super::local::log::{LocalLog, SEGMENT_BYTES};
use super::records::Records;
use super::redis::log::RedisLog;
use super::settings::{LogSettings, LogTarget, MAX_RECORD_BYTES};
use super::spilling::log::{SpillStatus, SpillingLog};
use crate::clock::Millis;
use crate::drivers::redis::RedisCondition;
use crate::metric;

/// A durable log. Clones share it.
#[derive(Clone, Debug)]
pub enum EventLog {
    /// On this machine's disk.
    Local(LocalLog),
    /// In Redis Streams.
    Redis(RedisLog),
    /// In Redis Streams, with the disk as a fallback.
    Spilling(SpillingLog),
}

impl EventLog {
    /// Opens the log, or creates it. Redis need not answer.
    ///
    /// # Errors
    /// When the folder is in use or not writable, when the address is not a Redis address, or when
    /// it belongs to a Redis Cluster.
    pub async fn open(settings: &LogSettings) -> Result<EventLog, Error> {
        let local = |dir| LocalLog::open(dir, settings.sync, SEGMENT_BYTES);
        Ok(match &settings.target {
            LogTarget::Local { dir } => EventLog::Local(local(dir).await?),
            LogTarget::Redis(redis) => EventLog::Redis(RedisLog::open(redis)?),
            LogTarget::Spilling {
                redis,
                dir,
                deadline,
            } => {
                let redis = RedisLog::open(redis)?;
                let local = local(dir).await?;
                EventLog::Spilling(SpillingLog::open(redis, local, dir, *deadline).await?)
            }
        })
    }

    /// The same log for another appending thread, with its own connection to Redis.
    #[must_use]
    pub fn fork(&self) -> EventLog {
        match self {
            EventLog::Local(log) => EventLog::Local(log.clone()),
            EventLog::Redis(log) => EventLog::Redis(log.fork()),
            EventLog::Spilling(log) => EventLog::Spilling(log.fork()),
        }
    }

    /// Writes the records in order, in one write. They are durable when this returns.
    ///
    /// # Errors
    /// When they are not durable. Then none of them counts as written, but the log may still
    /// deliver some.
    pub async fn append(&self, records: &Records) -> Result<(), Error> {
        if let Some(record) = records
            .iter()
            .find(|record| record.len() > MAX_RECORD_BYTES)
        {
            return Err(Error::TooLarge(record.len()));
        }
        if records.is_empty() {
            return Ok(());
        }
        let begun = Instant::now();
        let appended = match self {
            EventLog::Local(log) => log.append(records).await,
            EventLog::Redis(log) => log.append(records).await,
            EventLog::Spilling(log) => log.append(records).await,
        };
        // Once per batch of a thread, however many clicks it has.
        let taken = begun.elapsed().as_secs_f64();
        metric::adapter_metrics().log_append.observe(taken);
        appended
    }

    /// Moves one batch of the spill from disk to Redis. Returns the number of records. A log
    /// without a spill does nothing.
    ///
    /// # Errors
    /// When Redis does not answer or the disk cannot be read. The records stay on disk.
    pub async fn drain(&self, now: Millis) -> Result<usize, Error> {
        match self {
            EventLog::Local(_) | EventLog::Redis(_) => Ok(0),
            EventLog::Spilling(log) => log.drain(now).await,
        }
    }

    /// The status of the spill; `None` for a log without a spill.
    pub fn spill(&self) -> Option<SpillStatus> {
        match self {
            EventLog::Local(_) | EventLog::Redis(_) => None,
            EventLog::Spilling(log) => Some(log.spill()),
        }
    }

    /// Checks whether the log stores new entries, and names what is wrong. It writes to Redis and
    /// to the disk, and leaves no entry.
    pub async fn check(&self) -> LogCondition {
        match self {
            EventLog::Local(log) => log.check().await,
            EventLog::Redis(log) => log.check().await,
            EventLog::Spilling(log) => log.check().await,
        }
    }

    /// Checks the settings of Redis, and whether it still holds what it confirmed. A task calls
    /// this repeatedly. A local log does nothing.
    ///
    /// # Errors
    /// When Redis does not answer. The next call checks again.
    pub async fn watch(&self) -> Result<(), Error> {
        match self {
            EventLog::Local(_) | EventLog::Redis(_) => Ok(()),
            EventLog::Spilling(log) => log.watch().await,
        }
    }

    /// The known settings of the log's Redis; `None` without one.
    pub fn redis_condition(&self) -> Option<RedisCondition> {
        self.redis().and_then(RedisLog::condition)
    }

    /// How many confirmed records Redis has lost since the start, at most.
    pub fn lost(&self) -> u64 {
        self.redis().map_or(0, RedisLog::lost)
    }

    fn redis(&self) -> Option<&RedisLog> {
        match self {
            EventLog::Local(_) => None,
            EventLog::Redis(log) | EventLog::Spilling(SpillingLog { redis: log, .. }) => Some(log),
        }
    }

    /// Bytes of an incomplete record that were cut off the log on disk when it was opened.
    pub fn cut_off_bytes(&self) -> u64 {
        match self {
            EventLog::Local(log) => log.cut_off_bytes(),
            EventLog::Redis(_) => 0,
            EventLog::Spilling(log) => log.local.cut_off_bytes(),
        }
    }

    /// Whether the log's disk refused the last write, so that new entries may be lost.
    pub fn is_failing(&self) -> bool {
        match self {
            EventLog::Local(log) => log.is_failing(),
            EventLog::Redis(_) => false,
            EventLog::Spilling(log) => log.local.is_failing() && !log.spill().redis_is_well,
        }
    }

    /// The oldest entries that are not acknowledged: at most `max`, fewer if they are large.
    ///
    /// If there are none, this waits up to `wait` for the first one; [`Duration::ZERO`] returns at
    /// once. The same entries come again until they are acknowledged.
    ///
    /// # Errors
    /// When the disk or Redis cannot be read.
    pub async fn read(&self, max: usize, wait: Duration) -> Result<Vec<LogDelivery>, Error> {
        if max == 0 {
            return Ok(Vec::new());
        }
        match self {
            EventLog::Local(log) => log.read(max, wait).await,
            EventLog::Redis(log) | EventLog::Spilling(SpillingLog { redis: log, .. }) => {
                log.read(max, wait).await
            }
        }
    }

    /// The entries after `last` that are not acknowledged, at most `max`, without waiting. That is
    /// the result of [`EventLog::read`] after everything up to `last` is acknowledged. A caller
    /// uses it to prepare the next batch while it works on one.
    ///
    /// # Errors
    /// When the disk or Redis cannot be read.
    pub async fn read_behind(
        &self,
        last: LogDeliveryId,
        max: usize,
    ) -> Result<Vec<LogDelivery>, Error> {
        match self {
            EventLog::Local(log) => log.read_behind(last, max).await,
            EventLog::Redis(log) | EventLog::Spilling(SpillingLog { redis: log, .. }) => {
                log.read_behind(last, max).await
            }
        }
    }

    /// Acknowledges deliveries, in any order. They are not delivered again, with one exception:
    /// after a restart of a reader, Redis repeats entries that were appended together with an
    /// unacknowledged one.
    ///
    /// # Errors
    /// When that cannot be stored. Then the entries are delivered again.
    pub async fn ack(&self, ids: &[LogDeliveryId]) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        match self {
            EventLog::Local(log) => log.ack(ids).await,
            EventLog::Redis(log) | EventLog::Spilling(SpillingLog { redis: log, .. }) => {
                log.ack(ids).await
            }
        }
    }

    /// Deletes acknowledged entries from the file that is still written to. Redis deletes an entry
    /// when it is acknowledged.
    ///
    /// # Errors
    /// When the disk refuses. Then nothing is lost.
    pub async fn delete_read(&self) -> Result<(), Error> {
        match self {
            EventLog::Local(log) => log.delete_read().await,
            EventLog::Redis(_) => Ok(()),
            EventLog::Spilling(log) => log.local.delete_read().await,
        }
    }

    /// Dead-letters a delivery that cannot be processed, with the reason and the time, and then
    /// acknowledges it. A crash in between stores it twice.
    ///
    /// # Errors
    /// When it cannot be stored. Then it is delivered again.
    pub async fn dead_letter(
        &self,
        delivery: &LogDelivery,
        reason: &str,
        at: Millis,
    ) -> Result<(), Error> {
        match self {
            EventLog::Local(log) => log.dead_letter(delivery, reason, at).await,
            EventLog::Redis(log) | EventLog::Spilling(SpillingLog { redis: log, .. }) => {
                log.dead_letter(delivery, reason, at).await
            }
        }
    }

    /// The oldest dead letters, at most `max`; those of Redis precede those of the spill.
    ///
    /// # Errors
    /// When the disk or Redis cannot be read.
    pub async fn dead_letters(&self, max: usize) -> Result<Vec<DeadLetter>, Error> {
        match self {
            EventLog::Local(log) => log.dead_letters(max).await,
            EventLog::Redis(log) => log.dead_letters(max).await,
            EventLog::Spilling(log) => {
                let mut letters = log.redis.dead_letters(max).await?;
                letters.extend(log.local.dead_letters(max - letters.len()).await?);
                Ok(letters)
            }
        }
    }

    /// How many entries are not yet acknowledged.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn depth(&self) -> Result<u64, Error> {
        match self {
            EventLog::Local(log) => Ok(log.depth()),
            EventLog::Redis(log) | EventLog::Spilling(SpillingLog { redis: log, .. }) => {
                log.depth().await
            }
        }
    }

    /// How many dead letters are stored.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn dead_depth(&self) -> Result<u64, Error> {
        match self {
            EventLog::Local(log) => Ok(log.dead_depth()),
            EventLog::Redis(log) => log.dead_depth().await,
            EventLog::Spilling(log) => Ok(log.redis.dead_depth().await? + log.local.dead_depth()),
        }
    }
}
