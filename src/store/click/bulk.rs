//! Many clicks at once: the one place beside opening where the two databases get different SQL.
//!
//! Holds: a batch is written as if click after click: doubles inside it or with earlier batches change
//! nothing, the first human click of a visitor is the first one in order, and the roll-up grows by
//! exactly the clicks that were new. A few statements do it, however many clicks there are: PostgreSQL
//! takes columns as arrays, SQLite rows as one JSON text, which costs far less than a call for each row.
//! Batches do not overlap in time: whoever writes clicks holds [`Store::ingest`](super::super::Store).

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::click::{Class, Hit};
use crate::store::{Error, Tx};

/// A click with what enrichment says of it.
#[derive(Clone, Debug)]
pub struct Sighting<'a> {
    /// What the redirect saw.
    pub hit: &'a Hit,
    /// Who made it.
    pub class: Class,
    /// Code of the rule that decided the class.
    pub class_rule: String,
}

/// What became of a click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insertion {
    /// Its id was there already.
    Repeat,
    /// It is new; whether it is its visitor's first.
    New {
        /// The first human click of its visitor for this network of this campaign.
        first: bool,
    },
}

/// A statement in both dialects. Both take the same columns, in the same order: PostgreSQL as one array
/// each, SQLite as one JSON array of rows.
struct Bulk {
    postgres: &'static str,
    sqlite: &'static str,
}

const KNOWN: Bulk = Bulk {
    postgres: "SELECT id FROM click WHERE id = ANY($1)",
    sqlite: "SELECT id FROM click WHERE id IN (SELECT value ->> 0 FROM json_each($1))",
};
const SEE: Bulk = Bulk {
    postgres: "INSERT INTO visitor_first (scope, visitor, click_id, clicked_at) \
         SELECT * FROM UNNEST($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::BIGINT[]) \
         ON CONFLICT (scope, visitor) DO NOTHING RETURNING click_id",
    sqlite: "INSERT INTO visitor_first (scope, visitor, click_id, clicked_at) \
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each($1) WHERE TRUE \
         ON CONFLICT (scope, visitor) DO NOTHING RETURNING click_id",
};
const INSERT: Bulk = Bulk {
    postgres: "INSERT INTO click (id, workspace_id, link_id, campaign_id, network, clicked_at, \
         visitor, user_agent, referrer, class, class_rule, is_first) \
         SELECT * FROM UNNEST($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::TEXT[], \
         $6::BIGINT[], $7::TEXT[], $8::TEXT[], $9::TEXT[], $10::TEXT[], $11::TEXT[], $12::BOOLEAN[]) \
         ON CONFLICT (id) DO NOTHING",
    sqlite: "INSERT INTO click (id, workspace_id, link_id, campaign_id, network, clicked_at, \
         visitor, user_agent, referrer, class, class_rule, is_first) \
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, \
         value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11 \
         FROM json_each($1) WHERE TRUE ON CONFLICT (id) DO NOTHING",
};
const ROLL_UP: Bulk = Bulk {
    postgres: "INSERT INTO click_quarter \
         (campaign_id, network, link_id, quarter, human, bot, visitors) \
         SELECT * FROM UNNEST($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::BIGINT[], $5::BIGINT[], \
         $6::BIGINT[], $7::BIGINT[]) \
         ON CONFLICT (campaign_id, quarter, link_id, network) DO UPDATE SET \
         human = click_quarter.human + excluded.human, bot = click_quarter.bot + excluded.bot, \
         visitors = click_quarter.visitors + excluded.visitors",
    sqlite: "INSERT INTO click_quarter \
         (campaign_id, network, link_id, quarter, human, bot, visitors) \
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, \
         value ->> 6 FROM json_each($1) WHERE TRUE \
         ON CONFLICT (campaign_id, quarter, link_id, network) DO UPDATE SET \
         human = click_quarter.human + excluded.human, bot = click_quarter.bot + excluded.bot, \
         visitors = click_quarter.visitors + excluded.visitors",
};

