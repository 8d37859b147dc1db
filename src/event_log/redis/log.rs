//! A log in Redis: append, read, acknowledge, dead-letter.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use redis::streams::StreamRangeReply;
use redis::{RedisError, RedisResult};

use super::settings::RedisLogSettings;
use super::state::{RedisLogState, Shard, Watch};
use super::stream_reader::{PACK, StreamReader, shard_of};
use super::undelivered::entry_id;
use crate::clock::Millis;
use crate::drivers::redis::{LazyConnection, RedisCondition, RedisRefusal};
use crate::event_log::delivery::{DeadLetter, LogDelivery, LogDeliveryId};
use crate::event_log::error::Error;
use crate::event_log::lock::locked;
use crate::event_log::pack;
use crate::event_log::records::Records;

/// The consumer group of all readers.
pub(super) const GROUP: &str = "ingest";

const AT: &str = "at";
const REASON: &str = "reason";
const ENTRY: &str = "entry";

/// Deletes completely acknowledged entries. Two consumers may acknowledge the same entry, so only
/// the one that deletes it counts its records.
const ACKNOWLEDGE: &str = "\
for i = 2, #ARGV, 2 do \
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[i]) \
  if redis.call('XDEL', KEYS[1], ARGV[i]) == 1 then \
    redis.call('DECRBY', KEYS[2], ARGV[i + 1]) \
  end \
end \
if redis.call('XLEN', KEYS[1]) == 0 then redis.call('DEL', KEYS[2]) end";

/// A log in Redis. Clones share its reader and its appending connection.
#[derive(Clone, Debug)]
pub struct RedisLog {
    pub(super) shared: Arc<RedisLogState>,
    pub(super) appends: Arc<LazyConnection>,
    shard: usize,
}

impl RedisLog {
    /// A log that connects at its first use.
    ///
    /// # Errors
    /// [`Error::Endpoint`] when the address cannot be used.
    pub fn open(settings: &RedisLogSettings) -> Result<RedisLog, Error> {
        let appends = LazyConnection::new(settings.server.client()?);
        let shard = |number: usize| {
            let tag = format!("{{{}:{number}}}", settings.prefix);
            Shard {
                entries: format!("{tag}:entries"),
                depth: format!("{tag}:depth"),
                dead: format!("{tag}:dead"),
                undelivered: std::sync::Mutex::default(),
            }
        };
        let shards: Vec<Shard> = (0..settings.shards.max(1)).map(shard).collect();
        let shared = RedisLogState {
            consumer: settings.consumer.clone(),
            claim_after: settings.claim_after,
            commands: appends.fork(),
            reads: appends.fork(),
            reader: tokio::sync::Mutex::new(StreamReader::new(shards.len())),
            unread: std::sync::Mutex::default(),
            watch: Watch::default(),
            lost: AtomicU64::new(0),
            shards,
            next: AtomicUsize::new(1),
        };
        Ok(RedisLog {
            shared: Arc::new(shared),
            appends: Arc::new(appends),
            shard: 0,
        })
    }

    /// The same log with its own appending connection, on the next shard.
    #[must_use]
    pub fn fork(&self) -> RedisLog {
        let shard = self.shared.next.fetch_add(1, Ordering::Relaxed) % self.shared.shards.len();
        RedisLog {
            shared: self.shared.clone(),
            appends: Arc::new(self.appends.fork()),
            shard,
        }
    }

    /// The known settings of Redis.
    pub(in crate::event_log) fn condition(&self) -> Option<RedisCondition> {
        self.shared.watch.condition()
    }

    /// Whether Redis lost entries recently.
    pub(in crate::event_log) fn has_lost(&self) -> bool {
        self.shared.watch.has_lost()
    }

    /// How many confirmed records Redis lost, at most.
    pub(in crate::event_log) fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// Why the last read failed; `None` if it succeeded.
    pub(in crate::event_log) fn unread(&self) -> Option<RedisRefusal> {
        *locked(&self.shared.unread)
    }

    pub(in crate::event_log) async fn append(&self, records: &Records) -> Result<(), Error> {
        let shard = &self.shared.shards[self.shard];
        let mut pipe = redis::pipe();
        let mut counts = Vec::new();
        for (pack, count) in pack::packs(records) {
            let add = pipe.cmd("XADD").arg(&shard.entries).arg("*");
            add.arg(PACK).arg(pack);
            counts.push(count as u64);
        }
        pipe.cmd("INCRBY")
            .arg(&shard.depth)
            .arg(records.len())
            .ignore();
        // If this future is dropped early, the connection is not reused. Otherwise, a late answer
        // would count as the answer to another command.
        let ids: RedisResult<Vec<String>> = self.appends.ask(&pipe).await;
        let ids = ids.map_err(failed("append to"))?;
        let mut undelivered = locked(&shard.undelivered);
        for (id, count) in ids.iter().zip(counts) {
            if let Some(id) = entry_id(id) {
                undelivered.appended(id, count);
            }
        }
        Ok(())
    }

