//! The mapping of a generic source: where the signature is, and what each field means.
//!
//! # Invariants
//! A mapping that passes [`GenericMapping::check`] names every field that its kinds need. Places
//! are JSON Pointers (RFC 6901), such as `/order/total`.
//!
//! # Out of scope
//! Reading a body.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::provider::json::object;

use crate::campaign::is_event_name;
use crate::provider::amount;

/// Longest pointer, header and prefix, in characters.
const MAX_TEXT: usize = 200;

/// Most values in the map of a kind.
const MAX_VALUES: usize = 100;

/// Where the signature is, and what each field means. Places are JSON Pointers. If `items` is set,
/// they are relative to an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GenericMapping {
    /// The header of the signature, which is the HMAC-SHA256 of the raw body with the source's
    /// secret.
    #[serde(default = "signature_header")]
    #[schema(default = "x-signature-256")]
    pub signature_header: String,
    /// The encoding of the signature.
    #[serde(default)]
    pub encoding: SignatureEncoding,
    /// The text before the signature in its header, such as `sha256=`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// The header of the time of signing, if the sender signs it: then the signature covers
    /// `{time}.{body}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<SignedTime>,
    /// The kind of an item: one word for all items, or the value of a field.
    pub kind: KindRule,
    /// Place of the list, if one body has several items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<String>,
    /// Place of the sender's id of the event. The same id and kind again is a repeat.
    #[schema(example = "/id")]
    pub event_id: String,
    /// Place of the time: RFC 3339, or seconds or milliseconds since 1970. Without it, the time of
    /// receipt counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<String>,
    /// Place of the amount, which sales, refunds and chargebacks need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "/total")]
    pub amount: Option<String>,
    /// Whether amounts are decimals such as 49.99, or whole minor units such as 4999.
    #[serde(default)]
    pub amount_unit: AmountUnit,
    /// Place of the currency, or the currency itself, such as `EUR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "/currency")]
    pub currency: Option<String>,
    /// Place of the click id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub click_id: Option<String>,
    /// Place of the URL of the page where the customer landed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landing_url: Option<String>,
    /// Place of the sender's id of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Place of the customer's e-mail address; only its keyed hash is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Place of the promo code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promo_code: Option<String>,
    /// Place of the event id of the sale that a refund or chargeback reverses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Place of an event's name, or the name itself, such as `trial`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

fn signature_header() -> String {
    "x-signature-256".to_owned()
}

/// The encoding of a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignatureEncoding {
    /// As hexadecimal digits.
    #[default]
    Hex,
    /// As base64.
    Base64,
}

/// How amounts are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AmountUnit {
    /// As decimals: 49.99.
    #[default]
    Major,
    /// In whole minor units: 4999.
    Minor,
}

/// The time of signing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedTime {
    /// The header of the time.
    pub header: String,
    /// Largest difference from our clock in seconds, in both directions; 1 to 86400.
    #[serde(default = "tolerance_seconds")]
    #[schema(default = 300)]
    pub tolerance_seconds: u32,
}

fn tolerance_seconds() -> u32 {
    300
}

/// The kind of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum KindRule {
    /// The same kind for all items.
    Always(MappedKind),
    /// A kind by the value of a field.
    ByValue(#[serde(deserialize_with = "object")] KindByValue),
}

/// The kind of an item, by the value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KindByValue {
    /// Place of the field.
    #[schema(example = "/type")]
    pub at: String,
    /// The kind of each value; `*` means every other value. Without `*`, an unknown value is
    /// refused.
    pub map: BTreeMap<String, MappedKind>,
}

/// The kind that a value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MappedKind {
    /// A person became known.
    Lead,
    /// A customer paid.
    Sale,
    /// Money was refunded.
    Refund,
    /// The customer's bank took money back.
    Chargeback,
    /// A named event.
    Event,
    /// Nothing that counts.
    Ignore,
}

