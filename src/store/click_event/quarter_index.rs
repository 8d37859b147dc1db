//! Finds the quarter-hours with clicks to list, from the roll-up.
//!
//! # Invariants
//! Every quarter-hour with a counted click is found.
//!
//! # Out of scope
//! The clicks themselves.

use std::collections::BTreeSet;
use std::ops::Range;

use super::filter::ClickFilter;
use super::packed_days;
use crate::clock::{DAY_MS, Millis, QUARTER_HOUR_MS};
use crate::drivers::sql::{Error, Tx, statements, values};
use crate::id::WorkspaceId;

statements! {
    sql QUARTERS = "SELECT DISTINCT q.quarter FROM click_quarter q \
        JOIN placement p ON p.id = q.placement_id \
        WHERE q.quarter >= $1 AND q.quarter < $2 AND p.workspace_id = $3 \
        AND ($4 = '' OR p.campaign_id = $4) AND ($5 = '' OR p.link_id = $5) \
        AND ($6 = '' OR p.network = $6) AND ($7 = '' OR q.class = $7) ORDER BY q.quarter LIMIT $8";
    sql DAYS = "SELECT DISTINCT d.day FROM click_day d \
        JOIN placement p ON p.id = d.placement_id \
        WHERE d.day >= $1 AND d.day < $2 AND p.workspace_id = $3 \
        AND ($4 = '' OR p.campaign_id = $4) AND ($5 = '' OR p.link_id = $5) \
        AND ($6 = '' OR p.network = $6) ORDER BY d.day LIMIT $7";
    sql CELLS = "SELECT d.cells FROM click_day d JOIN placement p ON p.id = d.placement_id \
        WHERE d.day = $1 AND p.workspace_id = $2 \
        AND ($3 = '' OR p.campaign_id = $3) AND ($4 = '' OR p.link_id = $4) \
        AND ($5 = '' OR p.network = $5)";
}

/// Quarter-hours of one lookup, if there are as many.
const AT_ONCE: usize = 500;

/// Days that one lookup reads.
const DAYS_AT_ONCE: i64 = 8;

/// The next quarter-hours that begin within `time`, in order; empty at the end.
pub(super) async fn next(
    tx: &mut Tx,
    workspace: WorkspaceId,
    filter: &ClickFilter,
    time: Range<Millis>,
) -> Result<Vec<Millis>, Error> {
    let (from, to) = (time.start, time.end);
    let [campaign, link, network, class] = filter.texts();
    let workspace = workspace.to_string();
    let most = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
    let rows = values!(
        i64, tx, QUARTERS, from.0, to.0, &workspace, &campaign, &link, &network, &class, most
    )?;
    let mut quarters: BTreeSet<i64> = rows.into_iter().collect();
    // After a full lookup, the next call continues behind its last quarter-hour.
    let mut end = match quarters.last() {
        Some(last) if quarters.len() >= AT_ONCE => *last,
        _ => to.0.saturating_sub(1),
    };
    let mut day = from.day();
    let last_day = to.plus_ms(-1).day();
    loop {
        let days = values!(
            i64,
            tx,
            DAYS,
            day,
            last_day + 1,
            &workspace,
            &campaign,
            &link,
            &network,
            DAYS_AT_ONCE
        )?;
        for day in &days {
            let rows = values!(
                Vec<u8>,
                tx,
                CELLS,
                *day,
                &workspace,
                &campaign,
                &link,
                &network
            )?;
            for bytes in rows {
                quarters.extend(of_day(*day, &bytes, &class)?);
            }
        }
        let Some(last) = days.last() else { break };
        day = last + 1;
        let known = quarters.range(from.0..day * DAY_MS).count();
        if known >= AT_ONCE || day * DAY_MS > end {
            end = end.min(day * DAY_MS - 1);
            break;
        }
    }
    let within = quarters
        .range(from.0..)
        .take_while(|quarter| **quarter <= end);
    Ok(within.map(|quarter| Millis(*quarter)).collect())
}

/// The quarter-hours of a day with clicks of that class; an empty class means any.
fn of_day(day: i64, bytes: &[u8], class: &str) -> Result<Vec<i64>, Error> {
    let mut cells = packed_days::read(bytes)?;
    let names = cells.names().to_vec();
    let of_class = cells.by_ref().filter(|cell| {
        let [.., of] = cell.names;
        class.is_empty() || names.get(of).is_some_and(|name| *name == class)
    });
    let quarters = of_class.map(|cell| day * DAY_MS + i64::from(cell.quarter) * QUARTER_HOUR_MS);
    let quarters = quarters.collect();
    packed_days::end(&cells)?;
    Ok(quarters)
}
