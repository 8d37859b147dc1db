//! Goals and periods of campaigns, as a person writes and reads them.

use anyhow::Context;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::answers::{Campaign, Goal};
use crate::cli::money;
use crate::money::{Currency, Money, number_text};

/// The goal that `--goal` means for a campaign in that currency.
pub(super) fn given(text: &str, by: Option<&str>, currency: &str) -> anyhow::Result<Value> {
    let wrong =
        || format!("--goal is {text:?}; write it like leads=40, revenue=1000.00 or event:NAME=40");
    let (metric, target) = text.split_once('=').with_context(wrong)?;
    let target = match metric {
        "revenue" => money::given("--goal revenue", target, currency)?.amount,
        _ => number_text::count(target).with_context(wrong)?,
    };
    Ok(json!({ "metric": metric, "target": target, "by": by }))
}

/// The goal of a campaign, or why it has none.
pub(super) fn shown(campaign: &Campaign) -> String {
    aim_shown(
        campaign.goal.as_ref(),
        campaign.goal_waiver.as_deref(),
        campaign.currency,
    )
}

pub(super) fn aim_shown(goal: Option<&Goal>, waiver: Option<&str>, currency: Currency) -> String {
    match goal {
        Some(goal) if goal.metric == "revenue" => {
            let amount = goal.target;
            format!("{} revenue", Money { amount, currency })
        }
        Some(goal) => format!("{} {}", goal.target, goal.metric),
        None => format!("none: {}", waiver.unwrap_or_default()),
    }
}

/// The first moment of a period that begins then: a day is read in `zone`; the API judges
/// everything else.
pub(super) fn start(text: &str, zone: &str) -> anyhow::Result<String> {
    moment(text, zone, false)
}

/// The first moment after a period that ends then. A day is part of it.
pub(super) fn end(text: &str, zone: &str) -> anyhow::Result<String> {
    moment(text, zone, true)
}

fn moment(text: &str, zone: &str, is_end: bool) -> anyhow::Result<String> {
    let day = match text.parse::<jiff::civil::Date>() {
        Ok(day) if text.len() == "2026-03-29".len() => day,
        _ => return Ok(text.to_owned()),
    };
    let day = if is_end { day.tomorrow()? } else { day };
    let first = crate::campaign::time_zone(zone)?
        .to_ambiguous_zoned_datetime(day.at(0, 0, 0, 0))
        .compatible()?;
    Ok(Timestamp::to_string(&first.timestamp()))
}
