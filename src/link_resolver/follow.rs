//! How the link cache hears of changes that other programs made.
//!
//! Two ways: the feed in Redis tells of each change at once; a look into the store, now and then,
//! finds what the feed did not carry, because Redis was away when the change was made.

use std::time::Duration;

use super::{LinkResolver, RedirectTarget, record};
use crate::clock::Millis;
use crate::redis_links::{self, FeedCursor, RedisLinks};
use crate::store;

/// How far each look into the store reaches back behind the last one: clocks differ, and a change
/// is seen only after its commit.
const OVERLAP_MS: i64 = 30_000;

/// Most changes taken from the store at a time.
const LOOK: i64 = 1000;

/// Links compared with Redis at a time: Redis does nothing else meanwhile, so they are few.
const COMPARED: usize = 100;

/// Up to when the store was looked through for changes.
#[derive(Clone, Copy, Debug)]
pub struct ReconcileCursor(Millis);

impl ReconcileCursor {
    /// Begins with what was changed after `since`.
    pub fn since(since: Millis) -> ReconcileCursor {
        ReconcileCursor(since)
    }
}

impl LinkResolver {
    /// Takes in what the feed tells, waiting up to `wait` for the first change; gives how many
    /// came. Where some may have been missed, the cache is compared with Redis, and who waits at
    /// [`LinkResolver::missed`] is told. What is cached stays: a link that is a few seconds old
    /// leads somewhere, and while neither Redis nor the store answers nobody knows better. Without
    /// Redis it only waits.
    ///
    /// # Errors
    /// When Redis does not answer; the next call goes on where this one was.
    pub async fn follow(
        &self,
        cursor: &mut FeedCursor,
        wait: Duration,
    ) -> Result<usize, redis_links::Error> {
        let Some(redis) = &self.0.redis else {
            tokio::time::sleep(wait).await;
            return Ok(0);
        };
        let changes = redis.changes(cursor, wait).await?;
        if changes.missed {
            self.0.unknown.clear();
            let compared = self.compare(redis).await;
            // The store is asked whether Redis answered or not.
            self.0.missed.notify_one();
            // What was not compared is compared by the next call.
            let count = compared.inspect_err(|_| *cursor = FeedCursor::default())?;
            tracing::debug!(
                count,
                "changes may have been missed; cached links were compared"
            );
        }
        for (key, record) in &changes.records {
            match RedirectTarget::from_bytes(record) {
                Some(target) => self.0.apply(&key.into(), &target),
                // Written by a later version: the store knows it as this one can read it.
                None => drop(self.0.links.remove(key.as_str())),
            }
        }
        Ok(changes.records.len())
    }

    /// Brings what is cached to Redis, which may have lost it, and takes in what is newer there;
    /// gives how many links that were.
    async fn compare(&self, redis: &RedisLinks) -> Result<usize, redis_links::Error> {
        let known: Vec<_> = self.0.links.iter().collect();
        for part in known.chunks(COMPARED) {
            let records = part.iter();
            let records = records.map(|(key, target)| (key.as_str(), target.as_bytes()));
            let newer = redis.exchange(records).await?;
            for ((key, _), newer) in part.iter().zip(newer) {
                if let Some(target) = newer.as_deref().and_then(RedirectTarget::from_bytes) {
                    self.0.apply(key, &target);
                }
            }
        }
        Ok(known.len())
    }

    /// Waits until changes may have been missed: the store is to be asked for them now.
    pub async fn missed(&self) {
        self.0.missed.notified().await;
    }

    /// Fills the cache with the newest links, `most` at most, so that a start is not followed by a
    /// look into the store for each link; gives how many there were.
    ///
    /// # Errors
    /// When the store does not answer; what was read until then stays.
    pub async fn preload(&self, most: usize) -> Result<usize, store::Error> {
        let mut before = None;
        let mut count = 0;
        while count < most {
            let mut tx = self.0.store.read().await?;
            let links = store::link::newest_before(&mut tx, before, LOOK).await?;
            drop(tx);
            let Some(oldest) = links.last() else { break };
            before = Some(oldest.id);
            for (key, target) in links.iter().take(most - count).filter_map(record) {
                self.0.apply(&key, &target);
            }
            count += links.len().min(most - count);
            if self.0.links.weight() > self.0.links.capacity() / 10 * 9 {
                break;
            }
        }
        Ok(count)
    }

    /// Looks for links that were changed since the last look, and brings cache and Redis up to
    /// date; gives how many there were.
    ///
    /// # Errors
    /// When store or Redis do not answer; the next call looks at the same time again.
    pub async fn reconcile(
        &self,
        cursor: &mut ReconcileCursor,
        now: Millis,
    ) -> Result<usize, store::Error> {
        let mut tx = self.0.store.read().await?;
        let since = cursor.0.plus_ms(-OVERLAP_MS);
        let links = store::link::edited_since(&mut tx, since, LOOK).await?;
        drop(tx);
        let records: Vec<_> = links.iter().filter_map(record).collect();
        for (key, target) in &records {
            self.0.apply(key, target);
        }
        if let Some(redis) = &self.0.redis
            && !records.is_empty()
        {
            let put = records
                .iter()
                .map(|(key, target)| (key.as_str(), target.as_bytes()));
            if let Err(error) = redis.put(put).await {
                tracing::debug!(%error, "changed links are brought to Redis later");
                return Ok(records.len());
            }
        }
        let whole = i64::try_from(links.len()).is_ok_and(|count| count < LOOK);
        let reached = links
            .last()
            .map_or(now, |link| link.updated_at.plus_ms(OVERLAP_MS));
        cursor.0 = if whole { now } else { reached };
        Ok(records.len())
    }
}
