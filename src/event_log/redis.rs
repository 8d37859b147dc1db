//! The log in Redis Streams.
//!
//! | key | type | written by | trimmed by |
//! | --- | --- | --- | --- |
//! | `{prefix:n}:entries` | stream, field `pack` = records, see `pack` | append | acknowledging all records of an entry deletes it, nothing else does |
//! | its group `ingest` | consumer group | the first read | nobody |
//! | its group `mark:…` | consumer group, never read | `watch` | nobody; see `undelivered` |
//! | `{prefix:n}:depth` | number: records not acknowledged | append, acknowledge | removed when the stream is empty |
//! | `{prefix:n}:dead` | stream, fields `at` (Unix milliseconds), `reason`, `entry` | dead letter | nobody; a person deletes the key |
//!
//! `n` counts the shards from 0. The braces are part of the keys. The text between them decides the
//! node of a Redis Cluster, so the keys of a shard stay together. No command names keys of two
//! shards.
//!
//! # Invariants
//! - An entry leaves the stream when each of its records is acknowledged, never by the stream's
//!   length.
//! - An append is answered when Redis has answered. The settings of Redis decide what survives its
//!   end (`appendonly yes`, `appendfsync`). It must not evict keys (`maxmemory-policy noeviction`):
//!   then a full Redis refuses an append with an error.
//! - Entries that a consumer does not acknowledge for `claim_after` go to another consumer.
//! - No error shows the address of Redis, because it may hold a password.
//! - Reads block, so they have a connection of their own. So has every appending thread: its
//!   answers come in where the redirects wait.

pub(super) mod log;
pub(super) mod settings;
pub(super) mod undelivered;

mod fill;
mod state;
mod stream_reader;
mod watch;

pub use self::log::RedisLog;
pub use self::settings::RedisLogSettings;
