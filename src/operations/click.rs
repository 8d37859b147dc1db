//! Clicks: read one, list them in pages, or read all that a query selects.
//!
//! # Invariants
//! Clicks are listed oldest first.

pub mod body;

use crate::id::{ClickId, WorkspaceId};
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::operations::event_filter::EventQuery;
use crate::operations::link;
use crate::operations::page::{MANY, cut, page_of};
use crate::store::click_event::{self, ClickFilter};
use crate::store::{Page, Tx};
use body::{ClickPage, ClickQuery, ClickView};

/// The clicks that a query selects, read page by page.
#[derive(Clone, Debug)]
pub struct ClickSelection {
    workspace: WorkspaceId,
    filter: ClickFilter,
    /// The cursor before the first row.
    pub after: Option<String>,
}

/// One click.
///
/// # Errors
/// [`Error::NotFound`], or a store that does not answer.
pub async fn read(context: &Context, actor: &Actor, id: &str) -> Result<ClickView, Error> {
    let id: ClickId = Noun::Click.parse_id(id)?;
    let mut tx = context.store.read().await?;
    let found = click_event::by_id(&mut tx, actor.workspace, id).await?;
    Noun::Click.found(found).map(ClickView::from)
}

/// A page of clicks.
///
/// # Errors
/// A filter, limit or cursor that is not valid, or a store that does not answer.
pub async fn list(
    context: &Context,
    actor: &Actor,
    query: &ClickQuery,
) -> Result<ClickPage, Error> {
    let page = page_of(MANY, query.limit, query.cursor.as_deref(), "clk")?;
    let mut tx = context.store.read().await?;
    let filter = filter(&mut tx, context, actor, query).await?;
    let mut rows = click_event::list(&mut tx, actor.workspace, &filter, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.hit.id.to_string());
    Ok(ClickPage {
        clicks: rows.into_iter().map(ClickView::from).collect(),
        next_cursor,
    })
}

/// Checks a query. Its rows are then read page by page.
///
/// # Errors
/// A filter, limit or cursor that is not valid, or a store that does not answer.
pub async fn select(
    context: &Context,
    actor: &Actor,
    query: &ClickQuery,
) -> Result<ClickSelection, Error> {
    let page = page_of(MANY, query.limit, query.cursor.as_deref(), "clk")?;
    let mut tx = context.store.read().await?;
    Ok(ClickSelection {
        workspace: actor.workspace,
        filter: filter(&mut tx, context, actor, query).await?,
        after: page.after,
    })
}

impl ClickSelection {
    /// The rows of a page, read in their own transaction.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn read(&self, context: &Context, page: &Page) -> Result<Vec<ClickView>, Error> {
        let mut tx = context.store.read().await?;
        let rows = click_event::list(&mut tx, self.workspace, &self.filter, page).await?;
        Ok(rows.into_iter().map(ClickView::from).collect())
    }
}

async fn filter(
    tx: &mut Tx,
    context: &Context,
    actor: &Actor,
    query: &ClickQuery,
) -> Result<ClickFilter, Error> {
    let events = EventQuery {
        bounds: (query.from.as_deref(), query.to.as_deref()),
        time_zone: query.time_zone.as_deref(),
        campaign: query.campaign_id.as_ref(),
        network: query.network.as_deref(),
    };
    let events = events.resolve(tx, context, actor).await?;
    let link_id = match &query.link_id {
        Some(link) => Some(link::name::find(tx, context, actor, link).await?.id),
        None => None,
    };
    Ok(ClickFilter {
        time: events.time,
        campaign_id: events.campaign_id,
        link_id,
        network: events.network,
        class: query.class,
    })
}
