//! How a cost is shown: by itself, and in a list.

use crate::cli::client::ApiClient;
use crate::cli::terminal::facts;
use crate::cli::times::minute;
use crate::operations::cost::body::CostView;

/// A cost by itself.
pub(super) fn shown(client: &ApiClient, cost: &CostView) -> anyhow::Result<String> {
    let campaign = client.campaign(&cost.campaign_id.to_string())?;
    let link = cost.link_id.map(|id| client.link(&id.to_string()));
    let link = link.transpose()?.map(|link| link.short_url);
    let network = cost.network.clone();
    Ok(facts(&[
        ("Id", cost.id.to_string()),
        ("Campaign", campaign.utm_campaign),
        ("Network", network.unwrap_or_else(|| "all".to_owned())),
        ("Link", link.unwrap_or_default()),
        ("Days", days(cost)),
        ("Spent", spent(cost)),
        ("Minutes", minutes(cost)),
        ("Note", cost.note.clone().unwrap_or_default()),
        ("Event id", cost.event_id.clone().unwrap_or_default()),
        ("Created", format!("{} (UTC)", minute(cost.created_at))),
    ]))
}

/// The days that it was spent on.
pub(super) fn days(cost: &CostView) -> String {
    if cost.from == cost.to {
        cost.from.clone()
    } else {
        format!("{} to {}", cost.from, cost.to)
    }
}

/// What it is worth.
pub(super) fn spent(cost: &CostView) -> String {
    let value = cost.value;
    value.map_or_else(|| "no rate".to_owned(), |value| value.to_string())
}

/// Its minutes of work; empty for money.
pub(super) fn minutes(cost: &CostView) -> String {
    let minutes = cost.minutes.map(|minutes| minutes.to_string());
    minutes.unwrap_or_default()
}
