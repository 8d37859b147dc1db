//! `leadline cost`: what campaigns cost.
//!
//! # Invariants
//! Money is in major units here and in minor units on the API.

use clap::{ArgGroup, Args, Subcommand};

use super::answers::{Cost, ImportResult};
use super::client::{ApiClient, Body, segment};
use super::import::{self, ImportOptions};
use super::terminal::{align_right, lines, plain_table, print};
use super::{by_campaign, money};

#[derive(Debug, Subcommand)]
pub(super) enum CostCommand {
    /// Add a cost: money, or work at the campaign's hourly rate
    #[command(
        after_help = "Examples:\n  leadline cost add --campaign spring --network x --day 2026-03-10 --spend 49.90\n  \
        leadline cost add --campaign spring --day 2026-03-10 --minutes 90 --note \"cut the video\"\n\n\
        Money is in major units of the campaign's currency. Work counts at its hourly rate, which \
        `leadline campaign edit` sets."
    )]
    Add(Box<AddCost>),
    /// Import a file as an ad manager exports it
    #[command(
        after_help = "Examples:\n  leadline cost import spend.csv --campaign spring --network facebook\n  \
        leadline cost import spend.csv --dry-run\n  \
        leadline cost import spend.csv --network google-ads --column day=Giorno --column cost=Spesa\n\n\
        Exports of Google, Meta, LinkedIn, TikTok, X, Microsoft, Pinterest, Reddit and Snapchat Ads are read as they \
        are; docs/costs.md lists the languages and the columns of a table of your own. Amounts are in major units. \
        Lines that sum up others are skipped and named. A file that is imported again counts once."
    )]
    Import(Box<ImportOptions>),
    /// List costs by campaign, in the order of their days
    #[command(after_help = "Example:\n  leadline cost list --campaign spring")]
    List {
        /// Only costs of this campaign: its id, its `utm_campaign` or its whole name
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
#[command(group(ArgGroup::new("spent").required(true).args(["spend", "minutes"])))]
#[command(group(ArgGroup::new("when").required(true).args(["day", "from"])))]
pub(super) struct AddCost {
    /// The campaign: its id, its `utm_campaign` or its whole name
    #[arg(long)]
    campaign: String,
    /// The network it was spent on; leave it out if it was for the whole campaign
    #[arg(long)]
    network: Option<String>,
    /// The link it was spent on: its id, slug or short URL
    #[arg(long)]
    link: Option<String>,
    /// The day, in the campaign's time zone
    #[arg(long)]
    day: Option<String>,
    /// Instead of one day: the first of several days
    #[arg(long, value_name = "DAY", requires = "to")]
    from: Option<String>,
    /// The last of these days
    #[arg(long, value_name = "DAY", requires = "from")]
    to: Option<String>,
    /// Money, in the campaign's currency: 49.90
    #[arg(long, value_name = "AMOUNT")]
    spend: Option<String>,
    /// Minutes of work
    #[arg(long)]
    minutes: Option<i64>,
    /// What it was for
    #[arg(long)]
    note: Option<String>,
    /// Your own id of the cost; a cost with the same id is replaced
    #[arg(long)]
    event_id: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, command: CostCommand) -> anyhow::Result<()> {
    match command {
        CostCommand::Add(new) => add(client, &new),
        CostCommand::Import(options) => import::run(client, "/costs", &options),
        CostCommand::List { campaign, json } => {
            let none = "No costs yet; `leadline cost add --help` shows how to add one.";
            by_campaign::list(client, campaign.as_deref(), json, none, shown)
        }
        CostCommand::Remove { id } => {
            client.delete(&format!("/costs/{}", segment(&id)))?;
            print(&format!("Deleted {id}.\n"))
        }
    }
}

fn add(client: &ApiClient, new: &AddCost) -> anyhow::Result<()> {
    let campaign = client.campaign(&new.campaign)?;
    let money = new.spend.as_deref();
    let money = money.map(|text| money::given("--spend", text, campaign.currency.code()));
    let row = Body::default()
        .with("campaign_id", campaign.id)
        .with_given("network", new.network.as_ref())
        .with_given("link_id", new.link.as_ref())
        .with_given("day", new.day.as_ref())
        .with_given("from", new.from.as_ref())
        .with_given("to", new.to.as_ref())
        .with_given("money", money.transpose()?)
        .with_given("minutes", new.minutes)
        .with_given("note", new.note.as_ref())
        .with_given("event_id", new.event_id.as_ref());
    let answer = client.post("/costs", &[row])?;
    let result: ImportResult = answer.read()?;
    if result.costs.iter().any(|cost| cost.value.is_none()) {
        say!(
            "The campaign has no hourly rate, so no sum includes this work until it gets one:\n  \
             leadline campaign edit {} --hourly-rate 40",
            campaign.utm_campaign
        );
    }
    import::say_notes(&result);
    if new.json {
        return print(&answer.json());
    }
    print(&shown(&result.costs))
}

fn shown(costs: &[Cost]) -> String {
    let mut table = plain_table(["Days", "Network", "Spent", "Minutes", "Note", "Id"]);
    for cost in costs {
        let days = if cost.from == cost.to {
            cost.from.clone()
        } else {
            format!("{} to {}", cost.from, cost.to)
        };
        let (value, minutes) = (cost.value, cost.minutes);
        table.add_row([
            days,
            cost.network.clone().unwrap_or_default(),
            value.map_or_else(|| "no rate".to_owned(), |value| value.to_string()),
            minutes
                .map(|minutes| minutes.to_string())
                .unwrap_or_default(),
            cost.note.clone().unwrap_or_default(),
            cost.id.clone(),
        ]);
    }
    align_right(&mut table, 2..4);
    lines(&table)
}
