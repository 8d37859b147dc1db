//! `leadline click`: list clicks, or show one.

mod show;

use clap::{Args, Subcommand};
use comfy_table::Table;

use super::client::ApiClient;
use super::event_list::{self, Event, EventListOptions, narrow_table};
use super::terminal::NONE;
use super::times::second;
use crate::operations::click::body::ClickView;

#[derive(Debug, Subcommand)]
pub(super) enum ClickCommand {
    /// List clicks, oldest first
    #[command(
        after_help = "Examples:\n  leadline click list --campaign spring-launch --network linkedin --class human\n  \
        leadline click list --from 2026-03-01 --to 2026-03-31 --csv > clicks.csv"
    )]
    List(Box<ListClicks>),
    /// Show a click: its link, who made it, and by which rule
    #[command(after_help = "Example:\n  leadline click show clk_01kb3v…")]
    Show {
        /// The click id, as the destination got it
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct ListClicks {
    #[command(flatten)]
    options: EventListOptions,
    /// Only clicks of this link: its id, its slug or its short URL
    #[arg(long)]
    link: Option<String>,
    /// Only clicks of this class, such as human, crawler or preview
    #[arg(long)]
    class: Option<String>,
}

impl Event for ClickView {
    const PATH: &'static str = "/clicks";
    const FIELD: &'static str = "clicks";
    const NONE: &'static str = "No clicks match.";
    const OPTIONAL: &'static [usize] = &[5, 4];

    fn table() -> Table {
        narrow_table(["When", "Click", "Class", "Network", "Link", "Repair"])
    }

    fn cells(self) -> Vec<String> {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| NONE.to_owned());
        vec![
            second(self.clicked_at),
            self.id.to_string(),
            self.class.to_string(),
            or_none(self.network),
            self.link_id.to_string(),
            or_none(self.slug_repair.map(|repair| repair.as_str().to_owned())),
        ]
    }
}

pub(super) fn run(client: &ApiClient, command: &ClickCommand) -> anyhow::Result<()> {
    match command {
        ClickCommand::List(list) => {
            let filters = [
                ("link_id", list.link.as_deref()),
                ("class", list.class.as_deref()),
            ];
            event_list::run::<ClickView>(client, &list.options, &filters)
        }
        ClickCommand::Show { id, json } => show::run(client, id, *json),
    }
}

#[cfg(test)]
pub(super) fn fixture() -> serde_json::Value {
    serde_json::json!({
        "id": "clk_01kb3v9w8e7q4t2n5r6s8y0zxa", "clicked_at": "2026-03-10T12:00:00.000Z",
        "link_id": "lnk_01kb3v9w8e7q4t2n5r6s8y0zxa", "campaign_id": null, "network": null,
        "class": "likely_human", "class_rule": "no_accept_language", "rules": 1, "first": true,
        "first_of_link": true, "visitor": null, "user_agent": null, "referrer": null,
        "network_seen": null, "seen_by": null, "post_hint": null, "browser": null, "os": null,
        "device": "desktop", "continent": null, "country": null, "region": null, "city": null,
        "asn": null, "slug_repair": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_fits_80_columns() {
        let mut on_a_network = fixture();
        on_a_network["network"] = "hackernews".into();
        let table = event_list::table_of::<ClickView>(&[on_a_network, fixture()]);
        let line = "2026-03-10 12:00:00Z  clk_01kb3v9w8e7q4t2n5r6s8y0zxa  likely_human  hackernews";
        assert!(table.contains(line), "{table}");
    }
}
