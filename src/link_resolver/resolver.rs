//! The caches over the store, and how a link gets into them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use compact_str::CompactString;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::sync::Notify;

use super::domains::Domains;
use super::redirect_target::{LINK_ID, RedirectTarget};
use crate::link::Link;
use crate::link::domain::table::{ConfiguredDomains, DomainTable};
use crate::metric;
use crate::metric::outcome::LinkTier;
use crate::redis_links::RedisLinks;
use crate::store::{self, Store, Tx};

/// How often a link is read again because a change came during the read.
const LOAD_TRIES: u32 = 3;

/// Most slugs that are remembered as unknown. A client that guesses slugs fills this and nothing
/// else.
const UNKNOWN_SLUGS: usize = 100_000;

/// Links that one statement reads.
const READ_AT_ONCE: usize = 500;

/// Bytes of a cache entry beside its texts, measured with a million links.
const ENTRY_BYTES: usize = 96;

/// "domain/slug". Neither part holds a slash, so two links never share a key. A key of up to 24
/// bytes needs no allocation.
pub(super) type LinkKey = CompactString;

#[derive(Clone, Debug)]
pub(super) struct RecordWeight;

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
pub struct LinkResolver(pub(super) Arc<Caches>);

#[derive(Debug)]
pub(super) struct Caches {
    pub(super) store: Store,
    pub(super) redis: Option<RedisLinks>,
    pub(super) domains: Domains,
    pub(super) links: Cache<LinkKey, RedirectTarget, RecordWeight>,
    /// When an unknown slug is looked up again.
    pub(super) unknown: Cache<LinkKey, Instant>,
    pub(super) unknown_ttl: Duration,
    /// Held while a newer record takes the place of an older one.
    pub(super) changing: Mutex<()>,
    /// Notified when changes may have been missed.
    pub(super) missed: Notify,
}

impl LinkResolver {
    /// A resolver with a cache of at most `bytes`. It remembers unknown slugs for `unknown_ttl`.
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

    /// Reads domains that other programs added, and moves of their links.
    ///
    /// # Errors
    /// When the store does not answer. The known domains are used then.
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
            // They are loaded when somebody asks for them. A slug that was just asked for counts as
            // unknown for a while.
            Err(error) => {
                tracing::warn!(%error, "new links cannot be cached now");
            }
        }
    }

    /// Applies changed links, and publishes them to other programs.
    pub async fn changed(&self, links: &[Link]) {
        if let Err(error) = self.refresh_domains().await {
            tracing::debug!(%error, "domains cannot be read again; the known ones are used");
        }
        let records: Vec<(LinkKey, RedirectTarget)> = links.iter().filter_map(record).collect();
        for (key, target) in &records {
            self.0.apply(key, target);
        }
        if let Some(redis) = &self.0.redis {
            let changed = records
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
            if let Err(error) = redis.publish(changed, aliases, LINK_ID).await {
                tracing::warn!(%error, "changed links cannot be published now; other programs read them from the store");
            }
        }
    }
}

pub(super) fn record(link: &Link) -> Option<(LinkKey, RedirectTarget)> {
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
    /// Replaces an older record, or a load in progress: the result of that load is dropped, as it
    /// may be older.
    pub(super) fn apply(&self, key: &LinkKey, target: &RedirectTarget) {
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
                // This drops the result of a load in progress.
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
            // An edit reaches a link under the names that it had when it was loaded.
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
            // The former owner of the guard may have found nothing.
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

    /// Loads from Redis, else from the store; what the store has is written to Redis.
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
            metric::count_link_miss(LinkTier::Redis);
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
        metric::count_link_miss(match found {
            Some(_) => LinkTier::Store,
            None => LinkTier::Nowhere,
        });
        if let (Some(redis), Some((key, target))) = (&self.redis, &found) {
            redis
                .put([(key.as_str(), target.as_bytes())].into_iter())
                .await
                .unwrap_or_else(|error| tracing::debug!(%error, "Redis did not take a link"));
        }
        Ok(found.map(|(_, target)| target))
    }

    /// The link in the store, on its own domain or on one that this falls back to. Domains that are
    /// older than a second are read with it. So a move that this program missed hides a link for no
    /// longer than a slug counts as unknown.
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

    /// While the store is away: the link in Redis on a domain that this one falls back to.
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

    /// The keys by which other domains may lead to the same link.
    fn other_names(&self, own: &LinkKey) -> Vec<LinkKey> {
        let Some((domain, slug)) = own.rsplit_once('/') else {
            return Vec::new();
        };
        let table = self.domains.snapshot();
        let dependents = table.dependents(domain).iter();
        dependents.map(|host| key(host, slug)).collect()
    }
}
