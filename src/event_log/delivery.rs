//! What a log hands to its readers.

use std::fmt;

use crate::clock::Millis;

/// The id of a delivery within its log. A later entry has a greater id.
///
/// The numbers belong to the backend: start and end in the local log; milliseconds, counter, and
/// shard with place in the stream's entry in Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogDeliveryId(pub(super) u64, pub(super) u64, pub(super) u64);

impl fmt::Display for LogDeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.0, self.1, self.2)
    }
}

/// One entry, handed to a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogDelivery {
    /// The id to acknowledge.
    pub id: LogDeliveryId,
    /// The record as it was appended; if `unreadable` is set, what is left of it.
    pub bytes: Vec<u8>,
    /// Why the bytes are not what was appended. The reader dead-letters such a delivery with this
    /// reason.
    pub unreadable: Option<String>,
}

/// An entry that cannot be processed, kept for a person to inspect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// When it was dead-lettered.
    pub at: Millis,
    /// The reason.
    pub reason: String,
    /// The bytes of its delivery.
    pub bytes: Vec<u8>,
}
