//! `leadline campaign create`.

use clap::{ArgGroup, Args};
use serde_json::json;

use super::goal;
use super::goal::known;
use crate::cli::client::{ApiClient, ApiError};
use crate::cli::terminal::print;
use crate::cli::{link, money};
use crate::link::utm::slugify;
use crate::operations::campaign::body::{CampaignView, NewCampaign};
use crate::operations::post::body::{NewPost, PostLinks};
use crate::operations::workspace::WorkspaceView;

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("aim").required(true).args(["goal", "goal_waiver"])))]
pub(in crate::cli) struct CreateCampaign {
    /// Display name
    name: String,
    /// The `utm_campaign` of its links; derived from the name by default
    #[arg(long, value_name = "TAG")]
    utm_campaign: Option<String>,
    /// The goal: leads=40, sales=N, revenue=1000.00 (major units) or event:NAME=N
    #[arg(long, value_name = "METRIC=N")]
    goal: Option<String>,
    /// The deadline: a day, or a time such as 2026-05-31T22:00:00Z
    #[arg(long, value_name = "TIME", requires = "goal")]
    goal_by: Option<String>,
    /// Why it has no goal
    #[arg(long, value_name = "REASON")]
    goal_waiver: Option<String>,
    /// ISO 4217 currency of its money; the workspace's by default
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// What an hour of work costs, in major units: 45.50
    #[arg(long, value_name = "AMOUNT")]
    hourly_rate: Option<String>,
    /// IANA time zone of its days; by default the workspace's, or else this machine's (not with a
    /// key that may only write)
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Start of its period: a day of its time zone, or a time
    #[arg(long, value_name = "TIME")]
    starts_at: Option<String>,
    /// End of its period: a day (inclusive), or a time (exclusive)
    #[arg(long, value_name = "TIME")]
    ends_at: Option<String>,
    /// Longest time from click to lead in days; the configured one by default
    #[arg(long, value_name = "DAYS")]
    lead_window_days: Option<u32>,
    /// Longest time from lead to sale in days; the configured one by default
    #[arg(long, value_name = "DAYS")]
    sale_window_days: Option<u32>,
    /// Destination of its first links
    #[arg(long, value_name = "URL", requires = "networks")]
    url: Option<String>,
    /// Networks of its first links, such as x,facebook
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "url")]
    networks: Vec<String>,
    /// Text of the post; its length is counted for each network
    #[arg(long, requires = "url")]
    text: Option<String>,
    /// Domain of its first links; the service's default otherwise
    #[arg(long, requires = "url")]
    domain: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, new: &CreateCampaign) -> anyhow::Result<()> {
    let answer = client.post("/campaigns", &body(client, new)?)?;
    let campaign: CampaignView = answer.read()?;
    let posted = match &new.url {
        Some(url) => {
            let post = NewPost {
                url: url.clone(),
                networks: new.networks.clone(),
                text: new.text.clone(),
                domain: new.domain.clone(),
                ..NewPost::default()
            };
            Some(client.post(&format!("/campaigns/{}/links", campaign.id), &post)?)
        }
        None => None,
    };
    if new.json {
        let links = posted.map(|posted| posted.into_value()["links"].take());
        let all = json!({ "campaign": answer.into_value(), "links": links });
        return print(&format!("{all:#}\n"));
    }
    let tag = &campaign.utm_campaign;
    if new.utm_campaign.is_none() && *tag != slugify(&new.name, '-') {
        say!("Another campaign has the tag of this name, so the tag of this one is {tag}.");
    }
    let goal = goal::shown(&campaign);
    print(&format!("Campaign {tag} ({}), goal {goal}\n", campaign.id))?;
    match posted {
        Some(posted) => link::print_links(&posted.read::<PostLinks>()?.links),
        None => Ok(()),
    }
}

fn body(client: &ApiClient, new: &CreateCampaign) -> anyhow::Result<NewCampaign> {
    let [currency, time_zone] = currency_and_time_zone(client, new)?;
    let zone = time_zone.as_deref();
    let currency = currency.as_deref();
    let end = |option: &str, text: Option<&str>| {
        text.map(|text| goal::end(option, text, zone)).transpose()
    };
    let by = end("--goal-by", new.goal_by.as_deref())?;
    let ends_at = end("--ends-at", new.ends_at.as_deref())?;
    let starts_at = new.starts_at.as_deref();
    let starts_at = starts_at.map(|text| goal::start("--starts-at", text, zone));
    let goal = new.goal.as_deref();
    let goal = goal.map(|text| goal::given(text, by, currency));
    let rate = new.hourly_rate.as_deref();
    let rate = rate.map(|text| money::given("--hourly-rate", text, known(currency)?));
    Ok(NewCampaign {
        name: new.name.clone(),
        utm_campaign: new.utm_campaign.clone(),
        goal: goal.transpose()?,
        goal_waiver: new.goal_waiver.clone(),
        currency: new.currency.clone(),
        starts_at: starts_at.transpose()?,
        ends_at,
        hourly_rate: rate.transpose()?,
        lead_window_days: new.lead_window_days,
        sale_window_days: new.sale_window_days,
        time_zone,
    })
}

/// The campaign's currency and time zone: its own, or those of the workspace. A workspace without a
/// time zone leaves it to this machine; what this key may not read is left to the server.
fn currency_and_time_zone(
    client: &ApiClient,
    new: &CreateCampaign,
) -> anyhow::Result<[Option<String>; 2]> {
    let own = [new.currency.clone(), new.time_zone.clone()];
    if own.iter().all(Option::is_some) {
        return Ok(own);
    }
    let workspace: WorkspaceView = match client.get("/workspace", &[]) {
        Ok(answer) => answer.read()?,
        // A key that may only write creates campaigns all the same.
        Err(error) if ApiError::has_code(&error, "scope_missing") => return Ok(own),
        Err(error) => return Err(error),
    };
    let [currency, time_zone] = own;
    let default = workspace
        .currency
        .map(|currency| currency.code().to_owned());
    let time_zone = time_zone.or(workspace.time_zone);
    Ok([
        currency.or(default),
        Some(time_zone.unwrap_or_else(system_zone)),
    ])
}

/// The time zone of this machine; UTC if it has no name.
fn system_zone() -> String {
    jiff::tz::TimeZone::system()
        .iana_name()
        .unwrap_or("UTC")
        .to_owned()
}
