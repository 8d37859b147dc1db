//! `leadline cost`: what campaigns cost.
//!
//! # Invariants
//! Money is in major units here and in minor units on the API.

mod edit;
mod show;

use clap::{ArgGroup, Args, Subcommand};

use super::client::{ApiClient, segment};
use super::import::{self, ImportOptions};
use super::terminal::{align_right, lines, plain_table, print};
use super::{by_campaign, money};
use crate::operations::cost::body::{CostImportResult, CostView, NewCost};
use show::{days, minutes, shown, spent};

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
    /// Show a cost
    #[command(after_help = "Example:\n  leadline cost show cst_01kb3v…")]
    Show {
        /// Its id, as `leadline cost list` shows it
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Edit a cost: its days, what was spent, its network, link or note
    #[command(
        after_help = "Examples:\n  leadline cost edit cst_01kb3v… --spend 52.40\n  \
        leadline cost edit cst_01kb3v… --network none --note \"both videos\""
    )]
    Edit(Box<edit::EditCost>),
    /// Delete a cost
    #[command(
        alias = "delete",
        after_help = "Example:\n  leadline cost remove cst_01kb3v…"
    )]
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
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
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
        CostCommand::Import(options) => import::run::<CostImportResult>(client, "/costs", &options),
        CostCommand::List { campaign, json } => {
            let none = "No costs yet; `leadline cost add --help` shows how to add one.";
            by_campaign::list(client, campaign.as_deref(), json, none, listed)
        }
        CostCommand::Show { id, json } => {
            let answer = client.get(&format!("/costs/{}", segment(&id)), &[])?;
            if json {
                return print(&answer.json());
            }
            print(&shown(client, &answer.read()?)?)
        }
        CostCommand::Edit(change) => edit::run(client, &change),
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
    let row = NewCost {
        campaign_id: Some(campaign.id.to_string()),
        network: new.network.clone(),
        link_id: new.link.clone(),
        day: new.day.clone(),
        from: new.from.clone(),
        to: new.to.clone(),
        money: money.transpose()?,
        minutes: new.minutes,
        note: new.note.clone(),
        event_id: new.event_id.clone(),
    };
    let answer = client.post("/costs", &[row])?;
    let result: CostImportResult = answer.read()?;
    if result.costs.iter().any(|cost| cost.value.is_none()) {
        say!(
            "The campaign has no hourly rate, so no sum includes this work until it gets one:\n  \
             leadline campaign edit {} --hourly-rate 40",
            campaign.utm_campaign
        );
    }
    import::say_notes(&result.notes);
    if new.json {
        return print(&answer.json());
    }
    print(&listed(&result.costs))
}

fn listed(costs: &[CostView]) -> String {
    let mut table = plain_table(["Days", "Network", "Spent", "Minutes", "Note", "Id"]);
    for cost in costs {
        table.add_row([
            days(cost),
            cost.network.clone().unwrap_or_default(),
            spent(cost),
            minutes(cost),
            cost.note.clone().unwrap_or_default(),
            cost.id.to_string(),
        ]);
    }
    align_right(&mut table, 2..4);
    lines(&table)
}
