//! Clicks that a conversion proves to be a person's, because it brought their ids back.
//!
//! # Invariants
//! - Such a click counts as if it had been a person's from the start: its class, the roll-up, the
//!   visitors seen and the first visits all change. If a later click was the visitor's first until
//!   now, it no longer is.
//! - A repetition changes nothing. The caller holds [`Store::ingest`](crate::store::Store::ingest).
//!
//! # Out of scope
//! Which clicks these are, and the name of the rule.

use std::collections::BTreeMap;

use super::reclassify::{LOOK_BACK, StoredClick, StoredClickRow, key};
use super::roll_up::{self, count};
use super::visitors_seen::{VisitorAtClick, VisitorsSeen};
use crate::click::{ClickClass, Enrichment, FirstVisit, Visitor};
use crate::clock::{DAY_MS, Millis, QUARTER_HOUR_MS};
use crate::drivers::sql::{Error, Tx, execute, fetch, statements};
use crate::id::ClickId;

statements! {
    sql BY_ID = select_judged!("WHERE c.id = $1");
    sql FIRSTS_AFTER = select_judged!(
        "WHERE c.id > $1 AND c.id < $2 AND c.visitor = $3 AND coalesce(p.campaign_id, p.link_id) = $4 \
        AND (c.is_first OR c.is_first_of_link) ORDER BY c.id"
    );
    sql PROMOTE = "UPDATE click SET class = $2, class_rule = $3, is_first = $4, \
        is_first_of_link = $5 WHERE id = $1";
    sql HAND_ON = "UPDATE click SET is_first = $2, is_first_of_link = $3 WHERE id = $1";
    sql CLEAR_EMPTY = "DELETE FROM click_quarter WHERE placement_id = $1 AND quarter >= $2 \
        AND quarter < $3 AND clicks = 0 AND visitors = 0 AND link_visitors = 0";
}

/// Changes these clicks to a person's, with these rules. Clicks that already count stay as they
/// are.
///
/// # Errors
/// When the store does not answer.
pub async fn promote(tx: &mut Tx, clicks: &BTreeMap<ClickId, String>) -> Result<(), Error> {
    let mut seen = VisitorsSeen::default();
    for (id, rule) in clicks {
        let Some(row) = fetch!(optional StoredClickRow, tx, BY_ID, id.to_string())? else {
            continue;
        };
        let click = StoredClick::try_from(row)?;
        if !click.finding.class.is_person() {
            promote_one(tx, &mut seen, &click, rule).await?;
        }
    }
    Ok(())
}

async fn promote_one(
    tx: &mut Tx,
    seen: &mut VisitorsSeen,
    click: &StoredClick,
    rule: &str,
) -> Result<(), Error> {
    let first = match click.visitor {
        Some(visitor) => first(tx, seen, click, visitor).await?,
        None => click.first,
    };
    let now = Enrichment {
        class: ClickClass::Human,
        rule: rule.to_owned().into(),
        ..click.finding.clone()
    };
    let mut sums = roll_up::RollUpSums::default();
    let before = key(click, &click.finding, &click.device);
    count(&mut sums, before, click.first, -1);
    count(&mut sums, key(click, &now, &click.device), first, 1);
    roll_up::write(tx, sums).await?;
    execute!(
        tx,
        PROMOTE,
        click.id.to_string(),
        now.class.as_str(),
        rule,
        first.of_network,
        first.of_link
    )?;
    clear_empty(tx, click).await?;
    // Retention of people's clicks may already have passed this day.
    let day = click.clicked_at.day() * DAY_MS;
    execute!(tx, LOOK_BACK, now.class.as_str(), day)?;
    Ok(())
}

/// Which first visit the click is; later clicks lose it if they had it.
async fn first(
    tx: &mut Tx,
    seen: &mut VisitorsSeen,
    click: &StoredClick,
    visitor: Visitor,
) -> Result<FirstVisit, Error> {
    let sight = VisitorAtClick {
        at: 0,
        visitor,
        placed: click.placed.clone(),
        clicked_at: click.clicked_at,
    };
    let added = seen.add(tx, &[sight]).await?;
    let mut first = added.first().map(|(_, first)| *first).unwrap_or_default();
    if first.of_network && first.of_link {
        return Ok(first);
    }
    let end = Millis((click.clicked_at.day() + 1) * DAY_MS);
    let later = fetch!(
        all StoredClickRow, tx, FIRSTS_AFTER,
        click.id.to_string(), ClickId::least_text(end), visitor.0.cast_signed(), &*click.placed.scope
    )?;
    for row in later {
        let later = StoredClick::try_from(row)?;
        let taken = FirstVisit {
            of_network: later.first.of_network && later.placed.network == click.placed.network,
            of_link: later.first.of_link && later.placed.link == click.placed.link,
        };
        first.of_network |= taken.of_network;
        first.of_link |= taken.of_link;
        if taken != FirstVisit::default() {
            hand_on(tx, &later, taken).await?;
        }
    }
    Ok(first)
}

/// Removes from a click the first visit that another click takes over.
async fn hand_on(tx: &mut Tx, click: &StoredClick, taken: FirstVisit) -> Result<(), Error> {
    let left = FirstVisit {
        of_network: click.first.of_network && !taken.of_network,
        of_link: click.first.of_link && !taken.of_link,
    };
    let mut sums = roll_up::RollUpSums::default();
    let key = key(click, &click.finding, &click.device);
    count(&mut sums, key, click.first, -1);
    count(&mut sums, key, left, 1);
    roll_up::write(tx, sums).await?;
    let id = click.id.to_string();
    execute!(tx, HAND_ON, id, left.of_network, left.of_link)?;
    Ok(())
}

async fn clear_empty(tx: &mut Tx, click: &StoredClick) -> Result<(), Error> {
    let quarter = click.clicked_at.quarter_hour().0;
    let placement = click.placed.id;
    execute!(
        tx,
        CLEAR_EMPTY,
        placement,
        quarter,
        quarter + QUARTER_HOUR_MS
    )?;
    Ok(())
}
