//! The parameters of a postback, under the names that networks use.
//!
//! # Invariants
//! Parameters of the body precede those of the query. A macro that the sender did not fill, such as
//! `{payout}`, is not a value. A URL that was copied from HTML, with `&amp;` between its
//! parameters, reads the same.
//!
//! # Out of scope
//! The meaning of a status.

use serde_json::{Map, Value};

use crate::provider::attribution_hints::query_parameters;
use crate::provider::delivery::Delivery;
use crate::provider::json;
use crate::provider::report_error::ReportError;

const CLICK: [&str; 8] = [
    "click_id",
    "clickid",
    "cid",
    "subid",
    "sub_id",
    "aff_sub",
    "ll_click",
    "_ll_click",
];
const AMOUNT: [&str; 5] = ["payout", "revenue", "amount", "value", "sum"];
const TRANSACTION: [&str; 7] = [
    "txid",
    "tid",
    "transaction_id",
    "order_id",
    "orderid",
    "tx_id",
    "id",
];
const STATUS: [&str; 5] = ["status", "type", "event", "et", "goal"];

/// Names that no value contains, unless the separator of the parameters is wrong.
const TELLING: [&str; 14] = [
    "click_id",
    "clickid",
    "status",
    "type",
    "event",
    "goal",
    "amount",
    "payout",
    "revenue",
    "currency",
    "txid",
    "tid",
    "transaction_id",
    "order_id",
];

/// Most parameters that are read.
const MAX: usize = 200;

/// Lower-case names with their values; those of the body are first.
#[derive(Clone, Debug, Default)]
pub(super) struct PostbackParameters(Vec<(String, String)>);

impl PostbackParameters {
    /// The parameters of a delivery: its query, and its body as a form or a JSON object.
    pub(super) fn read(delivery: &Delivery) -> Result<PostbackParameters, ReportError> {
        let text = String::from_utf8_lossy(&delivery.body);
        let text = text.trim();
        let mut all = if text.starts_with('{') {
            let body: Map<String, Value> = json::read(text.as_bytes())?;
            body.into_iter().filter_map(scalar).collect()
        } else {
            query_parameters(text)
        };
        all.extend(query_parameters(delivery.query()));
        let all = all.into_iter().take(MAX).map(|(name, value)| {
            let value = value.replace('\0', "");
            (name.trim().to_ascii_lowercase(), value.trim().to_owned())
        });
        Ok(PostbackParameters(
            all.filter(|(_, value)| is_filled(value)).collect(),
        ))
    }

    /// The name of a parameter whose value contains another one, such as after `%26` or `;`.
    pub(super) fn swallowing(&self) -> Option<&str> {
        let holds_another = |value: &str| {
            let mut parts = value.split(['&', ';']).skip(1);
            let named = |part: &str| Some(part.split_once('=')?.0.trim().to_ascii_lowercase());
            parts.any(|part| named(part).is_some_and(|name| TELLING.contains(&&*name)))
        };
        let [clicks, amounts] = [&CLICK[..], &AMOUNT];
        let looked_at = [clicks, amounts, &TRANSACTION, &STATUS, &["currency", "cur"]].concat();
        let mut all = self.all().filter(|(name, _)| looked_at.contains(name));
        all.find(|(_, value)| holds_another(value))
            .map(|(name, _)| name)
    }

    /// All parameters.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of the first of these names that has one.
    pub(super) fn one_of(&self, names: &[&str]) -> Option<&str> {
        let of = |wanted: &&str| self.all().find(|(name, _)| name == wanted);
        names.iter().find_map(of).map(|(_, value)| value)
    }

    pub(super) fn click(&self) -> Option<&str> {
        self.one_of(&CLICK)
    }

    pub(super) fn amount(&self) -> Option<&str> {
        self.one_of(&AMOUNT)
    }

    pub(super) fn transaction(&self) -> Option<&str> {
        self.one_of(&TRANSACTION)
    }

    /// The status, in lower case.
    pub(super) fn status(&self) -> Option<String> {
        self.one_of(&STATUS).map(str::to_lowercase)
    }

    /// The statuses in a parameter such as `sale_status=billed,paid`, in lower case.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let list = self.one_of(&[name]).unwrap_or_default();
        let words = list
            .split([',', ';', '|'])
            .map(|word| word.trim().to_lowercase());
        words.filter(|word| !word.is_empty()).collect()
    }
}

fn is_filled(value: &str) -> bool {
    let is_macro = value.starts_with('{') && value.ends_with('}');
    !value.is_empty() && !is_macro
}

fn scalar((name, value): (String, Value)) -> Option<(String, String)> {
    let value = match value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some((name, value))
}
