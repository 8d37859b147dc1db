//! The ledger of conversions, and the clicks that each was joined to.
//!
//! # Invariants
//! - A report is written once. Only three things change it: later evidence changes the columns of
//!   the join, a repeat adds proof, and an erasure removes its person ([`erasure`]).
//! - The lines of an order follow from its facts and are rewritten when these change
//!   ([`order_lines`]).
//! - The API reports under the source id `api`.
//! - [`related`] finds other conversions from one.

pub mod by_event_id;
pub mod erasure;
pub mod order_lines;
pub mod related;
mod row;

pub use row::{API, Conversion, Join};

use std::ops::Range;

use row::{ConversionRow, select, source_column};

use super::page::Page;
use super::promo_code;
use super::text_column::write_json;
use crate::clock::Millis;
use crate::conversion::{ConversionKind, JoinEvidence, MatchRule, NewConversion, UnjoinedReason};
use crate::drivers::sql::{Error, Tx, execute, find, list, statements};
use crate::id::{CampaignId, ConversionId, SourceId, WorkspaceId};

/// Narrows a list of conversions.
#[derive(Clone, Debug)]
pub struct ConversionFilter {
    /// Only conversions that occurred in this range of time.
    pub time: Range<Millis>,
    /// Only those credited to this campaign by last touch.
    pub campaign_id: Option<CampaignId>,
    /// Only those credited to this network by last touch.
    pub network: Option<String>,
    /// Only those that this source reported; `Some(None)` means the API.
    pub source_id: Option<Option<SourceId>>,
    /// Only conversions of this kind.
    pub kind: Option<ConversionKind>,
    /// Only those that this rule joined; `none` lists those that could not be joined.
    pub joined_by: Option<MatchRule>,
}

impl Default for ConversionFilter {
    fn default() -> ConversionFilter {
        ConversionFilter {
            time: Millis(i64::MIN)..Millis(i64::MAX),
            campaign_id: None,
            network: None,
            source_id: None,
            kind: None,
            joined_by: None,
        }
    }
}

statements! {
    sql INSERT = "INSERT INTO conversion (id, workspace_id, source_id, event_id, kind, name, \
        occurred_at, received_at, amount, currency, refund_of, external_id, email_hash, evidence, joined_by, \
        order_id, order_part) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'none', $15, $16) \
        ON CONFLICT (workspace_id, source_id, event_id, kind, coalesce(name, '')) DO NOTHING";
    sql CLAIM_TOUCH = "INSERT INTO conversion_touch (click_id, conversion_id) VALUES ($1, $2) \
        ON CONFLICT (click_id, conversion_id) DO NOTHING";
    sql BY_ID = select!("WHERE id = $1");
    sql BY_EVENT = select!(
        "WHERE workspace_id = $1 AND source_id = $2 AND event_id = $3 AND kind = $4 \
        AND coalesce(name, '') = $5"
    );
    sql SALE_BY_EVENT = select!(
        "WHERE workspace_id = $1 AND event_id = $2 AND kind = 'sale' \
        ORDER BY CASE WHEN source_id = $3 THEN 0 ELSE 1 END, occurred_at, source_id LIMIT 1"
    );
    /// The inner query uses the index `conversion_listed` alone, whichever filters are given, and
    /// only rows of the page are read. A plan for every filter would fit none of them.
    sql LIST = "SELECT c.id, c.workspace_id, c.source_id, c.event_id, c.kind, c.name, c.occurred_at, \
        c.received_at, c.amount, c.currency, c.refund_of, c.evidence, c.joined_by, c.click_id, \
        c.campaign_id, c.network, c.link_id, c.joined_via, c.order_id, c.order_part, c.unjoined \
        FROM (SELECT id FROM conversion \
        WHERE workspace_id = $1 AND id > $2 AND occurred_at >= $3 AND occurred_at < $4 \
        AND ($5 = '' OR campaign_id = $5) AND ($6 = '' OR network = $6) AND ($7 = '' OR source_id = $7) \
        AND ($8 = '' OR kind = $8) AND ($9 = '' OR joined_by = $9) ORDER BY id LIMIT $10) AS found \
        JOIN conversion c ON c.id = found.id ORDER BY c.id";
    sql SET_JOIN = "UPDATE conversion SET joined_by = $2, click_id = $3, campaign_id = $4, \
        network = $5, link_id = $6, joined_via = $7, unjoined = $8 WHERE id = $1";
    sql SET_EVIDENCE = "UPDATE conversion SET evidence = $2 WHERE id = $1";
}

/// Adds a report to the ledger, not joined yet; `false` when its event was already reported.
///
/// # Errors
/// When the store does not answer.
pub async fn insert(tx: &mut Tx, report: &NewConversion) -> Result<bool, Error> {
    let evidence = write_json("evidence", &report.evidence)?;
    let id = report.id.to_string();
    let added = execute!(
        tx,
        INSERT,
        &id,
        report.workspace_id.to_string(),
        source_column(report.source_id),
        &report.event_id,
        report.kind.as_str(),
        report.name.as_deref(),
        report.occurred_at.0,
        report.received_at.0,
        report.value.map(|value| value.amount),
        report.value.map(|value| value.currency.code()),
        report.refund_of.as_deref(),
        report.evidence.external_id.as_deref(),
        report.evidence.email_hash.as_deref(),
        &evidence,
        report.order.as_ref().map(|order| order.id.to_string()),
        report.order.as_ref().map(|order| order.part.as_str()),
    )?;
    if added == 1 {
        claim(tx, report).await?;
    }
    Ok(added == 1)
}

