//! `leadline conversion waiting`: what nothing matches yet, why, and for how long.

use clap::Args;
use serde_json::Value;

use crate::cli::client::Client;
use crate::cli::print;
use crate::cli::report::{lines, plain_table};
use crate::clock::{Clock, Millis};

#[derive(Debug, Args)]
pub(in crate::cli) struct Question {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(in crate::cli) fn run(client: &Client, question: &Question) -> anyhow::Result<()> {
    let rows = client.list("/conversions", "conversions", &[("joined_by", "none")])?;
    if question.json {
        return print(&format!("{:#}\n", Value::Array(rows)));
    }
    if rows.is_empty() {
        say!("Every conversion is joined to a campaign.");
        return Ok(());
    }
    print(&shown(&rows, Clock::System.now()))
}

fn shown(rows: &[Value], now: Millis) -> String {
    let mut table = plain_table(["Event", "Kind", "Value", "Age", "Why nothing matches"]);
    for row in rows {
        let text = |field: &str| row[field].as_str().unwrap_or_default();
        let since = serde_json::from_value(row["received_at"].clone()).unwrap_or(now);
        table.add_row([
            text("event_id").to_owned(),
            text("kind").to_owned(),
            value(&row["value"]),
            age(now.0 - since.0),
            why(text("unjoined")).to_owned(),
        ]);
    }
    lines(&table)
}

fn value(value: &Value) -> String {
    let money = serde_json::from_value::<crate::money::Money>(value.clone());
    money.map(|money| money.to_string()).unwrap_or_default()
}

/// In the largest unit of which there are two.
fn age(ms: i64) -> String {
    let minutes = ms / 60_000;
    match minutes {
        ..120 => format!("{minutes} min"),
        120..2880 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1440),
    }
}

fn why(code: &str) -> &'static str {
    match code {
        "no_evidence" => "it brought nothing to join it by",
        "click_unknown" => "its click is not known, or not yet",
        "click_later" => "its click came after it",
        "click_own" => "its click was your own",
        "customer_unknown" => "neither a click nor a campaign of this customer is known",
        "code_unknown" => "no campaign has its promo code",
        "tags_unknown" => "its UTM tags name no campaign, or several",
        "sale_unknown" => "its sale was not told of",
        _ => "nothing matched",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_row_says_why_and_since_when() {
        let row = json!({"event_id": "order-1", "kind": "sale", "unjoined": "code_unknown",
            "received_at": "2026-03-10T12:00:00.000Z", "value": {"amount": 4999, "currency": "EUR"}});
        let now: Millis = serde_json::from_value(json!("2026-03-12T13:00:00Z")).unwrap();
        let text = shown(&[row], now);
        for part in [
            "order-1",
            "49.99 EUR",
            "2 d",
            "no campaign has its promo code",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(
            (age(60_000), age(3 * 3_600_000)),
            ("1 min".to_owned(), "3 h".to_owned())
        );
    }
}
