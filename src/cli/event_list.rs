//! Prints lists of clicks and conversions: a page as a table or as JSON, or all rows as a stream.
//!
//! # Invariants
//! Without its optional columns, a table fits 80 columns. Times are UTC.

use clap::Args;
use comfy_table::{ColumnConstraint, Table};
use serde::de::DeserializeOwned;

use super::client::{ApiClient, Rows, given};
use super::terminal::{lines_with_room, plain_table, print, print_csv, print_lines};

/// Widest line of a table that does not go to a terminal.
const WIDTH: u16 = 80;

/// The filters of a list, and its output format.
#[derive(Debug, Args)]
pub(super) struct EventListOptions {
    /// First day, or a start time such as 2026-03-10T09:00:00+01:00
    #[arg(long, value_name = "WHEN")]
    from: Option<String>,
    /// Last day, or an end time
    #[arg(long, value_name = "WHEN")]
    to: Option<String>,
    /// Time zone of days; the campaign's by default, or UTC without a campaign
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Only rows of this campaign: its id, its `utm_campaign` or its whole name
    #[arg(long)]
    campaign: Option<String>,
    /// Only rows of this network
    #[arg(long)]
    network: Option<String>,
    /// Most rows, 1 to 1000; 50 by default, and all with --csv or --ndjson
    #[arg(long, value_name = "ROWS")]
    limit: Option<String>,
    /// Continue where the last list ended
    #[arg(long)]
    cursor: Option<String>,
    /// Print all rows as CSV, for spreadsheets
    #[arg(long, conflicts_with_all = ["json", "ndjson"])]
    csv: bool,
    /// Print all rows as JSON, one on each line
    #[arg(long, conflicts_with = "json")]
    ndjson: bool,
    /// Print a page as JSON
    #[arg(long)]
    json: bool,
}

/// A row of a list.
pub(super) trait Event: DeserializeOwned {
    /// The path of the list in the API.
    const PATH: &'static str;
    /// The field of a page that holds the rows.
    const FIELD: &'static str;
    /// Printed if no row matches.
    const NONE: &'static str;
    /// Columns that are omitted if there is no room; the last one is omitted first.
    const OPTIONAL: &'static [usize];

    /// The table, without rows.
    fn table() -> Table;

    /// The cells of this row.
    fn cells(self) -> Vec<String>;
}

/// Prints a list. `filters` are the filters that only this list has.
pub(super) fn run<E: Event>(
    client: &ApiClient,
    options: &EventListOptions,
    filters: &[(&str, Option<&str>)],
) -> anyhow::Result<()> {
    let campaign = client.campaign_id(options.campaign.as_deref())?;
    let mut query = given(&[
        ("from", options.from.as_deref()),
        ("to", options.to.as_deref()),
        ("time_zone", options.time_zone.as_deref()),
        ("campaign_id", campaign.as_deref()),
        ("network", options.network.as_deref()),
        ("limit", options.limit.as_deref()),
        ("cursor", options.cursor.as_deref()),
    ]);
    query.extend(given(filters));
    if options.csv {
        return client.get_stream(E::PATH, &query, "text/csv", |rows| print_csv(rows));
    }
    if options.ndjson {
        let kind = "application/x-ndjson";
        return client.get_stream(E::PATH, &query, kind, |rows| print_lines(rows));
    }
    let answer = client.get(E::PATH, &query)?;
    if options.json {
        return print(&answer.json());
    }
    let mut rows = Rows::default();
    let next = rows.take_page(answer, E::FIELD)?;
    let rows: Vec<E> = rows.read()?;
    if rows.is_empty() {
        say!("{}", E::NONE);
        return Ok(());
    }
    print(&shown(rows))?;
    if let Some(next) = next {
        say!("There are more: --cursor {next} continues, --csv prints all of them.");
    }
    Ok(())
}

fn shown<E: Event>(rows: Vec<E>) -> String {
    let mut table = E::table();
    for row in rows {
        table.add_row(row.cells());
    }
    lines_with_room(&table, E::OPTIONAL)
}

/// A table of 80 columns. Its first column is never wrapped.
pub(super) fn narrow_table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = plain_table(header);
    table.set_width(WIDTH);
    if let Some(first) = table.column_mut(0) {
        first.set_constraint(ColumnConstraint::ContentWidth);
    }
    table
}

#[cfg(test)]
pub(super) fn table_of<E: Event>(rows: &[serde_json::Value]) -> String {
    let rows = rows.iter().cloned();
    let rows = rows.map(|row| serde_json::from_value(row).unwrap());
    let table = shown::<E>(rows.collect());
    for line in table.lines() {
        assert!(line.chars().count() <= usize::from(WIDTH), "{line}");
    }
    table
}
