//! The place of a log in Redis, and the name of its reader.

use std::time::Duration;

use crate::drivers::redis::RedisEndpoint;

/// The place of the log, and the name of this reader.
#[derive(Clone, Debug)]
pub struct RedisLogSettings {
    /// Which Redis.
    pub server: RedisEndpoint,
    /// The prefix of the log's keys.
    pub prefix: String,
    /// Number of streams for the entries, at least 1. Every program on the log uses the same
    /// number.
    pub shards: usize,
    /// This reader's name. Two running programs never share a name, and a program keeps it over
    /// restarts.
    pub consumer: String,
    /// How long a consumer may keep entries without acknowledging them.
    pub claim_after: Duration,
}
