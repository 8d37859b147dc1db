//! Finds everything that belongs to a person who must be erased.
//!
//! # Invariants
//! A person is all identifiers that conversions and orders tie together, and the clicks that these
//! named. From a click, identifiers are not followed.
//!
//! # Out of scope
//! This module does not write.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::error::Error;
use crate::conversion::order::OrderObservation;
use crate::conversion::{JoinEvidence, NewConversion};
use crate::id::{ClickId, ConversionId, OrderId, WorkspaceId};
use crate::store::conversion::erasure::{self as ledger, MOST};
use crate::store::conversion::related::Identifier;
use crate::store::{self, Tx};

/// Everything that belongs to a person.
#[derive(Debug, Default)]
pub(super) struct PersonData {
    pub(super) marks: HashSet<Identifier>,
    pub(super) clicks: BTreeSet<ClickId>,
    /// The clicks that a conversion with a secret named.
    pub(super) proven: BTreeSet<ClickId>,
    pub(super) conversions: BTreeMap<ConversionId, NewConversion>,
    /// Their orders, including those without a line in the ledger.
    pub(super) orders: BTreeSet<OrderId>,
}

/// Follows identifiers through conversions and orders until there are no new ones.
pub(super) async fn of_customer(
    tx: &mut Tx,
    workspace: WorkspaceId,
    marks: &[Identifier],
) -> Result<PersonData, Error> {
    let mut known = PersonData::default();
    let mut new = marks.to_vec();
    known.marks.extend(new.iter().cloned());
    while !new.is_empty() {
        let ids = ledger::with_identifiers(tx, workspace, &new).await?;
        let orders = store::order::marked(tx, workspace, &evidence_of(&new), MOST).await?;
        new = known.add_conversions(tx, ids).await?;
        new.extend(known.add_orders(tx, orders).await?);
    }
    Ok(known)
}

/// The click and the conversions that name it. Their identifiers are not followed, because a
/// browser may have had several users.
pub(super) async fn of_click(
    tx: &mut Tx,
    workspace: WorkspaceId,
    click: ClickId,
) -> Result<PersonData, Error> {
    let ids = ledger::naming_clicks(tx, workspace, &[click]).await?;
    if ids.len() > MOST {
        return Err(Error::TooLarge);
    }
    let reports = ledger::reports(tx, &ids).await?;
    let named = JoinEvidence {
        click_ids: vec![click],
        ..JoinEvidence::default()
    };
    let orders = store::order::marked(tx, workspace, &[named], MOST).await?;
    let is_proven =
        !orders.is_empty() || reports.iter().any(|report| report.evidence.proves(click));
    Ok(PersonData {
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

/// Evidence with these identifiers.
fn evidence_of(marks: &[Identifier]) -> Vec<JoinEvidence> {
    let evidence = |mark: &Identifier| match mark {
        Identifier::ExternalId(id) => JoinEvidence {
            external_id: Some(id.clone()),
            ..JoinEvidence::default()
        },
        Identifier::EmailHash(hash) => JoinEvidence {
            email_hash: Some(hash.clone()),
            ..JoinEvidence::default()
        },
    };
    marks.iter().map(evidence).collect()
}

impl PersonData {
    fn add_clicks(&mut self, evidence: &JoinEvidence) {
        let clicks = &evidence.click_ids;
        self.clicks.extend(clicks);
        let proven = clicks.iter().filter(|id| evidence.proves(**id));
        self.proven.extend(proven);
    }

    /// Adds these conversions. Returns the new identifiers.
    async fn add_conversions(
        &mut self,
        tx: &mut Tx,
        mut ids: Vec<ConversionId>,
    ) -> Result<Vec<Identifier>, Error> {
        ids.retain(|id| !self.conversions.contains_key(id));
        if self.conversions.len() + ids.len() > MOST {
            return Err(Error::TooLarge);
        }
        let mut new = Vec::new();
        for report in ledger::reports(tx, &ids).await? {
            let emails = report.email_hashes().map(str::to_owned);
            for mark in emails
                .map(Identifier::EmailHash)
                .chain(Identifier::of(&report))
            {
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

    /// Adds these orders. Returns the new identifiers.
    async fn add_orders(
        &mut self,
        tx: &mut Tx,
        orders: BTreeSet<OrderId>,
    ) -> Result<Vec<Identifier>, Error> {
        let mut new = Vec::new();
        for id in orders {
            if !self.orders.insert(id) {
                continue;
            }
            let facts = store::order::facts(tx, id).await?;
            for evidence in facts.values().filter_map(OrderObservation::evidence) {
                let marks = Identifier::in_evidence(evidence).into_iter();
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
