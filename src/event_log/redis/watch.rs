//! Watches the log in Redis: whether it accepts entries, its settings, and whether it still holds
//! what it confirmed.
//!
//! # Invariants
//! - A probe uses the commands and keys of an append. The script that adds its entry deletes it, so
//!   no reader sees it.
//! - A Redis that refuses `INFO` can still be used.
//! - A problem is logged once, not at each check.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use redis::RedisResult;
use redis::streams::{StreamInfoGroup, StreamInfoGroupsReply, StreamRangeReply};

use super::log::{GROUP, RedisLog, failed};
use super::undelivered::{
    EntryId, Undelivered, UndeliveredCheckpoint, entry_id, is_mark, new_mark,
};
use crate::drivers::redis::{RedisCondition, RedisRefusal};
use crate::event_log::condition::{LogCondition, LogProblem, LogProblemKind};
use crate::event_log::error::Error;
use crate::event_log::lock::locked;

/// How often the settings of Redis are read.
const CONDITION_EVERY: Duration = Duration::from_secs(10);

/// How often a quiet log is checked.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Appends an entry and deletes it.
const PROBE: &str = "\
local id = redis.call('XADD', KEYS[1], '*', 'probe', '') \
redis.call('INCRBY', KEYS[2], 0) \
redis.call('XDEL', KEYS[1], id) \
if redis.call('XLEN', KEYS[1]) == 0 then redis.call('DEL', KEYS[2]) end";

impl RedisLog {
    /// The first check: the settings of Redis, whether it accepts entries, and whether it still
    /// holds this program's earlier entries.
    ///
    /// # Errors
    /// [`Error::Cluster`], or why Redis does not accept entries.
    pub(in crate::event_log) async fn greet(&self) -> Result<(), Error> {
        if self.ask_condition().await?.is_cluster {
            return Err(Error::Cluster);
        }
        self.probe().await?;
        self.look_after_streams().await
    }

    /// Checks whether Redis accepts entries, on every shard.
    ///
    /// # Errors
    /// Why Redis does not accept them.
    pub(in crate::event_log) async fn probe(&self) -> Result<(), Error> {
        let mut pipe = redis::pipe();
        for shard in &self.shared.shards {
            let command = pipe.cmd("EVAL").arg(PROBE).arg(2);
            command.arg(&shard.entries).arg(&shard.depth).ignore();
        }
        let probed: RedisResult<()> = self.appends.ask(&pipe).await;
        probed.map_err(failed("append to"))
    }

    /// Makes the checks that are due. A task calls this repeatedly while Redis is healthy.
    ///
    /// # Errors
    /// When Redis does not answer. The next call checks again.
    pub(in crate::event_log) async fn watch(&self) -> Result<(), Error> {
        let known = locked(&self.shared.watch.condition)
            .as_ref()
            .map(|known| known.0);
        if known.is_none_or(|at| at.elapsed() >= CONDITION_EVERY) {
            self.ask_condition().await?;
        }
        let waiting = self
            .shared
            .shards
            .iter()
            .any(|shard| !locked(&shard.undelivered).is_empty());
        let looked = *locked(&self.shared.watch.looked);
        if waiting || looked.is_none_or(|at| at.elapsed() >= LOOK_EVERY) {
            self.look_after_streams().await?;
            *locked(&self.shared.watch.looked) = Some(Instant::now());
        }
        Ok(())
    }

    /// Reads the settings of Redis.
    ///
    /// # Errors
    /// Why Redis does not answer.
    pub(in crate::event_log) async fn ask_condition(&self) -> Result<RedisCondition, Error> {
        let mut pipe = redis::pipe();
        pipe.cmd("INFO");
        let answer: RedisResult<(String,)> = self.command(pipe).await;
        let condition = match answer {
            Ok((info,)) => RedisCondition::parse(&info),
            Err(error) if error.is_io_error() || is_login(&error) => {
                return Err(failed("ask about")(error));
            }
            // Some hosted servers do not answer `INFO`, and some users have no permission for it.
            Err(_) => RedisCondition::parse(""),
        };
        let before = locked(&self.shared.watch.condition)
            .replace((Instant::now(), condition.clone()))
            .map(|(_, condition)| condition);
        if before.as_ref() != Some(&condition) {
            warn_of(&condition, before.as_ref());
        }
        Ok(condition)
    }

    async fn look_after_streams(&self) -> Result<(), Error> {
        for number in 0..self.shared.shards.len() {
            self.look_after(number)
                .await
                .map_err(failed("look after"))?;
        }
        Ok(())
    }

    async fn look_after(&self, number: usize) -> RedisResult<()> {
        let shard = &self.shared.shards[number];
        let groups = self.groups(&shard.entries).await?;
        let marks: Vec<&str> = groups
            .iter()
            .map(|group| &group.name[..])
            .filter(|group| is_mark(group))
            .collect();
        let known = locked(&shard.undelivered).mark().map(str::to_owned);
        if known.as_deref().is_some_and(|known| marks.contains(&known)) {
            let ingest = groups.iter().find(|group| group.name == GROUP);
            if let Some(delivered) = ingest.and_then(|group| entry_id(&group.last_delivered_id)) {
                locked(&shard.undelivered).delivered(delivered);
            }
            return Ok(());
        }
        if known.is_some() {
            let first = self.first_entry(&shard.entries).await?;
            let lost = locked(&shard.undelivered).lose(first);
            self.note_loss(lost);
        }
        let mark = match marks.into_iter().min() {
            Some(mark) => mark.to_owned(),
            None => self.create_mark(&shard.entries).await?,
        };
        locked(&shard.undelivered).adopt(mark);
        Ok(())
    }

