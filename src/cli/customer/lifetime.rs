//! `leadline customer lifetime`: lifetime value as tables that fit 100 columns.
//!
//! # Invariants
//! The tables show the API's answer; only money is formatted.

use clap::Args;

use crate::cli::client::{ApiClient, given};
use crate::cli::terminal::{NONE, align_right, lines, plain_table, print};
use crate::customer::lifetime::{LifetimeCurrency, LifetimeRow};
use crate::money::Money;
use crate::operations::customer::lifetime::LifetimeReport;

#[derive(Debug, Args)]
pub(in crate::cli) struct LifetimeOptions {
    /// Only customers whose first touch was in this campaign: its id, its `utm_campaign` or its
    /// whole name
    #[arg(long, value_name = "CAMPAIGN")]
    campaign: Option<String>,
    /// Only customers whose first touch is on this day (UTC) or later; no limit by default. If no
    /// touch is known, the first conversion counts
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Only customers whose first touch is on this day (UTC) or earlier; no limit by default
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, options: &LifetimeOptions) -> anyhow::Result<()> {
    let campaign = client.campaign_id(options.campaign.as_deref())?;
    let query = given(&[
        ("campaign_id", campaign.as_deref()),
        ("from", options.from.as_deref()),
        ("to", options.to.as_deref()),
    ]);
    let answer = client.get("/customers/lifetime", &query)?;
    if options.json {
        return print(&answer.json());
    }
    let report: LifetimeReport = answer.read()?;
    if report.rows.is_empty() {
        say!("No customers match.");
        return Ok(());
    }
    print(&shown(&report.rows, &report.total))
}

/// A table of the customers, then one table for each currency.
fn shown(rows: &[LifetimeRow], total: &LifetimeRow) -> String {
    let mut table = plain_table([
        "First network",
        "Customers",
        "Buyers",
        "Repeat",
        "30 days\nold",
        "60 days\nold",
        "90 days\nold",
        "180 days\nold",
    ]);
    for (name, row) in named(rows, total) {
        let heads = [row.customers, row.buyers, row.repeat_buyers];
        let ages = row.ages.iter().map(|age| age.customers);
        let cells = heads.into_iter().chain(ages).map(|count| count.to_string());
        table.add_row(std::iter::once(name.to_owned()).chain(cells));
    }
    align_right(&mut table, 1..);
    let mut text = lines(&table);
    for sum in &total.currencies {
        let mut table = plain_table([
            &format!("Net revenue\n{}", sum.currency),
            "So far",
            "per\ncustomer",
            "per\nbuyer",
            "customer\n30 days",
            "customer\n60 days",
            "customer\n90 days",
            "customer\n180 days",
        ]);
        for (name, row) in named(rows, total) {
            let same = |block: &&LifetimeCurrency| block.currency == sum.currency;
            if let Some(block) = row.currencies.iter().find(same) {
                table.add_row(cells(name, block));
            }
        }
        align_right(&mut table, 1..);
        text.push('\n');
        text.push_str(&lines(&table));
    }
    text
}

fn named<'a>(
    rows: &'a [LifetimeRow],
    total: &'a LifetimeRow,
) -> impl Iterator<Item = (&'a str, &'a LifetimeRow)> {
    rows.iter()
        .map(|row| (row.network.as_deref().unwrap_or("unknown"), row))
        .chain([("total", total)])
}

fn cells(name: &str, block: &LifetimeCurrency) -> Vec<String> {
    let number = |money: Option<Money>| money.map_or_else(|| NONE.to_owned(), Money::number);
    let mut cells = vec![
        name.to_owned(),
        block.net_revenue.number(),
        number(block.per_customer),
        number(block.per_buyer),
    ];
    cells.extend(block.ages.iter().map(|value| number(value.per_customer)));
    cells
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The largest figures that a shop can plausibly have still fit.
    #[test]
    fn the_tables_fit_100_columns() {
        let euros = |amount: i64| json!({"amount": amount, "currency": "EUR"});
        let row = |network: Option<&str>| -> LifetimeRow {
            let age = |days: i64| json!({"days": days, "customers": 9_999_999, "buyers": 999_999});
            let worth = |days: i64| {
                json!({"days": days, "net_revenue": euros(1_234_567_890),
                       "per_customer": euros(1_234_567), "per_buyer": null})
            };
            let ages: Vec<Value> = [30, 60, 90, 180].map(age).into();
            let worths: Vec<Value> = [30, 60, 90, 180].map(worth).into();
            serde_json::from_value(json!({
                "network": network, "customers": 9_999_999, "buyers": 9_999_999,
                "repeat_buyers": 9_999_999, "ages": ages,
                "currencies": [{"currency": "EUR", "net_revenue": euros(1_234_567_890),
                    "per_customer": euros(1_234_567), "per_buyer": euros(1_234_567),
                    "ages": worths}],
            }))
            .unwrap()
        };
        let rows = [row(Some("hackernews")), row(None)];
        let text = shown(&rows, &row(None));
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
        assert!(text.contains("12345678.90"), "{text}");
        assert!(text.contains("unknown"), "{text}");
    }
}
