//! `leadline click show`.

use crate::cli::client::{ApiClient, segment};
use crate::cli::terminal::{facts, print};
use crate::cli::times::second;
use crate::operations::click::body::ClickView;

pub(super) fn run(client: &ApiClient, id: &str, json: bool) -> anyhow::Result<()> {
    let answer = client.get(&format!("/clicks/{}", segment(id)), &[])?;
    if json {
        return print(&answer.json());
    }
    let click: ClickView = answer.read()?;
    let link = client.link(&click.link_id.to_string())?.short_url;
    let campaign = match click.campaign_id {
        Some(id) => client.campaign(&id.to_string())?.utm_campaign,
        None => "none".to_owned(),
    };
    print(&shown(&click, link, campaign))
}

fn shown(click: &ClickView, link: String, campaign: String) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let seen = match (&click.network_seen, &click.seen_by) {
        (Some(network), Some(by)) => format!("{network} (by {by})"),
        _ => String::new(),
    };
    let first = match (click.first, click.first_of_link) {
        (true, _) => "the visitor's first in this network of the campaign on that UTC day",
        (false, true) => "the visitor's first of this link on that UTC day",
        (false, false) => "a repeat of the same visitor and UTC day",
    };
    let place = [&click.city, &click.region, &click.country, &click.continent];
    let place: Vec<&str> = place.into_iter().flatten().map(String::as_str).collect();
    let repair = click.slug_repair.map(|repair| repair.as_str().to_owned());
    let network = click.network.clone();
    facts(&[
        ("Click", click.id.to_string()),
        ("When", second(click.clicked_at)),
        ("Link", link),
        ("Campaign", campaign),
        ("Network", network.unwrap_or_else(|| "none".to_owned())),
        ("Seen on", seen),
        (
            "Class",
            format!("{} (by {})", click.class, click.class_rule),
        ),
        ("Counts as", first.to_owned()),
        ("Browser", text(&click.browser)),
        ("System", text(&click.os)),
        ("Device", click.device.clone()),
        ("Place", place.join(", ")),
        ("Referrer", text(&click.referrer)),
        ("User agent", text(&click.user_agent)),
        ("Repair", repair.unwrap_or_default()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::click::fixture;

    #[test]
    fn a_click_is_shown_with_its_rule() {
        let click = serde_json::from_value(fixture()).unwrap();
        let link = "https://go.example.com/lamp".to_owned();
        let text = shown(&click, link, "spring".to_owned());
        for part in [
            "2026-03-10 12:00:00Z",
            "https://go.example.com/lamp",
            "likely_human (by no_accept_language)",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
