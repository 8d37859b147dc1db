//! Erases a person: their conversions and clicks stay as figures that lead to nobody.
//!
//! # Invariants
//! - One transaction finds the person, writes tombstones for every mark, known or not, and notes
//!   what is to be erased. From then on nothing new of them is written (`worker/tombstones.rs`).
//! - Short transactions follow, in which everything noted loses its person (`portions`). Whoever
//!   comes to an end before them leaves the notes, and [`Eraser::finish`] goes on.
//! - All of it is done under [`Store::ingest`], so no batch is half-written beside it, on whichever
//!   node either runs. What workers remember is of no single click or conversion, so no memory can
//!   write back what was erased.
//! - Whoever else named a click of the person keeps their own marks, and the click's stand-in.

mod person;
mod portions;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::person::{PersonData, of_click, of_customer};
use super::customers;
use super::tombstones::proof_of;
use crate::attribution::AttributionSettings;
use crate::clock::Millis;
use crate::conversion::NewConversion;
use crate::id::{ClickId, WorkspaceId};
use crate::network::NetworkRegistry;
use crate::store::conversion::erasure::{self as ledger, MOST};
use crate::store::conversion::related::Identifier;
use crate::store::erasing::{self, ErasureStep, Portion};
use crate::store::tombstone::{self, Kind};
use crate::store::{self, Store, Tx, touch};
use crate::vault::Vault;

/// How often SQLite's log is tried to be emptied before whoever erases goes on.
const SCRUB_TRIES: u32 = 3;

/// How long others may write between two of these tries.
const SCRUB_PAUSE: Duration = Duration::from_millis(20);

/// Why nobody was erased.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The marks stand for more than a person has.
    #[error(
        "more than {MOST} conversions or clicks hang together by this mark, so it stands for many \
         people; nothing was erased. Report conversions without such a mark, and name the person by \
         `click_id`: from a click no further mark is followed"
    )]
    TooLarge,
}

/// What somebody is asked to be erased by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErasureSubject {
    /// Whoever these marks belong to.
    Customer(Vec<Identifier>),
    /// Whoever made this click.
    Click(ClickId),
}

/// What is erased of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErasureCounts {
    /// Conversions that told of the person.
    pub conversions: u64,
    /// Their clicks that are still kept.
    pub clicks: u64,
}

/// Erases people of a store.
#[derive(Clone, Copy, Debug)]
pub struct Eraser<'a> {
    /// Where they are known.
    pub store: &'a Store,
    /// Makes tombstones and stand-ins.
    pub vault: &'a Vault,
    /// The networks.
    pub registry: &'a NetworkRegistry,
    /// What credits are made by.
    pub terms: AttributionSettings,
}

impl Eraser<'_> {
    /// Erases a person of a workspace; nobody is known by that afterwards.
    ///
    /// # Errors
    /// [`Error::TooLarge`]: nothing was erased. When the store does not answer: what was begun is
    /// finished by whoever calls [`Eraser::finish`] next.
    pub async fn erase(
        self,
        workspace: WorkspaceId,
        person: &ErasureSubject,
        now: Millis,
    ) -> Result<ErasureCounts, Error> {
        let mut tx = self.store.ingest().await?;
        let counts = begin(&mut tx, self.vault, workspace, person, now).await?;
        tx.commit().await?;
        self.finish(&CancellationToken::new()).await?;
        Ok(counts)
    }

    /// Takes everybody out of what is noted of them, until nothing is left or `stop`; then out of
    /// SQLite's log. Gives whether anything was noted.
    ///
    /// # Errors
    /// When the store does not answer; what is left stays noted.
    pub async fn finish(self, stop: &CancellationToken) -> Result<bool, store::Error> {
        let mut read = self.store.read().await?;
        let is_any = erasing::is_any(&mut read).await?;
        drop(read);
        if is_any {
            while !stop.is_cancelled() && !portions::erase_next(self).await? {}
            scrub(self.store).await;
        }
        Ok(is_any)
    }
}

