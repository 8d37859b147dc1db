//! `leadline campaign edit`: changes of a campaign.
//!
//! # Invariants
//! What is not given stays as it is; `none` takes away what a campaign need not have.

use anyhow::bail;
use clap::Args;
use serde_json::{Map, Value, json};

use super::{goal, goal_given, moment, text};
use crate::cli::client::Client;
use crate::cli::{money, print};
use crate::money::Money;

/// Takes away what a campaign need not have.
const NONE: &str = "none";

#[derive(Debug, Args)]
pub(in crate::cli) struct Edit {
    /// The campaign: its id, its `utm_campaign` or its whole name
    campaign: String,
    /// Shown name
    #[arg(long)]
    name: Option<String>,
    /// What it is to reach: leads=40, sales=N, revenue=1000.00 (major units) or event:NAME=N
    #[arg(long, value_name = "METRIC=N", conflicts_with = "goal_waiver")]
    goal: Option<String>,
    /// Until when: a day, or a time as in 2026-05-31T22:00:00Z
    #[arg(long, value_name = "TIME", requires = "goal")]
    goal_by: Option<String>,
    /// Why it has no goal
    #[arg(long, value_name = "REASON")]
    goal_waiver: Option<String>,
    /// Why the goal, its deadline or the start changes; needed once the campaign has begun
    #[arg(long, value_name = "REASON")]
    goal_change_reason: Option<String>,
    /// Start of its period: a day of its time zone, or a time; `none` for the day of its creation
    #[arg(long, value_name = "TIME")]
    starts_at: Option<String>,
    /// End of its period: a day, which is part of it, or a time; `none` for no end
    #[arg(long, value_name = "TIME")]
    ends_at: Option<String>,
    /// What an hour of work costs, in major units: 45.50; `none` for no rate
    #[arg(long, value_name = "AMOUNT")]
    hourly_rate: Option<String>,
    /// Days from click to lead; `none` for the configured ones
    #[arg(long, value_name = "DAYS")]
    lead_window_days: Option<String>,
    /// Days from lead to sale; `none` for the configured ones
    #[arg(long, value_name = "DAYS")]
    sale_window_days: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(client: &Client, change: &Edit) -> anyhow::Result<()> {
    let campaign = client.campaign(&change.campaign)?;
    let body = body(change, &campaign)?;
    if body.is_empty() {
        bail!("nothing to change; `leadline campaign edit --help` lists what can be");
    }
    let path = format!("/campaigns/{}", text(&campaign, "id"));
    let campaign = client.patch(&path, &Value::Object(body))?;
    if change.json {
        return print(&format!("{campaign:#}\n"));
    }
    let rate: Option<Money> =
        serde_json::from_value(campaign["hourly_rate"].clone()).unwrap_or_default();
    print(&format!(
        "Campaign {} ({}), goal {}, an hour of work {}\n",
        text(&campaign, "utm_campaign"),
        text(&campaign, "id"),
        goal(&campaign),
        rate.map_or_else(|| "has no rate".to_owned(), |rate| format!("costs {rate}"))
    ))
}

fn body(change: &Edit, campaign: &Value) -> anyhow::Result<Map<String, Value>> {
    let (zone, currency) = (text(campaign, "time_zone"), text(campaign, "currency"));
    let mut body = Map::new();
    for (field, value) in [
        ("name", &change.name),
        ("goal_waiver", &change.goal_waiver),
        ("goal_change_reason", &change.goal_change_reason),
    ] {
        if let Some(value) = value {
            body.insert(field.to_owned(), json!(value));
        }
    }
    if let Some(goal) = &change.goal {
        let by = moment(change.goal_by.as_deref(), zone, true)?;
        body.insert(
            "goal".to_owned(),
            goal_given(goal, by.as_deref(), currency)?,
        );
    }
    for (field, value, is_end) in [
        ("starts_at", &change.starts_at, false),
        ("ends_at", &change.ends_at, true),
    ] {
        if let Some(value) = value {
            let at = moment(
                Some(value).filter(|it| *it != NONE).map(String::as_str),
                zone,
                is_end,
            )?;
            body.insert(field.to_owned(), json!(at));
        }
    }
    if let Some(rate) = &change.hourly_rate {
        let rate = match rate.as_str() {
            NONE => Value::Null,
            amount => json!(money::given("--hourly-rate", amount, currency)?),
        };
        body.insert("hourly_rate".to_owned(), rate);
    }
    insert_windows(change, &mut body)?;
    Ok(body)
}

/// Adds the windows that are given.
fn insert_windows(change: &Edit, body: &mut Map<String, Value>) -> anyhow::Result<()> {
    for (field, option, value) in [
        (
            "lead_window_days",
            "--lead-window-days",
            &change.lead_window_days,
        ),
        (
            "sale_window_days",
            "--sale-window-days",
            &change.sale_window_days,
        ),
    ] {
        let days = match value.as_deref() {
            None => continue,
            Some(NONE) => Value::Null,
            Some(days) => match days.parse::<u32>() {
                Ok(days) => json!(days),
                Err(_) => bail!("{option} is {days:?}; give a number of days, or `none`"),
            },
        };
        body.insert(field.to_owned(), days);
    }
    Ok(())
}
