//! A log in Redis with a spill on disk: append, drain, check.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join;
use tokio::time::timeout;

use super::outage::Outage;
use super::position::PositionFile;
use crate::clock::Millis;
use crate::drivers::redis::RedisRefusal;
use crate::event_log::blocking::blocking;
use crate::event_log::condition::{LogCondition, LogProblem, LogProblemKind};
use crate::event_log::delivery::{LogDelivery, LogDeliveryId};
use crate::event_log::error::Error;
use crate::event_log::local::log::LocalLog;
use crate::event_log::records::Records;
use crate::event_log::redis::log::RedisLog;

/// How long a start waits for Redis.
const START_DEADLINE: Duration = Duration::from_secs(2);

/// Records that one append moves to Redis.
const DRAIN: usize = 1000;

/// How long a check waits for Redis: longer than an append, to distinguish a slow Redis from one
/// that is down.
const CHECK_DEADLINE: Duration = Duration::from_secs(1);

/// Redis and the spill of one program. Clones share both.
#[derive(Clone, Debug)]
pub struct SpillingLog {
    pub(in crate::event_log) redis: RedisLog,
    pub(in crate::event_log) local: LocalLog,
    deadline: Duration,
    shared: Arc<SpillState>,
}

#[derive(Debug)]
struct SpillState {
    outage: Outage,
    spilled: AtomicU64,
    position: PositionFile,
}

/// The status of the spill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpillStatus {
    /// Whether appends go to Redis.
    pub redis_is_well: bool,
    /// Records on disk that Redis does not have yet.
    pub depth: u64,
    /// Records spilled since the start.
    pub spilled: u64,
}

impl SpillingLog {
    /// The log with its spill in `dir`. If Redis does not answer, only a warning is logged.
    ///
    /// # Errors
    /// [`Error::Cluster`].
    pub(in crate::event_log) async fn open(
        redis: RedisLog,
        local: LocalLog,
        dir: &Path,
        deadline: Duration,
    ) -> Result<SpillingLog, Error> {
        let (position, kept) = PositionFile::open(dir);
        redis.restore(kept);
        let log = SpillingLog {
            redis,
            local,
            deadline,
            shared: Arc::new(SpillState {
                outage: Outage::none(),
                spilled: AtomicU64::new(0),
                position,
            }),
        };
        match timeout(START_DEADLINE, log.redis.greet()).await {
            Ok(Ok(())) => {}
            Ok(Err(Error::Cluster)) => return Err(Error::Cluster),
            Ok(Err(error)) => log.shared.outage.begins(&error),
            Err(_) => log.shared.outage.begins(&late()),
        }
        Ok(log)
    }

    pub(in crate::event_log) fn fork(&self) -> SpillingLog {
        SpillingLog {
            redis: self.redis.fork(),
            ..self.clone()
        }
    }

