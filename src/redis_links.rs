//! Links in Redis: a second level of the link cache, and the feed of their changes.
//!
//! - `{prefix:links}:{domain}/{slug}`: the link's record, as a string that expires. Every program
//!   that loads, creates or changes a link writes it, if its record is newer.
//! - `{prefix:links}:changes`: a stream with the fields `key` and `record`. Every program that
//!   creates or changes a link appends to it. It is trimmed to about 10,000 entries.
//!
//! # Invariants
//! - An older record never replaces a newer one. Redis compares their versions, eight bytes each.
//! - The feed is a stream and not a channel, so a reader that was away reads on from its position.
//!   A reader that was away too long learns that it missed changes.
//! - No caller waits for Redis longer than the deadline.
//!
//! # Out of scope
//! The other content of a record.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::streams::{StreamRangeReply, StreamReadReply};
use redis::{FromRedisValue, RedisError, RedisResult};

use crate::drivers::redis::{
    CommandError, LazyConnection, RedisEndpoint, RedisEndpointError, SharedCommands, TIMEOUT,
};

/// The approximate length of the feed.
const FEED_LENGTH: usize = 10_000;

/// Most changes of one read.
const COUNT: usize = 1000;

const KEY: &str = "key";
const RECORD: &str = "record";

/// Sets a record, unless Redis has one of a greater version, which it gives then. Versions are
/// compared as numbers: the comparison of texts depends on the server's locale.
const PUT: &str = "\
local function version(record) \
  local number = 0 \
  for place = tonumber(ARGV[3]), tonumber(ARGV[4]) do \
    number = number * 256 + (string.byte(record, place) or 0) \
  end \
  return number \
end \
local known = redis.call('GET', KEYS[1]) \
if known and version(known) > version(ARGV[1]) then return known end \
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) \
return false";

/// Replaces a record of the same link that is not newer: under the old name of a moved link, or of
/// a domain that is no longer configured.
const PUT_SAME: &str = "\
local known = redis.call('GET', KEYS[1]) \
local function part(record, from, to) return string.sub(record, tonumber(from), tonumber(to)) end \
if not known then return 0 end \
if part(known, ARGV[5], ARGV[6]) ~= part(ARGV[1], ARGV[5], ARGV[6]) then return 0 end \
for place = tonumber(ARGV[3]), tonumber(ARGV[4]) do \
  local old, new = string.byte(known, place) or 0, string.byte(ARGV[1], place) or 0 \
  if old > new then return 0 end \
  if old < new then break end \
end \
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) \
return 1";

/// Redis does not answer, or refuses. Its address is not shown, because it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address of Redis cannot be used.
    #[error(transparent)]
    Endpoint(#[from] RedisEndpointError),
    /// The message of Redis or of the connection.
    #[error("Redis does not answer for links: {0}")]
    Redis(String),
}

impl From<RedisError> for Error {
    fn from(error: RedisError) -> Error {
        Error::Redis(error.to_string())
    }
}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Error {
        match error {
            CommandError::Endpoint(error) => Error::Endpoint(error),
            error => Error::Redis(error.to_string()),
        }
    }
}

/// Where the links are in Redis.
#[derive(Clone, Debug)]
pub struct RedisLinksSettings {
    /// Which Redis.
    pub server: RedisEndpoint,
    /// The prefix of the keys.
    pub prefix: String,
    /// How long a caller waits for Redis.
    pub deadline: Duration,
    /// How long a record stays if it is not written again.
    pub ttl: Duration,
    /// The place of the version in a record.
    pub version: Range<usize>,
}

/// Links in Redis. Clones share the connection.
#[derive(Clone)]
pub struct RedisLinks {
    /// Connections that read the feed.
    feed: Arc<LazyConnection>,
    commands: SharedCommands,
    tag: String,
    settings: RedisLinksSettings,
}

impl fmt::Debug for RedisLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisLinks({})", self.tag)
    }
}

/// The position of a reader in the feed. A new one begins at its end.
#[derive(Default)]
pub struct FeedCursor {
    connection: Option<MultiplexedConnection>,
    last: Option<String>,
}

impl fmt::Debug for FeedCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FeedCursor({:?})", self.last)
    }
}

/// What the feed holds behind a cursor.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FeedChanges {
    /// Whether changes may have been missed.
    pub missed: bool,
    /// Keys and records, in order.
    pub records: Vec<(String, Vec<u8>)>,
}

impl RedisLinks {
    /// Connects with the first use, on the runtime that opens it.
    ///
    /// # Errors
    /// [`Error::Endpoint`] when the address cannot be used.
    pub fn open(settings: RedisLinksSettings) -> Result<RedisLinks, Error> {
        Ok(RedisLinks {
            commands: SharedCommands::new(&settings.server, settings.deadline, 0)?,
            feed: Arc::new(LazyConnection::new(settings.server.client()?)),
            tag: format!("{{{}:links}}", settings.prefix),
            settings,
        })
    }

    /// The record of a key; `None` if there is none or Redis does not answer in time.
    pub async fn get(&self, key: &str) -> Option<Vec<u8>> {
        let mut get = redis::pipe();
        get.get(self.name(key));
        let got: Result<(Option<Vec<u8>>,), CommandError> = self.commands.send(&get).await;
        match got {
            Ok((record,)) => record,
            Err(CommandError::Late) => None,
            Err(error) => {
                tracing::debug!(%error, "Redis does not answer for a link");
                None
            }
        }
    }

    /// Writes records that are newer than those in Redis.
    ///
    /// # Errors
    /// When Redis does not answer in time.
    pub async fn put<'a>(
        &self,
        records: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<(), Error> {
        let mut pipe = redis::pipe();
        records.for_each(|(key, record)| {
            self.add_put(&mut pipe, key, record).ignore();
        });
        self.send(&pipe).await
    }

