//! Click events: single clicks, and the sums of them.
//!
//! # Invariants
//! - A click and its part of the roll-up are written in one transaction, so the roll-up always
//!   equals the clicks counted one by one.
//! - Clicks are stored in the order of their ids, which is the order of time, and have no other
//!   index. A list uses the roll-up to find the quarter-hours to read.
//! - Statements for joins and attribution are in [`touch`](super::touch), not here.

/// Selects clicks with everything that decides their class and the sums that they belong to.
macro_rules! select_judged {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.clicked_at, c.placement_id, coalesce(p.campaign_id, p.link_id) AS scope, \
             coalesce(p.network, '') AS network, p.link_id, c.agent_id, a.user_agent, c.referrer, c.visitor, \
             c.class, c.class_rule, c.traits, c.rules, c.network_seen, c.seen_by, c.is_first, \
             c.is_first_of_link, c.device, l.country \
             FROM click c JOIN placement p ON p.id = c.placement_id \
             LEFT JOIN agent a ON a.id = c.agent_id LEFT JOIN place l ON l.id = c.place_id ",
            $rest
        )
    };
}

pub(super) mod agent;
pub(super) mod bulk_insert;
pub mod cache;
mod cells;
pub mod converted;
pub(super) mod erased_visitors;
pub mod erasure;
mod filter;
pub(super) mod flood;
pub mod journeys;
pub mod packed_days;
pub mod people;
pub(super) mod place;
pub(super) mod placement;
pub(super) mod quarter_index;
pub mod reclassify;
pub mod retention;
pub(super) mod roll_up;
pub(super) mod sums;
pub(super) mod visitors_seen;
pub mod writer;

pub use filter::ClickFilter;
pub use sums::{ClickSums, raw_sums, sums, sums_of_none};

use std::ops::Range;
use std::sync::Arc;

use super::page::Page;
use super::text_column::{read_id, read_id_option};
use crate::click::{
    AgentFamilies, Click, ClickClass, Enrichment, FirstVisit, RawClick, RequestContext,
    SeenNetwork, Visitor,
};
use crate::clock::{Millis, QUARTER_HOUR_MS};
use crate::drivers::sql::{Error, Tx, find, list, statements};
use crate::id::{ClickId, ClickIdKind, WorkspaceId};

#[derive(sqlx_macros::FromRow)]
struct ListedClickRow {
    id: String,
    workspace_id: String,
    link_id: String,
    campaign_id: Option<String>,
    network: Option<String>,
    clicked_at: i64,
    visitor: Option<i64>,
    user_agent: Option<String>,
    referrer: Option<String>,
    class: String,
    class_rule: String,
    is_first: bool,
    is_first_of_link: bool,
    traits: i64,
    rules: i64,
    network_seen: Option<String>,
    seen_by: Option<String>,
    browser: Option<String>,
    os: Option<String>,
    device: Option<String>,
    #[sqlx(flatten)]
    place: place::PlaceColumns,
}

impl TryFrom<ListedClickRow> for Click {
    type Error = Error;

    fn try_from(row: ListedClickRow) -> Result<Self, Error> {
        Ok(Click {
            hit: RawClick {
                id: read_id(&row.id)?,
                workspace_id: read_id(&row.workspace_id)?,
                link_id: read_id(&row.link_id)?,
                campaign_id: read_id_option(row.campaign_id.as_deref())?,
                network: row.network,
                clicked_at: Millis(row.clicked_at),
                visitor: row.visitor.map(|visitor| Visitor(visitor.cast_unsigned())),
                user_agent: row.user_agent,
                referrer: row.referrer,
                context: RequestContext::default(),
            },
            finding: Enrichment {
                class: ClickClass::from_stored(&row.class),
                rule: row.class_rule.into(),
                rules: u32::try_from(row.rules).unwrap_or_default(),
                traits: row.traits,
                seen_on: SeenNetwork::from_stored(row.network_seen, row.seen_by.as_deref()),
                place: row.place.read(),
                families: Arc::new(AgentFamilies {
                    browser: row.browser,
                    os: row.os,
                    device: row.device.unwrap_or_default().into(),
                }),
            },
            first: FirstVisit {
                of_link: row.is_first_of_link,
                of_network: row.is_first,
            },
        })
    }
}

