//! The link cache: from a short link's domain and slug to where its redirect leads.
//!
//! Holds: a key that is missing is loaded once, however many ask for it at the same time, from Redis,
//! else from the store; a slug that does not exist is remembered for a short while; what is cached is
//! answered without either. Of two records of a link the one with the greater version stays, here and in
//! Redis, so late news never undo newer ones. Whoever makes or changes a link calls
//! [`Resolver::changed`] after the commit; other programs hear of it by [`Resolver::follow`], and of
//! what even that missed by [`Resolver::heal`]. Must not know: HTTP, clicks.

mod follow;
mod target;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use compact_str::CompactString;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::sync::Notify;

use crate::link::Link;
use crate::link_cache::LinkCache;
use crate::metric;
use crate::store::{self, Store};

pub use follow::Healing;
pub use target::{Target, VERSION};

/// How often a link is read again because a change overtook the reading.
const LOAD_TRIES: u32 = 3;

/// Most slugs remembered as unknown: somebody who tries them all fills this and nothing else.
const UNKNOWN_SLUGS: usize = 100_000;

/// What an entry of the cache takes beside its texts, in bytes, as measured with a million links.
const ENTRY_BYTES: usize = 96;

/// "domain/slug". Neither part can hold a slash, so two links never share a key; up to 24 bytes need
/// no memory of their own.
type Key = CompactString;

#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<Key, Target> for Bytes {
    fn weight(&self, key: &Key, target: &Target) -> u64 {
        let own = if key.is_heap_allocated() {
            key.len()
        } else {
            0
        };
        (ENTRY_BYTES + own + target.as_bytes().len()) as u64
    }
}

/// The caches over the store. Clones share them.
#[derive(Clone, Debug)]
pub struct Resolver(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    store: Store,
    redis: Option<LinkCache>,
    links: Cache<Key, Target, Bytes>,
    /// Until when a slug counts as unknown.
    unknown: Cache<Key, Instant>,
    unknown_ttl: Duration,
    /// Held while a newer record takes the place of an older one.
    changing: Mutex<()>,
    /// Told when changes may have been missed.
    missed: Notify,
}

impl Resolver {
    /// A cache of at most `bytes`, which remembers unknown slugs for `unknown_ttl`.
    pub fn new(
        store: Store,
        redis: Option<LinkCache>,
        bytes: u64,
        unknown_ttl: Duration,
    ) -> Resolver {
        let typical = ENTRY_BYTES as u64 + 160;
        let estimated = usize::try_from(bytes / typical).unwrap_or(usize::MAX);
        Resolver(Arc::new(Shared {
            store,
            redis,
            links: Cache::with_weighter(estimated.max(1), bytes, Bytes),
            unknown: Cache::new(UNKNOWN_SLUGS),
            unknown_ttl,
            changing: Mutex::new(()),
            missed: Notify::new(),
        }))
    }

    /// Where `slug` on `domain` leads; `None` when there is no such link.
    ///
    /// # Errors
    /// When neither cache knows it and the store does not answer; the error is not cached.
    pub async fn resolve(&self, domain: &str, slug: &str) -> Result<Option<Target>, store::Error> {
        let key = key(domain, slug);
        match self.0.links.get(&key) {
            Some(target) => Ok(Some(target)),
            // What is rare does not make every redirect's future larger.
            None => Box::pin(self.0.look_further(&key, domain, slug)).await,
        }
    }

    /// Takes in links that were just made, by domain and slug, and tells other programs.
    pub async fn made(&self, keys: impl Iterator<Item = (&str, &str)>) {
        let read = async {
            let mut tx = self.0.store.read().await?;
            let mut links = Vec::new();
            for (domain, slug) in keys {
                links.extend(store::link::by_slug(&mut tx, domain, slug).await?);
            }
            Ok::<_, store::Error>(links)
        };
        match read.await {
            Ok(links) => self.changed(&links).await,
            // They are found when somebody asks for them, if nobody has asked just before.
            Err(error) => tracing::warn!(%error, "new links are answered a little later"),
        }
    }

    /// Takes in links that were changed, and tells other programs.
    pub async fn changed(&self, links: &[Link]) {
        let records: Vec<(Key, Target)> = links.iter().filter_map(record).collect();
        for (key, target) in &records {
            self.0.take_in(key, target);
        }
        if let Some(redis) = &self.0.redis {
            let told = records
                .iter()
                .map(|(key, target)| (key.as_str(), target.as_bytes()));
            if let Err(error) = redis.tell(told).await {
                tracing::warn!(%error, "other programs hear of changed links a little later");
            }
        }
    }
}

fn record(link: &Link) -> Option<(Key, Target)> {
    Some((key(&link.domain, &link.slug), Target::of(link)?))
}

fn key(domain: &str, slug: &str) -> Key {
    let mut key = Key::with_capacity(domain.len() + 1 + slug.len());
    for part in [domain, "/", slug] {
        key.push_str(part);
    }
    key
}

impl Shared {
    /// Puts a record in the place of an older one, or of a load that is under way: what that finds is
    /// dropped then, as it may be older.
    fn take_in(&self, key: &Key, target: &Target) {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = self
            .links
            .peek(key)
            .is_none_or(|known| known.version() < target.version());
        if newer {
            self.links.insert(key.clone(), target.clone());
        }
        self.unknown.remove(key);
    }

    fn is_unknown(&self, key: &Key) -> bool {
        self.unknown
            .get(key)
            .is_some_and(|until| Instant::now() < until)
    }

    async fn look_further(
        &self,
        key: &Key,
        domain: &str,
        slug: &str,
    ) -> Result<Option<Target>, store::Error> {
        for _ in 0..LOAD_TRIES {
            if self.is_unknown(key) {
                return Ok(None);
            }
            let guard = match self.links.get_value_or_guard_async(key).await {
                Ok(target) => return Ok(Some(target)),
                Err(guard) => guard,
            };
            // Who had the guard before may have found that there is nothing.
            if self.is_unknown(key) {
                return Ok(None);
            }
            let Some(target) = self.load(key, domain, slug).await? else {
                self.unknown
                    .insert(key.clone(), Instant::now() + self.unknown_ttl);
                return Ok(None);
            };
            if guard.insert(target.clone()).is_ok() {
                return Ok(Some(target));
            }
        }
        self.load(key, domain, slug).await
    }

    /// From Redis, else from the store, which Redis then learns it from.
    async fn load(
        &self,
        key: &Key,
        domain: &str,
        slug: &str,
    ) -> Result<Option<Target>, store::Error> {
        if let Some(redis) = &self.redis
            && let Some(record) = redis.get(key).await
            && let Some(target) = Target::from_bytes(&record)
        {
            metric::count_link_miss("redis");
            return Ok(Some(target));
        }
        let mut tx = self.store.read().await?;
        let link = store::link::by_slug(&mut tx, domain, slug).await?;
        drop(tx);
        let target = link.as_ref().and_then(Target::of);
        metric::count_link_miss(if target.is_some() { "store" } else { "nowhere" });
        if let (Some(redis), Some(target)) = (&self.redis, &target) {
            redis
                .put([(key.as_str(), target.as_bytes())].into_iter())
                .await
                .unwrap_or_else(|error| tracing::debug!(%error, "Redis did not take a link"));
        }
        Ok(target)
    }
}
