//! Erases a person: their conversions and clicks stay as figures that lead to nobody.
//!
//! Holds: one transaction under [`Store::ingest`], so no batch is half-written beside it, on
//! whichever node either runs; what workers remember is of no single click or conversion, so no
//! memory can write back what was erased. A person is every mark that conversions tie together; of
//! clicks the named ones. Their customer goes with their marks. Whoever else named such a click
//! keeps their own marks, and the click's stand-in. Tombstones are written for every mark, known or
//! not, and keep out what comes late (`worker/tombstones.rs`).

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use super::customers;
use super::orders;
use super::tombstones::{event_name, proof_of};
use crate::clock::Millis;
use crate::conversion::erasure::Erased;
use crate::conversion::order::Observation;
use crate::conversion::{self, Evidence, NewConversion};
use crate::id::{ClickId, ConversionId, OrderId, WorkspaceId};
use crate::store::conversion::erasure::{self as ledger, Left, MOST};
use crate::store::conversion::related::{self, Mark};
use crate::store::tombstone::{self, Kind};
use crate::store::{self, Store, Tx, click, inbox, promo_code};
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
    marks: HashSet<Mark>,
    clicks: BTreeSet<ClickId>,
    /// Those of the clicks that a conversion with a secret named.
    proven: BTreeSet<ClickId>,
    conversions: BTreeMap<ConversionId, NewConversion>,
    /// Orders that told of them, also those that have no line in the ledger yet.
    orders: BTreeSet<OrderId>,
}

/// Erases a person of a workspace; nobody is known by that afterwards.
///
/// # Errors
/// When the store does not answer, or the person is too large; nothing was erased then.
pub async fn erase(
    store: &Store,
    vault: &Vault,
    workspace: WorkspaceId,
    person: &Person,
    now: Millis,
) -> Result<Counts, Error> {
    let mut tx = store.ingest().await?;
    let counts = erase_in(&mut tx, vault, workspace, person, now).await?;
    tx.commit().await?;
    scrub(store).await;
    Ok(counts)
}

