//! Erases what is on the list, some at a time.
//!
//! # Invariants
//! - Between two transactions others may write: shops' updates, repeated clicks, late reports.
//!   Tombstones exist by then, so new rows name nobody, or a click's stand-in.
//! - Everything is read in the transaction that erases it and deletes it from the list.
//! - An order is erased with its lines, before other conversions, because later updates continue
//!   from it. Clicks come last, when only other people name them.

use std::str::FromStr;

use super::eraser::Eraser;
use crate::conversion::erasure::ErasureScope;
use crate::conversion::{ConversionKind, JoinEvidence, NewConversion};
use crate::id::{ClickId, ConversionId, OrderId, WorkspaceId};
use crate::store::conversion::erasure::{self as ledger, MOST, RedactedReport};
use crate::store::conversion::{order_lines, related};
use crate::store::erasure_queue::{self, ErasurePortion, ErasureStep};
use crate::store::{self, Tx, click_event, inbox, promo_code, touch};
use crate::worker::join::Joiner;
use crate::worker::time_budget::TimeBudget;
use crate::worker::tombstones::event_name;
use crate::worker::{customers, orders};

/// Subjects that are erased between two checks of the time budget.
const AT_ONCE: i64 = 50;

/// Erases part of the list in a short transaction. Returns whether the list is empty.
pub(super) async fn erase_next(eraser: Eraser<'_>) -> Result<bool, store::Error> {
    let mut tx = eraser.store.ingest().await?;
    let budget = TimeBudget::begin();
    let mut is_done = false;
    while !is_done && !budget.is_over() {
        match erasure_queue::next(&mut tx, AT_ONCE).await? {
            Some(portion) => {
                eraser.erase_some(&mut tx, &portion).await?;
                erasure_queue::remove(&mut tx, &portion).await?;
            }
            None => is_done = true,
        }
    }
    tx.commit().await?;
    Ok(is_done)
}

impl Eraser<'_> {
    async fn erase_some(self, tx: &mut Tx, portion: &ErasurePortion) -> Result<(), store::Error> {
        let workspace = portion.workspace_id;
        match portion.step {
            ErasureStep::Order => self.erase_orders(tx, workspace, &ids(portion)?).await,
            ErasureStep::Conversion => {
                let reports = ledger::reports(tx, &ids(portion)?).await?;
                self.anonymize(tx, workspace, reports).await
            }
            ErasureStep::Click => self.erase_clicks(tx, workspace, &ids(portion)?).await,
        }
    }

    async fn erase_orders(
        self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        ids: &[OrderId],
    ) -> Result<(), store::Error> {
        for id in ids {
            let lines = order_lines::of_order(tx, *id).await?.into_iter();
            let lines = lines.map(|line| line.report).collect();
            self.anonymize(tx, workspace, lines).await?;
            orders::erase(tx, *id, workspace, &ErasureScope::Person, self.vault).await?;
        }
        Ok(())
    }

    /// Removes the person from their conversions. Deletes which codes they used, and the requests
    /// that reported them.
    async fn anonymize(
        self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        going: Vec<NewConversion>,
    ) -> Result<(), store::Error> {
        let refunds = refunds(tx, workspace, &going).await?;
        // A conversion that was joined again since then may have a customer again.
        customers::leave(tx, &going).await?;
        let rename = event_name(self.vault, workspace);
        let cut = |report: NewConversion| RedactedReport {
            redacted: report.without(&ErasureScope::Person, &rename),
            original: report,
        };
        let all: Vec<RedactedReport> = going.into_iter().map(cut).collect();
        ledger::detach(tx, &all).await?;
        ledger::detach_clicks(tx, &refunds).await?;
        let ids: Vec<ConversionId> = all.iter().map(|cut| cut.original.id).collect();
        promo_code::delete_used(tx, &ids).await?;
        inbox::empty(tx, &texts(&ids)).await
    }

    /// Erases clicks. Other conversions that named one then name its stand-in.
    async fn erase_clicks(
        self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        clicks: &[ClickId],
    ) -> Result<(), store::Error> {
        let with_stand_in = |id: &ClickId| (*id, self.vault.stand_in(workspace, *id));
        let pairs: Vec<(ClickId, ClickId)> = clicks.iter().map(with_stand_in).collect();
        let owned: Vec<_> = clicks.iter().map(|id| (workspace, *id)).collect();
        let kept = touch::stored(tx, &owned).await?;
        // A conversion that already names the stand-in arrived after the tombstones.
        let new = pairs.iter().filter(|(id, _)| kept.contains(id));
        let new: Vec<ClickId> = new.map(|(_, stand_in)| *stand_in).collect();
        let late = related::claimed_by(tx, &new).await?;
        let erased = ErasureScope::Clicks(pairs.iter().copied().collect());
        let rename = event_name(self.vault, workspace);
        let stand_in = |report: NewConversion| RedactedReport {
            redacted: report.without(&erased, &rename),
            original: report,
        };
        let others = ledger::naming_clicks(tx, workspace, clicks).await?;
        let others = ledger::reports(tx, &others).await?.into_iter();
        let others: Vec<RedactedReport> = others.map(stand_in).collect();
        ledger::rewrite(tx, &others).await?;
        let ids: Vec<ConversionId> = others.iter().map(|other| other.original.id).collect();
        inbox::empty(tx, &texts(&ids)).await?;
        let named = JoinEvidence {
            click_ids: clicks.to_vec(),
            ..JoinEvidence::default()
        };
        for order in store::order::marked(tx, workspace, &[named], MOST).await? {
            orders::erase(tx, order, workspace, &erased, self.vault).await?;
        }
        ledger::stand_in(tx, workspace, &pairs).await?;
        click_event::erasure::erase(tx, workspace, &pairs).await?;
        Joiner::new(tx, self.registry, self.terms).run(late).await
    }
}

fn ids<T: FromStr>(portion: &ErasurePortion) -> Result<Vec<T>, store::Error> {
    let read = |text: &String| {
        text.parse().map_err(|_| store::Error::Corrupt {
            what: "subject",
            value: text.clone(),
        })
    };
    portion.subjects.iter().map(read).collect()
}

fn texts(ids: &[ConversionId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// Refunds of these sales. Most have no identifier of their own and were joined like their sale.
async fn refunds(
    tx: &mut Tx,
    workspace: WorkspaceId,
    going: &[NewConversion],
) -> Result<Vec<ConversionId>, store::Error> {
    let mut refunds = Vec::new();
    for sale in going
        .iter()
        .filter(|report| report.kind == ConversionKind::Sale)
    {
        let named = related::refunds_of(tx, workspace, &sale.event_id).await?;
        let named: Vec<ConversionId> = named.into_iter().map(|(_, id)| id).collect();
        for refund in ledger::reports(tx, &named).await? {
            // Another shop may have a sale with that number.
            let of = store::conversion::sale_of(tx, &refund).await?;
            refunds.extend(of.filter(|of| of.report.id == sale.id).map(|_| refund.id));
        }
    }
    Ok(refunds)
}
