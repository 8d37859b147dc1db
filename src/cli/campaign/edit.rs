//! `leadline campaign edit`.
//!
//! # Invariants
//! Options that are not given change nothing; `none` clears an optional value.

use anyhow::{Context, ensure};
use clap::Args;

use super::goal;
use crate::cli::cleared::cleared_or;
use crate::cli::client::{ApiClient, is_empty};
use crate::cli::money;
use crate::cli::terminal::print;
use crate::operations::campaign::body::{CampaignChange, CampaignView};

#[derive(Debug, Args)]
pub(in crate::cli) struct EditCampaign {
    /// The campaign: its id, its `utm_campaign` or its whole name
    campaign: String,
    /// Display name
    #[arg(long)]
    name: Option<String>,
    /// The goal: leads=40, sales=N, revenue=1000.00 (major units) or event:NAME=N
    #[arg(long, value_name = "METRIC=N", conflicts_with = "goal_waiver")]
    goal: Option<String>,
    /// The deadline: a day, or a time such as 2026-05-31T22:00:00Z
    #[arg(long, value_name = "TIME", requires = "goal")]
    goal_by: Option<String>,
    /// Why it has no goal
    #[arg(long, value_name = "REASON")]
    goal_waiver: Option<String>,
    /// Why the goal, its deadline or the start changes; required after the campaign's start
    #[arg(long, value_name = "REASON")]
    goal_change_reason: Option<String>,
    /// IANA time zone of its days
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Start of its period: a day of its time zone, or a time; `none` for the day of its creation
    #[arg(long, value_name = "TIME")]
    starts_at: Option<String>,
    /// End of its period: a day (inclusive), or a time (exclusive); `none` for no end
    #[arg(long, value_name = "TIME")]
    ends_at: Option<String>,
    /// What an hour of work costs, in major units: 45.50; `none` for no rate
    #[arg(long, value_name = "AMOUNT")]
    hourly_rate: Option<String>,
    /// Longest time from click to lead in days; `none` for the configured one
    #[arg(long, value_name = "DAYS")]
    lead_window_days: Option<String>,
    /// Longest time from lead to sale in days; `none` for the configured one
    #[arg(long, value_name = "DAYS")]
    sale_window_days: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &ApiClient, change: &EditCampaign) -> anyhow::Result<()> {
    let campaign = client.campaign(&change.campaign)?;
    let body = body(change, &campaign)?;
    ensure!(
        !is_empty(&body)?,
        "nothing to change; `leadline campaign edit --help` lists what can be changed"
    );
    let answer = client.patch(&format!("/campaigns/{}", campaign.id), &body)?;
    if change.json {
        return print(&answer.json());
    }
    let campaign: CampaignView = answer.read()?;
    let rate = campaign.hourly_rate;
    print(&format!(
        "Campaign {} ({}), goal {}, an hour of work {}\n",
        campaign.utm_campaign,
        campaign.id,
        goal::shown(&campaign),
        rate.map_or_else(|| "has no rate".to_owned(), |rate| format!("costs {rate}"))
    ))
}

fn body(change: &EditCampaign, campaign: &CampaignView) -> anyhow::Result<CampaignChange> {
    let zone = change.time_zone.as_ref().unwrap_or(&campaign.time_zone);
    let zone = Some(zone.as_str());
    let currency = campaign.currency.code();
    let by = change.goal_by.as_deref();
    let by = by.map(|text| goal::end("--goal-by", text, zone));
    let by = by.transpose()?;
    let goal = change.goal.as_deref();
    let goal = goal.map(|text| goal::given(text, by, Some(currency)));
    let starts_at = cleared_or(change.starts_at.as_deref(), |text| {
        goal::start("--starts-at", text, zone)
    })?;
    let ends_at = cleared_or(change.ends_at.as_deref(), |text| {
        goal::end("--ends-at", text, zone)
    })?;
    let hourly_rate = cleared_or(change.hourly_rate.as_deref(), |text| {
        money::given("--hourly-rate", text, currency)
    })?;
    let window = |option: &str, text: &Option<String>| {
        cleared_or(text.as_deref(), |days| {
            let wrong = || format!("{option} is {days:?}; give a number of days, or `none`");
            days.parse::<u32>().with_context(wrong)
        })
    };
    Ok(CampaignChange {
        name: change.name.clone(),
        goal: goal.transpose()?,
        goal_waiver: change.goal_waiver.clone(),
        goal_change_reason: change.goal_change_reason.clone(),
        time_zone: change.time_zone.clone(),
        starts_at,
        ends_at,
        hourly_rate,
        lead_window_days: window("--lead-window-days", &change.lead_window_days)?,
        sale_window_days: window("--sale-window-days", &change.sale_window_days)?,
        ..CampaignChange::default()
    })
}
