//! The entries that this consumer got from Redis but has not acknowledged.
//!
//! # Invariants
//! - An entry stays here, and pending in Redis, until it is acknowledged. So it is delivered again
//!   without another read.
//! - After a start, and after a connection failed during a read, the consumer first reads the
//!   entries that Redis lists as pending for it.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use redis::RedisResult;

use crate::event_log::delivery::{LogDelivery, LogDeliveryId};
use crate::event_log::pack;

/// The field of a stream's entry that holds its records.
pub(super) const PACK: &str = "pack";

/// An entry and its fields. An entry that was deleted while pending has no fields.
pub(super) type StreamEntry = (String, Option<HashMap<String, Vec<u8>>>);

/// The key of an entry: its two numbers, and its shard.
type EntryKey = (u64, u64, usize);

/// An entry that this consumer has.
#[derive(Debug)]
struct PendingEntry {
    /// Each record, until it is acknowledged.
    records: Vec<Option<Vec<u8>>>,
    unreadable: Option<String>,
}

#[derive(Debug)]
pub(super) struct StreamReader {
    held: BTreeMap<EntryKey, PendingEntry>,
    /// The position in each shard from which this consumer still reads its pending entries.
    pub(super) recover: Vec<Option<String>>,
    pub(super) claimed: Option<Instant>,
    /// The shard at which to wait next.
    pub(super) turn: usize,
}

/// The shard of a delivery.
pub(super) fn shard_of(id: LogDeliveryId) -> usize {
    usize::try_from(id.2 >> 32).unwrap_or(0)
}

fn entry_key(id: LogDeliveryId) -> EntryKey {
    (id.0, id.1, shard_of(id))
}

fn place(id: LogDeliveryId) -> usize {
    usize::try_from(id.2 & u64::from(u32::MAX)).unwrap_or(usize::MAX)
}

impl StreamReader {
    pub(super) fn new(shards: usize) -> StreamReader {
        StreamReader {
            held: BTreeMap::new(),
            recover: vec![Some("0".to_owned()); shards],
            claimed: None,
            turn: 0,
        }
    }

    /// How many records are not acknowledged.
    pub(super) fn waiting(&self) -> usize {
        let left = |held: &PendingEntry| held.records.iter().flatten().count();
        self.held.values().map(left).sum()
    }

    /// The oldest records, after `last` if it is given.
    pub(super) fn deliveries(&self, last: Option<LogDeliveryId>, max: usize) -> Vec<LogDelivery> {
        let from = last.map_or((0, 0, 0), entry_key);
        let all = self
            .held
            .range(from..)
            .flat_map(|(&(ms, counter, shard), held)| {
                let records = held.records.iter().enumerate();
                records.filter_map(move |(place, record)| {
                    let id = LogDeliveryId(ms, counter, (shard as u64) << 32 | place as u64);
                    if last.is_some_and(|last| id <= last) {
                        return None;
                    }
                    Some(LogDelivery {
                        id,
                        bytes: record.clone()?,
                        unreadable: held.unreadable.clone(),
                    })
                })
            });
        all.take(max).collect()
    }

    /// The entries that these records complete, each with its shard and its number of records.
    pub(super) fn completed_by(&self, ids: &[LogDeliveryId]) -> Vec<(usize, String, usize)> {
        let mut given: BTreeMap<EntryKey, Vec<usize>> = BTreeMap::new();
        for id in ids {
            given.entry(entry_key(*id)).or_default().push(place(*id));
        }
        let complete = |(entry_key, places): (EntryKey, Vec<usize>)| {
            let records = &self.held.get(&entry_key)?.records;
            let mut left = (0..records.len()).filter(|place| records[*place].is_some());
            let whole = left.all(|place| places.contains(&place));
            whole.then(|| {
                (
                    entry_key.2,
                    format!("{}-{}", entry_key.0, entry_key.1),
                    records.len(),
                )
            })
        };
        given.into_iter().filter_map(complete).collect()
    }

    /// Marks records as acknowledged.
    pub(super) fn mark_acknowledged(&mut self, ids: &[LogDeliveryId]) {
        for id in ids {
            let Some(held) = self.held.get_mut(&entry_key(*id)) else {
                continue;
            };
            if let Some(record) = held.records.get_mut(place(*id)) {
                *record = None;
            }
            if held.records.iter().all(Option::is_none) {
                self.held.remove(&entry_key(*id));
            }
        }
    }

    /// Adds entries. Returns the id of the last one.
    pub(super) fn insert_all(
        &mut self,
        shard: usize,
        entries: Vec<StreamEntry>,
    ) -> RedisResult<Option<String>> {
        let mut last = None;
        for (id, fields) in entries {
            let (ms, counter) = id
                .split_once('-')
                .and_then(|(ms, counter)| Some((ms.parse().ok()?, counter.parse().ok()?)))
                .ok_or((
                    redis::ErrorKind::UnexpectedReturnType,
                    "not the id of a stream's entry",
                ))?;
            let held = self.held.entry((ms, counter, shard));
            held.or_insert_with(|| PendingEntry::from_fields(fields));
            last = Some(id);
        }
        Ok(last)
    }
}

impl PendingEntry {
    fn from_fields(fields: Option<HashMap<String, Vec<u8>>>) -> PendingEntry {
        let pack = fields.and_then(|mut fields| fields.remove(PACK));
        let unreadable = |reason: &str, bytes| PendingEntry {
            records: vec![Some(bytes)],
            unreadable: Some(reason.to_owned()),
        };
        match pack.as_deref().map(pack::unpack) {
            Some(Some(records)) if !records.is_empty() => PendingEntry {
                records: records.into_iter().map(Some).collect(),
                unreadable: None,
            },
            Some(_) => unreadable("not a pack of records", pack.unwrap_or_default()),
            None => unreadable(
                "the entry was deleted from its stream, or was not written by Leadline",
                Vec::new(),
            ),
        }
    }
}
