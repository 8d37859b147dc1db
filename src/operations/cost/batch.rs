//! The costs of one import, collected and then stored together.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::campaign::Campaign;
use crate::clock::Millis;
use crate::id::{CampaignId, CostId, WorkspaceId};
use crate::money::Money;
use crate::operations::cost::amount::{RoundingRests, StatedCost};
use crate::operations::cost::body::{CostImportResult, CostView};
use crate::operations::cost::notes;
use crate::operations::cost::row::CostRow;
use crate::operations::error::Error;
use crate::operations::import::bad_rows::{RowError, bad};
use crate::operations::import::rows::{FileSummary, sort_ids};
use crate::operations::import::run::MAX_SHOWN;
use crate::operations::import::target::RowTarget;
use crate::store::Tx;
use crate::store::cost::{self, Cost};
use crate::vault;

/// Longest note and id, in characters.
const MAX_TEXT: usize = 200;

/// The costs of one import.
#[derive(Debug)]
pub(super) struct CostBatch {
    workspace: WorkspaceId,
    now: Millis,
    costs: Vec<Cost>,
    campaigns: HashMap<CampaignId, Arc<Campaign>>,
    event_ids: EventIds,
    rests: RoundingRests,
}

impl CostBatch {
    /// An empty batch.
    pub(super) fn new(workspace: WorkspaceId, now: Millis) -> CostBatch {
        CostBatch {
            workspace,
            now,
            costs: Vec::new(),
            campaigns: HashMap::new(),
            event_ids: EventIds::default(),
            rests: RoundingRests::default(),
        }
    }

    /// Adds a row.
    pub(super) fn add(&mut self, row: CostRow, target: RowTarget) -> Result<(), RowError> {
        let spent = row.stated.amount_for(&target.campaign, &mut self.rests)?;
        let event_id = self.event_ids.id_of(&row, &target)?;
        let note = checked_note(row.note)?;
        self.costs.push(Cost {
            id: CostId::new(self.now),
            workspace_id: self.workspace,
            campaign_id: target.campaign.id,
            network: target.network,
            link_id: target.link_id,
            days: row.days,
            spent,
            note,
            event_id,
            created_at: self.now,
        });
        self.campaigns.insert(target.campaign.id, target.campaign);
        Ok(())
    }

    /// Stores the costs.
    pub(super) async fn keep(
        mut self,
        tx: &mut Tx,
        file: FileSummary,
        dry_run: bool,
    ) -> Result<CostImportResult, Error> {
        sort_ids(&mut self.costs, |cost| &mut cost.id);
        let put = cost::upsert(tx, &mut self.costs).await?;
        let notes = self.notes(file.read.is_some())?;
        Ok(CostImportResult {
            new: put.new,
            changed: put.changed,
            unchanged: put.unchanged,
            spent: self.sums(),
            costs: self.views(),
            columns_left_out: file.columns_left_out,
            totals_left_out: file.totals_left_out,
            passed_over: file.passed_over,
            file: file.read,
            dry_run,
            notes,
        })
    }

    fn notes(&self, is_file: bool) -> Result<Vec<String>, Error> {
        let costs = &self.costs;
        let mut found = notes::outside_periods(costs, &self.campaigns, self.now)?;
        found.extend(notes::future_days(costs, self.now));
        found.extend(is_file.then(|| notes::ranges(costs)).flatten());
        Ok(found)
    }

    /// The sum of the costs, by currency.
    fn sums(&self) -> Vec<Money> {
        let mut sums: BTreeMap<&str, Money> = BTreeMap::new();
        for cost in &self.costs {
            let Some(campaign) = self.campaigns.get(&cost.campaign_id) else {
                continue;
            };
            let currency = campaign.currency;
            let nothing = Money {
                amount: 0,
                currency,
            };
            let value = cost.spent.value(campaign.hourly_rate).unwrap_or(0);
            let sum = sums.entry(currency.code()).or_insert(nothing);
            sum.amount = sum.amount.saturating_add(value);
        }
        sums.into_values().collect()
    }

    /// The costs for the result; empty if there are more than [`MAX_SHOWN`].
    fn views(&self) -> Vec<CostView> {
        if self.costs.len() > MAX_SHOWN {
            return Vec::new();
        }
        let view = |cost: &Cost| Some(CostView::new(cost, self.campaigns.get(&cost.campaign_id)?));
        self.costs.iter().filter_map(view).collect()
    }
}

/// A note as it is stored; `None` for a blank one.
pub(super) fn checked_note(note: Option<String>) -> Result<Option<String>, RowError> {
    let note = note.map(|note| note.trim().to_owned());
    let note = note.filter(|note| !note.is_empty());
    let length = note.as_ref().map_or(0, |note| note.chars().count());
    if length > MAX_TEXT {
        return bad("note", format!("may have at most {MAX_TEXT} characters"));
    }
    Ok(note)
}

/// The event ids of one import, each once.
#[derive(Debug, Default)]
struct EventIds {
    taken: HashSet<String>,
    /// How many rows of a table have the same content.
    alike: HashMap<String, u32>,
}

impl EventIds {
    /// The row's own id. In a table, a row without one gets an id from its content, and from the
    /// number of earlier rows with the same content.
    fn id_of(&mut self, row: &CostRow, target: &RowTarget) -> Result<Option<String>, RowError> {
        let id = match &row.event_id {
            Some(id) => id.trim().to_owned(),
            None if row.is_of_table => self.generated(row, target),
            None => return Ok(None),
        };
        if !(1..=MAX_TEXT).contains(&id.chars().count()) {
            return bad("event_id", format!("must have 1 to {MAX_TEXT} characters"));
        }
        if !self.taken.insert(id.clone()) {
            return bad(
                "event_id",
                "is also the id of an earlier row; give each row its own",
            );
        }
        Ok(Some(id))
    }

    // The hashed text must never change: the same file, sent again, must get the same ids.
    fn generated(&mut self, row: &CostRow, target: &RowTarget) -> String {
        let is_work = matches!(row.stated, StatedCost::Minutes(_));
        let place = format!(
            "{}\n{:?}\n{:?}\n{:?}\n{is_work}\n{:?}",
            target.campaign.id, target.network, target.link_id, row.days, row.note
        );
        let count = self.alike.entry(place.clone()).or_default();
        *count += 1;
        let hash = vault::token_hash(&format!("{place}\n{count}"));
        format!("csv-{}", &hash[..32])
    }
}