/// Takes what was erased out of SQLite's log, once its transaction is committed. The rows are gone;
/// a reader that still holds the log puts this off, and [`scrub_again`] follows.
pub(super) async fn scrub(store: &Store) {
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

/// The same within a transaction of [`Store::ingest`]. `scrub` follows its commit.
///
/// # Errors
/// As [`erase`]; with [`Error::TooLarge`] nothing was written.
pub async fn erase_in(
    tx: &mut Tx,
    vault: &Vault,
    workspace: WorkspaceId,
    person: &Person,
    now: Millis,
) -> Result<Counts, Error> {
    let (known, how) = match person {
        Person::Customer(marks) => (of_customer(tx, workspace, marks).await?, Kind::Visit),
        Person::Click(click) => (of_click(tx, workspace, *click).await?, Kind::Click),
    };
    // Before anything is written: who calls may go on with the transaction.
    let clicks: Vec<ClickId> = known.clicks.iter().copied().collect();
    if ledger::naming(tx, workspace, &clicks).await?.len() > MOST {
        return Err(Error::TooLarge);
    }
    bury(tx, vault, workspace, &known, how, now).await?;
    let conversions = known.conversions.len() as u64;
    let rename = event_name(vault, workspace);
    let cut = |report: NewConversion| Left {
        left: report.without(&Erased::Person, &rename),
        report,
    };
    let going: Vec<NewConversion> = known.conversions.values().cloned().collect();
    let refunds = refunds(tx, workspace, &going).await?;
    customers::leave(tx, &going).await?;
    let own: Vec<Left> = known.conversions.into_values().map(cut).collect();
    ledger::cut_loose(tx, &own).await?;
    ledger::forget_clicks(tx, &refunds).await?;
    for Left { report, .. } in &own {
        forget_told(tx, report).await?;
    }
    for order in &known.orders {
        orders::erase(tx, *order, workspace, &Erased::Person, vault).await?;
    }
    let clicks = erase_clicks(tx, vault, workspace, &known.clicks, &known.orders).await?;
    Ok(Counts {
        conversions,
        clicks,
    })
}

/// Follows marks over conversions to further marks, to the end; then the clicks that these name.
async fn of_customer(tx: &mut Tx, workspace: WorkspaceId, marks: &[Mark]) -> Result<Known, Error> {
    let mut known = Known::default();
    let mut new = marks.to_vec();
    known.marks.extend(new.iter().cloned());
    while !new.is_empty() {
        let ids = ledger::carrying(tx, workspace, &new).await?;
        let orders = store::order::marked(tx, workspace, &evidence_of(&new), MOST).await?;
        new = known.take(tx, ids).await?;
        new.extend(known.take_orders(tx, orders).await?);
    }
    Ok(known)
}

/// The click and the conversions that name it. Further marks of theirs are not followed: a browser
/// may have had several users.
async fn of_click(tx: &mut Tx, workspace: WorkspaceId, click: ClickId) -> Result<Known, Error> {
    let ids = ledger::naming(tx, workspace, &[click]).await?;
    if ids.len() > MOST {
        return Err(Error::TooLarge);
    }
    let reports = ledger::reports(tx, &ids).await?;
    let named = Evidence {
        click_ids: vec![click],
        ..Evidence::default()
    };
    let orders = store::order::marked(tx, workspace, &[named], MOST).await?;
    let is_proven = !orders.is_empty() || reports.iter().any(|it| it.evidence.proves(click));
    Ok(Known {
        marks: HashSet::new(),
        clicks: BTreeSet::from([click]),
        proven: is_proven.then_some(click).into_iter().collect(),
        conversions: reports
            .into_iter()
            .map(|report| (report.id, report))
            .collect(),
        orders,
    })
}

/// Evidence that has these marks.
fn evidence_of(marks: &[Mark]) -> Vec<Evidence> {
    let evidence = |mark: &Mark| match mark {
        Mark::ExternalId(id) => Evidence {
            external_id: Some(id.clone()),
            ..Evidence::default()
        },
        Mark::EmailHash(hash) => Evidence {
            email_hash: Some(hash.clone()),
            ..Evidence::default()
        },
    };
    marks.iter().map(evidence).collect()
}

impl Known {
    fn add_clicks(&mut self, evidence: &Evidence) {
        let clicks = &evidence.click_ids;
        self.clicks.extend(clicks);
        let proven = clicks.iter().filter(|id| evidence.proves(**id));
        self.proven.extend(proven);
    }

    /// Takes up these conversions, and gives the marks that were not known yet.
    async fn take(&mut self, tx: &mut Tx, mut ids: Vec<ConversionId>) -> Result<Vec<Mark>, Error> {
        ids.retain(|id| !self.conversions.contains_key(id));
        if self.conversions.len() + ids.len() > MOST {
            return Err(Error::TooLarge);
        }
        let mut new = Vec::new();
        for report in ledger::reports(tx, &ids).await? {
            let emails = report.email_hashes().map(str::to_owned);
            for mark in emails.map(Mark::EmailHash).chain(Mark::of(&report)) {
                if self.marks.insert(mark.clone()) {
                    new.push(mark);
                }
            }
            self.add_clicks(&report.evidence);
            self.conversions.insert(report.id, report);
        }
        if self.clicks.len() > MOST {
            return Err(Error::TooLarge);
        }
        Ok(new)
    }

    /// Takes up these orders, and gives the marks that were not known yet.
    async fn take_orders(
        &mut self,
        tx: &mut Tx,
        orders: BTreeSet<OrderId>,
    ) -> Result<Vec<Mark>, Error> {
        let mut new = Vec::new();
        for id in orders {
            if !self.orders.insert(id) {
                continue;
            }
            let facts = store::order::facts(tx, id).await?;
            for evidence in facts.values().filter_map(Observation::evidence) {
                let marks = Mark::in_evidence(evidence).into_iter();
                new.extend(marks.filter(|mark| self.marks.insert(mark.clone())));
                self.add_clicks(evidence);
            }
        }
        if self.orders.len() > MOST || self.clicks.len() > MOST {
            return Err(Error::TooLarge);
        }
        Ok(new)
    }
}

/// What takes these sales back: it carries no mark as a rule, and is joined as its sale was.
async fn refunds(
    tx: &mut Tx,
    workspace: WorkspaceId,
    going: &[NewConversion],
) -> Result<Vec<ConversionId>, Error> {
    let mut refunds = Vec::new();
    for sale in going
        .iter()
        .filter(|it| it.kind == conversion::ConversionKind::Sale)
    {
        let named = related::refunds_of(tx, workspace, &sale.event_id).await?;
        let named: Vec<ConversionId> = named.into_iter().map(|(_, id)| id).collect();
        for refund in ledger::reports(tx, &named).await? {
            // Another shop may have a sale of that number.
            let of = store::conversion::sale_of(tx, &refund).await?;
            refunds.extend(of.filter(|of| of.report.id == sale.id).map(|_| refund.id));
        }
    }
    Ok(refunds)
}

async fn bury(
    tx: &mut Tx,
    vault: &Vault,
    workspace: WorkspaceId,
    known: &Known,
    clicks_as: Kind,
    now: Millis,
) -> Result<(), Error> {
    let marks = known.marks.iter().map(|mark| {
        let (kind, text) = match mark {
            Mark::ExternalId(id) => (Kind::Customer, id),
            Mark::EmailHash(hash) => (Kind::Email, hash),
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

/// Forgets which codes the conversion used, and what the requests said that told of it.
async fn forget_told(tx: &mut Tx, report: &NewConversion) -> Result<(), store::Error> {
    promo_code::set_used(tx, report.workspace_id, report.id, &[]).await?;
    inbox::empty(tx, &report.id.to_string()).await
}

/// Erases clicks, and lets who else named one name its stand-in.
async fn erase_clicks(
    tx: &mut Tx,
    vault: &Vault,
    workspace: WorkspaceId,
    clicks: &BTreeSet<ClickId>,
    own: &BTreeSet<OrderId>,
) -> Result<u64, store::Error> {
    let with_stand_in = |id: &ClickId| (*id, vault.stand_in(workspace, *id));
    let stand_ins: Vec<(ClickId, ClickId)> = clicks.iter().map(with_stand_in).collect();
    let ids: Vec<ClickId> = clicks.iter().copied().collect();
    let others = ledger::naming(tx, workspace, &ids).await?;
    let rename = event_name(vault, workspace);
    let stand_in = |report: NewConversion| {
        let named = report.evidence.click_ids.iter();
        let named = named.filter(|id| clicks.contains(id)).map(with_stand_in);
        let erased = Erased::Clicks(named.collect());
        Left {
            left: report.without(&erased, &rename),
            report,
        }
    };
    let reports = ledger::reports(tx, &others).await?.into_iter();
    let others: Vec<Left> = reports.map(stand_in).collect();
    ledger::rewrite(tx, &others).await?;
    let gone = Erased::Clicks(stand_ins.iter().copied().collect());
    for Left { report, .. } in &others {
        inbox::empty(tx, &report.id.to_string()).await?;
    }
    let named = Evidence {
        click_ids: ids,
        ..Evidence::default()
    };
    for order in store::order::marked(tx, workspace, &[named], MOST).await? {
        if !own.contains(&order) {
            orders::erase(tx, order, workspace, &gone, vault).await?;
        }
    }
    ledger::stand_in(tx, workspace, &stand_ins).await?;
    click::erasure::erase(tx, workspace, &stand_ins).await
}
