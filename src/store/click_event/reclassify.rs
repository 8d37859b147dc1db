//! Clicks that are judged again: what later rules need of them, and what they change.
//!
//! # Invariants
//! - The roll-up changes by exactly what the clicks do, in the same transaction. Whoever calls
//!   holds [`Store::ingest`](crate::store::Store::ingest).
//! - What a click is the first of stays as it is; [`firsts`] finds that out anew, once a whole day
//!   is judged.
//!
//! # Out of scope
//! How clicks are judged.

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

/// Clicks read at a time.
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

/// What a click rests on.
#[derive(Clone, Debug)]
pub struct StoredClick {
    /// Its id.
    pub id: ClickId,
    /// When.
    pub clicked_at: Millis,
    /// Its link, whose id tells when it was made.
    pub link_id: LinkId,
    /// As it was sent, or families where only these are kept.
    pub user_agent: Option<String>,
    /// Trimmed.
    pub referrer: Option<String>,
    /// What was found out about it; without place and families.
    pub finding: Enrichment,
    agent_id: Option<i64>,
    pub(super) visitor: Option<Visitor>,
    pub(super) placed: PlacementRef,
    pub(super) first: FirstVisit,
    /// The kind of device that it was counted under.
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

/// How far a day's clicks are judged again.
#[derive(Clone, Debug)]
pub struct ReclassifyCursor {
    start: Millis,
    after: String,
}

impl ReclassifyCursor {
    /// A UTC day, given by its first moment, of which nothing is judged yet.
    pub fn new(start: Millis) -> ReclassifyCursor {
        ReclassifyCursor {
            start,
            after: ClickId::least_text(start),
        }
    }

    /// The next clicks, in their order; none when the day is done.
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

    /// Writes the new enrichment of clicks that [`ReclassifyCursor::next`] gave; gives the clicks
    /// that changed.
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
        // Clicks may have come into a class that is past this day with its dropping.
        let moved = changed.iter().filter(|it| it.0.finding.class != it.1.class);
        let gained: BTreeSet<ClickClass> = moved.map(|it| it.1.class).collect();
        for class in gained {
            execute!(tx, LOOK_BACK, class.as_str(), self.start.0)?;
        }
        Ok(changed.iter().map(|(click, _)| click.id).collect())
    }
}

/// Whether anything differs that rules decide.
fn differs(was: &Enrichment, now: &Enrichment) -> bool {
    let decided = |it: &Enrichment| (it.class, it.rule.clone(), it.rules, it.seen_on.clone());
    decided(was) != decided(now)
}

/// A click, and what it is now.
type Changed<'a> = (&'a StoredClick, &'a Enrichment);

/// The kind of device now; that of before where nothing is known of the agent any more.
fn device<'a>(click: &'a StoredClick, judged: &'a Enrichment) -> &'a str {
    if judged.families.device.is_empty() {
        &click.device
    } else {
        &judged.families.device
    }
}

/// What a click is counted under, given what it is found to be.
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
