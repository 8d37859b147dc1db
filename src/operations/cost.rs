//! Costs of campaigns: import, list, read, update, delete.
//!
//! # Invariants
//! A cost with a known `event_id` replaces the earlier one, so a repeated import does not count
//! twice.
//!
//! # Out of scope
//! How costs are shared among the rows of a report.

mod amount;
mod batch;
pub mod body;
mod change;
mod notes;
mod row;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::campaign::Campaign;
use crate::id::{CampaignId, CostId};
use crate::operations::actor::Actor;
use crate::operations::campaign_rows::CampaignRowsQuery;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::operations::import::bad_rows::RowError;
use crate::operations::import::body::ImportRequest;
use crate::operations::import::run::{Imported, read_rows, run};
use crate::operations::page::{cut, page};
use crate::store::cost::Cost;
use crate::store::{self, Tx};
use batch::CostBatch;
use body::{CostChange, CostImportResult, CostPage, CostView};

/// Imports costs: all rows or none.
///
/// # Errors
/// [`Error::Rows`] with all wrong rows, a body that cannot be read at all, or a store that does not
/// answer.
pub async fn import(
    context: &Context,
    actor: &Actor,
    request: &ImportRequest<'_>,
) -> Result<Imported<CostImportResult>, Error> {
    let effect = async |tx: &mut Tx| {
        let mut batch = CostBatch::new(actor.workspace, context.clock.now());
        let add = |row, target| batch.add(row, target);
        let file = read_rows(tx, (context, actor), request, add).await?;
        batch.keep(tx, file, request.query.dry_run).await
    };
    run(context, actor, request, effect).await
}

/// A page of the workspace's costs.
///
/// # Errors
/// A limit or cursor that is not valid, an unknown campaign, or a store that does not answer.
pub async fn list(
    context: &Context,
    actor: &Actor,
    query: CampaignRowsQuery,
) -> Result<CostPage, Error> {
    let page = page(query.limit, query.cursor.as_deref(), "cst")?;
    let mut tx = context.store.read().await?;
    let campaign = query.campaign(&mut tx, actor.workspace).await?;
    let mut rows = store::cost::list(&mut tx, actor.workspace, campaign, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    let mut campaigns: HashMap<CampaignId, Campaign> = HashMap::new();
    let mut costs = Vec::with_capacity(rows.len());
    for row in &rows {
        let campaign = match campaigns.entry(row.campaign_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(campaign_of(&mut tx, actor, row).await?),
        };
        costs.push(CostView::new(row, campaign));
    }
    Ok(CostPage { costs, next_cursor })
}

async fn campaign_of(tx: &mut Tx, actor: &Actor, cost: &Cost) -> Result<Campaign, Error> {
    let found = store::campaign::by_id(tx, actor.workspace, cost.campaign_id).await?;
    Noun::Campaign.found(found)
}

/// The cost of this id, with its campaign.
async fn find(tx: &mut Tx, actor: &Actor, id: &str) -> Result<(Cost, Campaign), Error> {
    let id: CostId = Noun::Cost.parse_id(id)?;
    let found = store::cost::by_id(tx, actor.workspace, id).await?;
    let found = Noun::Cost.found(found)?;
    let campaign = campaign_of(tx, actor, &found).await?;
    Ok((found, campaign))
}

/// One cost.
///
/// # Errors
/// [`Error::NotFound`], or a store that does not answer.
pub async fn read(context: &Context, actor: &Actor, id: &str) -> Result<CostView, Error> {
    let mut tx = context.store.read().await?;
    let (cost, campaign) = find(&mut tx, actor, id).await?;
    Ok(CostView::new(&cost, &campaign))
}

/// Changes a cost.
///
/// # Errors
/// [`Error::NotFound`], a field that breaks a rule of the import, or a store that does not answer.
pub async fn update(
    context: &Context,
    actor: &Actor,
    id: &str,
    change: CostChange,
) -> Result<CostView, Error> {
    let mut tx = context.store.write().await?;
    store::workspace::lock(&mut tx, actor.workspace).await?;
    let (cost, campaign) = find(&mut tx, actor, id).await?;
    let changed = change::apply(&mut tx, context, actor, &campaign, cost, change).await;
    let changed = changed.map_err(RowError::of_request)?;
    store::cost::update(&mut tx, &changed).await?;
    tx.commit().await?;
    Ok(CostView::new(&changed, &campaign))
}

/// Deletes a cost. Returns it.
///
/// # Errors
/// [`Error::NotFound`], or a store that does not answer.
pub async fn delete(context: &Context, actor: &Actor, id: &str) -> Result<CostView, Error> {
    let mut tx = context.store.write().await?;
    store::workspace::lock(&mut tx, actor.workspace).await?;
    let (cost, campaign) = find(&mut tx, actor, id).await?;
    store::cost::delete(&mut tx, actor.workspace, cost.id).await?;
    tx.commit().await?;
    Ok(CostView::new(&cost, &campaign))
}
