//! How the link resolver learns of changes that other programs made.
//!
//! The feed in Redis carries each change at once. A query of the store, now and then, finds what
//! the feed missed because Redis was away when the change was made.

use std::time::Duration;

use super::redirect_target::RedirectTarget;
use super::resolver::{LinkResolver, record};
use crate::clock::Millis;
use crate::redis_links::{self, FeedCursor, RedisLinks};
use crate::store;

/// How far each query reaches back before the last one: clocks differ, and a change is visible only
/// after its commit.
const OVERLAP_MS: i64 = 30_000;

/// Most changes that one query reads.
const LOOK: i64 = 1000;

/// Links that one command compares with Redis. They are few, because Redis does nothing else
/// meanwhile.
const COMPARED: usize = 100;

/// The time up to which changes were read from the store.
#[derive(Clone, Copy, Debug)]
pub struct ReconcileCursor(Millis);

impl ReconcileCursor {
    /// Begins with what was changed after `since`.
    pub fn since(since: Millis) -> ReconcileCursor {
        ReconcileCursor(since)
    }
}

impl LinkResolver {
    /// Applies the changes of the feed, waiting up to `wait` for the first one; gives how many
    /// came. If some may have been missed, the cache is compared with Redis and
    /// [`LinkResolver::missed`] returns. Cached links stay: a link that is a few seconds old still
    /// leads somewhere, and nobody knows better while neither Redis nor the store answers. Without
    /// Redis this only waits.
    ///
    /// # Errors
    /// When Redis does not answer. The next call goes on from the same position.
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
            // The store is asked even if Redis does not answer.
            self.0.missed.notify_one();
            // The next call compares the rest.
            let count = compared.inspect_err(|_| *cursor = FeedCursor::default())?;
            tracing::debug!(
                count,
                "changes may have been missed; cached links were compared"
            );
        }
        for (key, record) in &changes.records {
            match RedirectTarget::from_bytes(record) {
                Some(target) => self.0.apply(&key.into(), &target),
                // A later version wrote it: this version reads the link from the store.
                None => drop(self.0.links.remove(key.as_str())),
            }
        }
        Ok(changes.records.len())
    }

    /// Writes cached links to Redis, which may have lost them, and applies newer ones from there;
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

    /// Waits until changes may have been missed. The caller asks the store for them then.
    pub async fn missed(&self) {
        self.0.missed.notified().await;
    }

    /// Fills the cache with the newest links, `most` at most, so that the first click of each link
    /// needs no query; gives how many were loaded.
    ///
    /// # Errors
    /// When the store does not answer. What was read until then stays.
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

    /// Reads the links that changed since the last call, and updates cache and Redis; gives how
    /// many there were.
    ///
    /// # Errors
    /// When the store does not answer. The next call reads from the same time again.
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
