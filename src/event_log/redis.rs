//! The log in Redis Streams.
//!
//! | key | type | written by | trimmed by |
//! | --- | --- | --- | --- |
//! | `{prefix}:entries` | stream, field `entry` = the record | append | acknowledging an entry deletes it, nothing else does |
//! | its group `ingest` | consumer group | open, and read when it is missing | nobody |
//! | `{prefix}:dead` | stream, fields `at` (Unix milliseconds), `reason`, `entry` | dead letter | nobody; a person deletes the key |
//!
//! The braces stand in the key: they keep both keys on one node of a Redis Cluster.
//!
//! Holds: an entry leaves the stream only by being acknowledged, never by the stream's length;
//! so the length of the stream is the depth of the log. An append is answered when Redis answers:
//! what survives the end of Redis is set there (`appendonly yes`, `appendfsync`), and it must not
//! evict keys (`maxmemory-policy noeviction`): a full Redis then refuses an append, loudly.
//! Must not know: the password's text outside the client; no error shows the address.
//!
//! Blocking reads have a connection of their own: on a shared one, everybody would wait for them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::streams::StreamRangeReply;
use redis::{AsyncConnectionConfig, Client, RedisError, RedisResult};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::{DeadLetter, Delivery, DeliveryId, Error};
use crate::clock::Millis;

/// How long Redis may take to connect and to answer, beyond what a read asked it to wait.
const TIMEOUT: Duration = Duration::from_secs(2);

const GROUP: &str = "ingest";

/// The one consumer. A program that starts again takes its own unfinished entries up under the
/// same name; several consumers would each need their own.
const CONSUMER: &str = "ingest-1";

const ENTRY: &str = "entry";
const AT: &str = "at";
const REASON: &str = "reason";

/// A log in Redis. Clones share its connections.
#[derive(Clone)]
pub struct RedisLog {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    /// For everything that Redis answers at once.
    commands: ConnectionManager,
    /// For reads. Taken out while one is under way: where a read fails or is dropped halfway, so is
    /// its connection, and Redis stops handing entries to it.
    reads: Mutex<Option<MultiplexedConnection>>,
    entries: String,
    dead: String,
}

impl std::fmt::Debug for RedisLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisLog")
            .field("entries", &self.shared.entries)
            .finish_non_exhaustive()
    }
}

/// Streams with their entries, as `XREADGROUP` gives them. An entry that was deleted while it was
/// pending has no fields.
type Streams = Vec<(String, Vec<(String, Option<HashMap<String, Vec<u8>>>)>)>;

impl RedisLog {
    /// Connects and makes sure that the stream and its group exist.
    ///
    /// # Errors
    /// [`Error::Url`] when the text is no address, [`Error::Redis`] when nobody answers there.
    pub async fn open(url: &SecretString, prefix: &str) -> Result<RedisLog, Error> {
        let client = Client::open(url.expose_secret()).map_err(|_| Error::Url)?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        let mut commands = ConnectionManager::new_with_config(client.clone(), config)
            .await
            .map_err(failed("open"))?;
        let entries = format!("{{{prefix}}}:entries");
        make_group(&mut commands, &entries)
            .await
            .map_err(failed("open"))?;
        Ok(RedisLog {
            shared: Arc::new(Shared {
                client,
                commands,
                reads: Mutex::new(None),
                entries,
                dead: format!("{{{prefix}}}:dead"),
            }),
        })
    }

    pub(super) async fn append(&self, records: &[Vec<u8>]) -> Result<(), Error> {
        let mut pipe = redis::pipe();
        // One transaction, so that a Redis without memory refuses all or none.
        pipe.atomic();
        for record in records {
            pipe.xadd(&self.shared.entries, "*", &[(ENTRY, record)])
                .ignore();
        }
        let mut commands = self.shared.commands.clone();
        pipe.query_async(&mut commands)
            .await
            .map_err(failed("append to"))
    }

