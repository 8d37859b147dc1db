//! `leadline click`: list clicks.

use clap::{Args, Subcommand};
use comfy_table::Table;

use super::answers::Click;
use super::client::ApiClient;
use super::event_list::{self, Event, EventListOptions, narrow_table};
use super::terminal::NONE;
use super::times::second;

#[derive(Debug, Subcommand)]
pub(super) enum ClickCommand {
    /// List clicks, in the order of time
    #[command(
        after_help = "Examples:\n  leadline click list --campaign spring-launch --network linkedin --class human\n  \
        leadline click list --from 2026-03-01 --to 2026-03-31 --csv > clicks.csv"
    )]
    List(Box<ListClicks>),
}

#[derive(Debug, Args)]
pub(super) struct ListClicks {
    #[command(flatten)]
    options: EventListOptions,
    /// Only clicks of this link: its id, its slug or its short URL
    #[arg(long)]
    link: Option<String>,
    /// Only clicks of this class, as in human, crawler or preview
    #[arg(long)]
    class: Option<String>,
}

impl Event for Click {
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
            self.id,
            self.class,
            or_none(self.network),
            self.link_id,
            or_none(self.slug_repair),
        ]
    }
}

pub(super) fn run(client: &ApiClient, command: &ClickCommand) -> anyhow::Result<()> {
    let ClickCommand::List(list) = command;
    let link = list.link.as_deref().map(|text| client.link(text));
    let link = link.transpose()?.map(|link| link.id.to_string());
    let filters = [
        ("link_id", link.as_deref()),
        ("class", list.class.as_deref()),
    ];
    event_list::run::<Click>(client, &list.options, &filters)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_fits_80_columns() {
        let click = |network: Option<&str>| {
            json!({"id": "clk_01kb3v9w8e7q4t2n5r6s8y0zxa", "class": "likely_human",
                "clicked_at": "2026-03-10T12:00:00.000Z", "network": network,
                "link_id": "lnk_01kb3v9w8e7q4t2n5r6s8y0zxa"})
        };
        let table = event_list::table_of::<Click>(&[click(Some("hackernews")), click(None)]);
        let line = "2026-03-10 12:00:00Z  clk_01kb3v9w8e7q4t2n5r6s8y0zxa  likely_human  hackernews";
        assert!(table.contains(line), "{table}");
    }
}
