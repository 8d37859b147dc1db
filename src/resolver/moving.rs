//! Gives the links of one domain to another one.
//!
//! # Invariants
//! A link that moved answers under both names, for good. Where a slug leads elsewhere on the new
//! domain already, nothing moves, or all links but those, as asked.

use super::Resolver;
use crate::clock::Millis;
use crate::id::{DomainId, WorkspaceId};
use crate::link::domain::table::{DomainTable, scheme_of_links};
use crate::link::domain::{self as address, Address, Domain, Origin};
use crate::store::domain::{self, LinkName};
use crate::store::{self, Tx};

/// Most taken slugs that are listed for each domain.
const LISTED: i64 = 20;

/// Most links whose move is told of; the others are found when somebody asks for them.
const TOLD: usize = 5_000;

/// Links told of at once.
const AT_ONCE: i64 = 500;

/// What is to be moved.
#[derive(Clone, Debug)]
pub struct DomainMove<'a> {
    /// The domain whose links move.
    pub from: &'a str,
    /// The domain that they go to: a host, or an address with scheme and path.
    pub to: &'a str,
    /// Whether links whose slug is taken stay where they are; else nothing moves then.
    pub skip_taken: bool,
    /// Whether everything is only tried.
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
    /// Links that have those slugs; of many the first ones.
    pub taken: Vec<LinkName>,
}

/// Why nothing moved.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No address.
    #[error(transparent)]
    Address(#[from] address::Error),
    /// Twice the same domain.
    #[error("{0} is the same domain in both places")]
    Same(String),
    /// No link stands there.
    #[error("no link stands on {0}; `leadline domain list` shows the domains that have links")]
    NoLinks(String),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Resolver {
    /// Adds a domain, of one workspace or of all; `false` when it was known, and then it keeps its
    /// links and is given this address and owner.
    ///
    /// # Errors
    /// When the store does not answer, or has no such workspace.
    pub async fn add_domain(
        &self,
        address: &Address,
        owner: Option<WorkspaceId>,
        now: Millis,
    ) -> Result<bool, store::Error> {
        let mut tx = self.0.store.write().await?;
        let is_new = add(&mut tx, address, owner, now).await?;
        tx.commit().await?;
        self.refresh_domains().await?;
        Ok(is_new)
    }

    /// Moves links, and tells other programs. What is listed as taken moved not.
    ///
    /// # Errors
    /// When there is nothing to move, or the store does not answer; then nothing was changed.
    pub async fn move_domain(
        &self,
        wanted: &DomainMove<'_>,
        now: Millis,
    ) -> Result<MoveOutcome, Error> {
        let from = address::parse_host(wanted.from)?;
        let configured = self.0.domains.configured();
        let scheme = scheme_of_links(configured, wanted.to);
        let to = Address::parse(wanted.to, scheme)?;
        if from == to.host {
            return Err(Error::Same(from));
        }
        let mut tx = self.0.store.write().await?;
        self.0.domains.merge_links(&mut tx, now).await?;
        if domain::count_links(&mut tx, &from).await? == 0 {
            return Err(Error::NoLinks(from));
        }
        let table = self.0.domains.read(&mut tx).await?;
        if table.get(&to.host).is_none() {
            add(&mut tx, &to, None, now).await?;
        }
        let mut outcome = move_links(&mut tx, &table, &from, &to.host, now).await?;
        let is_refused = !outcome.taken.is_empty() && !wanted.skip_taken;
        if wanted.dry_run || is_refused {
            if is_refused {
                outcome.stayed += std::mem::take(&mut outcome.moved);
            }
            return Ok(outcome);
        }
        if outcome.moved > 0 {
            domain::note_move(&mut tx, &from, &to.host, now).await?;
        }
        tx.commit().await?;
        self.tell_moved(&to.host, now).await;
        Ok(outcome)
    }

    async fn tell_moved(&self, host: &str, now: Millis) {
        let mut after = String::new();
        let mut told = 0;
        while told < TOLD {
            let read = async {
                let mut tx = self.0.store.read().await?;
                domain::moved(&mut tx, host, &after, now, AT_ONCE).await
            };
            let names = read.await.unwrap_or_default();
            let keys = names.iter();
            self.made(keys.map(|name| (name.domain.as_str(), name.slug.as_str())))
                .await;
            told += names.len();
            match names.into_iter().next_back() {
                Some(last) => after = last.slug,
                None => return,
            }
        }
    }
}

async fn add(
    tx: &mut Tx,
    address: &Address,
    workspace_id: Option<WorkspaceId>,
    now: Millis,
) -> Result<bool, store::Error> {
    let domain = Domain {
        id: DomainId::new(now),
        workspace_id,
        address: address.clone(),
        origin: Origin::Command,
        moved_to: Vec::new(),
        created_at: now,
    };
    let is_new = domain::insert(tx, &domain).await?;
    if !is_new {
        domain::update(tx, &domain).await?;
    }
    Ok(is_new)
}

/// Moves what can be moved, and lists what cannot.
async fn move_links(
    tx: &mut Tx,
    table: &DomainTable,
    from: &str,
    to: &str,
    now: Millis,
) -> Result<MoveOutcome, store::Error> {
    let mut outcome = MoveOutcome {
        from: from.to_owned(),
        to: to.to_owned(),
        ..MoveOutcome::default()
    };
    // No host holds a slash.
    let aside = format!("{from}/");
    // A slug that another domain's link answers to on the new one is taken as well.
    let answering = table.fallbacks(to).iter().map(String::as_str);
    for host in std::iter::once(to).chain(answering.filter(|host| *host != from)) {
        outcome
            .taken
            .extend(domain::taken(tx, from, host, LISTED).await?);
        outcome.stayed += domain::set_aside(tx, from, host, &aside).await?;
    }
    outcome.moved = domain::move_links(tx, from, to, now).await?;
    if outcome.stayed > 0 {
        domain::move_links(tx, &aside, from, now).await?;
    }
    Ok(outcome)
}
