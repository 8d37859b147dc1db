//! Conversions: report or read one, list them in pages, or read all that a query selects.
//!
//! # Invariants
//! Conversions are listed in the order of their reports.

pub mod body;
mod create;

use crate::id::{ConversionId, WorkspaceId};
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::operations::event_filter::EventQuery;
use crate::operations::page::{MANY, cut, page_of};
use crate::operations::source;
use crate::provider::report::MAX_EVENT_ID;
use crate::store::conversion::by_event_id::by_event_id;
use crate::store::conversion::{self, Conversion, ConversionFilter};
use crate::store::{Page, Tx, click_event, credit};
use body::{ConversionDetails, ConversionPage, ConversionQuery, ConversionView};
pub use create::{ReportedConversion, create};

/// Most conversions of one event id that a message lists.
const MAX_CHOICES: u8 = 10;

/// The conversions that a query selects, read page by page.
#[derive(Clone, Debug)]
pub struct ConversionSelection {
    workspace: WorkspaceId,
    filter: ConversionFilter,
    /// The cursor before the first row.
    pub after: Option<String>,
}

/// One conversion, by its id or by its reporter's id of the event, with its click and its credits.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Ambiguous`] for an event id of several conversions, or a store
/// that does not answer.
pub async fn read(
    context: &Context,
    actor: &Actor,
    name: &str,
) -> Result<ConversionDetails, Error> {
    let mut tx = context.store.read().await?;
    let found = find(&mut tx, actor.workspace, name).await?;
    let click = match found.join.click_id {
        Some(id) => click_event::by_id(&mut tx, actor.workspace, id).await?,
        None => None,
    };
    let credits = credit::all(&mut tx, found.report.id).await?;
    Ok(ConversionDetails::new(found, click, credits))
}

/// The conversion of this id, else of this event id.
async fn find(tx: &mut Tx, workspace: WorkspaceId, name: &str) -> Result<Conversion, Error> {
    if let Ok(id) = name.parse::<ConversionId>()
        && let Some(found) = conversion::by_id(tx, id).await?
        && found.report.workspace_id == workspace
    {
        return Ok(found);
    }
    if name.chars().count() > MAX_EVENT_ID {
        return Err(Error::NotFound(Noun::Conversion));
    }
    // One more than a message lists shows whether it lists all.
    let mut found = by_event_id(tx, workspace, name, i64::from(MAX_CHOICES) + 1).await?;
    if found.len() > 1 {
        let choice = |of: &Conversion| format!("{} ({})", of.report.id, of.report.kind);
        return Err(Error::Ambiguous {
            noun: Noun::Conversion,
            name: name.to_owned(),
            choices: found.iter().take(MAX_CHOICES.into()).map(choice).collect(),
            more: found.len() > usize::from(MAX_CHOICES),
        });
    }
    Noun::Conversion.found(found.pop())
}

/// A page of conversions.
///
/// # Errors
/// A filter, limit or cursor that is not valid, or a store that does not answer.
pub async fn list(
    context: &Context,
    actor: &Actor,
    query: &ConversionQuery,
) -> Result<ConversionPage, Error> {
    let page = page_of(MANY, query.limit, query.cursor.as_deref(), "cnv")?;
    let mut tx = context.store.read().await?;
    let filter = filter(&mut tx, context, actor, query).await?;
    let mut rows = conversion::list(&mut tx, actor.workspace, &filter, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.report.id.to_string());
    Ok(ConversionPage {
        conversions: rows.into_iter().map(ConversionView::from).collect(),
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
    query: &ConversionQuery,
) -> Result<ConversionSelection, Error> {
    let page = page_of(MANY, query.limit, query.cursor.as_deref(), "cnv")?;
    let mut tx = context.store.read().await?;
    Ok(ConversionSelection {
        workspace: actor.workspace,
        filter: filter(&mut tx, context, actor, query).await?,
        after: page.after,
    })
}

impl ConversionSelection {
    /// The rows of a page, read in their own transaction.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn read(&self, context: &Context, page: &Page) -> Result<Vec<ConversionView>, Error> {
        let mut tx = context.store.read().await?;
        let rows = conversion::list(&mut tx, self.workspace, &self.filter, page).await?;
        Ok(rows.into_iter().map(ConversionView::from).collect())
    }
}

async fn filter(
    tx: &mut Tx,
    context: &Context,
    actor: &Actor,
    query: &ConversionQuery,
) -> Result<ConversionFilter, Error> {
    let events = EventQuery {
        bounds: (query.from.as_deref(), query.to.as_deref()),
        time_zone: query.time_zone.as_deref(),
        campaign: query.campaign_id.as_ref(),
        network: query.network.as_deref(),
    };
    let events = events.resolve(tx, context, actor).await?;
    let source_id = match query.source_id.as_deref() {
        Some(conversion::API) => Some(None),
        Some(id) => Some(Some(source::find(tx, actor, id).await?.id)),
        None => None,
    };
    Ok(ConversionFilter {
        time: events.time,
        campaign_id: events.campaign_id,
        network: events.network,
        source_id,
        kind: query.kind,
        joined_by: query.joined_by,
    })
}
