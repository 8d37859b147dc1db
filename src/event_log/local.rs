//! The log on this machine's disk. The process that appends also reads.
//!
//! # Invariants
//! - A record is durable (see [`SyncMode`](super::settings::SyncMode)) before an append returns,
//!   and is delivered until it is acknowledged.
//! - Two records never have the same position. Positions only grow, even if a crash lost bytes that
//!   were already acknowledged.
//! - Damage loses only the damaged records. It is delivered as an unreadable span, so that somebody
//!   notices.
//! - One process uses the folder. Its lock on the file `lock` ends with the process.
//! - A read blocks an append only while it copies two numbers.
//!
//! # On disk
//! The log is one endless sequence of bytes, split into segments. Positions count from its
//! beginning.
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
//! - Append: one write at the end of the last segment contains all records of the batch. If they do
//!   not fit, a new segment begins first. A failed write is cut off before the next one.
//! - Read: from the checkpoint to the end that the last finished append published.
//! - Acknowledge: the checkpoint is replaced, and segments before it are deleted (see `deletion`).
//! - Open: the beginning of a record at the end of the last segment is cut off, because its write
//!   was never answered. A record of full length with a wrong checksum is damage, and stays.
//!   Everything that is not acknowledged is read once to count it.
//!
//! # Intentional oddities
//! - Records have positions, not numbers. After a damaged span the number of its records is
//!   unknown, but every position is still correct.
//! - After a power cut with `process` sync, the checkpoint may be beyond the end of the files. Then
//!   a new segment starts at the checkpoint, because records before it would count as acknowledged.
//! - A damaged checkpoint is not an error. Entries arrive again, and readers tolerate repeats.

pub(super) mod log;

mod deletion;
mod opening;
mod probe;
mod state;
mod writer;

pub use self::log::{LocalLog, SEGMENT_BYTES};

#[cfg(test)]
mod tests;
