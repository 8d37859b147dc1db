//! `leadline orphans`: requests for unknown slugs, as a table that fits 100 columns.
//!
//! # Invariants
//! The table shows the API's answer. The full address of the meant link is in the JSON.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use clap::Args;

use super::client::{ApiClient, given};
use super::terminal::{align_right, lines, plain_table, print};
use super::times::minute;
use crate::campaign_report::dimension::UNKNOWN;
use crate::operations::orphan::{OrphanPage, OrphanView};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  leadline orphans --from 2026-03-01 --to 2026-03-31")]
pub(super) struct OrphansOptions {
    /// First day (UTC); unlimited by default
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Last day (UTC); today by default
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Most rows, 1 to 200
    #[arg(long, value_name = "ROWS", default_value = "50")]
    limit: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, options: &OrphansOptions) -> anyhow::Result<()> {
    let query = given(&[
        ("limit", Some(options.limit.as_str())),
        ("from", options.from.as_deref()),
        ("to", options.to.as_deref()),
    ]);
    let answer = client.get("/orphans", &query)?;
    if options.json {
        return print(&answer.json());
    }
    let page: OrphanPage = answer.read()?;
    if page.orphans.is_empty() {
        say!("Nobody asked for a link that does not exist.");
        return Ok(());
    }
    print(&shown(&page.orphans))?;
    if page.next_cursor.is_some() {
        say!("There are more; --limit shows up to 200, the API all of them.");
    }
    Ok(())
}

fn shown(orphans: &[OrphanView]) -> String {
    let mut table = plain_table([
        "Asked for",
        "People",
        "Bots",
        "Seen on",
        "Last (UTC)",
        "Did you mean",
    ]);
    for orphan in orphans {
        let asked = match &orphan.slug {
            Some(slug) => format!("{}/{slug}", orphan.domain),
            None => format!("{}: other slugs", orphan.domain),
        };
        // It is on the same domain, so its path is enough and fits in one line.
        let meant = orphan.did_you_mean.as_deref();
        let meant = meant.and_then(|url| url.rsplit_once('/'));
        table.add_row([
            asked,
            orphan.people.to_string(),
            orphan.bots.to_string(),
            networks(&orphan.networks_seen),
            minute(orphan.last_at),
            meant
                .map(|(_, slug)| format!("/{slug}"))
                .unwrap_or_default(),
        ]);
    }
    align_right(&mut table, 1..3);
    lines(&table)
}

/// The known networks, those seen most first.
fn networks(seen: &BTreeMap<String, i64>) -> String {
    let known = seen.iter().filter(|(name, _)| *name != UNKNOWN);
    let mut networks: Vec<(&String, &i64)> = known.collect();
    networks.sort_by_key(|(_, count)| Reverse(**count));
    let names: Vec<&str> = networks.iter().map(|(name, _)| name.as_str()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_fits_100_columns() {
        let slug = "summer-lamp-".repeat(5);
        let row = |slug: Option<&str>, meant: Option<String>| {
            let orphan = json!({
                "domain": "links.of.a-company.example", "slug": slug, "people": 9_999_999,
                "bots": 9_999_999, "by_class": {}, "last_at": "2026-03-10T12:00:00.000Z",
                "networks_seen": {"hackernews": 7, "linkedin": 9, "unknown": 70},
                "did_you_mean": meant,
            });
            serde_json::from_value(orphan).unwrap()
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
