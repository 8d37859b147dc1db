//! The reading end in Redis: what this consumer was handed and has not acknowledged.
//!
//! Holds: everything handed out stays here, and with Redis as pending, until it is acknowledged; so
//! it comes again without being asked for again. After a start, and after a connection that was
//! lost in the middle of a read, Redis is asked first for what it thinks this consumer has.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{FromRedisValue, RedisResult, Value};

use super::{GROUP, PACK, RedisLog};
use crate::drivers::redis::TIMEOUT;
use crate::event_log::{LogDelivery, LogDeliveryId, pack};

/// Entries asked for at once. Under load one holds the records of some dozen redirects.
const COUNT: usize = 64;

/// Longest time Redis is asked to wait at once: a day.
const MAX_BLOCK: Duration = Duration::from_hours(24);

/// How long one of several shards is waited at before the next one gets its turn.
const TURN: Duration = Duration::from_millis(50);

/// An entry and its fields, as reads give them. One that was deleted while pending has no fields.
type StreamEntry = (String, Option<HashMap<String, Vec<u8>>>);

/// Streams with their entries.
type StreamReply = Option<Vec<(String, Vec<StreamEntry>)>>;

/// Name of an entry: its two numbers, and its shard.
type EntryKey = (u64, u64, usize);

/// An entry that was handed to this consumer.
#[derive(Debug)]
struct PendingEntry {
    /// Each record until it is acknowledged.
    records: Vec<Option<Vec<u8>>>,
    unreadable: Option<String>,
}

#[derive(Debug)]
pub(super) struct StreamReader {
    held: BTreeMap<EntryKey, PendingEntry>,
    /// Where in each shard's pending entries this consumer goes on taking up its own.
    recover: Vec<Option<String>>,
    claimed: Option<Instant>,
    /// Shard to wait at next.
    turn: usize,
}

