//! Moves the links of one domain to another one.
//!
//! # Invariants
//! - A moved link answers under both names, for good. If a slug leads elsewhere on the new domain
//!   already, nothing moves, or all links but those, as requested.
//! - The new domain has a row when links are on it: each transaction locks the row, and adds it if
//!   it was deleted meanwhile.
//! - Each transaction moves as many links as fit into its time, so others write in between. A link
//!   that has not moved yet answers where it was.
//! - A move that was interrupted goes on when the command is repeated.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::resolver::LinkResolver;
use crate::clock::Millis;
use crate::id::{DomainId, WorkspaceId};
use crate::link::domain::table::{DomainTable, scheme_of_links};
use crate::link::domain::{self as address, Domain, DomainAddress, DomainOrigin};
use crate::store::domain::{self, LinkName, SlugRange};
use crate::store::{self, Store, Tx};

/// Most taken slugs that are listed.
const MAX_LISTED: usize = 20;

/// Most moved links that are published. The others are loaded when somebody asks for them.
const MAX_PUBLISHED: usize = 5_000;

/// Links that are published at once.
const AT_ONCE: i64 = 500;

/// Most links that move in one transaction, and fewest.
const MOVED_AT_ONCE: (i64, i64) = (500, 10);

/// How long such a transaction should take.
const BUDGET: Duration = Duration::from_millis(50);

/// What to move.
#[derive(Clone, Debug)]
pub struct DomainMove<'a> {
    /// The domain whose links move.
    pub from: &'a str,
    /// The domain that they go to: a host, or an address with scheme and path.
    pub to: &'a str,
    /// Whether links whose slug is taken stay where they are. Otherwise nothing moves if a slug is
    /// taken.
    pub skip_taken: bool,
    /// Whether nothing is written.
    pub dry_run: bool,
}

/// What moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MoveOutcome {
    /// The domain that links came from, in its one form.
    pub from: String,
    /// The domain that they went to.
    pub to: String,
    /// How many moved.
    pub moved: u64,
    /// How many stayed, because their slug is taken.
    pub stayed: u64,
    /// Links with those slugs, the first ones only if there are many.
    pub taken: Vec<LinkName>,
}

/// Why nothing moved.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be read.
    #[error(transparent)]
    Address(#[from] address::Error),
    /// Both domains are the same.
    #[error("{0} is the same domain in both places")]
    Same(String),
    /// The domain has no links.
    #[error("no link stands on {0}; `leadline domain list` shows the domains that have links")]
    NoLinks(String),
    /// The store did not answer after some links had moved.
    #[error(
        "{moved} links have moved and answer under both names; the others are where they were. Run \
         the same command again to move them"
    )]
    BrokeOff {
        /// How many had moved.
        moved: u64,
        /// Why the move was interrupted.
        source: store::Error,
    },
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl LinkResolver {
    /// Adds a domain, of one workspace or of all; `false` if it was known. A known domain keeps its
    /// links and gets this address and owner.
    ///
    /// # Errors
    /// When the store does not answer, or has no such workspace.
    pub async fn add_domain(
        &self,
        address: &DomainAddress,
        owner: Option<WorkspaceId>,
        now: Millis,
    ) -> Result<bool, store::Error> {
        let mut tx = self.0.store.write().await?;
        let is_new = add(&mut tx, address, owner, now).await?;
        tx.commit().await?;
        self.refresh_domains().await?;
        Ok(is_new)
    }

    /// Moves links, and publishes that to other programs. Links that are listed as taken did not
    /// move.
    ///
    /// # Errors
    /// When there is nothing to move, or the store does not answer. Only after [`Error::BrokeOff`]
    /// some links have moved.
    pub async fn move_domain(
        &self,
        wanted: &DomainMove<'_>,
        now: Millis,
    ) -> Result<MoveOutcome, Error> {
        let from = address::named_host(wanted.from)?;
        let scheme = scheme_of_links(self.0.domains.configured(), wanted.to);
        let to = DomainAddress::parse(wanted.to, scheme)?;
        if from == to.host {
            return Err(Error::Same(from));
        }
        let mut tx = self.0.store.write().await?;
        self.0.domains.merge_links(&mut tx, now).await?;
        if domain::count_links(&mut tx, &from).await? == 0 {
            return Err(Error::NoLinks(from));
        }
        let table = self.0.domains.read(&mut tx).await?;
        let moving = RunningMove {
            from: &from,
            to: &to,
            table: &table,
            now,
        };
        // Every start merges domains too.
        tx.commit().await?;
        let found = moving.look(&mut self.0.store.read().await?).await?;
        if wanted.dry_run {
            return Ok(found);
        }
        if !found.taken.is_empty() && !wanted.skip_taken {
            let stayed = found.stayed + found.moved;
            return Ok(MoveOutcome {
                moved: 0,
                stayed,
                ..found
            });
        }
        let mut outcome = MoveOutcome {
            moved: 0,
            stayed: 0,
            ..found
        };
        let done = moving.run(&self.0.store, &mut outcome).await;
        if outcome.moved > 0 {
            self.tell_moved(&to.host, now).await;
        }
        match done {
            Ok(()) => Ok(outcome),
            Err(source) if outcome.moved > 0 => Err(Error::BrokeOff {
                moved: outcome.moved,
                source,
            }),
            Err(error) => Err(error.into()),
        }
    }

    async fn tell_moved(&self, host: &str, now: Millis) {
        let mut after = String::new();
        let mut published = 0;
        while published < MAX_PUBLISHED {
            let read = async {
                let mut tx = self.0.store.read().await?;
                domain::moved_links(&mut tx, host, &after, now, AT_ONCE).await
            };
            let names = read.await.unwrap_or_default();
            let keys = names.iter();
            self.made(keys.map(|name| (name.domain.as_str(), name.slug.as_str())))
                .await;
            published += names.len();
            match names.into_iter().next_back() {
                Some(last) => after = last.slug,
                None => return,
            }
        }
    }
}

