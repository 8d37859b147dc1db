//! `leadline conversion`: report a conversion by hand, show one, list all of them or those that
//! wait.

mod create;
mod list;
mod show;
mod waiting;

use clap::Subcommand;

use super::client::ApiClient;

#[derive(Debug, Subcommand)]
pub(super) enum ConversionCommand {
    /// Report a lead, sale, refund or event
    #[command(
        after_help = "Example:\n  leadline conversion create sale --event-id order-1001 \
        --amount 49.99 --currency EUR \\\n    --customer cust-17\n\n\
        Money is in major units at the command line: 49.99 is 49 euros and 99 cents, 4999 are 4999 euros."
    )]
    Create(Box<create::CreateConversion>),
    /// List conversions in the order of their reports
    #[command(
        after_help = "Examples:\n  leadline conversion list --campaign spring-launch --kind sale --from 2026-03-01\n  \
        leadline conversion list --csv > conversions.csv\n\n\
        Money is in major units in tables and with --csv, in minor ones with --json and --ndjson."
    )]
    List(Box<list::ListConversions>),
    /// Show a conversion: what it was joined to, and who is credited with it
    #[command(after_help = "Example:\n  leadline conversion show order-1001")]
    Show {
        /// The conversion: its id, or its event id if no other conversion has it
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List conversions that match no campaign, with the reason and their age
    #[command(after_help = "Example:\n  leadline conversion waiting")]
    Waiting {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(client: &ApiClient, command: ConversionCommand) -> anyhow::Result<()> {
    match command {
        ConversionCommand::Create(new) => create::run(client, &new),
        ConversionCommand::List(list) => list::run(client, &list),
        ConversionCommand::Show { id, json } => show::run(client, &id, json),
        ConversionCommand::Waiting { json } => waiting::run(client, json),
    }
}

#[cfg(test)]
fn fixture() -> serde_json::Value {
    serde_json::json!({
        "id": "cnv_01kb3v9w8e7q4t2n5r6s8y0zxa", "kind": "sale", "event_id": "order-1",
        "source_id": null, "occurred_at": "2026-03-10T12:00:00.000Z",
        "received_at": "2026-03-10T12:00:00.000Z", "value": {"amount": 4999, "currency": "EUR"},
        "customer_external_id": null, "joined_by": "none", "joined_via": null, "click_id": null,
        "campaign_id": null, "network": null, "link_id": null,
    })
}
