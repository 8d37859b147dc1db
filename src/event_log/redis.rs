//! The log in Redis Streams.
//!
//! - `{prefix:n}:entries`: a stream. Its field `pack` holds records (see `pack`). An append writes
//!   an entry; only the acknowledgement of all its records deletes it.
//! - Its group `ingest`: a consumer group. The first read creates it, and it is never deleted.
//! - Its group `mark:…`: a consumer group that is never read. `watch` creates it, and it is never
//!   deleted; see `undelivered`.
//! - `{prefix:n}:depth`: how many records are not acknowledged. Appends and acknowledgements write
//!   it; it is deleted when the stream is empty.
//! - `{prefix:n}:dead`: a stream of dead letters, with the fields `at` (Unix milliseconds),
//!   `reason` and `entry`. Only a person deletes the key.
//!
//! `n` counts the shards from 0. The braces are part of the keys. The text in braces decides the
//! node of a Redis Cluster, so the keys of a shard stay together. A command never names keys of two
//! shards.
//!
//! # Invariants
//! - An entry leaves the stream when all its records are acknowledged, never because of the
//!   stream's length.
//! - An append is answered when Redis has answered. The settings of Redis decide what survives its
//!   end (`appendonly yes`, `appendfsync`). Redis must not evict keys (`maxmemory-policy
//!   noeviction`): then a full Redis refuses an append with an error.
//! - Entries that a consumer does not acknowledge for `claim_after` go to another consumer.
//! - Errors never contain the address of Redis, because it may contain a password.
//! - Reads block, so they have their own connection. Every appending thread also has one, so its
//!   answers arrive on the thread of the redirects.

pub(super) mod log;
pub(super) mod settings;
pub(super) mod undelivered;

mod fill;
mod state;
mod stream_reader;
mod watch;

pub use self::log::RedisLog;
pub use self::settings::RedisLogSettings;