    fn note_loss(&self, lost: u64) {
        self.shared.lost.fetch_add(lost, Ordering::Relaxed);
        *locked(&self.shared.watch.lost_at) = Some(Instant::now());
        tracing::error!(
            lost,
            "Redis lost confirmed entries: it was emptied, restarted without its file, or evicted the \
             log; `lost` is how many entries of this program are gone at most"
        );
    }

    /// The groups of a stream; none if the stream does not exist.
    async fn groups(&self, entries: &str) -> RedisResult<Vec<StreamInfoGroup>> {
        let mut pipe = redis::pipe();
        pipe.cmd("XINFO").arg("GROUPS").arg(entries);
        match self.command::<(StreamInfoGroupsReply,)>(pipe).await {
            Ok((reply,)) => Ok(reply.groups),
            Err(error) if error.to_string().contains("no such key") => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    async fn first_entry(&self, entries: &str) -> RedisResult<Option<EntryId>> {
        let mut pipe = redis::pipe();
        let range = pipe.cmd("XRANGE").arg(entries).arg("-").arg("+");
        range.arg("COUNT").arg(1);
        let (reply,): (StreamRangeReply,) = self.command(pipe).await?;
        Ok(reply.ids.first().and_then(|entry| entry_id(&entry.id)))
    }

    async fn create_mark(&self, entries: &str) -> RedisResult<String> {
        let mark = new_mark();
        let mut pipe = redis::pipe();
        let create = pipe.cmd("XGROUP").arg("CREATE").arg(entries).arg(&mark);
        create.arg("0").arg("MKSTREAM").ignore();
        let () = self.command(pipe).await?;
        Ok(mark)
    }

    /// Checks whether Redis accepts entries, and names what is wrong.
    pub(in crate::event_log) async fn check(&self) -> LogCondition {
        let probe = self.probe().await;
        let mut problems = self.notes();
        if let Err(Error::Redis { refusal, .. }) = &probe {
            problems.insert(
                0,
                LogProblem::new(LogProblemKind::Redis(*refusal), refusal.remedy()),
            );
        }
        LogCondition {
            keeps: probe.is_ok(),
            problems,
        }
    }

    /// Problems that do not stop entries but may lose some.
    pub(in crate::event_log) fn notes(&self) -> Vec<LogProblem> {
        let mut notes = Vec::new();
        if let Some(refusal) = self.unread() {
            let says = format!(
                "Entries cannot be read: {}. Entries in the log are processed later.",
                refusal.remedy()
            );
            notes.push(LogProblem::new(LogProblemKind::NotRead, says));
        }
        let condition = self.condition();
        if condition.as_ref().is_some_and(|it| it.is_cluster) {
            let refusal = RedisRefusal::Cluster;
            let says = format!("{}.", refusal.remedy());
            notes.push(LogProblem::new(LogProblemKind::Redis(refusal), says));
        }
        if condition.as_ref().is_some_and(RedisCondition::may_evict) {
            let says = "Redis may evict the log when its memory is full, and clicks with it. Set \
                        `maxmemory-policy noeviction`.";
            notes.push(LogProblem::new(LogProblemKind::MayEvict, says));
        }
        if condition.is_some_and(|condition| !condition.appendonly) {
            let says = "Redis keeps no append-only file: what it had confirmed is lost when it \
                        restarts. Set `appendonly yes`.";
            notes.push(LogProblem::new(LogProblemKind::NotDurable, says));
        }
        if self.has_lost() {
            let says = format!(
                "Redis was emptied, or restarted without its file, within the last hour. Entries of \
                 this program that are gone: at most {}.",
                self.lost()
            );
            notes.push(LogProblem::new(LogProblemKind::LostEntries, says));
        }
        notes
    }

    /// The state that outlives the program: the marks, and the entries that no reader has received.
    pub(in crate::event_log) fn checkpoint(&self) -> BTreeMap<String, UndeliveredCheckpoint> {
        let shards = self.shared.shards.iter();
        shards
            .map(|shard| {
                (
                    shard.entries.clone(),
                    locked(&shard.undelivered).checkpoint(),
                )
            })
            .collect()
    }

    /// Restores the state of an earlier run.
    pub(in crate::event_log) fn restore(&self, mut kept: BTreeMap<String, UndeliveredCheckpoint>) {
        for shard in &self.shared.shards {
            if let Some(kept) = kept.remove(&shard.entries) {
                *locked(&shard.undelivered) = Undelivered::from(kept);
            }
        }
    }
}

/// Whether the user or password is wrong; a missing permission does not count.
fn is_login(error: &redis::RedisError) -> bool {
    let text = error.to_string();
    error.kind() == redis::ErrorKind::AuthenticationFailed
        || ["NOAUTH", "WRONGPASS"]
            .iter()
            .any(|mark| text.contains(mark))
}

/// Warns of settings of Redis that put clicks at risk, if they changed.
fn warn_of(condition: &RedisCondition, before: Option<&RedisCondition>) {
    if condition.may_evict() && !before.is_some_and(RedisCondition::may_evict) {
        tracing::warn!(
            policy = condition.maxmemory_policy,
            "Redis may evict the log when its memory is full, and clicks with it; set \
             `maxmemory-policy noeviction`"
        );
    }
    if !condition.appendonly && before.is_none_or(|before| before.appendonly) {
        tracing::warn!(
            "Redis keeps no append-only file: what it had confirmed is lost when it restarts; set \
             `appendonly yes`"
        );
    }
}
