//! `leadline customer show`: one customer.

use crate::cli::client::named::CampaignTags;
use crate::cli::terminal::{NONE, facts, lines, plain_table};
use crate::cli::times::minute;
use crate::clock::Millis;
use crate::operations::customer::body::{CustomerDetails, TouchView};

pub(super) fn shown(details: &CustomerDetails, tags: &CampaignTags) -> String {
    let customer = &details.customer;
    let mut ids = customer.external_ids.clone();
    if customer.has_email {
        ids.push("an e-mail address".to_owned());
    }
    let utc = |at: Millis| format!("{} (UTC)", minute(at));
    let first_sale = customer.became_customer_at;
    let mut text = facts(&[
        ("Customer", customer.id.to_string()),
        ("Known by", ids.join(", ")),
        ("First touch", touch(customer.first_touch.as_ref(), tags)),
        ("Last touch", touch(customer.last_touch.as_ref(), tags)),
        ("First seen", utc(customer.first_seen_at)),
        (
            "First sale",
            first_sale.map_or_else(|| "none yet".to_owned(), utc),
        ),
        ("Leads", customer.leads.to_string()),
        ("Sales", customer.sales.to_string()),
    ]);
    for sums in &customer.currencies {
        let (net, revenue, refunds) = (sums.net_revenue, sums.revenue, sums.refunds);
        let net = format!("{net} ({revenue} less {refunds})");
        text.push_str(&facts(&[("Net revenue", net)]));
    }
    let mut table = plain_table(["When (UTC)", "What", "Value", "Joined by", "Network"]);
    for event in &details.conversions {
        let (value, network) = (event.value, event.network.clone());
        table.add_row([
            minute(event.occurred_at),
            event.kind.to_string(),
            value.map_or_else(|| NONE.to_owned(), |value| value.to_string()),
            event.joined_by.to_string(),
            network.unwrap_or_else(|| NONE.to_owned()),
        ]);
    }
    text.push('\n');
    text + &lines(&table)
}

/// A touch in one line: the network, the campaign's tag, the link and the time.
fn touch(touch: Option<&TouchView>, tags: &CampaignTags) -> String {
    let Some(touch) = touch else {
        return "not known".to_owned();
    };
    let parts = [
        touch.network.clone(),
        touch.campaign_id.map(|id| tags.of(id)),
        touch.link_id.map(|id| id.to_string()),
        touch.clicked_at.map(minute),
    ];
    let known: Vec<String> = parts.into_iter().flatten().collect();
    known.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_touch_names_the_campaign_by_its_tag() {
        let id = "cmp_01kb3v9w8e7q4t2n5r6s8y0zxa";
        let given = json!({"network": "x", "campaign_id": id, "link_id": null,
            "clicked_at": "2026-03-10T12:00:00Z"});
        let given = serde_json::from_value(given).unwrap();
        let tags = CampaignTags::known(id.parse().unwrap(), "spring");
        assert_eq!(touch(Some(&given), &tags), "x, spring, 2026-03-10 12:00");
    }
}
