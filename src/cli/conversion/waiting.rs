//! `leadline conversion waiting`: conversions without a campaign, with the reason and their age.

use crate::cli::answers::Conversion;
use crate::cli::client::ApiClient;
use crate::cli::terminal::{NONE, lines, plain_table, print};
use crate::clock::{Clock, Millis};

pub(super) fn run(client: &ApiClient, json: bool) -> anyhow::Result<()> {
    let rows = client.list("/conversions", "conversions", &[("joined_by", "none")])?;
    if json {
        return print(&rows.json());
    }
    let waiting: Vec<Conversion> = rows.read()?;
    if waiting.is_empty() {
        say!("Every conversion is joined to a campaign.");
        return Ok(());
    }
    print(&shown(&waiting, Clock::System.now()))
}

fn shown(waiting: &[Conversion], now: Millis) -> String {
    let mut table = plain_table(["Event", "Kind", "Value", "Age", "Why nothing matches"]);
    for conversion in waiting {
        let value = conversion.value;
        table.add_row([
            conversion.event_id.clone(),
            conversion.kind.clone(),
            value.map_or_else(|| NONE.to_owned(), |value| value.to_string()),
            age(now.0 - conversion.received_at.0),
            why(conversion.unjoined.as_deref()).to_owned(),
        ]);
    }
    lines(&table)
}

/// In the largest unit that gives at least two.
fn age(ms: i64) -> String {
    let minutes = ms / 60_000;
    match minutes {
        ..120 => format!("{minutes} min"),
        120..2880 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1440),
    }
}

fn why(code: Option<&str>) -> &'static str {
    match code.unwrap_or_default() {
        "no_evidence" => "nothing in it leads to a click or a campaign",
        "click_unknown" => "its click is not known, or not yet",
        "click_later" => "its click is later than it",
        "click_own" => "its click was your own",
        "customer_unknown" => "neither a click nor a campaign of this customer is known",
        "code_unknown" => "no campaign has its promo code",
        "tags_unknown" => "its UTM tags name no campaign, or several",
        "sale_unknown" => "its sale was not reported",
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
            "received_at": "2026-03-10T12:00:00.000Z", "occurred_at": "2026-03-10T12:00:00.000Z",
            "joined_by": "none", "value": {"amount": 4999, "currency": "EUR"}});
        let now: Millis = serde_json::from_value(json!("2026-03-12T13:00:00Z")).unwrap();
        let text = shown(&[serde_json::from_value(row).unwrap()], now);
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
