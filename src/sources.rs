//! Active sources in memory: who may send webhooks, and the secrets that prove it.
//!
//! # Invariants
//! - A cached source is found without the store, so webhooks are accepted while the store is away.
//! - The program that changes a source sees the change at once, others with the next
//!   [`Sources::refresh`].
//! - Secrets are unsealed in memory only.
//!
//! # Out of scope
//! HTTP; the content of requests.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use secrecy::{ExposeSecret, SecretString};

use crate::clock::Millis;
use crate::id::{SourceId, WorkspaceId};
use crate::provider::{ProviderKind, SourceSettings};
use crate::store::source::{self, Source};
use crate::store::{self, Store};
use crate::vault::{self, Vault};

/// Most sources in memory.
const MAX_CACHED: usize = 10_000;

/// Why a source is not found.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store did not answer, and the source is not in memory.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Its secrets cannot be unsealed.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// Its provider or settings belong to another version of the program.
    #[error("this version of the program cannot read the source")]
    Unreadable,
}

/// A source, ready for requests.
#[derive(Debug)]
pub struct ActiveSource {
    /// Its id.
    pub id: SourceId,
    /// Its owner.
    pub workspace_id: WorkspaceId,
    /// The protocol it speaks.
    pub kind: ProviderKind,
    /// Its settings.
    pub settings: SourceSettings,
    /// Whether it is archived.
    pub is_archived: bool,
    /// When its last request was accepted, as of the last refresh.
    pub last_accepted_at: Option<Millis>,
    secret: SecretString,
    previous: Option<(SecretString, Millis)>,
}

impl ActiveSource {
    /// The source with its secrets unsealed.
    ///
    /// # Errors
    /// When this key or this version of the program cannot read it.
    pub fn open(vault: &Vault, source: &Source) -> Result<ActiveSource, Error> {
        // A previous secret under a lost master key must not stop the current secret.
        let previous = source.previous.as_ref().and_then(|previous| {
            let secret = vault.unseal(&previous.sealed_secret).ok()?;
            Some((secret, previous.until))
        });
        Ok(ActiveSource {
            id: source.id,
            workspace_id: source.workspace_id,
            kind: source.provider.parse().map_err(|_| Error::Unreadable)?,
            settings: serde_json::from_str(&source.settings).map_err(|_| Error::Unreadable)?,
            is_archived: source.archived_at.is_some(),
            last_accepted_at: source.last_accepted_at,
            secret: vault.unseal(&source.sealed_secret)?,
            previous,
        })
    }

    /// The secrets that work at `now`, the newest first.
    pub fn secrets(&self, now: Millis) -> Vec<SecretString> {
        let previous = self.previous.iter().filter(|(_, until)| now < *until);
        let previous = previous.map(|(secret, _)| secret.clone());
        let all = std::iter::once(self.secret.clone()).chain(previous);
        // A source has no secret until its sender provides one.
        all.filter(|secret| !secret.expose_secret().is_empty())
            .collect()
    }
}

/// The sources in memory.
#[derive(Debug)]
pub struct Sources {
    store: Store,
    vault: Arc<Vault>,
    known: RwLock<SourceCache>,
}

/// The cached sources, and a count of changes: a read from before a change must not overwrite it.
#[derive(Debug, Default)]
struct SourceCache {
    sources: HashMap<SourceId, Arc<ActiveSource>>,
    changes: u64,
}

impl Sources {
    /// An empty cache.
    pub fn new(store: Store, vault: Arc<Vault>) -> Sources {
        Sources {
            store,
            vault,
            known: RwLock::default(),
        }
    }

    /// The source of that id, if it is cached.
    pub fn known(&self, id: SourceId) -> Option<Arc<ActiveSource>> {
        self.reading().sources.get(&id).cloned()
    }

    /// The source of that id, of any workspace, archived ones included.
    ///
    /// # Errors
    /// [`Error`]. A cached source needs no store.
    pub async fn find(&self, id: SourceId) -> Result<Option<Arc<ActiveSource>>, Error> {
        if let Some(known) = self.known(id) {
            return Ok(Some(known));
        }
        let changes = self.reading().changes;
        let mut tx = self.store.read().await?;
        let Some(found) = source::by_id(&mut tx, id).await? else {
            return Ok(None);
        };
        let live = Arc::new(ActiveSource::open(&self.vault, &found)?);
        let mut known = self.writing();
        if known.changes == changes && known.sources.len() < MAX_CACHED {
            known.sources.insert(id, live.clone());
        }
        Ok(Some(live))
    }

    /// Drops a changed source from the cache: the next request reads it from the store.
    pub fn invalidate(&self, id: SourceId) {
        let mut known = self.writing();
        known.sources.remove(&id);
        known.changes += 1;
    }

    /// The time of the last accepted request of each active source, in Unix seconds, by its id.
    pub fn last_deliveries(&self) -> Vec<(String, i64)> {
        let known = self.reading();
        let live = known.sources.values().filter(|source| !source.is_archived);
        live.filter_map(|source| {
            let at = source.last_accepted_at?;
            Some((source.id.to_string(), at.0.div_euclid(1000)))
        })
        .collect()
    }

    /// Reads every active source from the store.
    ///
    /// # Errors
    /// When the store does not answer. The cache stays as it is.
    pub async fn refresh(&self) -> Result<(), store::Error> {
        let changes = self.reading().changes;
        let mut tx = self.store.read().await?;
        let limit = i64::try_from(MAX_CACHED).unwrap_or(i64::MAX);
        let all = source::newest(&mut tx, limit).await?;
        drop(tx);
        let mut fresh = HashMap::with_capacity(all.len());
        for source in &all {
            match ActiveSource::open(&self.vault, source) {
                Ok(live) => {
                    fresh.insert(source.id, Arc::new(live));
                }
                Err(error) => {
                    tracing::warn!(source.id = %source.id, %error, "a source cannot be used");
                }
            }
        }
        let mut known = self.writing();
        if known.changes == changes {
            known.sources = fresh;
        }
        Ok(())
    }

    fn reading(&self) -> RwLockReadGuard<'_, SourceCache> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> RwLockWriteGuard<'_, SourceCache> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}
