//! `leadline source test`: what a source would read from a sample.

use std::path::Path;

use anyhow::Context;
use serde_json::value::RawValue;

use crate::cli::client::ApiClient;
use crate::cli::import::read_file;
use crate::cli::terminal::{NONE, lines, plain_table, print};
use crate::cli::times::minute;
use crate::operations::source::sample::{SampleConversion, SampleResult};

pub(super) fn run(client: &ApiClient, path: &str, file: &Path, json: bool) -> anyhow::Result<()> {
    let sample = String::from_utf8(read_file(file)?);
    let sample = sample
        .ok()
        .and_then(|text| RawValue::from_string(text).ok());
    let sample = sample.with_context(|| format!("{} is not JSON", file.display()))?;
    let answer = client.post_as_given(&format!("{path}/test"), &sample)?;
    if json {
        return print(&answer.json());
    }
    let result: SampleResult = answer.read()?;
    if let Some(note) = &result.note {
        say!("{note}");
    }
    if result.conversions.is_empty() {
        say!("The source would report nothing.");
        return Ok(());
    }
    print(&shown(&result.conversions))
}

fn shown(conversions: &[SampleConversion]) -> String {
    let mut table = plain_table([
        "Kind",
        "Event",
        "Value",
        "When (UTC)",
        "Found to join it by",
    ]);
    for conversion in conversions {
        let value = conversion.value;
        table.add_row([
            conversion.kind.to_string(),
            conversion.event_id.clone(),
            value.map_or_else(|| NONE.to_owned(), |value| value.to_string()),
            minute(conversion.occurred_at),
            evidence(conversion),
        ]);
    }
    lines(&table)
}

fn evidence(conversion: &SampleConversion) -> String {
    let ids = conversion.click_ids.iter();
    let mut found: Vec<String> = ids.map(ToString::to_string).collect();
    let codes = conversion.promo_codes.iter();
    found.extend(codes.map(|code| format!("promo code {code}")));
    let customer = conversion.customer_external_id.as_ref();
    found.extend(customer.map(|id| format!("customer {id}")));
    if conversion.has_email {
        found.push("an e-mail address".to_owned());
    }
    if found.is_empty() {
        return "nothing".to_owned();
    }
    found.join(", ")
}