impl GenericMapping {
    /// The headers that verification reads, in lower case.
    pub fn headers(&self) -> Vec<String> {
        let time = self.timestamp.as_ref().map(|time| &time.header);
        let all = std::iter::once(&self.signature_header).chain(time);
        all.map(|name| name.to_ascii_lowercase()).collect()
    }

    /// Checks whether the mapping can be used.
    ///
    /// # Errors
    /// What to fix.
    pub fn check(&self) -> Result<(), String> {
        self.check_signature()?;
        self.check_places()?;
        let meanings = match &self.kind {
            KindRule::Always(meaning) => vec![*meaning],
            KindRule::ByValue(rule) => rule.map.values().copied().collect(),
        };
        if meanings.is_empty() || meanings.len() > MAX_VALUES {
            return Err(format!("has 1 to {MAX_VALUES} values in `kind.map`"));
        }
        let needs_money = |kind: &MappedKind| {
            matches!(
                kind,
                MappedKind::Sale | MappedKind::Refund | MappedKind::Chargeback
            )
        };
        if meanings.iter().any(needs_money) && (self.amount.is_none() || self.currency.is_none()) {
            return Err(
                "needs `amount` and `currency`, because some of its kinds are money".to_owned(),
            );
        }
        if self.amount.is_some() && self.currency.is_none() {
            return Err("needs `currency` for its `amount`".to_owned());
        }
        if meanings.contains(&MappedKind::Event) && self.name.is_none() {
            return Err("needs `name`, the name of its events".to_owned());
        }
        Ok(())
    }

    fn check_signature(&self) -> Result<(), String> {
        for header in self.headers() {
            let is_sign = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
            if !(1..=MAX_TEXT).contains(&header.len()) || !header.bytes().all(is_sign) {
                return Err(format!("names {header:?}, which is not a header"));
            }
        }
        let time = self.timestamp.as_ref();
        if time.is_some_and(|time| !(1..=86_400).contains(&time.tolerance_seconds)) {
            return Err("has a `tolerance_seconds` of 1 to 86400".to_owned());
        }
        if self.prefix.len() > MAX_TEXT {
            return Err(format!("has a `prefix` of at most {MAX_TEXT} characters"));
        }
        Ok(())
    }

    fn check_places(&self) -> Result<(), String> {
        let is_place = |text: &str| text.starts_with('/') && (2..=MAX_TEXT).contains(&text.len());
        let kind = match &self.kind {
            KindRule::Always(_) => None,
            KindRule::ByValue(rule) => Some(&rule.at),
        };
        for (field, place) in [
            ("kind.at", kind),
            ("event_id", Some(&self.event_id)),
            ("items", self.items.as_ref()),
            ("occurred_at", self.occurred_at.as_ref()),
            ("amount", self.amount.as_ref()),
            ("click_id", self.click_id.as_ref()),
            ("landing_url", self.landing_url.as_ref()),
            ("external_id", self.external_id.as_ref()),
            ("email", self.email.as_ref()),
            ("promo_code", self.promo_code.as_ref()),
            ("of", self.of.as_ref()),
        ] {
            // The whole body may be the list.
            let is_whole = field == "items" && place.is_some_and(String::is_empty);
            if !is_whole && place.is_some_and(|place| !is_place(place)) {
                return Err(format!(
                    "has a `{field}` that is not a place; write it as a JSON Pointer such as /order/id"
                ));
            }
        }
        let currency = self.currency.as_deref().filter(|text| !is_place(text));
        if currency.is_some_and(|code| amount::currency(code).is_err()) {
            return Err(
                "has a `currency` that is neither a place such as /currency nor a code like EUR"
                    .to_owned(),
            );
        }
        let name = self.name.as_deref().filter(|text| !is_place(text));
        if name.is_some_and(|name| !is_event_name(name)) {
            return Err(
                "has a `name` that is neither a place such as /name nor 1 to 64 of a-z 0-9 _ . -"
                    .to_owned(),
            );
        }
        Ok(())
    }
}
