//! `leadline orphans`: what people asked for that no link has, as a table that fits 100 columns.
//!
//! Holds: the table shows what the API answered, in its own words; the whole address of the link
//! that was meant is in the JSON.

use clap::Args;
use comfy_table::CellAlignment;
use serde_json::Value;

use super::client::Client;
use super::print;
use super::report::{lines, plain_table};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  leadline orphans --from 2026-03-01 --to 2026-03-31")]
pub(super) struct Question {
    /// First day (UTC); everything that is kept when absent
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Last day (UTC); up to now when absent
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Most rows, 1 to 200
    #[arg(long, value_name = "ROWS", default_value = "50")]
    limit: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &Client, question: &Question) -> anyhow::Result<()> {
    let mut query = vec![("limit", question.limit.as_str())];
    for (name, value) in [("from", &question.from), ("to", &question.to)] {
        query.extend(value.as_deref().map(|value| (name, value)));
    }
    let answer = client.get("/orphans", &query)?;
    if question.json {
        return print(&format!("{answer:#}\n"));
    }
    let orphans = answer["orphans"].as_array().map(Vec::as_slice);
    let orphans = orphans.unwrap_or_default();
    if orphans.is_empty() {
        say!("Nobody asked for a link that does not exist.");
        return Ok(());
    }
    print(&shown(orphans))?;
    if answer["next_cursor"].is_string() {
        say!("There are more; --limit shows up to 200, the API all of them.");
    }
    Ok(())
}

fn shown(orphans: &[Value]) -> String {
    let mut table = plain_table([
        "Asked for",
        "People",
        "Bots",
        "Seen on",
        "Last (UTC)",
        "Did you mean",
    ]);
    for orphan in orphans {
        let text = |field: &str| orphan[field].as_str().unwrap_or_default();
        let asked = match orphan["slug"].as_str() {
            Some(slug) => format!("{}/{slug}", text("domain")),
            None => format!("{}: other slugs", text("domain")),
        };
        table.add_row([
            asked,
            orphan["people"].to_string(),
            orphan["bots"].to_string(),
            networks(&orphan["networks_seen"]),
            text("last_at")
                .get(..16)
                .unwrap_or_default()
                .replace('T', " "),
            // On the same domain, so its path says enough and stays in one line.
            match text("did_you_mean").rsplit_once('/') {
                Some((_, slug)) => format!("/{slug}"),
                None => String::new(),
            },
        ]);
    }
    for column in table.column_iter_mut().skip(1).take(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    lines(&table)
}

/// The networks that are known, those seen most first.
fn networks(seen: &Value) -> String {
    let seen = seen.as_object().into_iter().flatten();
    let known = seen.filter(|(name, _)| *name != crate::campaign_report::dimension::UNKNOWN);
    let mut networks: Vec<(i64, &String)> = known
        .map(|(name, count)| (-count.as_i64().unwrap_or_default(), name))
        .collect();
    networks.sort_unstable();
    let names: Vec<&str> = networks.iter().map(|(_, name)| name.as_str()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_table_fits_100_columns() {
        let slug = "summer-lamp-".repeat(5);
        let row = |slug: Option<&str>, meant: Option<String>| {
            json!({
                "domain": "links.of.a-company.example", "slug": slug, "people": 9_999_999,
                "bots": 9_999_999, "by_class": {}, "last_at": "2026-03-10T12:00:00.000Z",
                "networks_seen": {"hackernews": 7, "linkedin": 9, "unknown": 70},
                "did_you_mean": meant,
            })
        };
        let meant = format!("https://links.of.a-company.example/{slug}");
        let text = shown(&[row(Some(&slug), Some(meant)), row(None, None)]);
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let words = words.join(" ");
        assert!(words.contains("linkedin"), "{text}");
        assert!(!words.contains("unknown"), "{text}");
        assert!(words.contains("other"), "{text}");
        let meant = "https://go.example.com/summer-lamp".to_owned();
        let text = shown(&[row(Some("sumer-lamp"), Some(meant))]);
        assert!(text.contains(" /summer-lamp\n"), "{text}");
    }
}
