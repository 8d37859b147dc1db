//! The log in Redis with the log on disk behind it: what Redis does not confirm in time is spilled.
//!
//! Holds: an append is durable in one of the two when it returns, after little more than the deadline
//! at the latest. Once Redis has missed a deadline, appends go to the disk at once, until
//! `drain` has heard from Redis again and brings them back, in order. An append that
//! Redis took but answered too late stands in both; whoever reads must not mind doubles.
//! What is read, acknowledged and buried is that of Redis alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::local::LocalLog;
use super::records::Records;
use super::redis::RedisLog;
use super::{Delivery, DeliveryId, Error};
use crate::clock::Millis;

/// Records brought back in one append.
const DRAIN: usize = 1000;

/// Redis and the spill of one program. Clones share both.
#[derive(Clone, Debug)]
pub struct SpillingLog {
    pub(super) redis: RedisLog,
    pub(super) local: LocalLog,
    deadline: Duration,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    /// Whether Redis kept its last deadline.
    well: AtomicBool,
    spilled: AtomicU64,
}

/// How the spill stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spill {
    /// Whether appends go to Redis.
    pub redis_is_well: bool,
    /// Records on disk that Redis does not have yet.
    pub depth: u64,
    /// Records spilled since the start.
    pub spilled: u64,
}

impl SpillingLog {
    pub(super) async fn open(redis: RedisLog, local: LocalLog, deadline: Duration) -> SpillingLog {
        let well = tokio::time::timeout(super::START_DEADLINE, redis.ping()).await;
        let well = matches!(well, Ok(Ok(())));
        if !well {
            tracing::warn!("Redis does not answer; what arrives is kept on disk until it does");
        }
        SpillingLog {
            redis,
            local,
            deadline,
            state: Arc::new(State {
                well: AtomicBool::new(well),
                spilled: AtomicU64::new(0),
            }),
        }
    }

    pub(super) fn fork(&self) -> SpillingLog {
        SpillingLog {
            redis: self.redis.fork(),
            ..self.clone()
        }
    }

    pub(super) async fn append(&self, records: &Records) -> Result<(), Error> {
        if self.state.well.load(Ordering::Relaxed) {
            let error = match tokio::time::timeout(self.deadline, self.redis.append(records)).await
            {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "Redis did not confirm an append within its deadline".to_owned(),
            };
            if self.state.well.swap(false, Ordering::Relaxed) {
                tracing::warn!(
                    error,
                    "what arrives is kept on disk until Redis is well again"
                );
            }
        }
        self.local.append(records).await?;
        let count = records.len() as u64;
        self.state.spilled.fetch_add(count, Ordering::Relaxed);
        Ok(())
    }

    /// Hears whether Redis is well, and if so brings one batch of the spill to it; gives how many
    /// records that were.
    ///
    /// # Errors
    /// When Redis does not answer or the disk cannot be read; the records stay on disk.
    pub(super) async fn drain(&self, now: Millis) -> Result<usize, Error> {
        let well = self.state.well.load(Ordering::Relaxed);
        if well && self.local.depth() == 0 {
            return Ok(0);
        }
        self.redis.ping().await?;
        if !self.state.well.swap(true, Ordering::Relaxed) {
            let waiting = self.local.depth();
            tracing::info!(
                waiting,
                "Redis is well again; what was kept on disk follows"
            );
        }
        let batch = self.local.read(DRAIN, Duration::ZERO).await?;
        for delivery in &batch {
            if let Some(reason) = &delivery.unreadable {
                self.local.dead_letter(delivery, reason, now).await?;
            }
        }
        let whole = |delivery: &&Delivery| delivery.unreadable.is_none();
        let records: Records = batch.iter().filter(whole).map(|it| &it.bytes).collect();
        if !records.is_empty() {
            self.redis.append(&records).await?;
            let ids: Vec<DeliveryId> = batch.iter().filter(whole).map(|it| it.id).collect();
            self.local.ack(&ids).await?;
        }
        self.local.forget_read().await?;
        Ok(batch.len())
    }

    pub(super) fn spill(&self) -> Spill {
        Spill {
            redis_is_well: self.state.well.load(Ordering::Relaxed),
            depth: self.local.depth(),
            spilled: self.state.spilled.load(Ordering::Relaxed),
        }
    }
}
