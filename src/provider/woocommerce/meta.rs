//! Additional fields of a WooCommerce order: ours, and those of WooCommerce's order attribution.
//!
//! # Invariants
//! Our fields are read in any form. From WooCommerce's attribution only tags and the landing page
//! are read.
//!
//! # Out of scope
//! Money.

use serde::Deserialize;
use serde_json::Value;

use crate::provider::attribution_hints::AttributionHints;
use crate::provider::lax_serde;

/// Prefix of the fields of WooCommerce's order attribution.
const ATTRIBUTION: &str = "_wc_order_attribution_";

/// A field that the shop or a plug-in added.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OrderField {
    #[serde(deserialize_with = "lax_serde::text")]
    key: Option<String>,
    value: Value,
}

/// Adds the fields that lead to a click.
pub(super) fn take(fields: Vec<OrderField>, hints: &mut AttributionHints) {
    let written = |meta: OrderField| Some((meta.key?, text(meta.value)?));
    let fields: Vec<(String, String)> = fields.into_iter().filter_map(written).collect();
    let is_tagged = is_tagged(&fields);
    for (key, value) in fields {
        match key.strip_prefix(ATTRIBUTION) {
            Some("session_entry") => hints.landing_urls.push(value),
            Some(tag) if tag.starts_with("utm_") && is_tagged => {
                hints.take(tag, &value);
            }
            Some(_) => {}
            None => {
                hints.take(&key, &value);
            }
        }
    }
}

/// Whether the tags of WooCommerce's attribution come from a URL. For visits without tags it writes
/// its own values, such as `(direct)`, into the same fields.
fn is_tagged(fields: &[(String, String)]) -> bool {
    let kind = fields
        .iter()
        .find(|(key, _)| key.strip_prefix(ATTRIBUTION) == Some("source_type"));
    kind.is_none_or(|(_, kind)| kind == "utm")
}

/// A value as text; a list stays JSON.
fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}