/// Every statement of this file for PostgreSQL.
pub const POSTGRES: &[&str] = &[
    KNOWN.postgres,
    SEE.postgres,
    INSERT.postgres,
    ROLL_UP.postgres,
];

/// Every statement of this file for SQLite.
pub const SQLITE: &[&str] = &[KNOWN.sqlite, SEE.sqlite, INSERT.sqlite, ROLL_UP.sqlite];

/// Runs a statement on rows, given as tuples, with one closure for each column.
macro_rules! bulk {
    ($run:ident $(as $row:ty)?, $tx:expr, $bulk:expr, $rows:expr, [$($column:expr),* $(,)?]) => {
        match $tx {
            Tx::Sqlite(tx) => {
                let rows = json($rows.iter().map(|row| ($($column(row),)*)))?;
                bulk!(@call $run $(as $row)?, sqlx::$run($bulk.sqlite).bind(rows), tx)
            }
            Tx::Postgres(tx) => bulk!(
                @call $run $(as $row)?,
                sqlx::$run($bulk.postgres)$(.bind($rows.iter().map($column).collect::<Vec<_>>()))*,
                tx
            ),
        }
    };
    (@call query, $query:expr, $tx:expr) => { $query.execute(&mut **$tx).await.map(|_| ()) };
    (@call query_scalar as $row:ty, $query:expr, $tx:expr) => {
        $query.fetch_all(&mut **$tx).await.map(|rows: Vec<$row>| rows)
    };
}

fn json(rows: impl Iterator<Item = impl Serialize>) -> Result<String, Error> {
    let rows: Vec<_> = rows.collect();
    super::super::write_json("clicks", &rows)
}