    /// Writes records like [`RedisLinks::put`]; gives for each the newer one in Redis, if any.
    ///
    /// # Errors
    /// When Redis does not answer in time.
    pub async fn exchange<'a>(
        &self,
        records: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Vec<Option<Vec<u8>>>, Error> {
        let mut pipe = redis::pipe();
        records.for_each(|(key, record)| {
            self.add_put(&mut pipe, key, record);
        });
        self.send(&pipe).await
    }

    /// Writes records like [`RedisLinks::put`], and adds them to the feed. `aliases` are other keys
    /// of the same links, which are updated if they exist. `id` is the place of the link's id in a
    /// record.
    ///
    /// # Errors
    /// When Redis does not answer in time.
    pub async fn publish<'a>(
        &self,
        records: impl Iterator<Item = (&'a str, &'a [u8])>,
        aliases: impl Iterator<Item = (&'a str, &'a [u8])>,
        id: Range<usize>,
    ) -> Result<(), Error> {
        let mut pipe = redis::pipe();
        for (key, record) in aliases {
            let put = self.script(&mut pipe, PUT_SAME, key, record);
            put.arg(id.start + 1).arg(id.end).ignore();
        }
        for (key, record) in records {
            self.add_put(&mut pipe, key, record).ignore();
            let add = pipe.cmd("XADD").arg(self.feed());
            add.arg("MAXLEN").arg("~").arg(FEED_LENGTH).arg("*");
            add.arg(KEY).arg(key).arg(RECORD).arg(record).ignore();
        }
        self.send(&pipe).await
    }

    fn add_put<'p>(
        &self,
        pipe: &'p mut redis::Pipeline,
        key: &str,
        record: &[u8],
    ) -> &'p mut redis::Pipeline {
        self.script(pipe, PUT, key, record)
    }

    /// A script on one record: its key; record, expiry, and where its version stands.
    fn script<'p>(
        &self,
        pipe: &'p mut redis::Pipeline,
        text: &str,
        key: &str,
        record: &[u8],
    ) -> &'p mut redis::Pipeline {
        let version = &self.settings.version;
        let script = pipe.cmd("EVAL").arg(text).arg(1);
        let script = script.arg(self.name(key)).arg(record);
        // Redis counts characters from 1 and includes the last one.
        script
            .arg(self.settings.ttl.as_secs().max(1))
            .arg(version.start + 1)
            .arg(version.end)
    }

    async fn send<T: FromRedisValue>(&self, pipe: &redis::Pipeline) -> Result<T, Error> {
        Ok(self.commands.send(pipe).await?)
    }

    fn name(&self, key: &str) -> String {
        format!("{}:{key}", self.tag)
    }

    fn feed(&self) -> String {
        format!("{}:changes", self.tag)
    }

    /// The changes behind the cursor, waiting up to `wait` for the first one.
    ///
    /// # Errors
    /// When Redis does not answer. The cursor stays where it was.
    pub async fn changes(
        &self,
        cursor: &mut FeedCursor,
        wait: Duration,
    ) -> Result<FeedChanges, Error> {
        let mut connection = match cursor.connection.take() {
            Some(connection) => connection,
            None => self.feed.connect().await?,
        };
        connection.set_response_timeout(wait.saturating_add(TIMEOUT));
        let changes = self.read(&mut connection, &mut cursor.last, wait).await?;
        cursor.connection = Some(connection);
        Ok(changes)
    }

    async fn read(
        &self,
        connection: &mut MultiplexedConnection,
        last: &mut Option<String>,
        wait: Duration,
    ) -> RedisResult<FeedChanges> {
        // While the last read entry exists, no entry behind it was trimmed.
        let missed = match last {
            None => true,
            Some(from) => {
                let first = self.end(connection, "XRANGE", "-", "+").await?;
                first.map_or(moment(from) > (0, 0), |first| moment(&first) > moment(from))
            }
        };
        if missed {
            *last = self.end(connection, "XREVRANGE", "+", "-").await?;
            last.get_or_insert_with(|| "0-0".to_owned());
            return Ok(FeedChanges {
                missed,
                records: Vec::new(),
            });
        }
        let from = last.clone().unwrap_or_default();
        let mut records = Vec::new();
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(COUNT);
        if !wait.is_zero() {
            read.arg("BLOCK")
                .arg(u64::try_from(wait.as_millis().max(1)).unwrap_or(u64::MAX));
        }
        read.arg("STREAMS").arg(self.feed()).arg(&from);
        let reply: Option<StreamReadReply> = read.query_async(connection).await?;
        for entry in reply
            .into_iter()
            .flat_map(|reply| reply.keys)
            .flat_map(|key| key.ids)
        {
            if let (Some(key), Some(record)) = (entry.get(KEY), entry.get(RECORD)) {
                records.push((key, record));
            }
            *last = Some(entry.id);
        }
        Ok(FeedChanges { missed, records })
    }

    /// The id of the first or last entry of the feed.
    async fn end(
        &self,
        connection: &mut MultiplexedConnection,
        command: &str,
        from: &str,
        to: &str,
    ) -> RedisResult<Option<String>> {
        let mut range = redis::cmd(command);
        range.arg(self.feed()).arg(from).arg(to).arg("COUNT").arg(1);
        let reply: StreamRangeReply = range.query_async(connection).await?;
        Ok(reply.ids.into_iter().next().map(|entry| entry.id))
    }
}

/// The two numbers of an entry's id.
fn moment(id: &str) -> (u64, u64) {
    let number = |text: &str| text.parse().unwrap_or(0);
    let (ms, counter) = id.split_once('-').unwrap_or((id, "0"));
    (number(ms), number(counter))
}
