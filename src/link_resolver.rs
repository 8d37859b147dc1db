//! The link cache: from a short link's domain and slug to where its redirect leads.
//!
//! Holds: a link is found on its own domain, else on those that its own one falls back to
//! ([`DomainTable`]). A key that is missing is loaded once, however many ask for it at the same
//! time, from Redis, else from the store; a slug that does not exist is remembered for a short
//! while; what is cached is answered without either. Of two records of a link the one with the
//! greater version stays, here and in Redis, so late news never undo newer ones. Whoever makes or
//! changes a link calls [`LinkResolver::changed`] after the commit; other programs hear of it by
//! [`LinkResolver::follow`], and of what even that missed by [`LinkResolver::reconcile`]. Must not
//! know: HTTP, clicks.

pub mod domain_move;
pub mod domains;
mod follow;
mod redirect_target;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use compact_str::CompactString;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::sync::Notify;

use crate::link::Link;
use crate::link::domain::table::{ConfiguredDomains, DomainTable};
use crate::metric;
use crate::redis_links::RedisLinks;
use crate::store::{self, Store, Tx};

use domains::Domains;
pub use follow::ReconcileCursor;
pub use redirect_target::{LINK_ID, RedirectTarget, VERSION};

/// How often a link is read again because a change overtook the reading.
const LOAD_TRIES: u32 = 3;

/// Most slugs remembered as unknown: somebody who tries them all fills this and nothing else.
const UNKNOWN_SLUGS: usize = 100_000;

/// Links that one statement reads.
const READ_AT_ONCE: usize = 500;

/// What an entry of the cache takes beside its texts, in bytes, as measured with a million links.
const ENTRY_BYTES: usize = 96;

/// "domain/slug". Neither part can hold a slash, so two links never share a key; up to 24 bytes
/// need no memory of their own.
type LinkKey = CompactString;

#[derive(Clone, Debug)]
struct RecordWeight;