    pub(in crate::event_log) async fn read(
        &self,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<LogDelivery>, Error> {
        let mut reader = self.shared.reader.lock().await;
        if reader.waiting() < max {
            let filled = self.fill(&mut reader, max, wait).await;
            *locked(&self.shared.unread) = filled.as_ref().err().map(RedisRefusal::of);
            filled.map_err(failed("read"))?;
        }
        Ok(reader.deliveries(None, max))
    }

    pub(in crate::event_log) async fn read_behind(
        &self,
        last: LogDeliveryId,
        max: usize,
    ) -> Result<Vec<LogDelivery>, Error> {
        let mut reader = self.shared.reader.lock().await;
        let behind = reader.deliveries(Some(last), max);
        if behind.len() == max {
            return Ok(behind);
        }
        let wanted = reader.waiting() + max - behind.len();
        self.fill(&mut reader, wanted, Duration::ZERO)
            .await
            .map_err(failed("read"))?;
        Ok(reader.deliveries(Some(last), max))
    }

    pub(in crate::event_log) async fn ack(&self, ids: &[LogDeliveryId]) -> Result<(), Error> {
        let mut reader = self.shared.reader.lock().await;
        let done = reader.completed_by(ids);
        if !done.is_empty() {
            let mut pipe = redis::pipe();
            self.acknowledge(&mut pipe, &done);
            self.command::<()>(pipe)
                .await
                .map_err(failed("acknowledge entries of"))?;
        }
        reader.mark_acknowledged(ids);
        Ok(())
    }

    /// Adds commands that delete completely acknowledged entries. Each entry comes with its number
    /// of records.
    fn acknowledge(&self, pipe: &mut redis::Pipeline, done: &[(usize, String, usize)]) {
        for (number, shard) in self.shared.shards.iter().enumerate() {
            let mut own = done.iter().filter(|(of, ..)| *of == number).peekable();
            if own.peek().is_none() {
                continue;
            }
            let command = pipe.cmd("EVAL").arg(ACKNOWLEDGE).arg(2);
            command.arg(&shard.entries).arg(&shard.depth).arg(GROUP);
            for (_, id, count) in own {
                command.arg(id).arg(count);
            }
            command.ignore();
        }
    }

    pub(in crate::event_log) async fn dead_letter(
        &self,
        delivery: &LogDelivery,
        reason: &str,
        at: Millis,
    ) -> Result<(), Error> {
        let mut reader = self.shared.reader.lock().await;
        let shard = &self.shared.shards[shard_of(delivery.id)];
        let at = at.0.to_string();
        let fields = [
            (AT, at.as_bytes()),
            (REASON, reason.as_bytes()),
            (ENTRY, &delivery.bytes[..]),
        ];
        let mut pipe = redis::pipe();
        pipe.xadd(&shard.dead, "*", &fields).ignore();
        self.acknowledge(&mut pipe, &reader.completed_by(&[delivery.id]));
        self.command::<()>(pipe)
            .await
            .map_err(failed("keep a dead letter of"))?;
        reader.mark_acknowledged(&[delivery.id]);
        Ok(())
    }

    pub(in crate::event_log) async fn dead_letters(
        &self,
        max: usize,
    ) -> Result<Vec<DeadLetter>, Error> {
        let mut letters = Vec::new();
        for shard in &self.shared.shards {
            let mut pipe = redis::pipe();
            pipe.cmd("XRANGE").arg(&shard.dead).arg("-").arg("+");
            pipe.arg("COUNT").arg(max - letters.len());
            let (kept,): (StreamRangeReply,) = self
                .command(pipe)
                .await
                .map_err(failed("read dead letters of"))?;
            letters.extend(kept.ids.into_iter().map(|entry| DeadLetter {
                at: Millis(entry.get(AT).unwrap_or_default()),
                reason: entry.get(REASON).unwrap_or_default(),
                bytes: entry.get(ENTRY).unwrap_or_default(),
            }));
            if letters.len() >= max {
                break;
            }
        }
        Ok(letters)
    }

    pub(in crate::event_log) async fn depth(&self) -> Result<u64, Error> {
        let mut depth = 0;
        for shard in &self.shared.shards {
            let mut pipe = redis::pipe();
            pipe.cmd("XLEN").arg(&shard.entries);
            pipe.cmd("GET").arg(&shard.depth);
            let (entries, records): (u64, Option<i64>) =
                self.command(pipe).await.map_err(failed("measure"))?;
            // An entry has at least one record, even if an operator changed the number.
            let records = u64::try_from(records.unwrap_or(0)).unwrap_or(0);
            depth += if entries == 0 {
                0
            } else {
                records.max(entries)
            };
        }
        Ok(depth)
    }

    pub(in crate::event_log) async fn dead_depth(&self) -> Result<u64, Error> {
        let mut depth = 0;
        for shard in &self.shared.shards {
            let mut pipe = redis::pipe();
            pipe.cmd("XLEN").arg(&shard.dead);
            let (length,): (u64,) = self.command(pipe).await.map_err(failed("measure"))?;
            depth += length;
        }
        Ok(depth)
    }

    pub(super) async fn command<T: redis::FromRedisValue>(
        &self,
        pipe: redis::Pipeline,
    ) -> RedisResult<T> {
        self.shared.commands.ask(&pipe).await
    }
}

/// Converts an error of the client. Its messages contain neither the address nor the password.
pub(super) fn failed(doing: &'static str) -> impl Fn(RedisError) -> Error {
    move |error| Error::Redis {
        doing,
        refusal: RedisRefusal::of(&error),
        message: error.to_string(),
    }
}
