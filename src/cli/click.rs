//! `leadline click`: list clicks.

use clap::{Args, Subcommand};

use super::client::Client;
use super::listing::{self, List, Listing, moment, narrow_table, text};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List clicks, in the order of time
    #[command(
        after_help = "Examples:\n  leadline click list --campaign spring-launch --network linkedin --class human\n  \
        leadline click list --from 2026-03-01 --to 2026-03-31 --csv > clicks.csv"
    )]
    List(Box<ListOptions>),
}

#[derive(Debug, Args)]
pub(super) struct ListOptions {
    #[command(flatten)]
    listing: Listing,
    /// Only this link, by its id
    #[arg(long, value_name = "ID")]
    link: Option<String>,
    /// Only this class, as in human, crawler or preview
    #[arg(long)]
    class: Option<String>,
}

const CLICKS: List<'_> = List {
    path: "/clicks",
    rows: "clicks",
    table: || narrow_table(["When", "Click", "Class", "Network"]),
    cells: |click| {
        vec![
            moment(click, "clicked_at"),
            text(click, "id"),
            text(click, "class"),
            text(click, "network"),
        ]
    },
    none: "No click is like this.",
};

pub(super) fn run(client: &Client, command: &Command) -> anyhow::Result<()> {
    let Command::List(asked) = command;
    let more = [
        ("link_id", asked.link.as_deref()),
        ("class", asked.class.as_deref()),
    ];
    listing::run(client, &CLICKS, &asked.listing, &more)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_fits_80_columns() {
        let click = json!({"id": "clk_01kb3v9w8e7q4t2n5r6s8y0zxa", "class": "likely_human",
            "clicked_at": "2026-03-10T12:00:00.000Z", "network": "hackernews"});
        let table = listing::table_of(
            &CLICKS,
            &[click, json!({"clicked_at": "", "network": null})],
        );
        let line = "2026-03-10 12:00:00Z  clk_01kb3v9w8e7q4t2n5r6s8y0zxa  likely_human  hackernews";
        assert!(table.contains(line), "{table}");
    }
}
