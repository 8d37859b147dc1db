//! Inserts thousands of clicks at a time, with the fastest method of each database.
//!
//! # Invariants
//! - The ids are new; the caller ensures it.
//! - PostgreSQL uses a binary `COPY`, SQLite uses statements of up to [`MOST_ROWS`] rows with a
//!   bind for each value. Both take two to three microseconds for a click; arrays or JSON take
//!   three times as long. Source of the binary form: PostgreSQL's manual, chapter `COPY`.
//!
//! ```text
//! copy  = "PGCOPY\n\xff\r\n\0" flags u32 = 0  extension u32 = 0  *tuple  end i16 = -1
//! tuple = fields i16  *( length i32, -1 for NULL;  bytes )
//! ```

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use futures_util::future::join;
use sqlx::PgConnection;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};

use crate::click::{EnrichedClick, FirstVisit, RawClick};
use crate::clock::{DAY_MS, Millis};
use crate::drivers::sql::{Error, Statement, Tx, run, statements, within};

/// Rows of the largest statement for SQLite. Its binds stay well below SQLite's limit of 32 766.
const MOST_ROWS: usize = 512;

const COLUMNS: &str = "id, clicked_at, placement_id, agent_id, place_id, referrer, visitor, class, \
     class_rule, is_first, traits, rules, network_seen, seen_by, is_first_of_link, device";

const COPY: &str = "COPY click (id, clicked_at, placement_id, agent_id, place_id, referrer, visitor, \
     class, class_rule, is_first, traits, rules, network_seen, seen_by, is_first_of_link, device) \
     FROM STDIN (FORMAT binary)";

statements! {
    postgres MAKE_MONTH = "SELECT make_click_month($1)";
}

/// `INSERT`s of 1, 2, 4 … [`MOST_ROWS`] rows.
static INSERTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let insert = |rows: usize| {
        let row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        format!(
            "INSERT INTO click ({COLUMNS}) VALUES {}",
            [row].repeat(rows).join(", ")
        )
    };
    (0..=MOST_ROWS.ilog2())
        .map(|power| insert(1 << power))
        .collect()
});

/// The statements that are generated at the first use; only SQLite has them.
pub(in crate::store) fn inserts() -> impl Iterator<Item = Statement> {
    INSERTS.iter().map(|insert| Statement {
        name: "click_event::bulk_insert::INSERTS",
        postgres: None,
        sqlite: Some(insert),
    })
}

/// A click as it is stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClickRow<'a> {
    pub(super) sighting: &'a EnrichedClick<'a>,
    pub(super) placement_id: i64,
    pub(super) agent_id: Option<i64>,
    pub(super) place_id: Option<i64>,
    pub(super) first: FirstVisit,
}

/// The months whose clicks can be stored; on PostgreSQL each is a table.
#[derive(Debug, Default)]
pub(super) struct Months(HashSet<String>);

impl Months {
    /// Creates the tables for the clicks' months.
    pub(super) async fn make(&mut self, tx: &mut Tx, hits: &[&RawClick]) -> Result<(), Error> {
        let Tx::Postgres(tx) = tx else { return Ok(()) };
        let days = hits.iter().map(|hit| hit.id.time().0.div_euclid(DAY_MS));
        for day in days.collect::<BTreeSet<i64>>() {
            let moment = Millis(day * DAY_MS);
            if self.0.insert(month(moment)) {
                run!(tx, sqlx::query(MAKE_MONTH).bind(moment.0), execute)?;
            }
        }
        Ok(())
    }
}

fn month(moment: Millis) -> String {
    moment.timestamp().strftime("%Y-%m").to_string()
}