/// Takes what was erased out of SQLite's log. The rows are gone; a reader that still holds the log
/// puts this off, and [`scrub_again`] follows.
async fn scrub(store: &Store) {
    store.ask_for_scrub();
    for _ in 1..SCRUB_TRIES {
        if store.scrub().await.is_ok() {
            return;
        }
        tokio::time::sleep(SCRUB_PAUSE).await;
    }
    if let Err(error) = store.scrub().await {
        tracing::warn!(%error, "SQLite's log still holds what was erased; it is tried again");
    }
}

/// Empties SQLite's log where that is due.
///
/// # Errors
/// When the store does not answer, or a reader still holds the log; it stays due then.
pub async fn scrub_again(store: &Store) -> Result<(), store::Error> {
    if store.is_scrub_due() {
        store.scrub().await?;
        tracing::info!("SQLite's log no longer holds what was erased");
    }
    Ok(())
}

/// Keeps a person out from now on, and notes what is to be erased of them, within a transaction of
/// [`Store::ingest`]. [`Eraser::finish`] follows its commit.
///
/// # Errors
/// As [`Eraser::erase`]; with [`Error::TooLarge`] nothing was written.
pub async fn begin(
    tx: &mut Tx,
    vault: &Vault,
    workspace: WorkspaceId,
    person: &ErasureSubject,
    now: Millis,
) -> Result<ErasureCounts, Error> {
    let (known, how) = match person {
        ErasureSubject::Customer(marks) => (of_customer(tx, workspace, marks).await?, Kind::Visit),
        ErasureSubject::Click(click) => (of_click(tx, workspace, *click).await?, Kind::Click),
    };
    // Before anything is written: who calls may go on with the transaction.
    let clicks: Vec<ClickId> = known.clicks.iter().copied().collect();
    if ledger::naming(tx, workspace, &clicks).await?.len() > MOST {
        return Err(Error::TooLarge);
    }
    add_tombstones(tx, vault, workspace, &known, how, now).await?;
    note(tx, workspace, &known).await?;
    let owned: Vec<_> = clicks.iter().map(|id| (workspace, *id)).collect();
    let counts = ErasureCounts {
        conversions: known.conversions.len() as u64,
        clicks: touch::stored(tx, &owned).await?.len() as u64,
    };
    // All at once: a customer who is left by one conversion after another is put together anew each
    // time.
    let going: Vec<NewConversion> = known.conversions.into_values().collect();
    customers::leave(tx, &going).await?;
    Ok(counts)
}

async fn add_tombstones(
    tx: &mut Tx,
    vault: &Vault,
    workspace: WorkspaceId,
    known: &PersonData,
    clicks_as: Kind,
    now: Millis,
) -> Result<(), Error> {
    let marks = known.marks.iter().map(|mark| {
        let (kind, text) = match mark {
            Identifier::ExternalId(id) => (Kind::Customer, id),
            Identifier::EmailHash(hash) => (Kind::Email, hash),
        };
        (kind, vault.mark_hash(workspace, kind.as_str(), text))
    });
    let clicks = known.clicks.iter();
    let clicks = clicks.map(|id| (clicks_as, vault.stand_in(workspace, *id).to_string()));
    let proofs = known.proven.iter();
    let proofs = proofs.map(|id| (Kind::Proof, proof_of(vault, workspace, *id)));
    let tombstones: Vec<(Kind, String)> = marks.chain(clicks).chain(proofs).collect();
    tombstone::add_key(tx, &vault.print()).await?;
    tombstone::add(tx, workspace, &tombstones, now).await?;
    Ok(())
}

/// Notes everything that tells of the person.
async fn note(tx: &mut Tx, workspace: WorkspaceId, known: &PersonData) -> Result<(), store::Error> {
    let orders = known.orders.iter().map(ToString::to_string).collect();
    let conversions = known.conversions.keys().map(ToString::to_string).collect();
    let clicks = known.clicks.iter().map(ToString::to_string).collect();
    for (step, subjects) in [
        (ErasureStep::Order, orders),
        (ErasureStep::Conversion, conversions),
        (ErasureStep::Click, clicks),
    ] {
        let portion = Portion {
            workspace_id: workspace,
            step,
            subjects,
        };
        erasing::add(tx, &portion).await?;
    }
    Ok(())
}
