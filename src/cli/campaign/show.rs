//! `leadline campaign show`.

use super::goal;
use crate::campaign::time_zone;
use crate::cli::client::ApiClient;
use crate::cli::terminal::{facts, print};
use crate::cli::times::{day, minute_in};
use crate::clock::Millis;
use crate::operations::campaign::body::{CampaignDetails, CampaignView};

pub(super) fn run(client: &ApiClient, campaign: &str, json: bool) -> anyhow::Result<()> {
    let campaign = client.campaign(campaign)?;
    let answer = client.get(&format!("/campaigns/{}", campaign.id), &[])?;
    if json {
        return print(&answer.json());
    }
    print(&shown(&answer.read()?)?)
}

fn shown(details: &CampaignDetails) -> anyhow::Result<String> {
    let campaign = &details.campaign;
    let zone = time_zone(&campaign.time_zone)?;
    let at = |at: Millis| minute_in(&zone, at);
    let goal = goal::shown(campaign);
    let goal = match campaign.goal.as_ref().and_then(|goal| goal.by) {
        Some(by) => format!("{goal}, by {}", at(by)),
        None => goal,
    };
    let days = |days: Option<u32>| match days {
        Some(days) => format!("{days} days"),
        None => "as configured".to_owned(),
    };
    let rate = campaign.hourly_rate;
    let mut text = facts(&[
        ("Campaign", campaign.utm_campaign.clone()),
        ("Name", campaign.name.clone()),
        ("Id", campaign.id.to_string()),
        ("Goal", goal),
        ("Currency", campaign.currency.to_string()),
        ("Time zone", campaign.time_zone.clone()),
        ("Period", period(campaign, &at)),
        (
            "Hourly rate",
            rate.map_or_else(|| "none".to_owned(), |rate| rate.to_string()),
        ),
        ("Lead window", days(campaign.lead_window_days)),
        ("Sale window", days(campaign.sale_window_days)),
        ("Created", at(campaign.created_at)),
        ("Archived", campaign.archived_at.map(at).unwrap_or_default()),
    ]);
    for version in &details.goal_versions {
        let aim = goal::aim_shown(
            version.goal.as_ref(),
            version.goal_waiver.as_deref(),
            campaign.currency,
        );
        let until = day(version.changed_at);
        text.push_str(&facts(&[(
            "Goal before",
            format!("{aim}, until {until}: {}", version.reason),
        )]));
    }
    Ok(text)
}

fn period(campaign: &CampaignView, at: &impl Fn(Millis) -> String) -> String {
    let start = campaign.starts_at.unwrap_or(campaign.created_at);
    match campaign.ends_at {
        Some(end) => format!("{} to {}", at(start), at(end)),
        None => format!("from {}", at(start)),
    }
}