/// Writes the rows. While the database writes some of them, the next ones are prepared.
pub(super) async fn insert(tx: &mut Tx, rows: &[ClickRow<'_>]) -> Result<(), Error> {
    match tx {
        Tx::Sqlite(tx) => {
            let (mut ready, mut rest) = ready(rows);
            while let Some(insert) = ready {
                let next = async { self::ready(rest) };
                let (done, next) = join(insert.execute(&mut **tx), next).await;
                tx.watch(done)?;
                (ready, rest) = next;
            }
        }
        Tx::Postgres(tx) => {
            let limit = tx.limit();
            within(limit, copy(tx.in_doubt(), rows)).await?;
            tx.has_settled();
        }
    }
    Ok(())
}

/// Copies rows into PostgreSQL. After an abort or an error, the connection still waits for rows and
/// must not be used again.
async fn copy(connection: &mut PgConnection, rows: &[ClickRow<'_>]) -> Result<(), sqlx::Error> {
    let mut copy = connection.copy_in_raw(COPY).await?;
    copy.send(&b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0"[..])
        .await?;
    for rows in rows.chunks(MOST_ROWS) {
        copy.send(copy_data(rows)).await?;
    }
    copy.send(&(-1i16).to_be_bytes()[..]).await?;
    copy.finish().await?;
    Ok(())
}

type Insert = Query<'static, Sqlite, SqliteArguments>;

/// The statement for the first rows, and the remaining rows.
fn ready<'a, 'b>(rows: &'a [ClickRow<'b>]) -> (Option<Insert>, &'a [ClickRow<'b>]) {
    if rows.is_empty() {
        return (None, rows);
    }
    let power = rows.len().min(MOST_ROWS).ilog2();
    let (these, rest) = rows.split_at(1 << power);
    let mut insert = sqlx::query(INSERTS[power as usize].as_str());
    for row in these {
        let EnrichedClick { hit, finding } = row.sighting;
        let seen = finding.seen_on.as_ref();
        insert = insert
            .bind(hit.id.to_string())
            .bind(hit.clicked_at.0)
            .bind(row.placement_id)
            .bind(row.agent_id)
            .bind(row.place_id)
            .bind(hit.referrer.clone())
            .bind(hit.visitor.map(|visitor| visitor.0.cast_signed()))
            .bind(finding.class.as_str())
            .bind(finding.rule.clone().into_owned())
            .bind(row.first.of_network)
            .bind(finding.traits)
            .bind(i64::from(finding.rules))
            .bind(seen.map(|seen| seen.network.clone()))
            .bind(seen.map(|seen| seen.by.as_str()))
            .bind(row.first.of_link)
            .bind(finding.families.device.clone().into_owned());
    }
    (Some(insert), rest)
}

fn copy_data(rows: &[ClickRow<'_>]) -> Vec<u8> {
    let mut data = Vec::with_capacity(rows.len() * 192);
    for row in rows {
        let EnrichedClick { hit, finding } = row.sighting;
        let seen = finding.seen_on.as_ref();
        data.extend_from_slice(&16i16.to_be_bytes());
        field(&mut data, Some(hit.id.text().as_str().as_bytes()));
        field(&mut data, Some(&hit.clicked_at.0.to_be_bytes()));
        field(&mut data, Some(&row.placement_id.to_be_bytes()));
        number(&mut data, row.agent_id);
        number(&mut data, row.place_id);
        field(&mut data, hit.referrer.as_deref().map(str::as_bytes));
        number(
            &mut data,
            hit.visitor.map(|visitor| visitor.0.cast_signed()),
        );
        field(&mut data, Some(finding.class.as_str().as_bytes()));
        field(&mut data, Some(finding.rule.as_bytes()));
        field(&mut data, Some(&[u8::from(row.first.of_network)]));
        number(&mut data, Some(finding.traits));
        number(&mut data, Some(finding.rules.into()));
        field(&mut data, seen.map(|seen| seen.network.as_bytes()));
        field(&mut data, seen.map(|seen| seen.by.as_str().as_bytes()));
        field(&mut data, Some(&[u8::from(row.first.of_link)]));
        field(&mut data, Some(finding.families.device.as_bytes()));
    }
    data
}

fn number(data: &mut Vec<u8>, number: Option<i64>) {
    let bytes = number.map(i64::to_be_bytes);
    field(data, bytes.as_ref().map(|bytes| &bytes[..]));
}

/// No text here is longer than a header line.
fn field(data: &mut Vec<u8>, bytes: Option<&[u8]>) {
    let length = bytes.map_or(-1, |bytes| i32::try_from(bytes.len()).unwrap_or(-1));
    data.extend_from_slice(&length.to_be_bytes());
    if length >= 0 {
        data.extend_from_slice(bytes.unwrap_or_default());
    }
}
