//! The domains of this service in memory, from the store and the configuration.
//!
//! # Invariants
//! - Redirects read the table without a lock. It is replaced as a whole.
//! - Domains that the configuration named once stay in the store, so their links go on answering.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, Guard};

use crate::clock::Millis;
use crate::id::DomainId;
use crate::link::domain::table::{ConfiguredDomains, DomainTable, further, scheme_of_links};
use crate::link::domain::{Domain, DomainAddress, DomainOrigin, parse_host};
use crate::store::domain::{self, LinkName};
use crate::store::{self, Store, Tx};

/// How long a table counts as fresh.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// The domains in memory.
#[derive(Debug)]
pub struct Domains {
    configured: ConfiguredDomains,
    table: ArcSwap<DomainTable>,
    /// When the table was last read.
    read_at: Mutex<Option<Instant>>,
}

/// A domain whose links the configuration no longer names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerDomain {
    /// Its host.
    pub host: String,
    /// How many links stand on it, archived ones included.
    pub links: i64,
    /// How many of them answer on the default domain as well.
    pub answering: i64,
}

/// What an operator should know about the links at the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DomainNotes {
    /// Domains with links that the configuration does not name.
    pub former: Vec<FormerDomain>,
    /// Links whose slugs are the service's own paths now.
    pub reserved: Vec<LinkName>,
}

impl Domains {
    /// The configured domains. Those of the store follow by [`Domains::merge`], and changes of
    /// other programs by [`LinkResolver::refresh_domains`](super::LinkResolver::refresh_domains).
    pub fn new(configured: ConfiguredDomains) -> Domains {
        let table = ArcSwap::from_pointee(DomainTable::new(&configured, &[]));
        Domains {
            configured,
            table,
            read_at: Mutex::new(None),
        }
    }

    /// Whether the table was read within `FRESH_FOR`.
    pub(super) fn are_fresh(&self) -> bool {
        self.read_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some_and(|at| at.elapsed() < FRESH_FOR)
    }

    /// The current table. A caller that holds it across a wait makes later readers slower, never
    /// wrong.
    pub fn table(&self) -> Guard<Arc<DomainTable>> {
        self.table.load()
    }

    /// The current table, which may be held for long.
    pub fn snapshot(&self) -> Arc<DomainTable> {
        self.table.load_full()
    }

    /// The table that this transaction sees.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn read(&self, tx: &mut Tx) -> Result<DomainTable, store::Error> {
        let known = domain::all(tx).await?;
        Ok(DomainTable::new(&self.configured, &known))
    }

    /// Replaces the table in memory by one that was read; gives both if they differ.
    pub(super) fn replace(&self, read: DomainTable) -> Option<[Arc<DomainTable>; 2]> {
        *self.read_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        let before = self.table.load_full();
        if *before == read {
            return None;
        }
        let after = Arc::new(read);
        self.table.store(after.clone());
        Some([before, after])
    }

    /// The configured domains.
    pub fn configured(&self) -> &ConfiguredDomains {
        &self.configured
    }

    /// Writes the configured domains, and those that have links, to the store.
    ///
    /// # Errors
    /// When the store does not answer. Nothing was written then.
    pub async fn merge(&self, store: &Store, now: Millis) -> Result<(), store::Error> {
        let mut tx = store.write().await?;
        let known = domain::all(&mut tx).await?;
        self.merge_configured(&mut tx, &known, now).await?;
        self.merge_links(&mut tx, now).await?;
        let table = self.read(&mut tx).await?;
        tx.commit().await?;
        self.replace(table);
        Ok(())
    }

    /// Writes the domains that have links to the store.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn merge_links(&self, tx: &mut Tx, now: Millis) -> Result<(), store::Error> {
        let known = domain::all(tx).await?;
        for host in domain::of_links(tx).await? {
            if known.iter().any(|domain| domain.address.host == host) {
                continue;
            }
            // Earlier versions stored a host as it was written in the configuration.
            if let Some(form) = parse_host(&host).ok().filter(|form| *form != host) {
                domain::move_links(tx, &host, &form, now).await?;
                self.add(tx, &form, DomainOrigin::Links, now).await?;
                if domain::count_links(tx, &host).await? == 0 {
                    continue;
                }
            }
            self.add(tx, &host, DomainOrigin::Links, now).await?;
        }
        Ok(())
    }

    async fn merge_configured(
        &self,
        tx: &mut Tx,
        known: &[Domain],
        now: Millis,
    ) -> Result<(), store::Error> {
        let default = &self.configured.default;
        let found = known
            .iter()
            .find(|domain| domain.address.host == default.host);
        match found {
            Some(domain) if domain.address == *default => {}
            Some(domain) => {
                let address = default.clone();
                domain::update(
                    tx,
                    &Domain {
                        address,
                        ..domain.clone()
                    },
                )
                .await?;
            }
            None => {
                self.add(tx, &default.host, DomainOrigin::Configuration, now)
                    .await?;
            }
        }
        for host in &self.configured.further {
            self.add(tx, host, DomainOrigin::Configuration, now).await?;
        }
        Ok(())
    }

    /// Adds a domain, unless its host is known.
    async fn add(
        &self,
        tx: &mut Tx,
        host: &str,
        origin: DomainOrigin,
        now: Millis,
    ) -> Result<(), store::Error> {
        let configured = &self.configured;
        let address = if host == configured.default.host {
            configured.default.clone()
        } else if configured.names(host) {
            further(configured, host)
        } else {
            DomainAddress {
                scheme: scheme_of_links(configured, host),
                host: host.to_owned(),
                path: String::new(),
            }
        };
        let domain = Domain {
            id: DomainId::new(now),
            workspace_id: None,
            address,
            origin,
            moved_to: Vec::new(),
            created_at: now,
        };
        domain::insert(tx, &domain).await.map(drop)
    }

    /// What an operator should know about the links.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn notes(&self, store: &Store) -> Result<DomainNotes, store::Error> {
        let mut tx = store.read().await?;
        let table = self.read(&mut tx).await?;
        let default = table.default_domain().address.host.as_str();
        let mut notes = DomainNotes::default();
        for domain in table.iter() {
            let host = &domain.address.host;
            notes
                .reserved
                .extend(domain::reserved_since(&mut tx, host).await?);
            if !domain.is_former {
                continue;
            }
            let links = domain::count_links(&mut tx, host).await?;
            if links > 0 {
                notes.former.push(FormerDomain {
                    host: host.clone(),
                    links,
                    answering: domain::count_free(&mut tx, host, default).await?,
                });
            }
        }
        Ok(notes)
    }
}
