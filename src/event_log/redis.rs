//! The log in Redis Streams.
//!
//! | key | type | written by | trimmed by |
//! | --- | --- | --- | --- |
//! | `{prefix:n}:entries` | stream, field `pack` = records, see `pack` | append | acknowledging all records of an entry deletes it, nothing else does |
//! | its group `ingest` | consumer group | the first read | nobody |
//! | `{prefix:n}:depth` | number: records not acknowledged | append, acknowledge | removed when the stream is empty |
//! | `{prefix:n}:dead` | stream, fields `at` (Unix milliseconds), `reason`, `entry` | dead letter | nobody; a person deletes the key |
//!
//! `n` counts the shards from 0. The braces stand in the keys: what is between them decides the node
//! of a Redis Cluster, so a shard's keys stay together and shards spread. No command names keys of
//! two shards.
//!
//! Holds: an entry leaves the stream only when each of its records is acknowledged, never by the
//! stream's length. An append is answered when Redis has answered: what survives the end of Redis is
//! set there (`appendonly yes`, `appendfsync`), and it must not evict keys (`maxmemory-policy
//! noeviction`): a full Redis then refuses an append, loudly. Entries that a consumer was handed and
//! did not acknowledge for `claim_after` go to another one.
//! Must not know: the password's text outside the client; no error shows the address.
//!
//! Reads block, so they have a connection of their own: on a shared one everybody would wait for
//! them. So has every appending thread: its answers come in where the redirects wait.

mod connection;
mod reader;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use redis::streams::StreamRangeReply;
use redis::{RedisError, RedisResult};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use self::connection::Line;
use self::reader::Reader;
use super::records::Records;
use super::{DeadLetter, Delivery, DeliveryId, Error, pack};
use crate::clock::Millis;

/// How long Redis may take to connect and to answer, beyond what a read asked it to wait.
const TIMEOUT: Duration = Duration::from_secs(2);

const GROUP: &str = "ingest";
const PACK: &str = "pack";
const AT: &str = "at";
const REASON: &str = "reason";
const ENTRY: &str = "entry";

/// Deletes wholly acknowledged entries. Two consumers may acknowledge the same one, so only who
/// deletes it counts its records.
const ACKNOWLEDGE: &str = "\
for i = 2, #ARGV, 2 do \
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[i]) \
  if redis.call('XDEL', KEYS[1], ARGV[i]) == 1 then \
    redis.call('DECRBY', KEYS[2], ARGV[i + 1]) \
  end \
end \
if redis.call('XLEN', KEYS[1]) == 0 then redis.call('DEL', KEYS[2]) end";

/// Where the log is and who reads it here.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `redis://…`; may hold a password, so it is never printed.
    pub url: SecretString,
    /// What the names of the log's keys start with.
    pub prefix: String,
    /// How many streams the entries are spread over, 1 at least; every program on the log has the
    /// same number.
    pub shards: usize,
    /// This reader's name: no two that run share one, and who starts again keeps it.
    pub consumer: String,
    /// How long a consumer may keep entries without acknowledging them.
    pub claim_after: Duration,
}

/// The names of one shard's keys.
#[derive(Debug)]
struct Shard {
    entries: String,
    depth: String,
    dead: String,
}

#[derive(Debug)]
struct Shared {
    shards: Vec<Shard>,
    consumer: String,
    claim_after: Duration,
    /// For everything but appends and reads.
    commands: Line,
    /// For reads.
    reads: Line,
    reader: Mutex<Reader>,
    /// Shard that the next appender writes to.
    next: AtomicUsize,
}

/// A log in Redis. Clones share its reader and its appending connection.
#[derive(Clone, Debug)]
pub struct RedisLog {
    shared: Arc<Shared>,
    appends: Arc<Line>,
    shard: usize,
}

impl RedisLog {
    /// A log that connects when it is used.
    ///
    /// # Errors
    /// [`Error::Url`] when the text is no address.
    pub fn open(settings: &Settings) -> Result<RedisLog, Error> {
        let url = settings.url.expose_secret();
        let line = || Line::to(url).map_err(|_| Error::Url);
        let shard = |number: usize| {
            let tag = format!("{{{}:{number}}}", settings.prefix);
            Shard {
                entries: format!("{tag}:entries"),
                depth: format!("{tag}:depth"),
                dead: format!("{tag}:dead"),
            }
        };
        let shards: Vec<Shard> = (0..settings.shards.max(1)).map(shard).collect();
        let shared = Shared {
            consumer: settings.consumer.clone(),
            claim_after: settings.claim_after,
            commands: line()?,
            reads: line()?,
            reader: Mutex::new(Reader::new(shards.len())),
            shards,
            next: AtomicUsize::new(1),
        };
        Ok(RedisLog {
            shared: Arc::new(shared),
            appends: Arc::new(line()?),
            shard: 0,
        })
    }

