//! Erases a person: their conversions and clicks stay as figures that lead to nobody.
//!
//! Holds: one transaction under [`Store::ingest`], so no batch is half-written beside it, on whichever
//! node either runs; what workers remember is of no single click or conversion, so no memory can write
//! back what was erased. A person is every mark that conversions tie together; of clicks the named ones.
//! Whoever else named such a click keeps their own marks, and the click's stand-in. Tombstones are
//! written for every mark, known or not, and keep out what comes late
//! (`worker/tombstones.rs`).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::tombstones::event_name;
use crate::clock::Millis;
use crate::conversion::erasure::Erased;
use crate::id::{ClickId, ConversionId, WorkspaceId};
use crate::store::conversion::erasure as ledger;
use crate::store::conversion::related::Mark;
use crate::store::conversion::{self, Conversion};
use crate::store::tombstone::{self, Kind};
use crate::store::{Error, Store, Tx, click};
use crate::vault::Vault;

/// What somebody is asked to be erased by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Person {
    /// Whoever these marks belong to.
    Customer(Vec<Mark>),
    /// Whoever made this click.
    Click(ClickId),
}

/// What was erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Conversions that told of the person.
    pub conversions: u64,
    /// Their clicks.
    pub clicks: u64,
}

/// What is known of a person.
#[derive(Debug, Default)]
struct Known {
    marks: Vec<Mark>,
    clicks: BTreeSet<ClickId>,
    conversions: BTreeMap<ConversionId, Conversion>,
}

/// Erases a person of a workspace; nobody is known by that afterwards.
///
/// # Errors
/// When the store does not answer; nothing was erased then.
pub async fn erase(
    store: &Store,
    vault: &Vault,
    workspace: WorkspaceId,
    person: &Person,
    now: Millis,
) -> Result<Counts, Error> {
    let mut tx = store.ingest().await?;
    let known = match person {
        Person::Customer(marks) => of_customer(&mut tx, workspace, marks).await?,
        Person::Click(click) => of_click(&mut tx, workspace, *click).await?,
    };
    let how = match person {
        Person::Customer(_) => Kind::Visit,
        Person::Click(_) => Kind::Click,
    };
    bury(&mut tx, vault, workspace, &known, how, now).await?;
    for conversion in known.conversions.values() {
        let report = &conversion.report;
        let left = report.without(&Erased::Person, &event_name(vault, workspace));
        ledger::cut_loose(&mut tx, report, &left).await?;
    }
    let mut counts = Counts {
        conversions: known.conversions.len() as u64,
        clicks: 0,
    };
    for id in &known.clicks {
        counts.clicks += u64::from(erase_click(&mut tx, vault, workspace, *id).await?);
    }
    tx.commit().await?;
    Ok(counts)
}

/// Follows marks over conversions to further marks, to the end; then the clicks that these name.
async fn of_customer(tx: &mut Tx, workspace: WorkspaceId, marks: &[Mark]) -> Result<Known, Error> {
    let mut known = Known {
        marks: marks.to_vec(),
        ..Known::default()
    };
    let mut followed = 0;
    while let Some(mark) = known.marks.get(followed).cloned() {
        followed += 1;
        for id in ledger::carrying(tx, workspace, &mark).await? {
            if known.conversions.contains_key(&id) {
                continue;
            }
            let Some(found) = conversion::by_id(tx, id).await? else {
                continue;
            };
            let report = &found.report;
            let emails = report.email_hashes().map(str::to_owned);
            let marks = emails.map(Mark::EmailHash).chain(Mark::of(report));
            for mark in marks {
                if !known.marks.contains(&mark) {
                    known.marks.push(mark);
                }
            }
            known.clicks.extend(&report.evidence.click_ids);
            known.conversions.insert(id, found);
        }
    }
    Ok(known)
}

/// The click and the conversions that name it. Further marks of theirs are not followed: a browser may
/// have had several users.
async fn of_click(tx: &mut Tx, workspace: WorkspaceId, click: ClickId) -> Result<Known, Error> {
    let mut known = Known {
        clicks: BTreeSet::from([click]),
        ..Known::default()
    };
    for id in ledger::naming(tx, workspace, click).await? {
        if let Some(found) = conversion::by_id(tx, id).await? {
            known.conversions.insert(id, found);
        }
    }
    Ok(known)
}

async fn bury(
    tx: &mut Tx,
    vault: &Vault,
    workspace: WorkspaceId,
    known: &Known,
    clicks_as: Kind,
    now: Millis,
) -> Result<(), Error> {
    tombstone::add_key(tx, &vault.print()).await?;
    for mark in &known.marks {
        let (kind, text) = match mark {
            Mark::ExternalId(id) => (Kind::Customer, id),
            Mark::EmailHash(hash) => (Kind::Email, hash),
        };
        let hash = vault.mark_hash(workspace, kind.as_str(), text);
        tombstone::add(tx, workspace, kind, &hash, now).await?;
    }
    for click in &known.clicks {
        let stand_in = vault.stand_in(workspace, *click).to_string();
        tombstone::add(tx, workspace, clicks_as, &stand_in, now).await?;
    }
    Ok(())
}

/// Erases a click, and lets who else named it name its stand-in.
async fn erase_click(
    tx: &mut Tx,
    vault: &Vault,
    workspace: WorkspaceId,
    id: ClickId,
) -> Result<bool, Error> {
    let stand_in = vault.stand_in(workspace, id);
    let erased = Erased::Clicks(HashMap::from([(id, stand_in)]));
    for other in ledger::naming(tx, workspace, id).await? {
        if let Some(Conversion { report, .. }) = conversion::by_id(tx, other).await? {
            let left = report.without(&erased, &event_name(vault, workspace));
            ledger::rewrite(tx, &report, &left).await?;
        }
    }
    ledger::stand_in(tx, workspace, id, stand_in).await?;
    click::erasure::erase(tx, workspace, id, stand_in).await
}
