//! `leadline conversion waiting`: conversions without a campaign, with the reason and their age.

use crate::cli::client::ApiClient;
use crate::cli::terminal::{NONE, lines, plain_table, print};
use crate::clock::{Clock, Millis};
use crate::conversion::UnjoinedReason;
use crate::operations::conversion::body::ConversionView;

pub(super) fn run(client: &ApiClient, json: bool) -> anyhow::Result<()> {
    let rows = client.list("/conversions", "conversions", &[("joined_by", "none")])?;
    if json {
        return print(&rows.json());
    }
    let waiting: Vec<ConversionView> = rows.read()?;
    if waiting.is_empty() {
        say!("Every conversion is joined to a campaign.");
        return Ok(());
    }
    print(&shown(&waiting, Clock::System.now()))
}

fn shown(waiting: &[ConversionView], now: Millis) -> String {
    let mut table = plain_table(["Event", "Kind", "Value", "Age", "Why nothing matches"]);
    for conversion in waiting {
        let value = conversion.value;
        table.add_row([
            conversion.event_id.clone(),
            conversion.kind.to_string(),
            value.map_or_else(|| NONE.to_owned(), |value| value.to_string()),
            age(now.0 - conversion.received_at.0),
            why(conversion.unjoined).to_owned(),
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

pub(super) fn why(reason: Option<UnjoinedReason>) -> &'static str {
    match reason {
        Some(UnjoinedReason::NoEvidence) => "nothing in it leads to a click or a campaign",
        Some(UnjoinedReason::ClickUnknown) => "its click is not known, or not yet",
        Some(UnjoinedReason::ClickLater) => "its click is later than it",
        Some(UnjoinedReason::ClickOwn) => "its click was your own",
        Some(UnjoinedReason::CustomerUnknown) => {
            "neither a click nor a campaign of this customer is known"
        }
        Some(UnjoinedReason::CodeUnknown) => "no campaign has its promo code",
        Some(UnjoinedReason::TagsUnknown) => "its UTM tags name no campaign, or several",
        Some(UnjoinedReason::SaleUnknown) => "its sale was not reported",
        None => "nothing matched",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cli::conversion::fixture;

    #[test]
    fn each_row_says_why_and_since_when() {
        let mut row = fixture();
        row["unjoined"] = "code_unknown".into();
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
