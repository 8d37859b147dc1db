//! Keeps customers as the ledger tells of them, in the transaction that writes the ledger.
//!
//! Holds: a customer is every conversion that marks tie together, over any number of steps; a
//! refund whose sale is known is that of the sale's customer. Their id is that of the conversion
//! told of first, so of two that turn out to be one the smaller id stays, in whatever order reports
//! come. When a conversion leaves or its marks change, the customer is taken apart and put together
//! anew, unless more than [`MOST`] conversions are left: so many are a crowd behind one mark, which
//! stays together and only loses what left. Must not know: how touches are found.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::time_budget::TimeBudget;
use crate::attribution;
use crate::conversion::{ConversionKind, MatchRule, NewConversion};
use crate::customer::{CustomerTouch, customer_id_of, touches};
use crate::id::{ConversionId, CustomerId, WorkspaceId};
use crate::store::conversion::related::{self, Identifier};
use crate::store::conversion::{self as ledger, erasure::reports};
use crate::store::{Error, Store, Tx, credit, customer};

/// Most conversions that are put together anew.
pub const MOST: usize = 500;

/// Conversions of before there were customers that are taken up in one transaction.
const TAKEN_UP: i64 = 200;

/// Customers that one transaction changes.
#[derive(Debug, Default)]
pub(super) struct CustomerChanges {
    /// Whose first and last are to be looked up again.
    changed: BTreeSet<CustomerId>,
    /// Whom conversions have left, and the marks that these carry.
    left: BTreeMap<CustomerId, HashSet<(WorkspaceId, Identifier)>>,
}

/// Lets conversions be no customer's, before they go or get other marks.
pub(super) async fn leave(tx: &mut Tx, going: &[NewConversion]) -> Result<(), Error> {
    let ids: Vec<ConversionId> = going.iter().map(|report| report.id).collect();
    let left = customer::take_out(tx, &ids).await?;
    if left.is_empty() {
        return Ok(());
    }
    let marks: HashSet<_> = going.iter().flat_map(marks).collect();
    let mut customers = CustomerChanges::default();
    let left = left.into_iter().map(|id| (id, marks.clone()));
    customers.left.extend(left);
    customers.finish(tx).await
}

/// The marks that a report carries, and whose they are.
fn marks(report: &NewConversion) -> impl Iterator<Item = (WorkspaceId, Identifier)> {
    let workspace = report.workspace_id;
    let marks = Identifier::of(report).into_iter();
    marks.map(move |mark| (workspace, mark))
}

impl CustomerChanges {
    /// Lets a conversion be its customer's, with the touches found by what it brought itself; the
    /// refunds of a sale follow.
    pub(super) async fn place(
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

    /// Puts the conversion where it belongs; whether that is another customer than before.
    async fn put(
        &mut self,
        tx: &mut Tx,
        report: &NewConversion,
        touches: Vec<CustomerTouch>,
    ) -> Result<bool, Error> {
        let before = customer::of_conversion(tx, report.id).await?;
        let now = match of_sale(tx, report).await? {
            Some(sale) => Some(sale),
            // Marks change only after a conversion has left.
            None if before.is_some() && !report.kind.follows_a_sale() => before,
            None => self.tied(tx, report).await?,
        };
        if now.is_none() && before.is_none() {
            return Ok(false);
        }
        // Tying two customers together may have moved this conversion along.
        let before = match before {
            Some(_) => customer::of_conversion(tx, report.id).await?,
            None => None,
        };
        if now != before || customer::touches(tx, report.id).await? != touches {
            customer::put(tx, report.id, now, &touches).await?;
        }
        if let Some(before) = before.filter(|before| now != Some(*before)) {
            self.left.entry(before).or_default().extend(marks(report));
        }
        self.changed.extend(now);
        Ok(now != before)
    }

    /// The one customer of all the marks that a report carries; `None` when it carries none.
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
        customer::begin(tx, id, workspace, report.occurred_at).await?;
        for other in customers.into_iter().filter(|other| *other != id) {
            customer::merge(tx, other, id).await?;
            self.changed.remove(&other);
            if let Some(marks) = self.left.remove(&other) {
                self.left.entry(id).or_default().extend(marks);
            }
        }
        for (mark, _) in known.iter().filter(|(_, of)| of.is_none()) {
            customer::tie(tx, workspace, mark, id).await?;
        }
        Ok(Some(id))
    }

    /// Puts together anew whom conversions have left, and looks up what has changed.
    pub(super) async fn finish(mut self, tx: &mut Tx) -> Result<(), Error> {
        while let Some((id, marks)) = self.left.pop_first() {
            let members = customer::members(tx, id, MOST + 1).await?;
            if members.len() <= MOST {
                self.rebuild(tx, id, &members).await?;
                continue;
            }
            for (workspace, mark) in marks {
                customer::release(tx, workspace, &mark, id).await?;
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
        // A refund finds its sale's customer.
        members.sort_by_key(|report| (report.kind.follows_a_sale(), report.id));
        for report in &members {
            let brought = customer::touches(tx, report.id).await?;
            if !self.put(tx, report, brought).await? {
                customer::put(tx, report.id, None, &[]).await?;
            }
        }
        Ok(())
    }
}

/// The customer of the sale that a refund takes back.
async fn of_sale(tx: &mut Tx, report: &NewConversion) -> Result<Option<CustomerId>, Error> {
    match ledger::sale_of(tx, report).await? {
        Some(sale) => customer::of_conversion(tx, sale.report.id).await,
        None => Ok(None),
    }
}

/// Takes up some conversions that were told before there were customers, those after `after`; gives
/// the last one, or `None` when all are.
///
/// # Errors
/// When the store does not answer; what was taken up before stays so.
pub async fn backfill(
    store: &Store,
    after: Option<ConversionId>,
) -> Result<Option<ConversionId>, Error> {
    let mut tx = store.ingest().await?;
    let untaken = customer::untaken(&mut tx, after, TAKEN_UP).await?;
    let mut customers = CustomerChanges::default();
    let (turn, mut last) = (TimeBudget::begin(), None);
    for id in &untaken {
        if last.is_some() && turn.is_over() {
            break;
        }
        last = Some(*id);
        let Some(found) = ledger::by_id(&mut tx, *id).await? else {
            continue;
        };
        // Clicks may be gone by now; what they were credited with is not.
        let mut brought = Vec::new();
        let match_rule = found.join.joined_by;
        if match_rule.is_own_clicks() || matches!(match_rule, MatchRule::PromoCode | MatchRule::Utm)
        {
            brought = credit::touches(credit::all(&mut tx, *id).await?);
        }
        customers.place(&mut tx, &found.report, &brought).await?;
    }
    customers.finish(&mut tx).await?;
    tx.commit().await?;
    Ok(last)
}

#[cfg(test)]
mod tests;