    /// The same log with an appending connection of its own, and the next shard.
    #[must_use]
    pub fn fork(&self) -> RedisLog {
        let shard = self.shared.next.fetch_add(1, Ordering::Relaxed) % self.shared.shards.len();
        RedisLog {
            shared: self.shared.clone(),
            appends: Arc::new(self.appends.fork()),
            shard,
        }
    }

    /// Whether Redis answers on the connection that appends.
    ///
    /// # Errors
    /// When it does not.
    pub(super) async fn ping(&self) -> Result<(), Error> {
        let ping = async {
            let mut connection = self.appends.take().await?;
            let () = redis::cmd("PING").query_async(&mut connection).await?;
            self.appends.keep(connection);
            Ok(())
        };
        ping.await.map_err(failed("reach"))
    }

    pub(super) async fn append(&self, records: &Records) -> Result<(), Error> {
        let shard = &self.shared.shards[self.shard];
        let mut pipe = redis::pipe();
        for (pack, _) in pack::packs(records) {
            pipe.cmd("XADD")
                .arg(&shard.entries)
                .arg("*")
                .arg(PACK)
                .arg(pack)
                .ignore();
        }
        pipe.cmd("INCRBY")
            .arg(&shard.depth)
            .arg(records.len())
            .ignore();
        let append = async {
            // Dropped halfway, the connection is not kept: a late answer would be taken for another's.
            let mut connection = self.appends.take().await?;
            let () = pipe.query_async(&mut connection).await?;
            self.appends.keep(connection);
            Ok(())
        };
        append.await.map_err(failed("append to"))
    }

    pub(super) async fn read(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, Error> {
        let mut reader = self.shared.reader.lock().await;
        if reader.waiting() < max {
            self.fill(&mut reader, max, wait)
                .await
                .map_err(failed("read"))?;
        }
        Ok(reader.deliveries(None, max))
    }

    pub(super) async fn read_behind(
        &self,
        last: DeliveryId,
        max: usize,
    ) -> Result<Vec<Delivery>, Error> {
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

    pub(super) async fn ack(&self, ids: &[DeliveryId]) -> Result<(), Error> {
        let mut reader = self.shared.reader.lock().await;
        let done = reader.completed_by(ids);
        if !done.is_empty() {
            let mut pipe = redis::pipe();
            self.acknowledge(&mut pipe, &done);
            self.command::<()>(pipe)
                .await
                .map_err(failed("acknowledge entries of"))?;
        }
        reader.forget(ids);
        Ok(())
    }

    /// Adds the deletion of wholly acknowledged entries, given with the number of their records.
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

    pub(super) async fn dead_letter(
        &self,
        delivery: &Delivery,
        reason: &str,
        at: Millis,
    ) -> Result<(), Error> {
        let mut reader = self.shared.reader.lock().await;
        let shard = &self.shared.shards[reader::shard_of(delivery.id)];
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
        reader.forget(&[delivery.id]);
        Ok(())
    }

    pub(super) async fn dead_letters(&self, max: usize) -> Result<Vec<DeadLetter>, Error> {
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

    pub(super) async fn depth(&self) -> Result<u64, Error> {
        let mut depth = 0;
        for shard in &self.shared.shards {
            let mut pipe = redis::pipe();
            pipe.cmd("XLEN").arg(&shard.entries);
            pipe.cmd("GET").arg(&shard.depth);
            let (entries, records): (u64, Option<i64>) =
                self.command(pipe).await.map_err(failed("measure"))?;
            // An entry holds one record at least, whatever an operator did to the number.
            let records = u64::try_from(records.unwrap_or(0)).unwrap_or(0);
            depth += if entries == 0 {
                0
            } else {
                records.max(entries)
            };
        }
        Ok(depth)
    }

    pub(super) async fn dead_depth(&self) -> Result<u64, Error> {
        let mut depth = 0;
        for shard in &self.shared.shards {
            let mut pipe = redis::pipe();
            pipe.cmd("XLEN").arg(&shard.dead);
            let (length,): (u64,) = self.command(pipe).await.map_err(failed("measure"))?;
            depth += length;
        }
        Ok(depth)
    }

    async fn command<T: redis::FromRedisValue>(&self, pipe: redis::Pipeline) -> RedisResult<T> {
        let mut connection = self.shared.commands.take().await?;
        let answer = pipe.query_async(&mut connection).await?;
        self.shared.commands.keep(connection);
        Ok(answer)
    }
}

/// The client's own messages name neither address nor password.
fn failed(doing: &'static str) -> impl Fn(RedisError) -> Error {
    move |error| Error::Redis {
        doing,
        message: error.to_string(),
    }
}
