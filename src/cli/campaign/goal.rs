//! Goals and periods of campaigns, as people write and read them.

use anyhow::Context;

use crate::cli::money;
use crate::clock::Millis;
use crate::money::{Currency, Money, number_text};
use crate::operations::campaign::body::{CampaignView, GoalBody};

/// The goal in `--goal`, for a campaign in that currency.
pub(super) fn given(
    text: &str,
    by: Option<Millis>,
    currency: Option<&str>,
) -> anyhow::Result<GoalBody> {
    let wrong =
        || format!("--goal is {text:?}; write it like leads=40, revenue=1000.00 or event:NAME=40");
    let (metric, target) = text.split_once('=').with_context(wrong)?;
    let target = match metric {
        "revenue" => money::given("--goal revenue", target, known(currency)?)?.amount,
        _ => number_text::count(target).with_context(wrong)?,
    };
    Ok(GoalBody {
        metric: metric.to_owned(),
        target,
        by,
    })
}

/// The currency that an amount is given in.
pub(super) fn known(currency: Option<&str>) -> anyhow::Result<&str> {
    currency.context(
        "an amount needs a currency; give --currency EUR, or set the workspace's by \
         `leadline workspace edit --currency EUR`",
    )
}

/// The goal of a campaign, or why it has none.
pub(super) fn shown(campaign: &CampaignView) -> String {
    aim_shown(
        campaign.goal.as_ref(),
        campaign.goal_waiver.as_deref(),
        campaign.currency,
    )
}

pub(super) fn aim_shown(
    goal: Option<&GoalBody>,
    waiver: Option<&str>,
    currency: Currency,
) -> String {
    match goal {
        Some(goal) if goal.metric == "revenue" => {
            let amount = goal.target;
            format!("{} revenue", Money { amount, currency })
        }
        Some(goal) => format!("{} {}", goal.target, goal.metric),
        None => format!("none: {}", waiver.unwrap_or_default()),
    }
}

/// The start of a period; a day is read in `zone`, and refused where the zone is not known.
pub(super) fn start(option: &str, text: &str, zone: Option<&str>) -> anyhow::Result<Millis> {
    moment(option, text, zone, false)
}

/// The end of a period, exclusive. A day is included.
pub(super) fn end(option: &str, text: &str, zone: Option<&str>) -> anyhow::Result<Millis> {
    moment(option, text, zone, true)
}

fn moment(option: &str, text: &str, zone: Option<&str>, is_end: bool) -> anyhow::Result<Millis> {
    let day = match text.parse::<jiff::civil::Date>() {
        Ok(day) if text.len() == "2026-03-29".len() => day,
        _ => {
            return Millis::parse(text).ok().with_context(|| {
                format!(
                    "{option} is {text:?}; give a day such as 2026-05-31, or a time such as \
                     2026-05-31T22:00:00Z"
                )
            });
        }
    };
    let day = if is_end { day.tomorrow()? } else { day };
    let zone = zone.with_context(|| {
        format!(
            "{option} is a day, and this key may not read the workspace's time zone; give \
             --time-zone, or a time such as 2026-05-31T22:00:00Z"
        )
    })?;
    let first = crate::campaign::time_zone(zone)?
        .to_ambiguous_zoned_datetime(day.at(0, 0, 0, 0))
        .compatible()?;
    Ok(Millis(first.timestamp().as_millisecond()))
}
