//! The log on this machine's disk: what one process appends, the same process reads.
//!
//! # Invariants
//! - A record is durable (see [`SyncMode`](super::settings::SyncMode)) before an append returns,
//!   and is delivered until it is acknowledged.
//! - A position never belongs to two records. Positions only grow, even if a crash lost bytes that
//!   were acknowledged already.
//! - Damage costs the damaged records and no others. It is delivered as an unreadable span, so that
//!   somebody notices.
//! - One process uses the folder. Its lock on the file `lock` ends with the process.
//! - A read blocks an append only while it copies two numbers.
//!
//! # On disk
//! The log is one endless sequence of bytes, cut into segments. Positions count from its beginning.
//!
//! ```text
//! 00000000000000000000.log   records from position 0, framed as in `frame`
//! 00000000000067108800.log   records from position 67108800; the last one is written to
//! acknowledged               the checkpoint, see `checkpoint`
//! dead-letters               see `dead_letters`
//! lock                       empty
//! ```
//!
//! # Operations
//! - Append: one write at the end of the last segment holds all records of the batch. If they do
//!   not fit into the limit, a new segment comes first. A failed write is cut off before the next
//!   one.
//! - Read: from the checkpoint on, up to the end that the last finished append published.
//! - Acknowledge: the checkpoint is replaced, and segments before it are deleted (see `deletion`).
//! - Open: the beginning of a record at the end of the last segment is cut off, as its write was
//!   never answered. A record of full length with a wrong checksum is damage, and stays. Everything
//!   that is not acknowledged is read once, to count it.
//!
//! # Odd on purpose
//! - Records have positions, not numbers. Behind a damaged span the number of its records is
//!   unknown, but every position is still right.
//! - After a power cut with `process` sync, the checkpoint may lie behind the end of the files. A
//!   new segment then starts at the checkpoint: records before it would count as acknowledged.
//! - A damaged checkpoint is not an error. Entries come again, and readers tolerate repeats anyway.

pub(super) mod log;

mod deletion;
mod opening;
mod probe;
mod state;
mod writer;

pub use self::log::{LocalLog, SEGMENT_BYTES};

#[cfg(test)]
mod tests;