/// The shard that a delivery came from.
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

    /// How many records are handed out and not acknowledged.
    pub(super) fn waiting(&self) -> usize {
        let left = |held: &PendingEntry| held.records.iter().flatten().count();
        self.held.values().map(left).sum()
    }

    /// The oldest of them, behind a delivery where one is given.
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

    /// The entries of which these are the last records, each with its shard and how many it holds.
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

    /// Takes entries in; gives the id of the last one.
    fn insert_all(
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

impl RedisLog {
    /// Takes in entries until `max` records wait here or no more are to be had; where nothing waits
    /// at all, for `wait` at most.
    pub(super) async fn fill(
        &self,
        reader: &mut StreamReader,
        max: usize,
        wait: Duration,
    ) -> RedisResult<()> {
        let mut connection = if let Some(connection) = self.shared.reads.idle() {
            connection
        } else {
            let fresh = self.shared.reads.connect().await?;
            // The last one may have been lost with entries on their way here.
            reader.recover.fill(Some("0".to_owned()));
            // The one for commands broke with it, most likely: an acknowledgement on it would fail,
            // and all that was just written would come again.
            drop(self.shared.commands.idle());
            fresh
        };
        self.recover_own(&mut connection, reader).await?;
        self.claim(&mut connection, reader).await?;
        for shard in 0..self.shared.shards.len() {
            while reader.waiting() < max {
                let new = self.group_read(&mut connection, shard, ">", None).await?;
                if reader.insert_all(shard, new)?.is_none() {
                    break;
                }
            }
        }
        let began = Instant::now();
        loop {
            let left = wait.saturating_sub(began.elapsed());
            if reader.waiting() > 0 || left.is_zero() {
                break;
            }
            let shard = reader.turn % self.shared.shards.len();
            reader.turn = shard + 1;
            let alone = self.shared.shards.len() == 1;
            let block = if alone { left } else { left.min(TURN) };
            let new = self.group_read(&mut connection, shard, ">", Some(block));
            let new = new.await?;
            reader.insert_all(shard, new)?;
        }
        self.shared.reads.keep(connection);
        Ok(())
    }

    async fn recover_own(
        &self,
        connection: &mut MultiplexedConnection,
        reader: &mut StreamReader,
    ) -> RedisResult<()> {
        for shard in 0..self.shared.shards.len() {
            while let Some(from) = reader.recover[shard].clone() {
                let own = self.group_read(connection, shard, &from, None).await?;
                reader.recover[shard] = reader.insert_all(shard, own)?;
            }
        }
        Ok(())
    }

    /// Takes over what other consumers were handed and have kept for too long, now and then.
    async fn claim(
        &self,
        connection: &mut MultiplexedConnection,
        reader: &mut StreamReader,
    ) -> RedisResult<()> {
        let every = self.shared.claim_after / 2;
        if reader.claimed.is_some_and(|at| at.elapsed() < every) {
            return Ok(());
        }
        for (number, shard) in self.shared.shards.iter().enumerate() {
            let mut from = "0-0".to_owned();
            loop {
                let mut command = redis::cmd("XAUTOCLAIM");
                command
                    .arg(&shard.entries)
                    .arg(GROUP)
                    .arg(&self.shared.consumer)
                    .arg(u64::try_from(self.shared.claim_after.as_millis()).unwrap_or(u64::MAX))
                    .arg(&from)
                    .arg("COUNT")
                    .arg(COUNT);
                let answer: Vec<Value> = match command.query_async(connection).await {
                    Err(error) if is_no_group(&error) => break,
                    answer => answer?,
                };
                let mut parts = answer.into_iter();
                let mut part = || parts.next().unwrap_or(Value::Nil);
                from = String::from_redis_value(part())?;
                let claimed = Vec::<Option<StreamEntry>>::from_redis_value(part())?;
                if !claimed.is_empty() {
                    tracing::info!(entries = claimed.len(), "taken over from another consumer");
                }
                reader.insert_all(number, claimed.into_iter().flatten().collect())?;
                if from == "0-0" {
                    break;
                }
            }
        }
        reader.claimed = Some(Instant::now());
        Ok(())
    }

    /// Entries of one shard from `from` on: `>` are new ones, others those that this consumer has.
    async fn group_read(
        &self,
        connection: &mut MultiplexedConnection,
        shard: usize,
        from: &str,
        block: Option<Duration>,
    ) -> RedisResult<Vec<StreamEntry>> {
        let entries = &self.shared.shards[shard].entries;
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(GROUP).arg(&self.shared.consumer);
        command.arg("COUNT").arg(COUNT);
        connection.set_response_timeout(block.unwrap_or_default().saturating_add(TIMEOUT));
        if let Some(block) = block {
            // Zero would mean for ever.
            let ms = block.min(MAX_BLOCK).as_millis().max(1);
            command.arg("BLOCK").arg(u64::try_from(ms).unwrap_or(1));
        }
        command.arg("STREAMS").arg(entries).arg(from);
        let mut answer: RedisResult<StreamReply> = command.query_async(connection).await;
        if answer.as_ref().is_err_and(is_no_group) {
            // The first read of all, or somebody emptied this Redis. The group begins at the
            // stream's first entry: nothing that was appended before is passed over.
            create_group(connection, entries).await?;
            answer = command.query_async(connection).await;
        }
        let streams = answer?.into_iter().flatten();
        Ok(streams.flat_map(|(_, entries)| entries).collect())
    }
}

fn is_no_group(error: &redis::RedisError) -> bool {
    error.code() == Some("NOGROUP")
}

async fn create_group(connection: &mut MultiplexedConnection, entries: &str) -> RedisResult<()> {
    let mut command = redis::cmd("XGROUP");
    command.arg("CREATE").arg(entries).arg(GROUP).arg("0");
    command.arg("MKSTREAM");
    match command.query_async(connection).await {
        Err(error) if error.code() == Some("BUSYGROUP") => Ok(()),
        made => made,
    }
}
