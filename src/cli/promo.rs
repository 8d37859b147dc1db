//! `leadline promo`: promo codes and what they bring.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::Client;
use super::print;
use super::report::{lines, plain_table};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Tie a code to a campaign, and to a network or link of it
    #[command(
        after_help = "Example:\n  leadline promo create POD10 --campaign summer-sale --network instagram"
    )]
    Create(Create),
    /// List the codes
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a code back; conversions that it brought are joined anew without it
    #[command(after_help = "Example:\n  leadline promo remove SPRING10")]
    Remove {
        /// The code
        code: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// The code, in upper or lower case
    code: String,
    /// The campaign: its id, its `utm_campaign` or its whole name
    #[arg(long, required_unless_present = "link")]
    campaign: Option<String>,
    /// The network that it was given out on; none when it was on several
    #[arg(long)]
    network: Option<String>,
    /// Id of the link that it was given out with
    #[arg(long, value_name = "ID")]
    link: Option<String>,
}

pub(super) fn run(client: &Client, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create(new) => {
            let campaign = match &new.campaign {
                Some(campaign) => Some(client.campaign(campaign)?["id"].clone()),
                None => None,
            };
            let body = json!({ "code": new.code, "campaign_id": campaign, "network": new.network,
                "link_id": new.link });
            let made = client.post("/promo-codes", &body)?;
            print(&shown(&[made]))
        }
        Command::List { json } => {
            let codes = client.list("/promo-codes", "promo_codes", &[])?;
            if json {
                return print(&format!("{:#}\n", Value::Array(codes)));
            }
            print(&shown(&codes))
        }
        Command::Remove { code } => {
            let path: String = url::form_urlencoded::byte_serialize(code.as_bytes()).collect();
            let path = path.replace('+', "%20");
            client.delete(&format!("/promo-codes/{path}"), &json!({}))?;
            print(&format!("Deleted {code}.\n"))
        }
    }
}

fn shown(codes: &[Value]) -> String {
    let mut table = plain_table(["Code", "Campaign", "Network", "Link"]);
    for code in codes {
        let text = |field: &str| code[field].as_str().unwrap_or_default().to_owned();
        table.add_row(["code", "campaign_id", "network", "link_id"].map(text));
    }
    lines(&table)
}
