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
//! `n` counts the shards from 0. The braces stand in the keys: what is between them decides the
//! node of a Redis Cluster, so a shard's keys stay together and shards spread. No command names
//! keys of two shards.
//!
//! Holds: an entry leaves the stream only when each of its records is acknowledged, never by the
//! stream's length. An append is answered when Redis has answered: what survives the end of Redis
//! is set there (`appendonly yes`, `appendfsync`), and it must not evict keys (`maxmemory-policy
//! noeviction`): a full Redis then refuses an append, loudly. Entries that a consumer was handed
//! and did not acknowledge for `claim_after` go to another one. Must not know: the password's text
//! outside the client; no error shows the address.
//!
//! Reads block, so they have a connection of their own: on a shared one everybody would wait for
//! them. So has every appending thread: its answers come in where the redirects wait.

pub(super) mod log;
pub(super) mod settings;
pub(super) mod undelivered;

mod fill;
mod state;
mod stream_reader;
mod watch;

pub use self::log::RedisLog;
pub use self::settings::RedisLogSettings;
