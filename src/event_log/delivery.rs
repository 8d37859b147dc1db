//! What readers get from a log.

use std::fmt;

use crate::clock::Millis;

/// Names one delivery of one log; a later entry has a greater id.
///
/// The numbers belong to the backend: start and end in the local log; milliseconds, counter and
/// place in the stream's entry on Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogDeliveryId(pub(super) u64, pub(super) u64, pub(super) u64);

impl fmt::Display for LogDeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.0, self.1, self.2)
    }
}

/// One entry handed to the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogDelivery {
    /// What to acknowledge it by.
    pub id: LogDeliveryId,
    /// The record as it was appended; where `unreadable` is set, whatever is left of it.
    pub bytes: Vec<u8>,
    /// Why the bytes are not what was appended. Such a delivery belongs in the dead letters, with
    /// this as the reason.
    pub unreadable: Option<String>,
}

/// An entry that could not be processed, kept for a person to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// When it was given up.
    pub at: Millis,
    /// Why.
    pub reason: String,
    /// The bytes of its delivery.
    pub bytes: Vec<u8>,
}
