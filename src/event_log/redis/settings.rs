//! Where a log in Redis is, and who reads it.

use std::time::Duration;

use crate::drivers::redis::RedisEndpoint;

/// Where the log is and who reads it here.
#[derive(Clone, Debug)]
pub struct RedisLogSettings {
    /// Which Redis.
    pub server: RedisEndpoint,
    /// The prefix of the log's keys.
    pub prefix: String,
    /// How many streams hold the entries, 1 at least. Every program on the log has the same number.
    pub shards: usize,
    /// This reader's name. No two running programs share a name, and a program keeps it over
    /// restarts.
    pub consumer: String,
    /// How long a consumer may keep entries without acknowledging them.
    pub claim_after: Duration,
}
