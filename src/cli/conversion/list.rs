//! `leadline conversion list`: conversions, in the order in which they were reported.

use clap::Args;
use comfy_table::ColumnConstraint;
use serde_json::Value;

use crate::cli::client::Client;
use crate::cli::listing::{self, List, Listing, moment, narrow_table, text};
use crate::money::Money;

#[derive(Debug, Args)]
pub(in crate::cli) struct ListOptions {
    #[command(flatten)]
    listing: Listing,
    /// Only this source, by its id; `api` for those reported over the API
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// Only this kind
    #[arg(long, value_parser = ["lead", "sale", "refund", "chargeback", "chargeback_reversal", "event"])]
    kind: Option<String>,
    /// Only those joined by this, as in `click_id` or `promo_code`; `none` lists those that wait
    #[arg(long, value_name = "RULE")]
    joined_by: Option<String>,
}

const CONVERSIONS: List<'_> = List {
    path: "/conversions",
    rows: "conversions",
    table: || {
        let mut table = narrow_table(["When", "Kind", "Event", "Value", "Network", "Joined by"]);
        // An amount that is cut in two is read wrongly.
        if let Some(value) = table.column_mut(3) {
            value.set_constraint(ColumnConstraint::ContentWidth);
        }
        table
    },
    cells: |row| {
        vec![
            moment(row, "occurred_at"),
            text(row, "kind"),
            text(row, "event_id"),
            value(&row["value"]),
            text(row, "network"),
            text(row, "joined_by"),
        ]
    },
    none: "No conversion is like this.",
};

fn value(value: &Value) -> String {
    let money = serde_json::from_value::<Money>(value.clone());
    money.map_or_else(|_| "–".to_owned(), |money| money.to_string())
}

pub(in crate::cli) fn run(client: &Client, asked: &ListOptions) -> anyhow::Result<()> {
    let more = [
        ("source_id", asked.source.as_deref()),
        ("kind", asked.kind.as_deref()),
        ("joined_by", asked.joined_by.as_deref()),
    ];
    listing::run(client, &CONVERSIONS, &asked.listing, &more)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_fits_80_columns() {
        let row = |event: &str| {
            json!({"kind": "chargeback_reversal", "event_id": event, "network": "hackernews",
                "occurred_at": "2026-03-10T12:00:00.000Z", "joined_by": "customer_campaign",
                "value": {"amount": 1_234_567_890, "currency": "EUR"}})
        };
        let long = "order-9f86d081-884c-7d65-9a2f-eaa0c55ad015-1001";
        let table = listing::table_of(&CONVERSIONS, &[row(long), row("o-1")]);
        for part in ["2026-03-10 12:00:00Z", "12345678.90", "EUR", "o-1"] {
            assert!(table.contains(part), "{table}");
        }
    }
}
