//! The log on this machine's disk: what one process appends, the same process reads.
//!
//! # What always holds
//! - A record is durable (see [`SyncMode`]) before an append returns, and is delivered
//!   until it is acknowledged.
//! - A position in the log never means two records: positions only grow, also where a crash lost
//!   bytes that were acknowledged already.
//! - Damage costs the records it hit and no other. It is delivered, as an unreadable span, so that
//!   somebody hears of it.
//! - One process holds the folder, by a lock on the file `lock` that ends with the process.
//! - Reading never stops an append for longer than a look at two numbers.
//!
//! # On disk
//! The log is one endless run of bytes, cut into segments. A position counts from its beginning.
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
//! - Append: all records of the batch in one write at the end of the last segment; where they
//!   would make it longer than the limit, a new segment comes first. A failed write is cut off
//!   again before anything else is written.
//! - Read: from the checkpoint on, up to the end that the last finished append published.
//! - Acknowledge: the checkpoint is replaced; segments wholly before it are removed (see
//!   `deletion`).
//! - Open: the last segment may end in the beginning of a record, a write that was never answered;
//!   it is cut off. A record there that has its whole length and a wrong checksum is damage, and
//!   stays. Everything not acknowledged is read once, to count it.
//!
//! # Odd on purpose
//! - Positions, not record numbers, name records: behind a damaged span nobody knows how many
//!   records it held, but every position is still right.
//! - The checkpoint may lie behind the end of the files, when the power went with `process` sync.
//!   A new segment then starts at the checkpoint: records written before it would count as read.
//! - A damaged checkpoint is no error. Entries come again, and whoever reads them must cope with
//!   that anyway.

pub(super) mod log;

mod deletion;
mod opening;
mod probe;
mod state;
mod writer;

pub use self::log::{LocalLog, SEGMENT_BYTES};

#[cfg(test)]
mod tests;
