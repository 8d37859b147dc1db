//! `leadline customer`: one customer, and lifetime value as a table that fits 100 columns.
//!
//! Holds: what is shown is what the API answered; nothing is computed anew but the form of money.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use comfy_table::CellAlignment;
use serde_json::Value;

use super::client::Client;
use super::print;
use super::report::{lines, plain_table};
use crate::customer::lifetime::{LifetimeCurrency, LifetimeRow};
use crate::money::Money;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print a customer: where they came from, what they brought, what they did
    #[command(after_help = "Example:\n  leadline customer show cust-17")]
    Show {
        /// The customer: `cus_…`, or your own id of them
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print what customers have brought after 30, 60, 90 and 180 days, by the network of their
    /// first touch
    #[command(
        after_help = "Example:\n  leadline customer lifetime --campaign spring-launch --from 2026-01-01"
    )]
    Lifetime(Lifetime),
}

#[derive(Debug, Args)]
pub(super) struct Lifetime {
    /// Only customers who came by this campaign first: its id, its `utm_campaign` or its whole name
    #[arg(long, value_name = "CAMPAIGN")]
    campaign: Option<String>,
    /// First day (UTC) to have begun on; from the start when absent
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Last day (UTC); up to now when absent
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &Client, command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Show { id, json } => {
            let id = percent_encoded(id);
            let customer = client.get(&format!("/customers/{id}"), &[])?;
            if *json {
                return print(&format!("{customer:#}\n"));
            }
            print(&shown(&customer))
        }
        Command::Lifetime(question) => lifetime(client, question),
    }
}

/// Every byte that may mean something else in a path, written as `%2F`.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

fn lifetime(client: &Client, question: &Lifetime) -> anyhow::Result<()> {
    let campaign = match &question.campaign {
        Some(text) => Some(client.campaign(text)?),
        None => None,
    };
    let campaign = campaign.as_ref().and_then(|it| it["id"].as_str());
    let (from, to) = (question.from.as_deref(), question.to.as_deref());
    let asked = [("campaign_id", campaign), ("from", from), ("to", to)];
    let query: Vec<(&str, &str)> = asked
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    let answer = client.get("/customers/lifetime", &query)?;
    if question.json {
        return print(&format!("{answer:#}\n"));
    }
    let rows: Vec<LifetimeRow> = serde_json::from_value(answer["rows"].clone())?;
    if rows.is_empty() {
        say!("No customer began in this period.");
        return Ok(());
    }
    let total: LifetimeRow = serde_json::from_value(answer["total"].clone())?;
    print(&lifetime_shown(&rows, &total))
}

/// Who there is, then one table for each currency.
fn lifetime_shown(rows: &[LifetimeRow], total: &LifetimeRow) -> String {
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
    right_aligned(&mut table);
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
        right_aligned(&mut table);
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
    let number = |money: Option<Money>| money.map_or_else(|| "–".to_owned(), Money::number);
    let mut cells = vec![
        name.to_owned(),
        block.net_revenue.number(),
        number(block.per_customer),
        number(block.per_buyer),
    ];
    cells.extend(block.ages.iter().map(|worth| number(worth.per_customer)));
    cells
}

fn right_aligned(table: &mut comfy_table::Table) {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

fn shown(customer: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("–").to_owned();
    let mut ids: Vec<String> = customer["external_ids"]
        .as_array()
        .into_iter()
        .flatten()
        .map(&text)
        .collect();
    if customer["has_email"] == true {
        ids.push("an e-mail address".to_owned());
    }
    let touch = |field: &str| {
        let touch = &customer[field];
        if touch.is_null() {
            return "not known".to_owned();
        }
        let parts = ["network", "campaign_id", "link_id", "clicked_at"];
        parts.map(|part| text(&touch[part])).join("  ")
    };
    let mut shown = format!(
        "{}\nKnown by     {}\n",
        text(&customer["id"]),
        ids.join(", ")
    );
    for (label, value) in [
        ("First touch", touch("first_touch")),
        ("Last touch", touch("last_touch")),
        ("First seen", text(&customer["first_seen_at"])),
        ("First sale", text(&customer["became_customer_at"])),
        ("Leads", customer["leads"].to_string()),
        ("Sales", customer["sales"].to_string()),
    ] {
        let _ = writeln!(shown, "{label:<12} {value}");
    }
    for block in customer["currencies"].as_array().into_iter().flatten() {
        let of = |field: &str| money(&block[field]);
        let (net, revenue, refunds) = (of("net_revenue"), of("revenue"), of("refunds"));
        let _ = writeln!(shown, "Net revenue  {net} ({revenue} less {refunds})");
    }
    let mut table = plain_table(["When (UTC)", "What", "Value", "Joined by", "Network"]);
    for step in customer["conversions"].as_array().into_iter().flatten() {
        let when = text(&step["occurred_at"]);
        table.add_row([
            when.get(..16).unwrap_or_default().replace('T', " "),
            text(&step["kind"]),
            money(&step["value"]),
            text(&step["joined_by"]),
            text(&step["network"]),
        ]);
    }
    shown.push('\n');
    shown.push_str(&lines(&table));
    shown
}

fn money(value: &Value) -> String {
    let money: Option<Money> = serde_json::from_value(value.clone()).unwrap_or_default();
    money.map_or_else(|| "–".to_owned(), |money| money.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
        let text = lifetime_shown(&rows, &row(None));
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
        assert!(text.contains("12345678.90"), "{text}");
        assert!(text.contains("unknown"), "{text}");
    }

    #[test]
    fn an_id_in_a_path_means_nothing_else() {
        assert_eq!(percent_encoded("cust-17"), "cust-17");
        assert_eq!(percent_encoded("a/b?ü."), "a%2Fb%3F%C3%BC%2E");
    }
}
