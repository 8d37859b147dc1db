//! `leadline conversion list`.

use clap::Args;
use comfy_table::Table;

use crate::cli::client::ApiClient;
use crate::cli::event_list::{self, Event, EventListOptions, narrow_table};
use crate::cli::terminal::NONE;
use crate::cli::times::second;
use crate::operations::conversion::body::ConversionView;

#[derive(Debug, Args)]
pub(in crate::cli) struct ListConversions {
    #[command(flatten)]
    options: EventListOptions,
    /// Only conversions of this source, by its id; `api` for reports over the API
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// Only conversions of this kind
    #[arg(long, value_parser = ["lead", "sale", "refund", "chargeback", "chargeback_reversal", "event"])]
    kind: Option<String>,
    /// Only conversions joined by this rule, such as `click_id` or `promo_code`; `none` lists those
    /// that wait
    #[arg(long, value_name = "RULE")]
    joined_by: Option<String>,
}

impl Event for ConversionView {
    const PATH: &'static str = "/conversions";
    const FIELD: &'static str = "conversions";
    const NONE: &'static str = "No conversions match.";
    const OPTIONAL: &'static [usize] = &[];

    fn table() -> Table {
        narrow_table(["When", "Kind", "Event", "Value", "Network", "Joined by"])
    }

    fn cells(self) -> Vec<String> {
        let value = self.value;
        vec![
            second(self.occurred_at),
            self.kind.to_string(),
            self.event_id,
            value.map_or_else(|| NONE.to_owned(), |value| value.to_string()),
            self.network.unwrap_or_else(|| NONE.to_owned()),
            self.joined_by.to_string(),
        ]
    }
}

pub(super) fn run(client: &ApiClient, list: &ListConversions) -> anyhow::Result<()> {
    let filters = [
        ("source_id", list.source.as_deref()),
        ("kind", list.kind.as_deref()),
        ("joined_by", list.joined_by.as_deref()),
    ];
    event_list::run::<ConversionView>(client, &list.options, &filters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::conversion::fixture;

    #[test]
    fn the_table_fits_80_columns() {
        let row = |event: &str| {
            let mut row = fixture();
            row["kind"] = "chargeback_reversal".into();
            row["event_id"] = event.into();
            row["network"] = "hackernews".into();
            row["joined_by"] = "customer_campaign".into();
            row["value"]["amount"] = 1_234_567_890.into();
            row
        };
        let long = "order-9f86d081-884c-7d65-9a2f-eaa0c55ad015-1001";
        let table = event_list::table_of::<ConversionView>(&[row(long), row("o-1")]);
        for part in ["2026-03-10 12:00:00Z", "12345678.90 EUR", "o-1"] {
            assert!(table.contains(part), "{table}");
        }
    }
}
