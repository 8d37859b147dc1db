//! Visitors of a day without a click: people who were erased since. They go on being counted,
//! once.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::placement::PlacementRef;
use super::visitors_seen::{VisitorAtClick, quarter_of_day, unpacked};
use crate::click::Visitor;
use crate::clock::{DAY_MS, Millis, QUARTER_HOUR_MS};
use crate::drivers::sql::{Error, Tx, fetch, statements};
use crate::id::ClickId;

statements! {
    sql SEEN = "SELECT s.placement_id, coalesce(p.campaign_id, p.link_id) AS scope, \
        coalesce(p.network, '') AS network, p.link_id, s.chunk, s.visitors, s.quarters \
        FROM visitor_seen s JOIN placement p ON p.id = s.placement_id WHERE s.day + 0 = $1";
    sql TOLD = "SELECT id, placement_id, clicked_at, visitor, is_first_of_link \
        FROM click WHERE id > $1 AND id < $2 AND visitor IS NOT NULL ORDER BY id LIMIT $3";
}

/// Clicks read at a time.
const AT_ONCE: i64 = 100_000;

/// Who was seen on a day.
#[derive(sqlx_macros::FromRow)]
struct SeenRow {
    placement_id: i64,
    scope: String,
    network: String,
    link_id: String,
    chunk: i64,
    visitors: Vec<u8>,
    quarters: Vec<u8>,
}

/// Those of a UTC day, given by its first moment, in the order of time; and the number behind those
/// of all the day's chunks.
pub(super) async fn unexplained(
    tx: &mut Tx,
    start: Millis,
) -> Result<(Vec<VisitorAtClick>, i64), Error> {
    let rows = fetch!(all SeenRow, tx, SEEN, start.0.div_euclid(DAY_MS))?;
    let next = rows.iter().map(|row| row.chunk + 1).max().unwrap_or(0);
    let links: HashMap<i64, &str> = rows
        .iter()
        .map(|row| (row.placement_id, row.link_id.as_str()))
        .collect();
    let told = told(tx, start, &links).await?;
    // Where no click is the first of a link, it was one that was erased: the others come after it.
    let is_left = |(quarter, placement, visitor): &(u8, i64, Visitor)| {
        let link = links.get(placement).copied().unwrap_or_default();
        !told.entries.contains(&(*quarter, *placement, *visitor))
            || !told.firsts.contains(&(link, *visitor))
    };
    let left: BTreeSet<(u8, i64, Visitor)> = rows
        .iter()
        .flat_map(|row| {
            let entries = unpacked(&row.visitors, &row.quarters);
            entries.map(|(visitor, quarter)| (quarter, row.placement_id, visitor))
        })
        .filter(is_left)
        .collect();
    let placed: HashMap<i64, PlacementRef> = rows
        .iter()
        .map(|row| {
            let placed = PlacementRef {
                id: row.placement_id,
                scope: row.scope.as_str().into(),
                network: row.network.as_str().into(),
                link: row.link_id.as_str().into(),
            };
            (row.placement_id, placed)
        })
        .collect();
    let sight = |(quarter, placement, visitor): (u8, i64, Visitor)| {
        Some(VisitorAtClick {
            at: 0,
            visitor,
            placed: placed.get(&placement)?.clone(),
            clicked_at: start.plus_ms(i64::from(quarter) * QUARTER_HOUR_MS),
        })
    };
    Ok((left.into_iter().filter_map(sight).collect(), next))
}

/// What the clicks of a day tell.
#[derive(Default)]
struct ClicksOfDay<'a> {
    /// Quarter-hour, placement and visitor of each.
    entries: HashSet<(u8, i64, Visitor)>,
    /// Link and visitor of those that are the first of their link.
    firsts: HashSet<(&'a str, Visitor)>,
}

async fn told<'a>(
    tx: &mut Tx,
    start: Millis,
    links: &HashMap<i64, &'a str>,
) -> Result<ClicksOfDay<'a>, Error> {
    let mut told = ClicksOfDay::default();
    let (mut after, end) = (
        ClickId::least_text(start),
        ClickId::least_text(start.plus_ms(DAY_MS)),
    );
    loop {
        let clicks = fetch!(
            all(String, i64, i64, i64, bool),
            tx,
            TOLD,
            &after,
            &end,
            AT_ONCE
        )?;
        let Some((last, ..)) = clicks.last() else {
            return Ok(told);
        };
        after.clone_from(last);
        for (_, placement, at, visitor, is_first) in clicks {
            let visitor = Visitor(visitor.cast_unsigned());
            let quarter = quarter_of_day(Millis(at));
            told.entries.insert((quarter, placement, visitor));
            if let Some(link) = links.get(&placement).filter(|_| is_first) {
                told.firsts.insert((link, visitor));
            }
        }
    }
}
