//! `leadline conversion show`.

use super::waiting::why;
use crate::cli::client::named::CampaignTags;
use crate::cli::client::{ApiClient, segment};
use crate::cli::terminal::{NONE, facts, lines, plain_table, print};
use crate::cli::times::{minute, second};
use crate::conversion::MatchRule;
use crate::operations::conversion::body::{ConversionDetails, ConversionView};

pub(super) fn run(client: &ApiClient, id: &str, json: bool) -> anyhow::Result<()> {
    let answer = client.get(&format!("/conversions/{}", segment(id)), &[])?;
    if json {
        return print(&answer.json());
    }
    print(&shown(&answer.read()?, &client.campaign_tags()?))
}

fn shown(details: &ConversionDetails, tags: &CampaignTags) -> String {
    let conversion = &details.conversion;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let click = details.click.as_ref();
    let click = click.map(|click| format!("{} ({})", click.id, second(click.clicked_at)));
    let source = conversion.source_id;
    let campaign = conversion.campaign_id.map(|id| tags.of(id));
    let link = conversion.link_id.map(|id| id.to_string());
    let via = conversion.joined_via.map(|id| id.to_string());
    let facts = facts(&[
        ("Conversion", conversion.id.to_string()),
        ("Kind", kind(conversion)),
        ("Event id", conversion.event_id.clone()),
        (
            "Source",
            source.map_or_else(|| "the API".to_owned(), |id| id.to_string()),
        ),
        ("Occurred", second(conversion.occurred_at)),
        ("Reported", second(conversion.received_at)),
        (
            "Value",
            conversion
                .value
                .map(|value| value.to_string())
                .unwrap_or_default(),
        ),
        ("Refund of", text(&conversion.of)),
        ("Customer", text(&conversion.customer_external_id)),
        ("Joined by", joined_by(conversion)),
        ("By way of", via.unwrap_or_default()),
        (
            "Click",
            click
                .or_else(|| Some(conversion.click_id?.to_string()))
                .unwrap_or_default(),
        ),
        ("Campaign", campaign.unwrap_or_default()),
        ("Network", text(&conversion.network)),
        ("Link", link.unwrap_or_default()),
    ]);
    if details.credits.is_empty() {
        return facts;
    }
    format!("{facts}\n{}", credits(details, tags))
}

fn kind(conversion: &ConversionView) -> String {
    match &conversion.name {
        Some(name) => format!("{} {name}", conversion.kind),
        None => conversion.kind.to_string(),
    }
}

fn joined_by(conversion: &ConversionView) -> String {
    match conversion.joined_by {
        MatchRule::None => format!("not joined: {}", why(conversion.unjoined)),
        rule => rule.to_string(),
    }
}

fn credits(details: &ConversionDetails, tags: &CampaignTags) -> String {
    let mut table = plain_table([
        "Model",
        "Share",
        "Value",
        "Campaign",
        "Network",
        "Clicked (UTC)",
    ]);
    for credit in &details.credits {
        let cells = [
            credit.value.map(|value| value.to_string()),
            credit.campaign_id.map(|id| tags.of(id)),
            credit.network.clone(),
            credit.clicked_at.map(minute),
        ];
        let [value, campaign, network, clicked] =
            cells.map(|cell| cell.unwrap_or_else(|| NONE.to_owned()));
        let share = format!("{:.1} %", credit.share * 100.0);
        table.add_row([
            credit.model.to_string(),
            share,
            value,
            campaign,
            network,
            clicked,
        ]);
    }
    lines(&table)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cli::conversion::fixture;

    #[test]
    fn a_conversion_is_shown_with_its_credits() {
        let campaign = "cmp_01kb3v9w8e7q4t2n5r6s8y0zxa";
        let mut given = fixture();
        given["joined_by"] = "click_id".into();
        given["campaign_id"] = campaign.into();
        given["click"] = crate::cli::click::fixture();
        given["credits"] = json!([{"model": "last_touch", "share": 1.0,
            "value": {"amount": 4999, "currency": "EUR"}, "campaign_id": campaign, "network": "x",
            "link_id": null, "click_id": null, "clicked_at": "2026-03-10T12:00:00.000Z"}]);
        let details = serde_json::from_value(given).unwrap();
        let tags = CampaignTags::known(campaign.parse().unwrap(), "spring");
        let text = shown(&details, &tags);
        for part in [
            "order-1",
            "2026-03-10 12:00:00Z",
            "100.0 %",
            "49.99 EUR",
            "spring",
        ] {
            assert!(text.contains(part), "{text}");
        }
        let mut alone = fixture();
        alone["click"] = serde_json::Value::Null;
        alone["credits"] = json!([]);
        let text = shown(&serde_json::from_value(alone).unwrap(), &tags);
        assert!(text.contains("not joined: nothing matched"), "{text}");
    }
}
