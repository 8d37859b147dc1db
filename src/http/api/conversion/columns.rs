//! A conversion as a line of a table.

use crate::conversion::UnjoinedReason;
use crate::http::api::stream::{ListedRow, text};
use crate::money::Money;
use crate::operations::conversion::body::ConversionView;

impl ListedRow for ConversionView {
    const FILE_NAME: &'static str = "conversions.csv";

    const COLUMNS: &'static [&'static str] = &[
        "id",
        "kind",
        "name",
        "event_id",
        "source_id",
        "occurred_at",
        "received_at",
        "amount",
        "currency",
        "of",
        "customer_external_id",
        "joined_by",
        "unjoined",
        "joined_via",
        "click_id",
        "campaign_id",
        "network",
        "link_id",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.kind.to_string(),
            text(self.name.as_ref()),
            self.event_id.clone(),
            text(self.source_id),
            self.occurred_at.to_string(),
            self.received_at.to_string(),
            text(self.value.map(Money::number)),
            text(self.value.map(|value| value.currency)),
            text(self.of.as_ref()),
            text(self.customer_external_id.as_ref()),
            self.joined_by.to_string(),
            text(self.unjoined.map(UnjoinedReason::as_str)),
            text(self.joined_via),
            text(self.click_id),
            text(self.campaign_id),
            text(self.network.as_ref()),
            text(self.link_id),
        ]
    }

    fn cursor(&self) -> String {
        self.id.to_string()
    }
}
