//! The state of a log in Redis that its clones share.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::time::{Duration, Instant};

use super::stream_reader::StreamReader;
use super::undelivered::Undelivered;
use crate::drivers::redis::{LazyConnection, RedisCondition, RedisRefusal};
use crate::event_log::lock::locked;

/// How long readiness reports that Redis lost entries.
const LOSS_REPORTED_FOR: Duration = Duration::from_hours(1);

/// The names of one shard's keys.
#[derive(Debug)]
pub(super) struct Shard {
    pub(super) entries: String,
    pub(super) depth: String,
    pub(super) dead: String,
    pub(super) undelivered: Mutex<Undelivered>,
}

#[derive(Debug)]
pub(super) struct RedisLogState {
    pub(super) shards: Vec<Shard>,
    pub(super) consumer: String,
    pub(super) claim_after: Duration,
    /// For all commands except appends and reads.
    pub(super) commands: LazyConnection,
    /// For reads.
    pub(super) reads: LazyConnection,
    pub(super) reader: tokio::sync::Mutex<StreamReader>,
    /// Why the last read failed, if it failed.
    pub(super) unread: Mutex<Option<RedisRefusal>>,
    pub(super) watch: Watch,
    /// Number of confirmed records that Redis lost, at most.
    pub(super) lost: AtomicU64,
    /// The shard of the next appender.
    pub(super) next: AtomicUsize,
}

/// The known state of this Redis.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) condition: Mutex<Option<(Instant, RedisCondition)>>,
    pub(super) looked: Mutex<Option<Instant>>,
    pub(super) lost_at: Mutex<Option<Instant>>,
}

impl Watch {
    /// The known settings of Redis.
    pub(super) fn condition(&self) -> Option<RedisCondition> {
        let known = locked(&self.condition);
        known.as_ref().map(|(_, condition)| condition.clone())
    }

    /// Whether Redis lost entries recently.
    pub(super) fn has_lost(&self) -> bool {
        locked(&self.lost_at).is_some_and(|at| at.elapsed() < LOSS_REPORTED_FOR)
    }
}
