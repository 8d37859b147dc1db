//! Reclassified clicks: what later rules read about them, and what they change.
//!
//! # Invariants
//! - The roll-up changes by exactly the same amounts as the clicks, in the same transaction. The
//!   caller holds [`Store::ingest`](crate::store::Store::ingest).
//! - First visits stay unchanged; [`firsts`] computes them again after a whole day is reclassified.
//!
//! # Out of scope
//! The rules.

pub mod firsts;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::placement::PlacementRef;
use super::roll_up::{self, count};
use crate::click::{AgentFamilies, ClickClass, Enrichment, FirstVisit, SeenNetwork, Visitor};
use crate::clock::{DAY_MS, Millis};
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, execute, fetch, statements};
use crate::id::{ClickId, LinkId};
use crate::store::text_column::read_id;

statements! {
    sql PAGE = select_judged!("WHERE c.id > $1 AND c.id < $2 ORDER BY c.id LIMIT $3");
    pub(super) sql LOOK_BACK = "UPDATE click_retention SET done_until = $2 \
        WHERE class = $1 AND done_until > $2";
    bulk WRITE = bulk_sql!(
        "UPDATE click SET class = a.class, class_rule = a.class_rule, rules = a.rules, \
        network_seen = a.network_seen, seen_by = a.seen_by, device = a.device \
        FROM " rows(
            id TEXT, class TEXT, class_rule TEXT, rules BIGINT, network_seen TEXT, seen_by TEXT,
            device TEXT
        ) " WHERE click.id = a.id"
    );
    bulk WRITE_AGENTS = bulk_sql!(
        "UPDATE agent SET browser = a.browser, os = a.os, device = a.device \
        FROM " rows(id BIGINT, browser TEXT, os TEXT, device TEXT) " WHERE agent.id = a.id"
    );
}

/// Clicks that are read at a time.
const AT_ONCE: i64 = 500;

#[derive(sqlx_macros::FromRow)]
pub(super) struct StoredClickRow {
    id: String,
    clicked_at: i64,
    placement_id: i64,
    scope: String,
    network: String,
    link_id: String,
    agent_id: Option<i64>,
    user_agent: Option<String>,
    referrer: Option<String>,
    visitor: Option<i64>,
    class: String,
    class_rule: String,
    traits: i64,
    rules: i64,
    network_seen: Option<String>,
    seen_by: Option<String>,
    is_first: bool,
    is_first_of_link: bool,
    device: String,
    country: Option<String>,
}

/// The stored facts that decide a click's class.
#[derive(Clone, Debug)]
pub struct StoredClick {
    /// Its id.
    pub id: ClickId,
    /// When it was answered.
    pub clicked_at: Millis,
    /// Its link; the link's id contains the time of creation.
    pub link_id: LinkId,
    /// The header as it was sent, or only its families if the store is coarse.
    pub user_agent: Option<String>,
    /// The trimmed referrer.
    pub referrer: Option<String>,
    /// Its enrichment, without place and families.
    pub finding: Enrichment,
    agent_id: Option<i64>,
    pub(super) visitor: Option<Visitor>,
    pub(super) placed: PlacementRef,
    pub(super) first: FirstVisit,
    /// The kind of device under which it was counted.
    pub(super) device: String,
    country: Option<String>,
}

impl TryFrom<StoredClickRow> for StoredClick {
    type Error = Error;

    fn try_from(row: StoredClickRow) -> Result<StoredClick, Error> {
        Ok(StoredClick {
            id: read_id(&row.id)?,
            clicked_at: Millis(row.clicked_at),
            link_id: read_id(&row.link_id)?,
            user_agent: row.user_agent,
            referrer: row.referrer,
            finding: Enrichment {
                class: ClickClass::from_stored(&row.class),
                rule: row.class_rule.into(),
                rules: u32::try_from(row.rules).unwrap_or_default(),
                traits: row.traits,
                seen_on: SeenNetwork::from_stored(row.network_seen, row.seen_by.as_deref()),
                place: None,
                families: Arc::default(),
            },
            agent_id: row.agent_id,
            visitor: row.visitor.map(|visitor| Visitor(visitor.cast_unsigned())),
            placed: PlacementRef {
                id: row.placement_id,
                scope: row.scope.into(),
                network: row.network.into(),
                link: row.link_id.into(),
            },
            first: FirstVisit {
                of_link: row.is_first_of_link,
                of_network: row.is_first,
            },
            device: row.device,
            country: row.country,
        })
    }
}

/// The progress of reclassifying a day's clicks.
#[derive(Clone, Debug)]
pub struct ReclassifyCursor {
    start: Millis,
    after: String,
}

impl ReclassifyCursor {
    /// A UTC day of which no click has been reclassified yet. `start` is its first moment.
    pub fn new(start: Millis) -> ReclassifyCursor {
        ReclassifyCursor {
            start,
            after: ClickId::least_text(start),
        }
    }

