//! Computes again which visitors were seen on a day and which clicks are first visits, after the
//! classes of the day's clicks have changed.
//!
//! # Invariants
//! - The result is read without a lock, then written scope by scope (a scope is a campaign, or a
//!   link without one). If a scope had new visitors meanwhile, it is not written but read again.
//! - Roll-up and clicks change by the same amounts, in one transaction. The caller holds
//!   [`Store::ingest`](crate::store::Store::ingest) while it writes.
//! - Erased visitors have no clicks any more and stay in the sets. A click without a known visitor
//!   stays unchanged.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::click::{ClickClass, FirstVisit, Visitor};
use crate::clock::{DAY_MS, Millis};
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, execute, fetch, statements};
use crate::id::ClickId;
use crate::store::click_event::erased_visitors::unexplained;
use crate::store::click_event::placement::PlacementRef;
use crate::store::click_event::roll_up::{self, CountedClick, RollUpSums, count};
use crate::store::click_event::visitors_seen::{VisitorAtClick, VisitorsSeen};
use crate::store::report_cache::{self, ReportPart};
use crate::store::text_column::read_id;

statements! {
    sql CLICKS = "SELECT c.id, c.clicked_at, c.placement_id, c.visitor, c.class, c.is_first, \
        c.is_first_of_link FROM click c WHERE c.id > $1 AND c.id < $2 ORDER BY c.id LIMIT $3";
    sql PLACED = "SELECT id, coalesce(campaign_id, link_id), coalesce(network, ''), link_id \
        FROM placement WHERE id = $1";
    sql SEEN = "SELECT coalesce(p.campaign_id, p.link_id), count(*), max(s.chunk) \
        FROM visitor_seen s JOIN placement p ON p.id = s.placement_id WHERE s.day + 0 = $1 GROUP BY 1";
    sql SEEN_NOW = "SELECT count(*), coalesce(max(s.chunk), 0) FROM placement p \
        JOIN visitor_seen s ON s.placement_id = p.id AND s.day = $2 \
        WHERE coalesce(p.campaign_id, p.link_id) = $1";
    sql FORGET_SEEN = "DELETE FROM visitor_seen WHERE day = $2 AND placement_id IN \
        (SELECT id FROM placement WHERE coalesce(campaign_id, link_id) = $1)";
    sql CLEAR_EMPTY = "DELETE FROM click_quarter WHERE placement_id = $1 \
        AND quarter >= $2 AND quarter < $3 AND clicks = 0 AND visitors = 0 AND link_visitors = 0";
    bulk COUNTED = bulk_sql!(
        "SELECT c.id, c.placement_id, c.clicked_at, c.network_seen, l.country, c.device, c.class, \
        c.is_first, c.is_first_of_link FROM " rows(id TEXT)
        " JOIN click c ON c.id = a.id LEFT JOIN place l ON l.id = c.place_id"
    );
    bulk WRITE = bulk_sql!(
        "UPDATE click SET is_first = a.is_first, is_first_of_link = a.is_first_of_link \
        FROM " rows(id TEXT, is_first BOOLEAN, is_first_of_link BOOLEAN) " WHERE click.id = a.id"
    );
}

/// Clicks that are read at a time.
const AT_ONCE: i64 = 20_000;

/// Clicks whose first visits are written at a time.
const WRITTEN: usize = 1_000;

/// The facts about a click that first visits depend on.
#[derive(Debug)]
struct ClickRead {
    id: ClickId,
    clicked_at: Millis,
    placement: i64,
    /// The visitor of a person's click, if known.
    visitor: Option<Visitor>,
    /// Whether its visitor is unknown.
    is_nobodys: bool,
    first: FirstVisit,
}

/// The planned result for a scope.
#[derive(Debug, Default)]
pub struct ScopePlan {
    name: String,
    /// Visitors without any click.
    left: Vec<VisitorAtClick>,
    clicks: Vec<ClickRead>,
    /// The number of rows of visitors, and their highest number.
    rows: (i64, i64),
}

/// The planned result for a UTC day.
#[derive(Debug)]
pub struct FirstVisitPlan {
    start: Millis,
    /// Other programs know rows of visitors by their numbers, so new rows get new numbers.
    base: i64,
    placed: HashMap<i64, PlacementRef>,
    /// The scopes that are still to be written.
    scopes: Vec<ScopePlan>,
}

#[derive(sqlx_macros::FromRow)]
struct FirstVisitRow {
    id: String,
    clicked_at: i64,
    placement_id: i64,
    visitor: Option<i64>,
    class: String,
    is_first: bool,
    is_first_of_link: bool,
}

