//! `leadline promo`: promo codes, and the campaigns of their conversions.

use clap::{Args, Subcommand};

use super::answers::PromoCode;
use super::client::named::CampaignTags;
use super::client::{ApiClient, Body, given, segment};
use super::terminal::{NONE, lines_with_room, plain_table, print};
use super::times::day;

#[derive(Debug, Subcommand)]
pub(super) enum PromoCommand {
    /// Create a promo code for a campaign, or for one of its networks or links
    #[command(
        after_help = "Example:\n  leadline promo create POD10 --campaign summer-sale --network instagram"
    )]
    Create(CreatePromoCode),
    /// List promo codes
    #[command(after_help = "Example:\n  leadline promo list --campaign summer-sale")]
    List {
        /// Only codes of this campaign: its id, its `utm_campaign` or its whole name
        #[arg(long)]
        campaign: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Delete a promo code; its conversions are joined again without it
    #[command(after_help = "Example:\n  leadline promo remove SPRING10")]
    Remove {
        /// The code
        code: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct CreatePromoCode {
    /// The code, in upper or lower case
    code: String,
    /// The campaign: its id, its `utm_campaign` or its whole name
    #[arg(long, required_unless_present = "link")]
    campaign: Option<String>,
    /// The network on which it was published; leave it out for several
    #[arg(long)]
    network: Option<String>,
    /// The link with which it was published: its id, its slug or its short URL
    #[arg(long)]
    link: Option<String>,
}

pub(super) fn run(client: &ApiClient, command: PromoCommand) -> anyhow::Result<()> {
    match command {
        PromoCommand::Create(new) => {
            let link = new.link.as_deref().map(|text| client.link(text));
            let body = Body::default()
                .with("code", &new.code)
                .with_given("campaign_id", client.campaign_id(new.campaign.as_deref())?)
                .with_given("network", new.network.as_ref())
                .with_given("link_id", link.transpose()?.map(|link| link.id));
            let code: PromoCode = client.post("/promo-codes", &body)?.read()?;
            print(&shown(&[code], &client.campaign_tags()?))
        }
        PromoCommand::List { campaign, json } => {
            let campaign = client.campaign_id(campaign.as_deref())?;
            let query = given(&[("campaign_id", campaign.as_deref())]);
            let rows = client.list("/promo-codes", "promo_codes", &query)?;
            if json {
                return print(&rows.json());
            }
            let codes: Vec<PromoCode> = rows.read()?;
            if codes.is_empty() {
                say!("No promo codes; `leadline promo create --help` shows how to create one.");
                return Ok(());
            }
            print(&shown(&codes, &client.campaign_tags()?))
        }
        PromoCommand::Remove { code } => {
            client.delete(&format!("/promo-codes/{}", segment(&code)))?;
            print(&format!("Deleted {code}.\n"))
        }
    }
}

fn shown(codes: &[PromoCode], tags: &CampaignTags) -> String {
    let mut table = plain_table(["Code", "Campaign", "Network", "Link", "Created"]);
    for code in codes {
        table.add_row([
            &*code.code,
            &tags.of(code.campaign_id),
            code.network.as_deref().unwrap_or(NONE),
            code.link_id.as_deref().unwrap_or(NONE),
            &day(code.created_at),
        ]);
    }
    lines_with_room(&table, &[3])
}
