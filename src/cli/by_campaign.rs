//! Shared by the lists of costs and engagement numbers: a table for each campaign, under its name.
//!
//! # Invariants
//! Rows of one campaign are in the order of their days. A list of one campaign has no heading.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::client::{ApiClient, given};
use super::terminal::print;
use crate::id::CampaignId;
use crate::operations::campaign::body::CampaignView;
use crate::operations::cost::body::CostView;
use crate::operations::engagement::body::EngagementView;

/// A row that belongs to a campaign.
pub(super) trait CampaignRow: DeserializeOwned {
    /// The path of the list in the API.
    const PATH: &'static str;
    /// The field of a page that holds the rows.
    const FIELD: &'static str;

    fn campaign_id(&self) -> CampaignId;
    /// The sort key of rows: the day, then the network.
    fn order(&self) -> (&str, Option<&str>);
}

impl CampaignRow for CostView {
    const PATH: &'static str = "/costs";
    const FIELD: &'static str = "costs";

    fn campaign_id(&self) -> CampaignId {
        self.campaign_id
    }

    fn order(&self) -> (&str, Option<&str>) {
        (&self.from, self.network.as_deref())
    }
}

impl CampaignRow for EngagementView {
    const PATH: &'static str = "/engagement";
    const FIELD: &'static str = "engagement";

    fn campaign_id(&self) -> CampaignId {
        self.campaign_id
    }

    fn order(&self) -> (&str, Option<&str>) {
        (&self.day, Some(&self.network))
    }
}

/// Prints the rows as tables, of `campaign` only or of all.
pub(super) fn list<R: CampaignRow>(
    client: &ApiClient,
    campaign: Option<&str>,
    json: bool,
    none: &str,
    shown: impl Fn(&[R]) -> String,
) -> anyhow::Result<()> {
    let id = client.campaign_id(campaign)?;
    let query = given(&[("campaign_id", id.as_deref())]);
    let rows = client.list(R::PATH, R::FIELD, &query)?;
    if json {
        return print(&rows.json());
    }
    let mut rows: Vec<R> = rows.read()?;
    if rows.is_empty() {
        say!("{none}");
        return Ok(());
    }
    rows.sort_by(|one, other| one.order().cmp(&other.order()));
    if id.is_some() {
        return print(&shown(&rows));
    }
    let query = [("archived", "true")];
    let campaigns: Vec<CampaignView> = client.list("/campaigns", "campaigns", &query)?.read()?;
    print(&tables(&campaigns, rows, &shown))
}

fn tables<R: CampaignRow>(
    campaigns: &[CampaignView],
    rows: Vec<R>,
    shown: &impl Fn(&[R]) -> String,
) -> String {
    let mut parts: BTreeMap<String, Vec<R>> = BTreeMap::new();
    for row in rows {
        let id = row.campaign_id();
        let campaign = campaigns.iter().find(|campaign| campaign.id == id);
        let name = match campaign {
            Some(campaign) => format!("{} ({})", campaign.name, campaign.utm_campaign),
            None => id.to_string(),
        };
        parts.entry(name).or_default().push(row);
    }
    let tables = parts
        .iter()
        .map(|(name, rows)| format!("{name}\n{}", shown(rows)));
    tables.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize)]
    struct Day(String, String);

    impl CampaignRow for Day {
        const PATH: &'static str = "";
        const FIELD: &'static str = "";

        fn campaign_id(&self) -> CampaignId {
            self.0.parse().unwrap()
        }

        fn order(&self) -> (&str, Option<&str>) {
            (&self.1, None)
        }
    }

    #[test]
    fn each_campaign_has_a_table_under_its_name() {
        let other = "cmp_01kb3v9w8e7q4t2n5r6s8y0zxb";
        let spring = "cmp_01kb3v9w8e7q4t2n5r6s8y0zxa";
        let campaign = json!({"id": spring, "name": "Spring lamp", "utm_campaign": "spring",
            "currency": "EUR", "time_zone": "UTC", "created_at": "2026-03-01T00:00:00Z",
            "updated_at": "2026-03-01T00:00:00Z"});
        let campaigns = [serde_json::from_value(campaign).unwrap()];
        let row = |campaign: &str, day: &str| Day(campaign.to_owned(), day.to_owned());
        let rows = vec![row(spring, "02"), row(other, "01"), row(spring, "03")];
        let shown = |rows: &[Day]| rows.iter().map(|row| row.1.clone() + "\n").collect();
        assert_eq!(
            tables(&campaigns, rows, &shown),
            format!("Spring lamp (spring)\n02\n03\n\n{other}\n01\n")
        );
    }
}
