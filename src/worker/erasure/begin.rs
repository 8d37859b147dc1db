//! Begins an erasure: finds the person, writes tombstones, and lists what must be erased.

use super::error::Error;
use super::person::{PersonData, of_click, of_customer};
use crate::clock::Millis;
use crate::conversion::NewConversion;
use crate::id::{ClickId, WorkspaceId};
use crate::store::conversion::erasure::{self as ledger, MOST};
use crate::store::conversion::related::Identifier;
use crate::store::erasure_queue::{self, ErasurePortion, ErasureStep};
use crate::store::tombstone::{self, TombstoneKind};
use crate::store::{self, Tx, touch};
use crate::vault::Vault;
use crate::worker::customers;
use crate::worker::tombstones::proof_of;

/// What identifies a person who must be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErasureSubject {
    /// The person with these identifiers.
    Customer(Vec<Identifier>),
    /// The person who made this click.
    Click(ClickId),
}

/// The number of erased items of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErasureCounts {
    /// Conversions of the person.
    pub conversions: u64,
    /// Clicks of the person that are still stored.
    pub clicks: u64,
}

/// Writes tombstones, so that new data of a person are anonymised, and lists what must be erased.
///
/// `tx` comes from [`Store::ingest`](crate::store::Store::ingest). After its commit, call
/// [`Eraser::finish`](super::Eraser::finish).
///
/// # Errors
/// When the store does not answer. With [`Error::TooLarge`], nothing was written.
pub async fn begin(
    tx: &mut Tx,
    vault: &Vault,
    workspace: WorkspaceId,
    person: &ErasureSubject,
    now: Millis,
) -> Result<ErasureCounts, Error> {
    let (known, how) = match person {
        ErasureSubject::Customer(marks) => (
            of_customer(tx, workspace, marks).await?,
            TombstoneKind::Visit,
        ),
        ErasureSubject::Click(click) => {
            (of_click(tx, workspace, *click).await?, TombstoneKind::Click)
        }
    };
    // This is checked before anything is written, because the caller may continue the transaction.
    let clicks: Vec<ClickId> = known.clicks.iter().copied().collect();
    if ledger::naming_clicks(tx, workspace, &clicks).await?.len() > MOST {
        return Err(Error::TooLarge);
    }
    add_tombstones(tx, vault, workspace, &known, how, now).await?;
    note(tx, workspace, &known).await?;
    let owned: Vec<_> = clicks.iter().map(|id| (workspace, *id)).collect();
    let counts = ErasureCounts {
        conversions: known.conversions.len() as u64,
        clicks: touch::stored(tx, &owned).await?.len() as u64,
    };
    // All conversions leave in one call, because each call rebuilds the customer.
    let going: Vec<NewConversion> = known.conversions.into_values().collect();
    customers::leave(tx, &going).await?;
    Ok(counts)
}

async fn add_tombstones(
    tx: &mut Tx,
    vault: &Vault,
    workspace: WorkspaceId,
    known: &PersonData,
    clicks_as: TombstoneKind,
    now: Millis,
) -> Result<(), Error> {
    let marks = known.marks.iter().map(|mark| {
        let (kind, text) = match mark {
            Identifier::ExternalId(id) => (TombstoneKind::Customer, id),
            Identifier::EmailHash(hash) => (TombstoneKind::Email, hash),
        };
        (kind, vault.mark_hash(workspace, kind.as_str(), text))
    });
    let clicks = known.clicks.iter();
    let clicks = clicks.map(|id| (clicks_as, vault.stand_in(workspace, *id).to_string()));
    let proofs = known.proven.iter();
    let proofs = proofs.map(|id| (TombstoneKind::Proof, proof_of(vault, workspace, *id)));
    let tombstones: Vec<(TombstoneKind, String)> = marks.chain(clicks).chain(proofs).collect();
    tombstone::add_key(tx, &vault.print()).await?;
    tombstone::add(tx, workspace, &tombstones, now).await?;
    Ok(())
}

/// Lists everything that belongs to the person.
async fn note(tx: &mut Tx, workspace: WorkspaceId, known: &PersonData) -> Result<(), store::Error> {
    let orders = known.orders.iter().map(ToString::to_string).collect();
    let conversions = known.conversions.keys().map(ToString::to_string).collect();
    let clicks = known.clicks.iter().map(ToString::to_string).collect();
    for (step, subjects) in [
        (ErasureStep::Order, orders),
        (ErasureStep::Conversion, conversions),
        (ErasureStep::Click, clicks),
    ] {
        let portion = ErasurePortion {
            workspace_id: workspace,
            step,
            subjects,
        };
        erasure_queue::add(tx, &portion).await?;
    }
    Ok(())
}