    /// The next clicks in order; empty when the day is done.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn next(&mut self, tx: &mut Tx) -> Result<Vec<StoredClick>, Error> {
        let end = ClickId::least_text(self.start.plus_ms(DAY_MS));
        let rows = fetch!(all StoredClickRow, tx, PAGE, &self.after, &end, AT_ONCE)?;
        if let Some(last) = rows.last() {
            self.after.clone_from(&last.id);
        }
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Writes the new enrichment of clicks from [`ReclassifyCursor::next`]. Returns the clicks that
    /// changed.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn write(
        &self,
        tx: &mut Tx,
        clicks: &[StoredClick],
        judged: &[Enrichment],
    ) -> Result<Vec<ClickId>, Error> {
        let both = clicks.iter().zip(judged);
        let changed: Vec<Changed<'_>> = both
            .filter(|(click, judged)| {
                differs(&click.finding, judged) || click.device != device(click, judged)
            })
            .collect();
        let mut sums = roll_up::RollUpSums::default();
        for (click, judged) in &changed {
            let before = key(click, &click.finding, &click.device);
            count(&mut sums, before, click.first, -1);
            let now = key(click, judged, device(click, judged));
            count(&mut sums, now, click.first, 1);
        }
        sums.retain(|_, sum| *sum != [0; 3]);
        roll_up::write(tx, sums).await?;
        update(tx, &changed).await?;
        // The retention of a class may already have passed this day, and clicks may have moved into
        // that class.
        let moved = changed
            .iter()
            .filter(|(click, now)| click.finding.class != now.class);
        let gained: BTreeSet<ClickClass> = moved.map(|(_, now)| now.class).collect();
        for class in gained {
            execute!(tx, LOOK_BACK, class.as_str(), self.start.0)?;
        }
        Ok(changed.iter().map(|(click, _)| click.id).collect())
    }
}

/// Whether any result of the rules differs.
fn differs(was: &Enrichment, now: &Enrichment) -> bool {
    let decided = |enrichment: &Enrichment| {
        (
            enrichment.class,
            enrichment.rule.clone(),
            enrichment.rules,
            enrichment.seen_on.clone(),
        )
    };
    decided(was) != decided(now)
}

/// A click with its new enrichment.
type Changed<'a> = (&'a StoredClick, &'a Enrichment);

/// The new kind of device; the old one if the agent is no longer known.
fn device<'a>(click: &'a StoredClick, judged: &'a Enrichment) -> &'a str {
    if judged.families.device.is_empty() {
        &click.device
    } else {
        &judged.families.device
    }
}

/// The key of a click in the roll-up, with this enrichment.
pub(super) fn key<'a>(
    click: &'a StoredClick,
    judged: &'a Enrichment,
    device: &'a str,
) -> roll_up::RollUpKey<'a> {
    let country = click.country.as_deref();
    roll_up::RollUpKey::of(click.placed.id, click.clicked_at, judged, country, device)
}

async fn update(tx: &mut Tx, changed: &[Changed<'_>]) -> Result<(), Error> {
    if changed.is_empty() {
        return Ok(());
    }
    bulk!(
        execute,
        tx,
        WRITE,
        changed,
        [
            |row: &Changed<'_>| row.0.id.to_string(),
            |row: &Changed<'_>| row.1.class.as_str(),
            |row: &Changed<'_>| row.1.rule.to_string(),
            |row: &Changed<'_>| i64::from(row.1.rules),
            |row: &Changed<'_>| row.1.seen_on.as_ref().map(|seen| seen.network.clone()),
            |row: &Changed<'_>| row
                .1
                .seen_on
                .as_ref()
                .map(|seen| seen.by.as_str().to_owned()),
            |row: &Changed<'_>| device(row.0, row.1).to_owned(),
        ]
    )?;
    Ok(())
}

/// Writes the families of clicks' agents.
///
/// # Errors
/// When the store does not answer.
pub async fn write_agents(
    tx: &mut Tx,
    clicks: &[StoredClick],
    judged: &[Enrichment],
) -> Result<(), Error> {
    let agents = clicks.iter().zip(judged);
    let agents: BTreeMap<i64, &AgentFamilies> = agents
        .filter_map(|(click, judged)| Some((click.agent_id?, &*judged.families)))
        .filter(|(_, families)| **families != AgentFamilies::default())
        .collect();
    let rows: Vec<(i64, &AgentFamilies)> = agents.into_iter().collect();
    if rows.is_empty() {
        return Ok(());
    }
    bulk!(
        execute,
        tx,
        WRITE_AGENTS,
        rows,
        [
            |row: &(i64, &AgentFamilies)| row.0,
            |row: &(i64, &AgentFamilies)| row.1.browser.clone(),
            |row: &(i64, &AgentFamilies)| row.1.os.clone(),
            |row: &(i64, &AgentFamilies)| row.1.device.to_string(),
        ]
    )?;
    Ok(())
}