    pub(in crate::event_log) async fn append(&self, records: &Records) -> Result<(), Error> {
        if self.shared.outage.is_well() {
            match timeout(self.deadline, self.redis.append(records)).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => self.shared.outage.begins(&error),
                Err(_) => self.shared.outage.begins(&late()),
            }
        }
        self.local.append(records).await?;
        let count = records.len() as u64;
        self.shared.spilled.fetch_add(count, Ordering::Relaxed);
        Ok(())
    }

    /// Probes an unhealthy Redis, and moves one batch of the spill to it. Returns the number of
    /// records.
    ///
    /// # Errors
    /// When Redis does not accept them or the disk cannot be read. The records stay on disk.
    pub(in crate::event_log) async fn drain(&self, now: Millis) -> Result<usize, Error> {
        let outage = &self.shared.outage;
        if outage.is_well() && self.local.depth() == 0 {
            outage.settle();
            return Ok(0);
        }
        if !outage.is_well() {
            if !outage.is_due() {
                return Ok(0);
            }
            let probe = timeout(self.deadline, self.redis.probe()).await;
            probe
                .unwrap_or_else(|_| Err(late()))
                .inspect_err(|error| outage.begins(error))?;
        }
        let batch = self.local.read(DRAIN, Duration::ZERO).await?;
        for delivery in &batch {
            if let Some(reason) = &delivery.unreadable {
                self.local.dead_letter(delivery, reason, now).await?;
            }
        }
        let whole = |delivery: &&LogDelivery| delivery.unreadable.is_none();
        let records: Records = batch
            .iter()
            .filter(whole)
            .map(|record| &record.bytes)
            .collect();
        if !records.is_empty() {
            let appended = self.redis.append(&records).await;
            appended.inspect_err(|error| outage.begins(error))?;
        }
        outage.ends();
        if !records.is_empty() {
            let ids: Vec<LogDeliveryId> =
                batch.iter().filter(whole).map(|record| record.id).collect();
            self.local.ack(&ids).await?;
        }
        self.local.delete_read().await?;
        Ok(batch.len())
    }

    /// Watches Redis while it is healthy, and stores what the next start needs.
    ///
    /// # Errors
    /// When Redis does not answer or the disk refuses. The next call tries again.
    pub(in crate::event_log) async fn watch(&self) -> Result<(), Error> {
        if self.shared.outage.is_well() {
            self.redis.watch().await?;
        }
        let positions = self.redis.checkpoint();
        if self.shared.position.is_due(&positions) {
            let shared = self.shared.clone();
            blocking(move || shared.position.write(positions).map_err(Error::Write)).await?;
        }
        Ok(())
    }

    pub(in crate::event_log) fn spill(&self) -> SpillStatus {
        SpillStatus {
            redis_is_well: self.shared.outage.is_well(),
            depth: self.local.depth(),
            spilled: self.shared.spilled.load(Ordering::Relaxed),
        }
    }

    /// Checks both, whichever is in use.
    pub(in crate::event_log) async fn check(&self) -> LogCondition {
        let probe = timeout(CHECK_DEADLINE, self.redis.probe());
        let (redis, disk) = join(probe, self.local.probe()).await;
        let redis = redis.unwrap_or_else(|_| Err(late()));
        if redis.is_ok() {
            // A Redis that does not answer this may still accept entries.
            let asked = timeout(CHECK_DEADLINE, self.redis.ask_condition());
            if let Ok(Err(error)) = asked.await {
                tracing::debug!(%error, "the settings of Redis cannot be read");
            }
        }
        if let Err(error) = &redis {
            // The deadline of an append decides whether Redis is too slow.
            if !matches!(
                error,
                Error::Redis {
                    refusal: RedisRefusal::Slow,
                    ..
                }
            ) {
                self.shared.outage.begins(error);
            }
        }
        let ill = self.shared.outage.refusal().or(match redis {
            Ok(()) => None,
            Err(Error::Redis { refusal, .. }) => Some(refusal),
            Err(_) => Some(RedisRefusal::Other),
        });
        let mut problems = Vec::new();
        if let Some(refusal) = ill {
            let kept = if disk.is_ok() {
                "clicks and webhooks are kept on disk, and move to Redis when it accepts entries"
            } else {
                "the disk also refuses writes: clicks are answered but lost, webhooks get 503"
            };
            let says = format!("{}. Until then {kept}.", refusal.remedy());
            problems.push(LogProblem::new(LogProblemKind::Redis(refusal), says));
        }
        if let Err(error) = &disk {
            let says = format!("{error}. While Redis accepts no clicks, the disk keeps them.");
            problems.push(LogProblem::new(LogProblemKind::DiskRefuses, says));
        }
        let notes = self.redis.notes().into_iter();
        problems.extend(notes.filter(|note| ill.map(LogProblemKind::Redis) != Some(note.kind)));
        LogCondition {
            keeps: ill.is_none() || disk.is_ok(),
            problems,
        }
    }
}

/// The error of a missed deadline.
fn late() -> Error {
    Error::Redis {
        doing: "append to",
        refusal: RedisRefusal::Slow,
        message: "no answer within the deadline".to_owned(),
    }
}
