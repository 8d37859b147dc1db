//! Derives customers from the ledger, in the transaction that writes the ledger.
//!
//! # Invariants
//! - A customer is all conversions that identifiers tie together, over any number of steps. A
//!   refund with a known sale belongs to the sale's customer.
//! - A customer's id comes from the conversion that was reported first. So of two customers that
//!   turn out to be one, the smaller id stays, in every order of arrival.
//! - When a conversion leaves or its identifiers change, the customer is rebuilt. If more than
//!   [`MAX_REBUILT`] conversions are left, many people share one identifier: the customer stays and
//!   only loses what left.
//!
//! # Out of scope
//! How touches are found.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::time_budget::TimeBudget;
use crate::attribution;
use crate::conversion::{ConversionKind, MatchRule, NewConversion};
use crate::customer::{CustomerTouch, customer_id_of, touches};
use crate::id::{ConversionId, CustomerId, WorkspaceId};
use crate::store::conversion::related::{self, Identifier};
use crate::store::conversion::{self as ledger, erasure::reports};
use crate::store::{Error, Store, Tx, credit, customer};

/// Most conversions of a customer that is rebuilt.
pub const MAX_REBUILT: usize = 500;

/// Most conversions without a customer that one transaction assigns.
const BACKFILLED: i64 = 200;

/// Customers that one transaction changes.
#[derive(Debug, Default)]
pub(super) struct CustomerChanges {
    /// Customers whose first and last conversions must be looked up again.
    changed: BTreeSet<CustomerId>,
    /// Customers that conversions have left, with the identifiers of those conversions.
    left: BTreeMap<CustomerId, HashSet<(WorkspaceId, Identifier)>>,
}

/// Removes conversions from their customers, before they are deleted or get other identifiers.
pub(super) async fn leave(tx: &mut Tx, going: &[NewConversion]) -> Result<(), Error> {
    let ids: Vec<ConversionId> = going.iter().map(|report| report.id).collect();
    let left = customer::remove_conversions(tx, &ids).await?;
    if left.is_empty() {
        return Ok(());
    }
    let marks: HashSet<_> = going.iter().flat_map(marks).collect();
    let mut customers = CustomerChanges::default();
    let left = left.into_iter().map(|id| (id, marks.clone()));
    customers.left.extend(left);
    customers.finish(tx).await
}

/// The identifiers of a report, with their workspace.
fn marks(report: &NewConversion) -> impl Iterator<Item = (WorkspaceId, Identifier)> {
    let workspace = report.workspace_id;
    let marks = Identifier::of(report).into_iter();
    marks.map(move |mark| (workspace, mark))
}

impl CustomerChanges {
    /// Assigns a conversion to its customer, with the touches that its own evidence found; the
    /// refunds of a sale follow.
    pub(super) async fn assign(
        &mut self,
        tx: &mut Tx,
        report: &NewConversion,
        found: &[attribution::Touch],
    ) -> Result<(), Error> {
        let moved = self.put(tx, report, touches(report, found)).await?;
        if moved && report.kind == ConversionKind::Sale {
            let refunds = related::refunds_of(tx, report.workspace_id, &report.event_id).await?;
            let refunds: Vec<ConversionId> = refunds.into_iter().map(|(_, id)| id).collect();
            for refund in reports(tx, &refunds).await? {
                let brought = customer::touches(tx, refund.id).await?;
                self.put(tx, &refund, brought).await?;
            }
        }
        Ok(())
    }

    /// Assigns the conversion. Returns whether its customer changed.
    async fn put(
        &mut self,
        tx: &mut Tx,
        report: &NewConversion,
        touches: Vec<CustomerTouch>,
    ) -> Result<bool, Error> {
        let before = customer::of_conversion(tx, report.id).await?;
        let now = match of_sale(tx, report).await? {
            Some(sale) => Some(sale),
            // Identifiers change only after a conversion has left.
            None if before.is_some() && !report.kind.follows_a_sale() => before,
            None => self.tied(tx, report).await?,
        };
        if now.is_none() && before.is_none() {
            return Ok(false);
        }
        // Merging two customers may have moved this conversion.
        let before = match before {
            Some(_) => customer::of_conversion(tx, report.id).await?,
            None => None,
        };
        if now != before || customer::touches(tx, report.id).await? != touches {
            customer::assign(tx, report.id, now, &touches).await?;
        }
        if let Some(before) = before.filter(|before| now != Some(*before)) {
            self.left.entry(before).or_default().extend(marks(report));
        }
        self.changed.extend(now);
        Ok(now != before)
    }