/// Adds clicks with their part of the roll-up; says of each, in order, what became of it.
///
/// # Errors
/// When the store does not answer, or refuses one of them; nothing of the batch may be kept then.
pub async fn insert_all(tx: &mut Tx, sightings: &[Sighting<'_>]) -> Result<Vec<Insertion>, Error> {
    let ids: Vec<String> = sightings.iter().map(|it| it.hit.id.to_string()).collect();
    let mut seen: HashSet<String> = bulk!(
        query_scalar as String,
        tx,
        KNOWN,
        ids,
        [|id: &String| id.clone()]
    )?
    .into_iter()
    .collect();
    let is_new: Vec<bool> = ids.iter().map(|id| seen.insert(id.clone())).collect();
    let new: Vec<(&String, &Sighting<'_>)> = ids
        .iter()
        .zip(sightings)
        .zip(&is_new)
        .filter_map(|(click, new)| new.then_some(click))
        .collect();
    let first = see_visitors(tx, &new).await?;
    write_clicks(tx, &new, &first).await?;
    roll_up(tx, &new, &first).await?;
    let insertion = |(id, new): (&String, &bool)| {
        if *new {
            let first = first.contains(id);
            Insertion::New { first }
        } else {
            Insertion::Repeat
        }
    };
    Ok(ids.iter().zip(&is_new).map(insertion).collect())
}

/// Scope and visitor; the first click's id and time.
type VisitorRow<'a> = ((String, &'a str), (&'a String, i64));

/// A click's id, and the click.
type ClickRow<'a> = (&'a String, &'a Sighting<'a>);

/// The clicks whose visitor was not seen before in the campaign's network (or, without a campaign, on
/// the link).
async fn see_visitors(
    tx: &mut Tx,
    new: &[(&String, &Sighting<'_>)],
) -> Result<HashSet<String>, Error> {
    let mut firsts: HashMap<(String, &str), (&String, i64)> = HashMap::new();
    for (id, Sighting { hit, class, .. }) in new {
        let (true, Some(visitor)) = (class.is_person(), &hit.visitor) else {
            continue;
        };
        let scope = match hit.campaign_id {
            Some(campaign) => format!("{campaign} {}", hit.network.as_deref().unwrap_or("")),
            None => hit.link_id.to_string(),
        };
        firsts
            .entry((scope, visitor))
            .or_insert((id, hit.clicked_at.0));
    }
    if firsts.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<_> = firsts.into_iter().collect();
    let first = bulk!(
        query_scalar as String,
        tx,
        SEE,
        rows,
        [
            |row: &VisitorRow<'_>| row.0.0.clone(),
            |row: &VisitorRow<'_>| row.0.1.to_owned(),
            |row: &VisitorRow<'_>| row.1.0.clone(),
            |row: &VisitorRow<'_>| row.1.1,
        ]
    )?;
    Ok(first.into_iter().collect())
}

async fn write_clicks(
    tx: &mut Tx,
    new: &[(&String, &Sighting<'_>)],
    first: &HashSet<String>,
) -> Result<(), Error> {
    if new.is_empty() {
        return Ok(());
    }
    bulk!(
        query,
        tx,
        INSERT,
        new,
        [
            |row: &ClickRow<'_>| row.0.clone(),
            |row: &ClickRow<'_>| row.1.hit.workspace_id.to_string(),
            |row: &ClickRow<'_>| row.1.hit.link_id.to_string(),
            |row: &ClickRow<'_>| row.1.hit.campaign_id.map(|id| id.to_string()),
            |row: &ClickRow<'_>| row.1.hit.network.clone(),
            |row: &ClickRow<'_>| row.1.hit.clicked_at.0,
            |row: &ClickRow<'_>| row.1.hit.visitor.clone(),
            |row: &ClickRow<'_>| row.1.hit.user_agent.clone(),
            |row: &ClickRow<'_>| row.1.hit.referrer.clone(),
            |row: &ClickRow<'_>| row.1.class.as_str(),
            |row: &ClickRow<'_>| row.1.class_rule.clone(),
            |row: &ClickRow<'_>| first.contains(row.0),
        ]
    )?;
    Ok(())
}

/// Campaign, network, link and quarter-hour.
type SumKey = (String, String, String, i64);

/// The same, and how many humans, programs and visitors more.
type SumRow = (SumKey, [i64; 3]);

async fn roll_up(
    tx: &mut Tx,
    new: &[(&String, &Sighting<'_>)],
    first: &HashSet<String>,
) -> Result<(), Error> {
    let mut sums: HashMap<SumKey, [i64; 3]> = HashMap::new();
    for (id, Sighting { hit, class, .. }) in new {
        let Some(campaign) = hit.campaign_id else {
            continue;
        };
        let key = (
            campaign.to_string(),
            hit.network.clone().unwrap_or_default(),
            hit.link_id.to_string(),
            hit.clicked_at.quarter_hour().0,
        );
        let more = [
            i64::from(class.is_person()),
            i64::from(!class.is_person()),
            i64::from(first.contains(*id)),
        ];
        match sums.entry(key) {
            Entry::Vacant(sum) => drop(sum.insert(more)),
            Entry::Occupied(mut sum) => {
                sum.get_mut()
                    .iter_mut()
                    .zip(more)
                    .for_each(|(sum, more)| *sum += more);
            }
        }
    }
    if sums.is_empty() {
        return Ok(());
    }
    // In one order for everybody, so that two who roll up at once do not wait for each other in turn.
    let mut rows: Vec<_> = sums.into_iter().collect();
    rows.sort_unstable();
    bulk!(
        query,
        tx,
        ROLL_UP,
        rows,
        [
            |row: &SumRow| row.0.0.clone(),
            |row: &SumRow| row.0.1.clone(),
            |row: &SumRow| row.0.2.clone(),
            |row: &SumRow| row.0.3,
            |row: &SumRow| row.1[0],
            |row: &SumRow| row.1[1],
            |row: &SumRow| row.1[2],
        ]
    )?;
    Ok(())
}
