//! Reads entries from Redis: those that this consumer already has, those that others hold too long,
//! and new ones.

use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{FromRedisValue, RedisResult, Value};

use super::log::{GROUP, RedisLog};
use super::stream_reader::{StreamEntry, StreamReader};
use crate::drivers::redis::TIMEOUT;

/// Entries of one read. Under load an entry has the records of some dozen redirects.
const COUNT: usize = 64;

/// Longest wait of one blocking read: a day.
const MAX_BLOCK: Duration = Duration::from_hours(24);

/// How long a read waits at one of several shards before it goes to the next.
const TURN: Duration = Duration::from_millis(50);

/// Streams with their entries, in the form of a read's answer.
type StreamReply = Option<Vec<(String, Vec<StreamEntry>)>>;

impl RedisLog {
    /// Reads entries until `max` records are here or Redis has no more. If there are none, the read
    /// blocks for at most `wait`.
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
            // The last connection may have failed while entries were being sent.
            reader.recover.fill(Some("0".to_owned()));
            // The connection for commands most likely failed too: an acknowledgement on it would
            // fail, and everything that was just written would be delivered again.
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

    /// At intervals, claims entries that other consumers have held too long.
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
                    tracing::info!(
                        entries = claimed.len(),
                        "claimed entries of another consumer"
                    );
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

    /// Entries of one shard from `from`. `>` reads new ones; another id reads those of this
    /// consumer.
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
            // Zero would block for ever.
            let ms = block.min(MAX_BLOCK).as_millis().max(1);
            command.arg("BLOCK").arg(u64::try_from(ms).unwrap_or(1));
        }
        command.arg("STREAMS").arg(entries).arg(from);
        let mut answer: RedisResult<StreamReply> = command.query_async(connection).await;
        if answer.as_ref().is_err_and(is_no_group) {
            // This is the first read, or somebody emptied Redis. The group begins at the stream's
            // first entry, so earlier entries are not skipped.
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
