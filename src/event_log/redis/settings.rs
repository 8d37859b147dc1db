//! Where a log in Redis is, and who reads it.

use std::time::Duration;

use crate::drivers::redis::Endpoint;

/// Where the log is and who reads it here.
#[derive(Clone, Debug)]
pub struct RedisLogSettings {
    /// Which Redis.
    pub server: Endpoint,
    /// What the names of the log's keys start with.
    pub prefix: String,
    /// How many streams the entries are spread over, 1 at least; every program on the log has the
    /// same number.
    pub shards: usize,
    /// This reader's name: no two that run share one, and who starts again keeps it.
    pub consumer: String,
    /// How long a consumer may keep entries without acknowledging them.
    pub claim_after: Duration,
}
