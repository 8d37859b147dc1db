//! Join facts: what joins and attribution read about a click, by its id.
//!
//! # Invariants
//! - Every statement here finds clicks by their ids. None lists, counts or sums them.
//! - No statement serves both this module and [`click_event`](super::click_event). On SQLite and
//!   PostgreSQL both read the same `click` row. This separation allows a columnar store: it may
//!   hold the click events, and the join facts then get their own table.
//!
//! # Out of scope
//! Which clicks are touches of a conversion.

use std::collections::HashSet;

use super::text_column::{read_id, read_id_option};
use crate::attribution::Touch;
use crate::click::ClickClass;
use crate::clock::Millis;
use crate::drivers::sql::{Error, Only, Tx, bulk, bulk_sql, find, statements};
use crate::id::{ClickId, WorkspaceId};

statements! {
    sql BY_ID = "SELECT c.id, p.link_id, p.campaign_id, p.network, c.clicked_at, c.class, c.class_rule, \
        c.network_seen, CASE WHEN c.device = '' THEN a.device ELSE c.device END AS device, l.country \
        FROM click c JOIN placement p ON p.id = c.placement_id \
        LEFT JOIN agent a ON a.id = c.agent_id LEFT JOIN place l ON l.id = c.place_id \
        WHERE c.id = $1 AND p.workspace_id = $2";
    bulk STORED = bulk_sql!(
        "SELECT c.id FROM " rows(id TEXT, workspace_id TEXT) " JOIN click c ON c.id = a.id \
        JOIN placement p ON p.id = c.placement_id AND p.workspace_id = a.workspace_id"
    );
    bulk VISITORS = bulk_sql!(
        "SELECT DISTINCT visitor FROM click WHERE id " in_list " AND visitor IS NOT NULL"
    );
}

/// The facts about a click that joins use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TouchFacts {
    /// The click as a touch.
    pub touch: Touch,
    /// Who made it.
    pub class: ClickClass,
    /// The rule that decided the class.
    pub rule: String,
}

#[derive(sqlx_macros::FromRow)]
struct TouchFactsRow {
    id: String,
    link_id: String,
    campaign_id: Option<String>,
    network: Option<String>,
    clicked_at: i64,
    class: String,
    class_rule: String,
    network_seen: Option<String>,
    device: Option<String>,
    country: Option<String>,
}

impl TryFrom<TouchFactsRow> for TouchFacts {
    type Error = Error;

    fn try_from(row: TouchFactsRow) -> Result<TouchFacts, Error> {
        Ok(TouchFacts {
            touch: Touch {
                click_id: Some(read_id(&row.id)?),
                campaign_id: read_id_option(row.campaign_id.as_deref())?,
                network: row.network,
                network_seen: row.network_seen,
                country: row.country,
                device: row.device.filter(|device| !device.is_empty()),
                link_id: Some(read_id(&row.link_id)?),
                clicked_at: Some(Millis(row.clicked_at)),
            },
            class: ClickClass::from_stored(&row.class),
            rule: row.class_rule,
        })
    }
}

/// The facts about the workspace's click with that id.
///
/// # Errors
/// When the store does not answer.
pub async fn by_id(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ClickId,
) -> Result<Option<TouchFacts>, Error> {
    find!(
        TouchFactsRow,
        tx,
        BY_ID,
        id.to_string(),
        workspace.to_string()
    )
}

/// The clicks among these that are stored under their own ids.
///
/// # Errors
/// When the store does not answer.
pub async fn stored(
    tx: &mut Tx,
    clicks: &[(WorkspaceId, ClickId)],
) -> Result<HashSet<ClickId>, Error> {
    type Owned = (WorkspaceId, ClickId);
    let stored = bulk!(
        all Only<String>,
        tx,
        STORED,
        clicks,
        [
            |click: &Owned| click.1.to_string(),
            |click: &Owned| click.0.to_string(),
        ]
    )?;
    stored.iter().map(|(id,)| read_id(id)).collect()
}

/// The pseudonyms of the visitors who made these clicks.
///
/// # Errors
/// When the store does not answer.
pub async fn visitors(tx: &mut Tx, clicks: &[ClickId]) -> Result<HashSet<u64>, Error> {
    let visitors = bulk!(all Only<i64>, tx, VISITORS, clicks, [ClickId::to_string])?;
    let visitors = visitors.into_iter();
    Ok(visitors.map(|(visitor,)| visitor.cast_unsigned()).collect())
}
