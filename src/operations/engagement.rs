//! Engagement numbers, as networks report them: import, list, read, delete.
//!
//! # Invariants
//! There is one row for each campaign, network, post and day. Imported totals replace earlier ones,
//! figure by figure. So a change is another import.
//!
//! # Out of scope
//! How engagement is compared with the yield of posts.

mod batch;
pub mod body;
mod row;

use crate::id::EngagementId;
use crate::operations::actor::Actor;
use crate::operations::campaign_rows::CampaignRowsQuery;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::operations::import::body::ImportRequest;
use crate::operations::import::run::{Imported, read_rows, run};
use crate::operations::page::{cut, page};
use crate::store::engagement::Engagement;
use crate::store::{self, Tx};
use batch::EngagementBatch;
use body::{EngagementImportResult, EngagementPage, EngagementView};
use row::EngagementRow;

/// Imports engagement numbers: all rows or none.
///
/// # Errors
/// [`Error::Rows`] with all wrong rows, a body that cannot be read at all, or a store that does not
/// answer.
pub async fn import(
    context: &Context,
    actor: &Actor,
    request: &ImportRequest<'_>,
) -> Result<Imported<EngagementImportResult>, Error> {
    let effect = async |tx: &mut Tx| {
        let mut batch = EngagementBatch::new(actor.workspace, context.clock.now());
        let add = |row: EngagementRow, target| batch.add(&row, target);
        let file = read_rows(tx, (context, actor), request, add).await?;
        batch.keep(tx, file, request.query.dry_run).await
    };
    run(context, actor, request, effect).await
}

/// A page of the workspace's engagement numbers.
///
/// # Errors
/// A limit or cursor that is not valid, an unknown campaign, or a store that does not answer.
pub async fn list(
    context: &Context,
    actor: &Actor,
    query: CampaignRowsQuery,
) -> Result<EngagementPage, Error> {
    let page = page(query.limit, query.cursor.as_deref(), "eng")?;
    let mut tx = context.store.read().await?;
    let campaign = query.campaign(&mut tx, actor.workspace).await?;
    let mut rows = store::engagement::list(&mut tx, actor.workspace, campaign, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    Ok(EngagementPage {
        engagement: rows.into_iter().map(EngagementView::from).collect(),
        next_cursor,
    })
}

async fn find(tx: &mut Tx, actor: &Actor, id: &str) -> Result<Engagement, Error> {
    let id: EngagementId = Noun::Engagement.parse_id(id)?;
    Noun::Engagement.found(store::engagement::by_id(tx, actor.workspace, id).await?)
}

/// One row of engagement numbers.
///
/// # Errors
/// [`Error::NotFound`], or a store that does not answer.
pub async fn read(context: &Context, actor: &Actor, id: &str) -> Result<EngagementView, Error> {
    let mut tx = context.store.read().await?;
    find(&mut tx, actor, id).await.map(EngagementView::from)
}

/// Deletes a row of engagement numbers. Returns it.
///
/// # Errors
/// [`Error::NotFound`], or a store that does not answer.
pub async fn delete(context: &Context, actor: &Actor, id: &str) -> Result<EngagementView, Error> {
    let mut tx = context.store.write().await?;
    let found = find(&mut tx, actor, id).await?;
    store::engagement::delete(&mut tx, actor.workspace, found.id).await?;
    tx.commit().await?;
    Ok(EngagementView::from(found))
}
