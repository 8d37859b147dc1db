//! `leadline campaign`: create, list, show, edit and archive campaigns.
//!
//! # Invariants
//! Money is in major units here and in minor units on the API.

mod create;
mod edit;
mod goal;
mod show;

use clap::Subcommand;

use super::client::ApiClient;
use super::terminal::{lines, plain_table, print};
use super::times::day;
use crate::operations::campaign::body::{CampaignChange, CampaignView};

#[derive(Debug, Subcommand)]
pub(super) enum CampaignCommand {
    /// Create a campaign, and links for it if --url is given
    #[command(
        after_help = "Example:\n  leadline campaign create \"Spring launch\" --goal leads=40 \
        --currency EUR \\\n    --url https://shop.example/lamp --networks x,facebook,linkedin\n\n\
        Money is in major units of the campaign's currency: revenue=1000 is 1000.00 EUR."
    )]
    Create(Box<create::CreateCampaign>),
    /// List campaigns
    #[command(after_help = "Example:\n  leadline campaign list --q lamp --archived")]
    List {
        /// Only campaigns whose name contains this
        #[arg(long, value_name = "TEXT")]
        q: Option<String>,
        /// Also list archived campaigns
        #[arg(long)]
        archived: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a campaign: its goal, period, money and windows
    #[command(after_help = "Example:\n  leadline campaign show spring-launch")]
    Show {
        /// The campaign: its id, its `utm_campaign` or its whole name
        campaign: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Edit a campaign: its name, goal, period, time zone, hourly rate or windows
    #[command(
        after_help = "Example:\n  leadline campaign edit spring-launch --hourly-rate 45.50\n\n\
        Money is in major units of the campaign's currency."
    )]
    Edit(Box<edit::EditCampaign>),
    /// Archive a campaign: it cannot get new links; its links and reports stay
    #[command(after_help = "Example:\n  leadline campaign archive spring-launch")]
    Archive {
        /// The campaign: its id, its `utm_campaign` or its whole name
        campaign: String,
    },
    /// Restore an archived campaign
    #[command(after_help = "Example:\n  leadline campaign restore spring-launch")]
    Restore {
        /// The campaign: its id, its `utm_campaign` or its whole name
        campaign: String,
    },
}

pub(super) fn run(client: &ApiClient, command: CampaignCommand) -> anyhow::Result<()> {
    match command {
        CampaignCommand::Create(new) => create::run(client, &new),
        CampaignCommand::List { q, archived, json } => list(client, q.as_deref(), archived, json),
        CampaignCommand::Show { campaign, json } => show::run(client, &campaign, json),
        CampaignCommand::Edit(change) => edit::run(client, &change),
        CampaignCommand::Archive { campaign } => {
            let campaign = client.campaign(&campaign)?;
            client.delete(&format!("/campaigns/{}", campaign.id))?;
            print(&format!(
                "Archived {tag}; `leadline campaign restore {tag}` restores it.\n",
                tag = campaign.utm_campaign
            ))
        }
        CampaignCommand::Restore { campaign } => {
            let campaign = client.campaign(&campaign)?;
            let change = CampaignChange {
                archived: Some(false),
                ..CampaignChange::default()
            };
            client.patch(&format!("/campaigns/{}", campaign.id), &change)?;
            print(&format!("Restored {}.\n", campaign.utm_campaign))
        }
    }
}

fn list(client: &ApiClient, q: Option<&str>, archived: bool, json: bool) -> anyhow::Result<()> {
    let mut query = Vec::new();
    query.extend(q.map(|q| ("q", q)));
    query.extend(archived.then_some(("archived", "true")));
    let rows = client.list("/campaigns", "campaigns", &query)?;
    if json {
        return print(&rows.json());
    }
    let campaigns: Vec<CampaignView> = rows.read()?;
    if campaigns.is_empty() {
        say!("No campaigns yet; `leadline campaign create --help` shows how to create one.");
        return Ok(());
    }
    let mut table = plain_table(["Campaign", "Name", "Goal", "Created", "Id"]);
    for campaign in campaigns {
        let goal = goal::shown(&campaign);
        let name = match campaign.archived_at {
            Some(_) => format!("{} (archived)", campaign.name),
            None => campaign.name,
        };
        table.add_row([
            campaign.utm_campaign,
            name,
            goal,
            day(campaign.created_at),
            campaign.id.to_string(),
        ]);
    }
    print(&lines(&table))
}