/// Stores which clicks the report claims and which promo codes it used, if none are stored yet.
async fn claim(tx: &mut Tx, report: &NewConversion) -> Result<(), Error> {
    let id = report.id.to_string();
    for click in &report.evidence.click_ids {
        execute!(tx, CLAIM_TOUCH, click.to_string(), &id)?;
    }
    let (workspace, codes) = (report.workspace_id, &report.evidence.promo_codes);
    promo_code::add_used(tx, workspace, report.id, codes).await
}

/// Writes the join of a conversion.
///
/// # Errors
/// When the store does not answer.
pub async fn set_join(tx: &mut Tx, id: ConversionId, join: &Join) -> Result<(), Error> {
    execute!(
        tx,
        SET_JOIN,
        id.to_string(),
        join.joined_by.as_str(),
        join.click_id.map(|id| id.to_string()),
        join.campaign_id.map(|id| id.to_string()),
        join.network.as_deref(),
        join.link_id.map(|id| id.to_string()),
        join.via.map(|id| id.to_string()),
        join.unjoined.map(UnjoinedReason::as_str),
    )?;
    Ok(())
}

/// Writes the evidence of a conversion after a repeat has proven more of it.
///
/// # Errors
/// When the store does not answer.
pub async fn set_evidence(
    tx: &mut Tx,
    id: ConversionId,
    evidence: &JoinEvidence,
) -> Result<(), Error> {
    let evidence = write_json("evidence", evidence)?;
    execute!(tx, SET_EVIDENCE, id.to_string(), &evidence)?;
    Ok(())
}

/// The conversion with that id.
///
/// # Errors
/// When the store does not answer.
pub async fn by_id(tx: &mut Tx, id: ConversionId) -> Result<Option<Conversion>, Error> {
    find!(ConversionRow, tx, BY_ID, id.to_string())
}

/// The first report of the same event: same source, event id, kind and name.
///
/// # Errors
/// When the store does not answer.
pub async fn first_of(tx: &mut Tx, report: &NewConversion) -> Result<Option<Conversion>, Error> {
    first_named(tx, report, &report.event_id).await
}

/// The same, for another event id.
///
/// # Errors
/// When the store does not answer.
pub async fn first_named(
    tx: &mut Tx,
    report: &NewConversion,
    event_id: &str,
) -> Result<Option<Conversion>, Error> {
    find!(
        ConversionRow,
        tx,
        BY_EVENT,
        report.workspace_id.to_string(),
        source_column(report.source_id),
        event_id,
        report.kind.as_str(),
        report.name.as_deref().unwrap_or_default(),
    )
}

/// The sale with this event id: that of the same source, or else the workspace's earliest.
///
/// # Errors
/// When the store does not answer.
pub async fn sale_by_event(
    tx: &mut Tx,
    workspace: WorkspaceId,
    source: Option<SourceId>,
    event_id: &str,
) -> Result<Option<Conversion>, Error> {
    find!(
        ConversionRow,
        tx,
        SALE_BY_EVENT,
        workspace.to_string(),
        event_id,
        source_column(source)
    )
}

/// The sale that a refund or chargeback reverses. For a line of an order only sales of its own
/// source count, because shops may use the same order numbers.
///
/// # Errors
/// When the store does not answer.
pub async fn sale_of(tx: &mut Tx, report: &NewConversion) -> Result<Option<Conversion>, Error> {
    let (true, Some(event)) = (report.kind.follows_a_sale(), &report.refund_of) else {
        return Ok(None);
    };
    let sale = sale_by_event(tx, report.workspace_id, report.source_id, event).await?;
    Ok(sale.filter(|sale| report.order.is_none() || sale.report.source_id == report.source_id))
}

/// The sort key for sales of one event id, when `source` reports a refund: the least is the one
/// that [`sale_by_event`] finds.
pub fn precedence(sale: &NewConversion, source: Option<SourceId>) -> (bool, Millis, String) {
    let others = sale.source_id != source;
    (others, sale.occurred_at, source_column(sale.source_id))
}

/// A page of the workspace's conversions.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    filter: &ConversionFilter,
    page: &Page,
) -> Result<Vec<Conversion>, Error> {
    let campaign = filter.campaign_id.map(|id| id.to_string());
    let source = filter.source_id.map(source_column);
    let network = filter.network.as_deref().unwrap_or_default();
    let kind = filter.kind.map(ConversionKind::as_str).unwrap_or_default();
    let joined_by = filter.joined_by.map(MatchRule::as_str).unwrap_or_default();
    list!(planned ConversionRow, tx, LIST,
        workspace.to_string(), page.after(), filter.time.start.0, filter.time.end.0,
        campaign.unwrap_or_default(), network, source.unwrap_or_default(), kind, joined_by, page.limit
    )
}
