//! The link cache: from a short link's domain and slug to where its redirect leads.
//!
//! Holds: a key that is missing is loaded once, however many ask for it at the same time; a slug
//! that does not exist is remembered for a short while; what is cached is answered without the
//! store. Whoever changes a link calls [`Resolver::forget`], after the change is committed; what was
//! loaded before that does not stay. Must not know: HTTP, clicks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::future::Cache;

use crate::id::{CampaignId, LinkId, WorkspaceId};
use crate::link::Link;
use crate::link::destination::ClickTarget;
use crate::store::{self, Store};

/// How often a link is read again because some link was changed meanwhile.
const LOAD_TRIES: u32 = 5;

/// What the redirect needs of a link.
#[derive(Clone, Debug)]
pub struct Target {
    /// The link.
    pub link_id: LinkId,
    /// Its owner.
    pub workspace_id: WorkspaceId,
    /// Its campaign, if any.
    pub campaign_id: Option<CampaignId>,
    /// Its network, if any.
    pub network: Option<String>,
    /// Whether it was taken back.
    pub archived: bool,
    /// Where it leads, prepared for a click id.
    pub location: ClickTarget,
    /// Bytes it takes in the cache, about.
    weight: u32,
}

impl From<Link> for Target {
    fn from(link: Link) -> Self {
        // The struct itself, its two strings, and what the cache keeps beside an entry.
        let weight = size_of::<Target>() + link.destination.len() + link.slug.len() + 160;
        Target {
            link_id: link.id,
            workspace_id: link.workspace_id,
            campaign_id: link.campaign_id,
            network: link.network,
            archived: link.archived_at.is_some(),
            location: ClickTarget::new(&link.destination, link.click_id_param.as_deref()),
            weight: u32::try_from(weight).unwrap_or(u32::MAX),
        }
    }
}

/// Only slugs that lead nowhere are forgotten by time.
#[derive(Debug)]
struct UnknownExpires(Duration);

type Entry = Option<Arc<Target>>;

impl Expiry<String, Entry> for UnknownExpires {
    fn expire_after_create(&self, _: &String, entry: &Entry, _: Instant) -> Option<Duration> {
        entry.is_none().then_some(self.0)
    }
}

/// The cache over the store. Clones share it.
#[derive(Clone, Debug)]
pub struct Resolver {
    store: Store,
    cache: Cache<String, Entry>,
    /// Counts changes of links: a load that one overtook may hold what was before it.
    changes: Arc<AtomicU64>,
}

impl Resolver {
    /// A cache of at most `bytes`, which remembers unknown slugs for `unknown_ttl`.
    pub fn new(store: Store, bytes: u64, unknown_ttl: Duration) -> Resolver {
        let cache = Cache::builder()
            .max_capacity(bytes)
            .weigher(|key: &String, entry: &Entry| {
                let own = u32::try_from(key.len() + 64).unwrap_or(u32::MAX);
                own.saturating_add(entry.as_ref().map_or(0, |target| target.weight))
            })
            .expire_after(UnknownExpires(unknown_ttl))
            .build();
        Resolver {
            store,
            cache,
            changes: Arc::default(),
        }
    }

    /// Where `slug` on `domain` leads; `None` when there is no such link.
    ///
    /// # Errors
    /// When it is not cached and the store does not answer; the error is not cached.
    pub async fn resolve(&self, domain: &str, slug: &str) -> Result<Entry, Arc<store::Error>> {
        let key = key(domain, slug);
        if let Some(entry) = self.cache.get(&key).await {
            return Ok(entry);
        }
        let before = self.changes.load(Ordering::SeqCst);
        let loaded = self
            .cache
            .try_get_with_by_ref(&key, self.load(domain, slug));
        let loaded = loaded.await;
        // An invalidation during the load came too early to meet what the load has put in.
        if self.changes.load(Ordering::SeqCst) != before {
            self.cache.invalidate(&key).await;
        }
        loaded
    }

    /// Reads the link, again where a change overtook the reading: who asks after the change may be
    /// waiting for a load that began before it.
    async fn load(&self, domain: &str, slug: &str) -> Result<Entry, store::Error> {
        let mut tries = 0;
        loop {
            tries += 1;
            let before = self.changes.load(Ordering::SeqCst);
            let mut tx = self.store.read().await?;
            let link = store::link::by_slug(&mut tx, domain, slug).await?;
            if tries == LOAD_TRIES || self.changes.load(Ordering::SeqCst) == before {
                return Ok(link.map(|link| Arc::new(Target::from(link))));
            }
        }
    }

    /// Drops what is cached for a link that was made or changed.
    pub async fn forget(&self, domain: &str, slug: &str) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.cache.invalidate(&key(domain, slug)).await;
    }
}

fn key(domain: &str, slug: &str) -> String {
    // Neither part can hold a slash, so two links never share a key.
    format!("{domain}/{slug}")
}
