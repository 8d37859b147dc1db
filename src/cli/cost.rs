//! `leadline cost`: what campaigns cost.

use clap::{Args, Subcommand};
use comfy_table::CellAlignment;
use serde_json::{Value, json};

use super::client::Client;
use super::import::{self, Import};
use super::report::{lines, plain_table};
use super::{by_campaign, money, print};
use crate::money::Money;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a cost: money, or work at the campaign's hourly rate
    #[command(
        after_help = "Examples:\n  leadline cost add --campaign spring --network x --day 2026-03-10 --spend 49.90\n  \
        leadline cost add --campaign spring --day 2026-03-10 --minutes 90 --note \"cut the video\"\n\n\
        Money is in major units of the campaign's currency. Work counts at its hourly rate, which \
        `leadline campaign edit` sets."
    )]
    Add(Box<Add>),
    /// Import a file as an ad manager exports it
    #[command(
        after_help = "Examples:\n  leadline cost import spend.csv --campaign spring --network facebook\n  \
        leadline cost import spend.csv --dry-run\n  \
        leadline cost import spend.csv --network google-ads --column day=Giorno --column cost=Spesa\n\n\
        Exports of Google, Meta, LinkedIn, TikTok, X, Microsoft, Pinterest, Reddit and Snapchat Ads are read as they \
        are; docs/costs.md lists the languages and the columns of a table of your own. Amounts are in major units. \
        Lines that are sums of others are passed over and named. Importing a file again doubles nothing."
    )]
    Import(Box<Import>),
    /// List costs, campaign by campaign in the order of their days
    List {
        /// Only of this campaign: its id, its `utm_campaign` or its whole name
        #[arg(long)]
        campaign: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Delete a cost
    #[command(after_help = "Example:\n  leadline cost remove cst_01kb3v…")]
    Remove {
        /// Its id, as `leadline cost list` shows it
        id: String,
    },
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("spent").required(true).args(["spend", "minutes"])))]
#[command(group(clap::ArgGroup::new("when").required(true).args(["day", "from"])))]
pub(super) struct Add {
    /// The campaign: its id, its `utm_campaign` or its whole name
    #[arg(long)]
    campaign: String,
    /// The network it was spent on; none where it was for all of the campaign
    #[arg(long)]
    network: Option<String>,
    /// The link it was spent on: its id, slug or short URL
    #[arg(long)]
    link: Option<String>,
    /// The day, in the campaign's time zone
    #[arg(long)]
    day: Option<String>,
    /// The first of several days, instead of one
    #[arg(long, value_name = "DAY", requires = "to")]
    from: Option<String>,
    /// The last of them
    #[arg(long, value_name = "DAY", requires = "from")]
    to: Option<String>,
    /// Money, in the campaign's currency: 49.90
    #[arg(long, value_name = "AMOUNT")]
    spend: Option<String>,
    /// Minutes of work
    #[arg(long)]
    minutes: Option<i64>,
    /// What for
    #[arg(long)]
    note: Option<String>,
    /// Your own id of it; told again it changes what was told with it
    #[arg(long)]
    event_id: Option<String>,
}

pub(super) fn run(client: &Client, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Add(new) => add(client, &new),
        Command::Import(file) => import::run(client, "/costs", &file),
        Command::List { campaign, json } => {
            let (rows, campaign) = (("/costs", "costs"), campaign.as_deref());
            print(&by_campaign::list(client, rows, campaign, json, shown)?)
        }
        Command::Remove { id } => {
            client.delete(&format!("/costs/{id}"), &json!({}))?;
            print(&format!("Deleted {id}.\n"))
        }
    }
}

fn add(client: &Client, new: &Add) -> anyhow::Result<()> {
    let campaign = client.campaign(&new.campaign)?;
    let currency = campaign["currency"].as_str().unwrap_or_default();
    let money = new.spend.as_deref();
    let money = money.map(|text| money::given("--spend", text, currency));
    let row = json!({
        "campaign_id": campaign["id"], "network": new.network, "link_id": new.link, "day": new.day,
        "from": new.from, "to": new.to, "money": money.transpose()?, "minutes": new.minutes,
        "note": new.note, "event_id": new.event_id,
    });
    let told = client.post("/costs", &json!([row]))?;
    let costs = told["costs"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if costs.iter().any(|cost| cost["value"].is_null()) {
        say!(
            "The campaign has no hourly rate, so this work is in no sum until it gets one:\n  \
             leadline campaign edit {} --hourly-rate 40",
            campaign["utm_campaign"].as_str().unwrap_or_default()
        );
    }
    import::say_notes(&told);
    print(&shown(costs))
}

fn shown(costs: &[Value]) -> String {
    let mut table = plain_table(["Days", "Network", "Spent", "Minutes", "Note", "Id"]);
    for cost in costs {
        let text = |field: &str| cost[field].as_str().unwrap_or_default().to_owned();
        let days = if cost["from"] == cost["to"] {
            text("from")
        } else {
            format!("{} to {}", text("from"), text("to"))
        };
        let money: Option<Money> = serde_json::from_value(cost["value"].clone()).ok();
        let minutes = cost["minutes"].as_i64();
        table.add_row([
            days,
            text("network"),
            money.map_or_else(|| "no rate".to_owned(), |money| money.to_string()),
            minutes
                .map(|minutes| minutes.to_string())
                .unwrap_or_default(),
            text("note"),
            text("id"),
        ]);
    }
    for column in [2, 3] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    lines(&table)
}
