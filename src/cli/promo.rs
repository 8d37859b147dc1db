//! `leadline promo`: promo codes, and the campaigns of their conversions.

use anyhow::ensure;
use clap::{Args, Subcommand};

use super::cleared::cleared;
use super::client::named::CampaignTags;
use super::client::{ApiClient, given, is_empty, segment};
use super::terminal::{NONE, facts, lines_with_room, plain_table, print};
use super::times::{day, minute};
use crate::operations::campaign::name::CampaignRef;
use crate::operations::promo_code::body::{NewPromoCode, PromoCodeChange, PromoCodeView};

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
    /// Show a promo code: its campaign, network and link
    #[command(after_help = "Example:\n  leadline promo show POD10")]
    Show {
        /// The code
        code: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Edit a promo code: its campaign, network or link; conversions that used it are joined again
    #[command(
        after_help = "Examples:\n  leadline promo edit POD10 --network tiktok\n  \
        leadline promo edit POD10 --campaign autumn-sale --link none"
    )]
    Edit(EditPromoCode),
    /// Delete a promo code; its conversions are joined again without it
    #[command(
        alias = "delete",
        after_help = "Example:\n  leadline promo remove SPRING10"
    )]
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

#[derive(Debug, Args)]
pub(super) struct EditPromoCode {
    /// The code
    code: String,
    /// The campaign: its id, its `utm_campaign` or its whole name
    #[arg(long)]
    campaign: Option<String>,
    /// The network where it was given out; `none` for several
    #[arg(long)]
    network: Option<String>,
    /// The link that it was given out with: its id, its slug or its short URL; `none` for no link
    #[arg(long)]
    link: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, command: PromoCommand) -> anyhow::Result<()> {
    match command {
        PromoCommand::Create(new) => {
            let new = NewPromoCode {
                code: new.code,
                campaign_id: campaign(client, new.campaign.as_deref())?,
                network: new.network,
                link_id: new.link,
            };
            let code: PromoCodeView = client.post("/promo-codes", &new)?.read()?;
            print(&listed(&[code], &client.campaign_tags()?))
        }
        PromoCommand::List { campaign, json } => {
            let campaign = client.campaign_id(campaign.as_deref())?;
            let query = given(&[("campaign_id", campaign.as_deref())]);
            let rows = client.list("/promo-codes", "promo_codes", &query)?;
            if json {
                return print(&rows.json());
            }
            let codes: Vec<PromoCodeView> = rows.read()?;
            if codes.is_empty() {
                say!("No promo codes; `leadline promo create --help` shows how to create one.");
                return Ok(());
            }
            print(&listed(&codes, &client.campaign_tags()?))
        }
        PromoCommand::Show { code, json } => {
            let answer = client.get(&format!("/promo-codes/{}", segment(&code)), &[])?;
            if json {
                return print(&answer.json());
            }
            print(&shown(client, &answer.read()?)?)
        }
        PromoCommand::Edit(change) => edit(client, &change),
        PromoCommand::Remove { code } => {
            client.delete(&format!("/promo-codes/{}", segment(&code)))?;
            print(&format!("Deleted {code}.\n"))
        }
    }
}

fn campaign(client: &ApiClient, text: Option<&str>) -> anyhow::Result<Option<CampaignRef>> {
    let campaign = text.map(|text| client.campaign(text)).transpose()?;
    Ok(campaign.map(|campaign| campaign.id.into()))
}

fn edit(client: &ApiClient, edit: &EditPromoCode) -> anyhow::Result<()> {
    let change = PromoCodeChange {
        campaign_id: campaign(client, edit.campaign.as_deref())?,
        network: edit.network.as_deref().map(cleared),
        link_id: edit.link.as_deref().map(cleared),
    };
    ensure!(
        !is_empty(&change)?,
        "nothing to change; `leadline promo edit --help` lists what can be changed"
    );
    let answer = client.patch(&format!("/promo-codes/{}", segment(&edit.code)), &change)?;
    if edit.json {
        return print(&answer.json());
    }
    print(&shown(client, &answer.read()?)?)
}

fn shown(client: &ApiClient, code: &PromoCodeView) -> anyhow::Result<String> {
    let campaign = client.campaign(&code.campaign_id.to_string())?;
    let link = code.link_id.map(|id| client.link(&id.to_string()));
    let link = link.transpose()?.map(|link| link.short_url);
    let network = code.network.clone();
    Ok(facts(&[
        ("Code", code.code.clone()),
        ("Campaign", campaign.utm_campaign),
        ("Network", network.unwrap_or_else(|| "any".to_owned())),
        ("Link", link.unwrap_or_else(|| "none".to_owned())),
        ("Created", format!("{} (UTC)", minute(code.created_at))),
    ]))
}

fn listed(codes: &[PromoCodeView], tags: &CampaignTags) -> String {
    let mut table = plain_table(["Code", "Campaign", "Network", "Link", "Created"]);
    for code in codes {
        let link = code.link_id.map(|id| id.to_string());
        table.add_row([
            &*code.code,
            &tags.of(code.campaign_id),
            code.network.as_deref().unwrap_or(NONE),
            link.as_deref().unwrap_or(NONE),
            &day(code.created_at),
        ]);
    }
    lines_with_room(&table, &[3])
}
