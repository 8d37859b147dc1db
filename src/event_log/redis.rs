//! The log in Redis Streams.
//!
//! - `{prefix:n}:entries`: a stream. Its field `pack` holds records (see `pack`). An append writes
//!   an entry; only the acknowledgement of all its records deletes it.
//! - Its group `ingest`: a consumer group. The first read creates it, and nobody deletes it.
//! - Its group `mark:…`: a consumer group that is never read. `watch` creates it, and nobody
//!   deletes it; see `undelivered`.
//! - `{prefix:n}:depth`: how many records are not acknowledged. Appends and acknowledgements write
//!   it; it is deleted when the stream is empty.
//! - `{prefix:n}:dead`: a stream of dead letters, with the fields `at` (Unix milliseconds),
//!   `reason` and `entry`. Only a person deletes the key.
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
