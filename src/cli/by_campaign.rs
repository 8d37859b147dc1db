//! What costs and engagement share in their lists: a table for each campaign, under its name.
//!
//! # Invariants
//! Rows of one campaign stand in the order of their days. A list that is narrowed to a campaign has
//! no heading, because who asked knows the name.

use std::collections::BTreeMap;

use serde_json::Value;

use super::client::Client;

/// The rows at `path` as tables, of `campaign` alone or of all.
pub(super) fn list(
    client: &Client,
    (path, field): (&str, &str),
    campaign: Option<&str>,
    json: bool,
    shown: fn(&[Value]) -> String,
) -> anyhow::Result<String> {
    let narrowed = campaign.map(|text| client.campaign(text)).transpose()?;
    let id = narrowed
        .as_ref()
        .and_then(|campaign| campaign["id"].as_str());
    let query: Vec<(&str, &str)> = id.map(|id| ("campaign_id", id)).into_iter().collect();
    let mut rows = client.list(path, field, &query)?;
    if json {
        return Ok(format!("{:#}\n", Value::Array(rows)));
    }
    rows.sort_by_cached_key(day);
    if narrowed.is_some() || rows.is_empty() {
        return Ok(shown(&rows));
    }
    let campaigns = client.list("/campaigns", "campaigns", &[("archived", "true")])?;
    Ok(tables(&campaigns, rows, shown))
}

fn tables(campaigns: &[Value], rows: Vec<Value>, shown: fn(&[Value]) -> String) -> String {
    let mut parts: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in rows {
        let id = row["campaign_id"].as_str().unwrap_or_default();
        let known = campaigns.iter().find(|it| it["id"] == id);
        let name = known.and_then(|it| Some((it["name"].as_str()?, it["utm_campaign"].as_str()?)));
        let name = name.map_or_else(|| id.to_owned(), |(name, tag)| format!("{name} ({tag})"));
        parts.entry(name).or_default().push(row);
    }
    let tables = parts
        .iter()
        .map(|(name, rows)| format!("{name}\n{}", shown(rows)));
    tables.collect::<Vec<_>>().join("\n")
}

/// What rows are ordered by: the first day, then the network.
fn day(row: &Value) -> (String, String) {
    let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let day = ["day", "from"].map(text).concat();
    (day, text("network"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_campaign_has_a_table_under_its_name() {
        let campaigns = [json!({"id": "cmp_1", "name": "Spring lamp", "utm_campaign": "spring"})];
        let rows = vec![
            json!({"campaign_id": "cmp_1", "day": "2026-03-02"}),
            json!({"campaign_id": "cmp_2", "day": "2026-03-01"}),
            json!({"campaign_id": "cmp_1", "day": "2026-03-03"}),
        ];
        let shown = |rows: &[Value]| {
            let days = rows.iter().map(|it| format!("{}\n", it["day"]));
            days.collect::<String>()
        };
        assert_eq!(
            tables(&campaigns, rows, shown),
            "Spring lamp (spring)\n\"2026-03-02\"\n\"2026-03-03\"\n\ncmp_2\n\"2026-03-01\"\n"
        );
    }
}