impl Weighter<LinkKey, RedirectTarget> for RecordWeight {
    fn weight(&self, key: &LinkKey, target: &RedirectTarget) -> u64 {
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
pub struct LinkResolver(Arc<Caches>);

#[derive(Debug)]
struct Caches {
    store: Store,
    redis: Option<RedisLinks>,
    domains: Domains,
    links: Cache<LinkKey, RedirectTarget, RecordWeight>,
    /// Until when a slug counts as unknown.
    unknown: Cache<LinkKey, Instant>,
    unknown_ttl: Duration,
    /// Held while a newer record takes the place of an older one.
    changing: Mutex<()>,
    /// Told when changes may have been missed.
    missed: Notify,
}

impl LinkResolver {
    /// A cache of at most `bytes`, which remembers unknown slugs for `unknown_ttl`.
    pub fn new(
        store: Store,
        redis: Option<RedisLinks>,
        configured: ConfiguredDomains,
        bytes: u64,
        unknown_ttl: Duration,
    ) -> LinkResolver {
        let typical = ENTRY_BYTES as u64 + 160;
        let estimated = usize::try_from(bytes / typical).unwrap_or(usize::MAX);
        LinkResolver(Arc::new(Caches {
            store,
            redis,
            domains: Domains::new(configured),
            links: Cache::with_weighter(estimated.max(1), bytes, RecordWeight),
            unknown: Cache::new(UNKNOWN_SLUGS),
            unknown_ttl,
            changing: Mutex::new(()),
            missed: Notify::new(),
        }))
    }

    /// The domains of this service.
    pub fn domains(&self) -> &Domains {
        &self.0.domains
    }

    /// Takes up domains that other programs added, and moves of their links.
    ///
    /// # Errors
    /// When the store does not answer; the known ones are used.
    pub async fn refresh_domains(&self) -> Result<(), store::Error> {
        let mut tx = self.0.store.read().await?;
        self.0.read_domains(&mut tx).await.map(drop)
    }

    /// The same, in a transaction of the caller's; gives the domains.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn read_domains(&self, tx: &mut Tx) -> Result<Arc<DomainTable>, store::Error> {
        self.0.read_domains(tx).await
    }

    /// Where `slug` on `domain` leads; `None` when there is no such link.
    ///
    /// # Errors
    /// When neither cache knows it and the store does not answer; the error is not cached.
    pub async fn resolve(
        &self,
        domain: &str,
        slug: &str,
    ) -> Result<Option<RedirectTarget>, store::Error> {
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
            let keys: Vec<(&str, &str)> = keys.collect();
            let mut links = Vec::new();
            for some in keys.chunks(READ_AT_ONCE) {
                links.extend(store::link::by_slugs(&mut tx, some).await?);
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
        if let Err(error) = self.refresh_domains().await {
            tracing::debug!(%error, "domains are used as they are known");
        }
        let records: Vec<(LinkKey, RedirectTarget)> = links.iter().filter_map(record).collect();
        for (key, target) in &records {
            self.0.apply(key, target);
        }
        if let Some(redis) = &self.0.redis {
            let told = records
                .iter()
                .map(|(key, target)| (key.as_str(), target.as_bytes()));
            let aliases: Vec<_> = records
                .iter()
                .flat_map(|(key, target)| {
                    let names = self.0.other_names(key).into_iter();
                    names.map(move |name| (name, target))
                })
                .collect();
            let aliases = aliases
                .iter()
                .map(|(key, target)| (key.as_str(), target.as_bytes()));
            if let Err(error) = redis.publish(told, aliases, LINK_ID).await {
                tracing::warn!(%error, "other programs hear of changed links a little later");
            }
        }
    }
}

fn record(link: &Link) -> Option<(LinkKey, RedirectTarget)> {
    Some((key(&link.domain, &link.slug), RedirectTarget::of(link)?))
}

fn key(domain: &str, slug: &str) -> LinkKey {
    let mut key = LinkKey::with_capacity(domain.len() + 1 + slug.len());
    for part in [domain, "/", slug] {
        key.push_str(part);
    }
    key
}

impl Caches {
    /// Puts a record in the place of an older one, or of a load that is under way: what that finds
    /// is dropped then, as it may be older.
    fn apply(&self, key: &LinkKey, target: &RedirectTarget) {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = self
            .links
            .peek(key)
            .is_none_or(|known| known.is_older(target));
        if newer {
            self.links.insert(key.clone(), target.clone());
        }
        for name in self.other_names(key) {
            match self.links.peek(&name) {
                Some(known) if known.link_id() != target.link_id() => {}
                Some(known) if known.is_older(target) => self.links.insert(name, target.clone()),
                Some(_) => {}
                // What a load under way finds is dropped.
                None => {
                    self.links.remove(&name);
                    self.unknown.remove(&name);
                }
            }
        }
        self.unknown.remove(key);
    }

    async fn read_domains(&self, tx: &mut Tx) -> Result<Arc<DomainTable>, store::Error> {
        let read = self.domains.read(tx).await?;
        if let Some([before, after]) = self.domains.replace(read) {
            // Edits of a link reach the names that it had when it was loaded.
            self.links.retain(|key, _| {
                let host = key.rsplit_once('/').map_or("", |(host, _)| host);
                before.fallbacks(host) == after.fallbacks(host)
            });
            self.unknown.clear();
        }
        Ok(self.domains.snapshot())
    }

    fn is_unknown(&self, key: &LinkKey) -> bool {
        self.unknown
            .get(key)
            .is_some_and(|until| Instant::now() < until)
    }

    async fn look_further(
        &self,
        key: &LinkKey,
        domain: &str,
        slug: &str,
    ) -> Result<Option<RedirectTarget>, store::Error> {
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
        key: &LinkKey,
        domain: &str,
        slug: &str,
    ) -> Result<Option<RedirectTarget>, store::Error> {
        if let Some(redis) = &self.redis
            && let Some(record) = redis.get(key).await
            && let Some(target) = RedirectTarget::from_bytes(&record)
        {
            metric::count_link_miss("redis");
            return Ok(Some(target));
        }
        let link = match self.stored(domain, slug).await {
            Ok(link) => link,
            Err(error) => {
                return self
                    .cached_elsewhere(domain, slug)
                    .await
                    .ok_or(error)
                    .map(Some);
            }
        };
        let found = link.as_ref().and_then(record);
        metric::count_link_miss(if found.is_some() { "store" } else { "nowhere" });
        if let (Some(redis), Some((key, target))) = (&self.redis, &found) {
            redis
                .put([(key.as_str(), target.as_bytes())].into_iter())
                .await
                .unwrap_or_else(|error| tracing::debug!(%error, "Redis did not take a link"));
        }
        Ok(found.map(|(_, target)| target))
    }

    /// The link in the store, on its own domain or on one that this falls back to. The domains are
    /// read with it where they are older than a second: a move that this program has not heard of
    /// hides a link for no longer than a slug counts as unknown.
    async fn stored(&self, domain: &str, slug: &str) -> Result<Option<Link>, store::Error> {
        let mut tx = self.store.read().await?;
        let link = store::link::by_slug(&mut tx, domain, slug).await?;
        if link.is_some() {
            return Ok(link);
        }
        let table = if self.domains.are_fresh() {
            self.domains.snapshot()
        } else {
            self.read_domains(&mut tx).await?
        };
        for fallback in table.fallbacks(domain) {
            let link = store::link::by_slug(&mut tx, fallback, slug).await?;
            if link.is_some() {
                return Ok(link);
            }
        }
        Ok(None)
    }

    /// While the store is away: the link as Redis knows it on a domain that this one falls back to.
    async fn cached_elsewhere(&self, domain: &str, slug: &str) -> Option<RedirectTarget> {
        let redis = self.redis.as_ref()?;
        let table = self.domains.snapshot();
        for fallback in table.fallbacks(domain) {
            let record = redis.get(&key(fallback, slug)).await;
            let target = record.as_deref().and_then(RedirectTarget::from_bytes);
            if target.is_some() {
                return target;
            }
        }
        None
    }

    /// The keys under which other domains may lead to the same link.
    fn other_names(&self, own: &LinkKey) -> Vec<LinkKey> {
        let Some((domain, slug)) = own.rsplit_once('/') else {
            return Vec::new();
        };
        let table = self.domains.snapshot();
        let dependents = table.dependents(domain).iter();
        dependents.map(|host| key(host, slug)).collect()
    }
}
