//! What a log delivers to its readers.

use std::fmt;

use crate::clock::Millis;

/// The id of a delivery within its log. A later entry has a greater id.
///
/// The meaning of the numbers depends on the backend. Local log: start and end. Redis:
/// milliseconds, counter, and shard with the index in the stream's entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogDeliveryId(pub(super) u64, pub(super) u64, pub(super) u64);

impl fmt::Display for LogDeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.0, self.1, self.2)
    }
}

/// One entry, delivered to a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogDelivery {
    /// The id to acknowledge.
    pub id: LogDeliveryId,
    /// The record as it was appended; if `unreadable` is set, the rest of it.
    pub bytes: Vec<u8>,
    /// Why the bytes differ from what was appended. The reader dead-letters such a delivery with
    /// this reason.
    pub unreadable: Option<String>,
}

/// An entry that cannot be processed. It is stored so that a person can inspect it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// When it was dead-lettered.
    pub at: Millis,
    /// The reason.
    pub reason: String,
    /// The bytes of its delivery.
    pub bytes: Vec<u8>,
}
