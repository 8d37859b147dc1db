//! What the commands share that list clicks and conversions: a page as a table or JSON, or all rows
//! as a stream.
//!
//! # Invariants
//! Tables fit 80 columns; times are UTC and say so.

use clap::Args;
use comfy_table::{ColumnConstraint, Table};
use serde_json::Value;

use super::client::Client;
use super::print;
use super::report::{lines, plain_table};
use super::terminal::{print_csv, print_lines};

/// Widest line of a table.
const WIDTH: u16 = 80;

/// What a list is narrowed to, and how it is printed.
#[derive(Debug, Args)]
pub(super) struct Listing {
    /// First day, or the moment to begin at, as in 2026-03-10T09:00:00+01:00
    #[arg(long, value_name = "WHEN")]
    from: Option<String>,
    /// Last day, or the moment to end at
    #[arg(long, value_name = "WHEN")]
    to: Option<String>,
    /// Zone that days are cut in; the campaign's when absent, or UTC without a campaign
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Only this campaign: its id, its `utm_campaign` or its whole name
    #[arg(long)]
    campaign: Option<String>,
    /// Only this network
    #[arg(long)]
    network: Option<String>,
    /// Most rows, 1 to 1000; 50 when absent, and all with --csv or --ndjson
    #[arg(long, value_name = "ROWS")]
    limit: Option<String>,
    /// Go on where the last list ended
    #[arg(long)]
    cursor: Option<String>,
    /// Print all rows as a table for spreadsheets
    #[arg(long, conflicts_with_all = ["json", "ndjson"])]
    csv: bool,
    /// Print all rows as JSON, one on each line
    #[arg(long, conflicts_with = "json")]
    ndjson: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A list: where it is, what its rows are called, and their table.
pub(super) struct List<'a> {
    pub(super) path: &'a str,
    pub(super) rows: &'a str,
    /// The table, without rows.
    pub(super) table: fn() -> Table,
    /// What stands in a line of it.
    pub(super) cells: fn(&Value) -> Vec<String>,
    /// Said where there are none.
    pub(super) none: &'a str,
}

/// Prints the list; `more` narrows it further.
pub(super) fn run(
    client: &Client,
    list: &List<'_>,
    asked: &Listing,
    more: &[(&str, Option<&str>)],
) -> anyhow::Result<()> {
    let campaign = match &asked.campaign {
        Some(text) => client.campaign(text)?["id"].as_str().map(str::to_owned),
        None => None,
    };
    let query: Vec<(&str, &str)> = [
        ("from", asked.from.as_deref()),
        ("to", asked.to.as_deref()),
        ("time_zone", asked.time_zone.as_deref()),
        ("campaign_id", campaign.as_deref()),
        ("network", asked.network.as_deref()),
        ("limit", asked.limit.as_deref()),
        ("cursor", asked.cursor.as_deref()),
    ]
    .iter()
    .chain(more)
    .filter_map(|(name, value)| Some((*name, (*value)?)))
    .collect();
    if asked.csv {
        return client.get_stream(list.path, &query, "text/csv", |rows| print_csv(rows));
    }
    if asked.ndjson {
        let kind = "application/x-ndjson";
        return client.get_stream(list.path, &query, kind, |rows| print_lines(rows));
    }
    let answer = client.get(list.path, &query)?;
    if asked.json {
        return print(&format!("{answer:#}\n"));
    }
    let rows = answer[list.rows].as_array().map(Vec::as_slice);
    let rows = rows.unwrap_or_default();
    if rows.is_empty() {
        say!("{}", list.none);
        return Ok(());
    }
    print(&shown(list, rows))?;
    if let Some(next) = answer["next_cursor"].as_str() {
        say!("There are more: --cursor {next} goes on, --csv prints all of them.");
    }
    Ok(())
}

fn shown(list: &List<'_>, rows: &[Value]) -> String {
    let mut table = (list.table)();
    for row in rows {
        table.add_row((list.cells)(row));
    }
    lines(&table)
}

/// A table of 80 columns, whose first one is never broken.
pub(super) fn narrow_table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = plain_table(header);
    table.set_width(WIDTH);
    if let Some(first) = table.column_mut(0) {
        first.set_constraint(ColumnConstraint::ContentWidth);
    }
    table
}

/// A field of a row; a dash where there is nothing.
pub(super) fn text(row: &Value, field: &str) -> String {
    row[field].as_str().unwrap_or("–").to_owned()
}

/// A time as `2026-03-10 12:00:00Z`.
pub(super) fn moment(row: &Value, field: &str) -> String {
    let text = row[field].as_str().unwrap_or_default();
    let seconds = text.get(..19).unwrap_or(text).replace('T', " ");
    format!("{seconds}Z")
}

#[cfg(test)]
pub(super) fn table_of(list: &List<'_>, rows: &[Value]) -> String {
    let table = shown(list, rows);
    for line in table.lines() {
        assert!(line.chars().count() <= usize::from(WIDTH), "{line}");
    }
    table
}