impl FirstVisitPlan {
    /// Plans a day, which its first moment gives, from what this transaction sees.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn read(tx: &mut Tx, start: Millis) -> Result<FirstVisitPlan, Error> {
        let (left, base) = unexplained(tx, start).await?;
        let mut scopes: BTreeMap<String, ScopePlan> = BTreeMap::new();
        for sight in left {
            let scope = scopes.entry(sight.placed.scope.to_string());
            scope.or_default().left.push(sight);
        }
        let mut plan = FirstVisitPlan {
            start,
            base,
            placed: HashMap::new(),
            scopes: Vec::new(),
        };
        plan.read_clicks(tx, &mut scopes).await?;
        let day = start.0.div_euclid(DAY_MS);
        for (name, rows, highest) in fetch!(all(String, i64, i64), tx, SEEN, day)? {
            scopes.entry(name).or_default().rows = (rows, highest);
        }
        plan.scopes = scopes
            .into_iter()
            .map(|(name, scope)| ScopePlan { name, ..scope })
            .collect();
        Ok(plan)
    }

    async fn read_clicks(
        &mut self,
        tx: &mut Tx,
        scopes: &mut BTreeMap<String, ScopePlan>,
    ) -> Result<(), Error> {
        let mut after = ClickId::least_text(self.start);
        let end = ClickId::least_text(self.start.plus_ms(DAY_MS));
        loop {
            let rows = fetch!(all FirstVisitRow, tx, CLICKS, &after, &end, AT_ONCE)?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after.clone_from(&last.id);
            for row in rows {
                let placed = self.placed(tx, row.placement_id).await?;
                let scope = scopes.entry(placed.scope.to_string()).or_default();
                scope.clicks.push(row.try_into()?);
            }
        }
    }

    /// The facts about a placement, looked up once.
    async fn placed(&mut self, tx: &mut Tx, id: i64) -> Result<PlacementRef, Error> {
        if let Some(placed) = self.placed.get(&id) {
            return Ok(placed.clone());
        }
        let found = fetch!(optional(i64, String, String, String), tx, PLACED, id)?;
        let (id, scope, network, link) = found.ok_or_else(|| Error::Corrupt {
            what: "placement",
            value: id.to_string(),
        })?;
        let placed = PlacementRef {
            id,
            scope: scope.into(),
            network: network.into(),
            link: link.into(),
        };
        self.placed.insert(id, placed.clone());
        Ok(placed)
    }

    /// Writes the next scope. Returns the clicks that changed, or `None` if the scope must be read
    /// again. [`FirstVisitPlan::is_done`] says when the whole plan is written.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn write_next(&mut self, tx: &mut Tx) -> Result<Option<Vec<ClickId>>, Error> {
        let Some(scope) = self.scopes.pop() else {
            return Ok(Some(Vec::new()));
        };
        let day = self.start.0.div_euclid(DAY_MS);
        let now = fetch!(optional(i64, i64), tx, SEEN_NOW, &scope.name, day)?;
        if now.unwrap_or_default() != scope.rows {
            return Ok(None);
        }
        execute!(tx, FORGET_SEEN, &scope.name, day)?;
        report_cache::delete_days(tx, ReportPart::People, (day, day)).await?;
        let mut seen = VisitorsSeen::from_chunk(self.base);
        seen.add(tx, &scope.left).await?;
        let firsts = seen.add(tx, &self.sights(&scope)).await?;
        let firsts: HashMap<usize, FirstVisit> = firsts.into_iter().collect();
        let clicks = scope.clicks.iter().enumerate();
        let changed: Vec<(ClickId, FirstVisit)> = clicks
            .filter(|(_, click)| !click.is_nobodys)
            .map(|(at, click)| (click, firsts.get(&at).copied().unwrap_or_default()))
            .filter(|(click, first)| click.first != *first)
            .map(|(click, first)| (click.id, first))
            .collect();
        let mut written = Vec::with_capacity(changed.len());
        for some in changed.chunks(WRITTEN) {
            written.extend(write(tx, some).await?);
        }
        let placements = scope.clicks.iter().map(|click| click.placement);
        let placements: BTreeSet<i64> = placements.collect();
        let end = self.start.plus_ms(DAY_MS);
        for placement in placements {
            execute!(tx, CLEAR_EMPTY, placement, self.start.0, end.0)?;
        }
        Ok(Some(written))
    }

    /// Whether everything is written.
    pub fn is_done(&self) -> bool {
        self.scopes.is_empty()
    }

    fn sights(&self, scope: &ScopePlan) -> Vec<VisitorAtClick> {
        let sight = |(at, click): (usize, &ClickRead)| {
            Some(VisitorAtClick {
                at,
                visitor: click.visitor?,
                placed: self.placed.get(&click.placement)?.clone(),
                clicked_at: click.clicked_at,
            })
        };
        let clicks = scope.clicks.iter().enumerate();
        clicks.filter_map(sight).collect()
    }
}

impl TryFrom<FirstVisitRow> for ClickRead {
    type Error = Error;

    fn try_from(row: FirstVisitRow) -> Result<ClickRead, Error> {
        let is_person = ClickClass::from_stored(&row.class).is_person();
        let visitor = row.visitor.filter(|_| is_person);
        Ok(ClickRead {
            id: read_id(&row.id)?,
            clicked_at: Millis(row.clicked_at),
            placement: row.placement_id,
            visitor: visitor.map(|visitor| Visitor(visitor.cast_unsigned())),
            is_nobodys: row.visitor.is_none(),
            first: FirstVisit {
                of_link: row.is_first_of_link,
                of_network: row.is_first,
            },
        })
    }
}

/// Writes the first visits of these clicks, also into the roll-up. Returns the clicks that still
/// exist.
async fn write(tx: &mut Tx, firsts: &[(ClickId, FirstVisit)]) -> Result<Vec<ClickId>, Error> {
    type Changed = (ClickId, FirstVisit);
    let now: HashMap<ClickId, FirstVisit> = firsts.iter().copied().collect();
    let counted =
        bulk!(all CountedClick, tx, COUNTED, firsts, [|row: &Changed| row.0.to_string()])?;
    let mut sums = RollUpSums::default();
    let mut written = Vec::with_capacity(counted.len());
    for click in &counted {
        let id = read_id(&click.id)?;
        let first = now.get(&id).copied().unwrap_or_default();
        count(&mut sums, click.key(), click.first(), -1);
        count(&mut sums, click.key(), first, 1);
        written.push(id);
    }
    sums.retain(|_, sum| *sum != [0; 3]);
    roll_up::write(tx, sums).await?;
    bulk!(
        execute,
        tx,
        WRITE,
        firsts,
        [
            |row: &Changed| row.0.to_string(),
            |row: &Changed| row.1.of_network,
            |row: &Changed| row.1.of_link,
        ]
    )?;
    Ok(written)
}
