//! Visitors of a day whose clicks were erased. They still count, once each.

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
    sql CLICKS = "SELECT id, placement_id, clicked_at, visitor, is_first_of_link \
        FROM click WHERE id > $1 AND id < $2 AND visitor IS NOT NULL ORDER BY id LIMIT $3";
}

/// Clicks that are read at a time.
const AT_ONCE: i64 = 100_000;

/// A row of visitors seen on a day.
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

/// The erased visitors of a UTC day, which its first moment gives, in the order of time. Also the
/// next free chunk number of that day.
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
    let clicks = clicks_of_day(tx, start, &links).await?;
    // If no click is the first on a link, that click was erased, because all others come after it.
    let is_left = |(quarter, placement, visitor): &(u8, i64, Visitor)| {
        let link = links.get(placement).copied().unwrap_or_default();
        !clicks.entries.contains(&(*quarter, *placement, *visitor))
            || !clicks.firsts.contains(&(link, *visitor))
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

/// The facts from the clicks of a day.
#[derive(Default)]
struct ClicksOfDay<'a> {
    /// Quarter-hour, placement and visitor of each click.
    entries: HashSet<(u8, i64, Visitor)>,
    /// Link and visitor of the clicks that are the first on their link.
    firsts: HashSet<(&'a str, Visitor)>,
}

async fn clicks_of_day<'a>(
    tx: &mut Tx,
    start: Millis,
    links: &HashMap<i64, &'a str>,
) -> Result<ClicksOfDay<'a>, Error> {
    let mut facts = ClicksOfDay::default();
    let (mut after, end) = (
        ClickId::least_text(start),
        ClickId::least_text(start.plus_ms(DAY_MS)),
    );
    loop {
        let clicks = fetch!(
            all(String, i64, i64, i64, bool),
            tx,
            CLICKS,
            &after,
            &end,
            AT_ONCE
        )?;
        let Some((last, ..)) = clicks.last() else {
            return Ok(facts);
        };
        after.clone_from(last);
        for (_, placement, at, visitor, is_first) in clicks {
            let visitor = Visitor(visitor.cast_unsigned());
            let quarter = quarter_of_day(Millis(at));
            facts.entries.insert((quarter, placement, visitor));
            if let Some(link) = links.get(&placement).filter(|_| is_first) {
                facts.firsts.insert((link, visitor));
            }
        }
    }
}