/// Selects clicks as the API shows them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, p.workspace_id, p.link_id, p.campaign_id, p.network, c.clicked_at, c.visitor, \
             a.user_agent, c.referrer, c.class, c.class_rule, c.is_first, c.is_first_of_link, c.traits, c.rules, \
             c.network_seen, c.seen_by, a.browser, a.os, \
             CASE WHEN c.device = '' THEN a.device ELSE c.device END AS device, \
             l.continent, l.country, l.region, l.city, l.asn \
             FROM click c JOIN placement p ON p.id = c.placement_id \
             LEFT JOIN agent a ON a.id = c.agent_id LEFT JOIN place l ON l.id = c.place_id ",
            $rest
        )
    };
}

statements! {
    sql BY_ID = select!("WHERE c.id = $1 AND p.workspace_id = $2");
    sql LIST = select!(
        "WHERE c.id > $1 AND c.id < $2 AND p.workspace_id = $3 \
        AND ($4 = '' OR p.campaign_id = $4) AND ($5 = '' OR p.link_id = $5) \
        AND ($6 = '' OR p.network = $6) AND ($7 = '' OR c.class = $7) ORDER BY c.id LIMIT $8"
    );
}

/// The workspace's click with that id.
///
/// # Errors
/// When the store does not answer.
pub async fn by_id(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ClickId,
) -> Result<Option<Click>, Error> {
    find!(
        ListedClickRow,
        tx,
        BY_ID,
        id.to_string(),
        workspace.to_string()
    )
}

/// A page of the workspace's clicks.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    filter: &ClickFilter,
    page: &Page,
) -> Result<Vec<Click>, Error> {
    let mut clicks = Vec::new();
    // A click cannot be older than the smallest time of an id.
    let start = filter.time.start.max(Millis(0));
    let (mut from, to) = (start.quarter_hour(), filter.time.end);
    if let Some(after) = &page.after {
        let after = read_id::<ClickIdKind>(after)?;
        from = from.max(after.time().quarter_hour());
    }
    loop {
        let quarters = quarter_index::next(tx, workspace, filter, from..to).await?;
        let Some(last) = quarters.last() else {
            return Ok(clicks);
        };
        from = last.plus_ms(QUARTER_HOUR_MS);
        for run in runs(&quarters) {
            let limit = page.limit - i64::try_from(clicks.len()).unwrap_or(i64::MAX);
            clicks.extend(list_within(tx, workspace, filter, page.after(), run, limit).await?);
            if i64::try_from(clicks.len()).is_ok_and(|found| found >= page.limit) {
                return Ok(clicks);
            }
        }
    }
}

/// Adjacent quarter-hours, joined into ranges of time.
fn runs(quarters: &[Millis]) -> Vec<Range<Millis>> {
    let mut runs: Vec<Range<Millis>> = Vec::new();
    for &quarter in quarters {
        let end = quarter.plus_ms(QUARTER_HOUR_MS);
        match runs.last_mut() {
            Some(run) if run.end == quarter => run.end = end,
            _ => runs.push(quarter..end),
        }
    }
    runs
}

async fn list_within(
    tx: &mut Tx,
    workspace: WorkspaceId,
    filter: &ClickFilter,
    after: &str,
    time: Range<Millis>,
    limit: i64,
) -> Result<Vec<Click>, Error> {
    let [campaign, link, network, class] = filter.texts();
    let least = ClickId::least_text(time.start.max(filter.time.start));
    // Less than this id, but not less than any smaller one. One bound is enough, because SQLite
    // uses only one.
    let before_least = &least[..least.len() - 1];
    let after = after.max(before_least);
    let to = ClickId::least_text(time.end.min(filter.time.end));
    list!(
        ListedClickRow,
        tx,
        LIST,
        after,
        &to,
        workspace.to_string(),
        &campaign,
        &link,
        &network,
        &class,
        limit
    )
}