async fn add(
    tx: &mut Tx,
    address: &DomainAddress,
    workspace_id: Option<WorkspaceId>,
    now: Millis,
) -> Result<bool, store::Error> {
    let domain = added(address, workspace_id, now);
    let is_new = domain::insert(tx, &domain).await?;
    if !is_new {
        domain::update(tx, &domain).await?;
    }
    Ok(is_new)
}

fn added(address: &DomainAddress, workspace_id: Option<WorkspaceId>, now: Millis) -> Domain {
    Domain {
        id: DomainId::new(now),
        workspace_id,
        address: address.clone(),
        origin: DomainOrigin::Command,
        moved_to: Vec::new(),
        created_at: now,
    }
}

/// A move that is in progress.
struct RunningMove<'a> {
    from: &'a str,
    to: &'a DomainAddress,
    table: &'a DomainTable,
    now: Millis,
}

impl RunningMove<'_> {
    /// Where a slug can be taken: on the new domain, and on others whose links answer there.
    fn hosts(&self) -> impl Iterator<Item = &str> {
        let answering = self
            .table
            .fallbacks(&self.to.host)
            .iter()
            .map(String::as_str);
        std::iter::once(self.to.host.as_str()).chain(answering.filter(|host| *host != self.from))
    }

    /// What would move, and which slugs are taken.
    async fn look(&self, tx: &mut Tx) -> Result<MoveOutcome, store::Error> {
        let mut outcome = MoveOutcome {
            from: self.from.to_owned(),
            to: self.to.host.clone(),
            ..MoveOutcome::default()
        };
        let mut after = String::new();
        while let Some(end) = domain::end_of_batch(tx, self.from, &after, AT_ONCE).await? {
            let mut slugs = BTreeSet::new();
            for host in self.hosts() {
                for name in domain::taken_links(tx, self.from, host, (&after, &end)).await? {
                    slugs.insert(name.slug.clone());
                    if outcome.taken.len() < MAX_LISTED {
                        outcome.taken.push(name);
                    }
                }
            }
            outcome.stayed += slugs.len() as u64;
            after = end;
        }
        let links = domain::count_links(tx, self.from).await?;
        outcome.moved = links.unsigned_abs().saturating_sub(outcome.stayed);
        Ok(outcome)
    }

    /// Locks the new domain, and adds it if it is not there, with the owner that it had.
    async fn lock_target(&self, tx: &mut Tx) -> Result<(), store::Error> {
        let host = &self.to.host;
        let new = match self.table.get(host) {
            Some(known) => added(&known.address, known.workspace_id, self.now),
            None => added(self.to, None, self.now),
        };
        while !domain::lock(tx, host).await? && !domain::insert(tx, &new).await? {}
        Ok(())
    }

    /// Moves what can be moved, some links in each transaction, and counts them.
    async fn run(&self, store: &Store, outcome: &mut MoveOutcome) -> Result<(), store::Error> {
        let (most, fewest) = MOVED_AT_ONCE;
        let (mut after, mut at_once) = (String::new(), fewest);
        loop {
            let mut tx = store.write().await?;
            let begun = Instant::now();
            let end = domain::end_of_batch(&mut tx, self.from, &after, at_once).await?;
            let Some(end) = end else {
                return Ok(());
            };
            self.lock_target(&mut tx).await?;
            let [moved, stayed] = self.some(&mut tx, (&after, &end)).await?;
            if moved > 0 {
                domain::record_move(&mut tx, self.from, &self.to.host, self.now).await?;
            }
            tx.commit().await?;
            outcome.moved += moved;
            outcome.stayed += stayed;
            after = end;
            at_once = match begun.elapsed() {
                took if took > BUDGET => (at_once / 2).max(fewest),
                took if took < BUDGET / 2 => (at_once * 2).min(most),
                _ => at_once,
            };
        }
    }

    /// Moves some; gives how many moved, and how many stayed.
    async fn some(&self, tx: &mut Tx, slugs: SlugRange<'_>) -> Result<[u64; 2], store::Error> {
        // No host holds a slash.
        let aside = format!("{}/", self.from);
        let mut stayed = 0;
        for host in self.hosts() {
            stayed += domain::set_aside(tx, self.from, host, &aside, slugs).await?;
        }
        let moved = domain::move_batch(tx, self.from, &self.to.host, slugs, self.now).await?;
        if stayed > 0 {
            domain::move_links(tx, &aside, self.from, self.now).await?;
        }
        Ok([moved, stayed])
    }
}
