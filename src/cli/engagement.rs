//! `leadline engagement`: what networks tell of posts themselves.

use clap::Subcommand;
use comfy_table::CellAlignment;
use serde_json::{Value, json};

use super::client::Client;
use super::import::{self, Import};
use super::report::{lines, plain_table};
use super::{by_campaign, print};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Import a file as a network exports it
    #[command(
        after_help = "Example:\n  leadline engagement import account_analytics.csv --campaign spring --network x\n\n\
        Exports of X, LinkedIn, Meta, TikTok, YouTube and Pinterest are read as they are, workbooks too; --dry-run shows how. A file may be \
        imported again: its totals take the place of the earlier ones."
    )]
    Import(Box<Import>),
    /// List engagement numbers, campaign by campaign in the order of their days
    List {
        /// Only of this campaign: its id, its `utm_campaign` or its whole name
        #[arg(long)]
        campaign: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Delete a row
    #[command(after_help = "Example:\n  leadline engagement remove eng_01kb3v…")]
    Remove {
        /// Its id, as `leadline engagement list --json` shows it
        id: String,
    },
}

pub(super) fn run(client: &Client, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Import(file) => import::run(client, "/engagement", &file),
        Command::List { campaign, json } => {
            let (rows, campaign) = (("/engagement", "engagement"), campaign.as_deref());
            print(&by_campaign::list(client, rows, campaign, json, shown)?)
        }
        Command::Remove { id } => {
            client.delete(&format!("/engagement/{id}"), &json!({}))?;
            print(&format!("Deleted {id}.\n"))
        }
    }
}

fn shown(rows: &[Value]) -> String {
    let mut table = plain_table([
        "Day",
        "Network",
        "Post",
        "Shown",
        "Likes",
        "Reposts",
        "Replies",
        "Followers",
    ]);
    for row in rows {
        let text = |field: &str| row[field].as_str().map(str::to_owned);
        let figure = |field: &str| {
            row[field]
                .as_i64()
                .map_or_else(|| "–".to_owned(), |n| n.to_string())
        };
        table.add_row([
            text("day").unwrap_or_default(),
            text("network").unwrap_or_default(),
            text("link_id")
                .or(text("permalink"))
                .unwrap_or_else(|| "all".to_owned()),
            figure("impressions"),
            figure("likes"),
            figure("reposts"),
            figure("replies"),
            figure("followers"),
        ]);
    }
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    lines(&table)
}
