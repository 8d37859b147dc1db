//! Entries that this program appended to a shard and that no reader has received yet, so that their
//! loss is noticed.
//!
//! # Invariants
//! - A stream is recognized by its mark: a consumer group with a random name. The mark disappears
//!   together with the stream: when somebody emptied Redis, or when Redis evicted the key or
//!   restarted without a file.
//! - The count of lost records is an upper bound: it includes records that a reader received since
//!   the last check.
//! - Memory is bounded: beyond [`MAX_SPANS`], neighbouring spans are merged.

use std::collections::VecDeque;

use rand::RngExt;
use serde::{Deserialize, Serialize};

/// The prefix of marks.
const MARK: &str = "mark:";

/// Most spans of appended entries.
const MAX_SPANS: usize = 4096;

/// The id of an entry: milliseconds and counter.
pub(super) type EntryId = (u64, u64);

/// The two numbers of an entry's id.
pub(super) fn entry_id(text: &str) -> Option<EntryId> {
    let (ms, counter) = text.split_once('-')?;
    Some((ms.parse().ok()?, counter.parse().ok()?))
}

/// A name for a stream that has no mark.
pub(super) fn new_mark() -> String {
    format!("{MARK}{:016x}", rand::rng().random::<u64>())
}

/// Whether a group is a mark.
pub(super) fn is_mark(group: &str) -> bool {
    group.starts_with(MARK)
}

/// What was appended to one shard.
#[derive(Debug, Default)]
pub(super) struct Undelivered {
    mark: Option<String>,
    /// The last entry of a span and its number of records, oldest first.
    spans: VecDeque<(EntryId, u64)>,
}

/// The state that outlives the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::event_log) struct UndeliveredCheckpoint {
    mark: Option<String>,
    /// The number of records that no reader has received, and the last entry of them.
    unread: u64,
    last: EntryId,
}

impl Undelivered {
    /// Adds an entry that Redis confirmed.
    pub(super) fn appended(&mut self, id: EntryId, records: u64) {
        if self.spans.len() >= MAX_SPANS {
            let merged = self.spans.iter().copied().collect::<Vec<_>>();
            let pairs = merged.chunks(2);
            self.spans = pairs
                .filter_map(|pair| {
                    let (last, _) = pair.last()?;
                    Some((*last, pair.iter().map(|(_, records)| records).sum()))
                })
                .collect();
        }
        self.spans.push_back((id, records));
    }

    /// Drops entries that readers received: everything up to `delivered`.
    pub(super) fn delivered(&mut self, delivered: EntryId) {
        while self.spans.front().is_some_and(|(id, _)| *id <= delivered) {
            self.spans.pop_front();
        }
    }

    /// The last known mark of the stream.
    pub(super) fn mark(&self) -> Option<&str> {
        self.mark.as_deref()
    }

    /// Whether no entry waits for a reader.
    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Sets the mark of the stream that receives entries from now on.
    pub(super) fn adopt(&mut self, mark: String) {
        self.mark = Some(mark);
    }

    /// Handles a stream that was replaced by one that begins with `first`. Returns how many records
    /// are lost.
    pub(super) fn lose(&mut self, first: Option<EntryId>) -> u64 {
        let mut lost = 0;
        let is_gone = |id: &EntryId| first.is_none_or(|first| *id < first);
        while let Some((_, records)) = self.spans.pop_front_if(|(id, _)| is_gone(id)) {
            lost += records;
        }
        self.mark = None;
        lost
    }

    pub(super) fn checkpoint(&self) -> UndeliveredCheckpoint {
        UndeliveredCheckpoint {
            mark: self.mark.clone(),
            unread: self.spans.iter().map(|(_, records)| records).sum(),
            last: self.spans.back().map(|(id, _)| *id).unwrap_or_default(),
        }
    }
}

impl From<UndeliveredCheckpoint> for Undelivered {
    fn from(kept: UndeliveredCheckpoint) -> Undelivered {
        let mut undelivered = Undelivered {
            mark: kept.mark,
            spans: VecDeque::new(),
        };
        if kept.unread > 0 {
            undelivered.appended(kept.last, kept.unread);
        }
        undelivered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_reader_was_handed_is_lost_with_the_stream() {
        let mut undelivered = Undelivered::default();
        undelivered.adopt("mark:1".to_owned());
        for number in 1..=5 {
            undelivered.appended((number, 0), 10);
        }
        undelivered.delivered((2, 7));
        assert_eq!(undelivered.checkpoint().unread, 30);
        let mut again = Undelivered::from(undelivered.checkpoint());
        assert_eq!(again.mark(), Some("mark:1"));
        assert_eq!(again.lose(None), 30);
        assert!(again.is_empty() && again.mark().is_none());
        // Entries that were appended after the loss exist.
        assert_eq!(undelivered.lose(Some((5, 0))), 20);
        assert_eq!(undelivered.checkpoint().unread, 10);
    }

    #[test]
    fn memory_is_bounded_and_nothing_is_forgotten() {
        let mut undelivered = Undelivered::default();
        for number in 1..=100_000 {
            undelivered.appended((number, 0), 1);
        }
        assert!(undelivered.spans.len() <= MAX_SPANS);
        assert_eq!(undelivered.checkpoint().unread, 100_000);
        undelivered.delivered((99_999, 0));
        assert_eq!(undelivered.checkpoint().unread, 1);
    }
}