    /// The one customer of all identifiers of a report; `None` when it has no identifiers.
    async fn tied(
        &mut self,
        tx: &mut Tx,
        report: &NewConversion,
    ) -> Result<Option<CustomerId>, Error> {
        let workspace = report.workspace_id;
        let mut known = Vec::new();
        for mark in Identifier::of(report) {
            let of = customer::of_mark(tx, workspace, &mark).await?;
            known.push((mark, of));
        }
        if known.is_empty() {
            return Ok(None);
        }
        let customers: BTreeSet<CustomerId> = known.iter().filter_map(|(_, of)| *of).collect();
        let own = customer_id_of(report.id);
        let id = customers.first().map_or(own, |first| own.min(*first));
        customer::create(tx, id, workspace, report.occurred_at).await?;
        for other in customers.into_iter().filter(|other| *other != id) {
            customer::merge(tx, other, id).await?;
            self.changed.remove(&other);
            if let Some(marks) = self.left.remove(&other) {
                self.left.entry(id).or_default().extend(marks);
            }
        }
        for (mark, _) in known.iter().filter(|(_, of)| of.is_none()) {
            customer::assign_identifier(tx, workspace, mark, id).await?;
        }
        Ok(Some(id))
    }

    /// Rebuilds customers that conversions have left, and updates the changed ones.
    pub(super) async fn finish(mut self, tx: &mut Tx) -> Result<(), Error> {
        while let Some((id, marks)) = self.left.pop_first() {
            let members = customer::conversions(tx, id, MAX_REBUILT + 1).await?;
            if members.len() <= MAX_REBUILT {
                self.rebuild(tx, id, &members).await?;
                continue;
            }
            for (workspace, mark) in marks {
                customer::release_identifier(tx, workspace, &mark, id).await?;
            }
            self.changed.insert(id);
        }
        for id in self.changed {
            customer::derive(tx, id).await?;
        }
        Ok(())
    }

    async fn rebuild(
        &mut self,
        tx: &mut Tx,
        id: CustomerId,
        members: &[ConversionId],
    ) -> Result<(), Error> {
        customer::dissolve(tx, id).await?;
        self.changed.remove(&id);
        let mut members = reports(tx, members).await?;
        // Refunds come last, because they need the customer of their sale.
        members.sort_by_key(|report| (report.kind.follows_a_sale(), report.id));
        for report in &members {
            let brought = customer::touches(tx, report.id).await?;
            if !self.put(tx, report, brought).await? {
                customer::assign(tx, report.id, None, &[]).await?;
            }
        }
        Ok(())
    }
}

/// The customer of the sale that a refund reverses.
async fn of_sale(tx: &mut Tx, report: &NewConversion) -> Result<Option<CustomerId>, Error> {
    match ledger::sale_of(tx, report).await? {
        Some(sale) => customer::of_conversion(tx, sale.report.id).await,
        None => Ok(None),
    }
}

/// Assigns some conversions after `after` that were written before customers existed. Returns the
/// last one, or `None` when all are assigned.
///
/// # Errors
/// When the store does not answer. Earlier assignments stay.
pub async fn backfill(
    store: &Store,
    after: Option<ConversionId>,
) -> Result<Option<ConversionId>, Error> {
    let mut tx = store.ingest().await?;
    let untaken = customer::unassigned(&mut tx, after, BACKFILLED).await?;
    let mut customers = CustomerChanges::default();
    let (budget, mut last) = (TimeBudget::begin(), None);
    for id in &untaken {
        if last.is_some() && budget.is_over() {
            break;
        }
        last = Some(*id);
        let Some(found) = ledger::by_id(&mut tx, *id).await? else {
            continue;
        };
        // Clicks may already be deleted; their credits are not.
        let mut brought = Vec::new();
        let match_rule = found.join.joined_by;
        if match_rule.is_own_clicks() || matches!(match_rule, MatchRule::PromoCode | MatchRule::Utm)
        {
            brought = credit::touches(credit::all(&mut tx, *id).await?);
        }
        customers.assign(&mut tx, &found.report, &brought).await?;
    }
    customers.finish(&mut tx).await?;
    tx.commit().await?;
    Ok(last)
}

#[cfg(test)]
mod tests;