    pub(super) async fn read(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, Error> {
        let mut slot = self.shared.reads.lock().await;
        let mut connection = match slot.take() {
            Some(connection) => connection,
            None => self.connect().await.map_err(failed("read"))?,
        };
        let read = self
            .read_on(&mut connection, max, wait)
            .await
            .map_err(failed("read"))?;
        *slot = Some(connection);
        Ok(read)
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        self.shared
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }

    async fn read_on(
        &self,
        connection: &mut MultiplexedConnection,
        max: usize,
        wait: Duration,
    ) -> RedisResult<Vec<Delivery>> {
        connection.set_response_timeout(wait.saturating_add(TIMEOUT));
        let mut found = match self.group_read(connection, max, "0", Duration::ZERO).await {
            // Somebody emptied this Redis: begin with what is there now.
            Err(error) if error.code() == Some("NOGROUP") => {
                make_group(connection, &self.shared.entries).await?;
                Vec::new()
            }
            pending => pending?,
        };
        if found.len() < max {
            let wait = if found.is_empty() {
                wait
            } else {
                Duration::ZERO
            };
            found.extend(
                self.group_read(connection, max - found.len(), ">", wait)
                    .await?,
            );
        }
        Ok(found)
    }

    /// Entries of the group: from `"0"` those handed out and not acknowledged, from `">"` those
    /// never handed out.
    async fn group_read(
        &self,
        connection: &mut MultiplexedConnection,
        max: usize,
        from: &str,
        wait: Duration,
    ) -> RedisResult<Vec<Delivery>> {
        let mut command = redis::cmd("XREADGROUP");
        command
            .arg("GROUP")
            .arg(GROUP)
            .arg(CONSUMER)
            .arg("COUNT")
            .arg(max);
        if !wait.is_zero() {
            // Zero would mean for ever.
            let ms = u64::try_from(wait.as_millis())
                .unwrap_or(u64::MAX)
                .clamp(1, MAX_BLOCK_MS);
            command.arg("BLOCK").arg(ms);
        }
        command.arg("STREAMS").arg(&self.shared.entries).arg(from);
        let streams: Option<Streams> = command.query_async(connection).await?;
        let entries = streams
            .into_iter()
            .flatten()
            .flat_map(|(_, entries)| entries);
        entries.map(|(id, fields)| delivery(&id, fields)).collect()
    }

    pub(super) async fn ack(&self, ids: &[DeliveryId]) -> Result<(), Error> {
        let mut pipe = redis::pipe();
        pipe.atomic();
        self.acknowledge(&mut pipe, ids);
        let mut commands = self.shared.commands.clone();
        pipe.query_async(&mut commands)
            .await
            .map_err(failed("acknowledge entries of"))
    }

    fn acknowledge(&self, pipe: &mut redis::Pipeline, ids: &[DeliveryId]) {
        let ids: Vec<String> = ids.iter().map(DeliveryId::to_string).collect();
        pipe.xack(&self.shared.entries, GROUP, &ids).ignore();
        pipe.xdel(&self.shared.entries, &ids).ignore();
    }

    pub(super) async fn dead_letter(
        &self,
        delivery: &Delivery,
        reason: &str,
        at: Millis,
    ) -> Result<(), Error> {
        let at = at.0.to_string();
        let fields = [
            (AT, at.as_bytes()),
            (REASON, reason.as_bytes()),
            (ENTRY, &delivery.bytes[..]),
        ];
        let mut pipe = redis::pipe();
        pipe.atomic().xadd(&self.shared.dead, "*", &fields).ignore();
        self.acknowledge(&mut pipe, &[delivery.id]);
        let mut commands = self.shared.commands.clone();
        pipe.query_async(&mut commands)
            .await
            .map_err(failed("keep a dead letter of"))
    }

    pub(super) async fn dead_letters(&self, max: usize) -> Result<Vec<DeadLetter>, Error> {
        let mut commands = self.shared.commands.clone();
        let mut command = redis::cmd("XRANGE");
        command
            .arg(&self.shared.dead)
            .arg("-")
            .arg("+")
            .arg("COUNT")
            .arg(max);
        let kept: StreamRangeReply = command
            .query_async(&mut commands)
            .await
            .map_err(failed("read dead letters of"))?;
        let letter = |entry: redis::streams::StreamId| DeadLetter {
            at: Millis(entry.get(AT).unwrap_or_default()),
            reason: entry.get(REASON).unwrap_or_default(),
            bytes: entry.get(ENTRY).unwrap_or_default(),
        };
        Ok(kept.ids.into_iter().map(letter).collect())
    }

    pub(super) async fn depth(&self) -> Result<u64, Error> {
        self.length(&self.shared.entries).await
    }

    pub(super) async fn dead_depth(&self) -> Result<u64, Error> {
        self.length(&self.shared.dead).await
    }

    async fn length(&self, key: &str) -> Result<u64, Error> {
        let mut commands = self.shared.commands.clone();
        let mut command = redis::cmd("XLEN");
        command
            .arg(key)
            .query_async(&mut commands)
            .await
            .map_err(failed("measure"))
    }
}

/// Longest time Redis is asked to wait at once: a day.
const MAX_BLOCK_MS: u64 = 24 * 60 * 60 * 1000;

/// Makes the group, and the stream with it. It begins at the stream's first entry: nothing that
/// was appended before is passed over.
async fn make_group(connection: &mut impl ConnectionLike, entries: &str) -> RedisResult<()> {
    let mut command = redis::cmd("XGROUP");
    command
        .arg("CREATE")
        .arg(entries)
        .arg(GROUP)
        .arg("0")
        .arg("MKSTREAM");
    match command.query_async(connection).await {
        Err(error) if error.code() == Some("BUSYGROUP") => Ok(()),
        made => made,
    }
}

fn delivery(id: &str, fields: Option<HashMap<String, Vec<u8>>>) -> RedisResult<Delivery> {
    let id = id
        .split_once('-')
        .and_then(|(ms, counter)| Some(DeliveryId(ms.parse().ok()?, counter.parse().ok()?)))
        .ok_or((
            redis::ErrorKind::UnexpectedReturnType,
            "not the id of a stream's entry",
        ))?;
    let entry = fields.and_then(|mut fields| fields.remove(ENTRY));
    let unreadable = entry.is_none().then(|| {
        "the entry was deleted from its stream, or was not written by Leadline".to_owned()
    });
    Ok(Delivery {
        id,
        bytes: entry.unwrap_or_default(),
        unreadable,
    })
}

/// The client's own messages name neither address nor password.
fn failed(doing: &'static str) -> impl Fn(RedisError) -> Error {
    move |error| Error::Redis {
        doing,
        message: error.to_string(),
    }
}
