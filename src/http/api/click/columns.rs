//! A click as a line of a table.

use crate::http::api::stream::{ListedRow, text};
use crate::link::slug::repair::SlugRepair;
use crate::operations::click::body::ClickView;

impl ListedRow for ClickView {
    const FILE_NAME: &'static str = "clicks.csv";

    const COLUMNS: &'static [&'static str] = &[
        "id",
        "clicked_at",
        "link_id",
        "campaign_id",
        "network",
        "class",
        "class_rule",
        "rules",
        "first",
        "first_of_link",
        "visitor",
        "user_agent",
        "referrer",
        "network_seen",
        "seen_by",
        "post_hint",
        "browser",
        "os",
        "device",
        "continent",
        "country",
        "region",
        "city",
        "asn",
        "slug_repair",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.clicked_at.to_string(),
            self.link_id.to_string(),
            text(self.campaign_id),
            text(self.network.as_ref()),
            self.class.to_string(),
            self.class_rule.clone(),
            self.rules.to_string(),
            self.first.to_string(),
            self.first_of_link.to_string(),
            text(self.visitor),
            text(self.user_agent.as_ref()),
            text(self.referrer.as_ref()),
            text(self.network_seen.as_ref()),
            text(self.seen_by.as_ref()),
            text(self.post_hint.as_ref()),
            text(self.browser.as_ref()),
            text(self.os.as_ref()),
            self.device.clone(),
            text(self.continent.as_ref()),
            text(self.country.as_ref()),
            text(self.region.as_ref()),
            text(self.city.as_ref()),
            text(self.asn),
            text(self.slug_repair.map(SlugRepair::as_str)),
        ]
    }

    fn cursor(&self) -> String {
        self.id.to_string()
    }
}
