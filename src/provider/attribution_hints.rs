//! What a shop reports about how a customer came: click ids from any field, customer ids, promo
//! codes and UTM tags.
//!
//! # Invariants
//! An unreadable value is dropped, and the others stay. An e-mail address is stored only as its
//! keyed hash, in whatever field it was.
//!
//! # Out of scope
//! The fields of a provider.

use std::borrow::Cow;

use url::form_urlencoded;

use super::report::{ConversionReport, ReportedCustomer, is_email, names_a_person};
use crate::clock::Millis;
use crate::conversion::{ClickIdSource, ConversionKind, JoinEvidence};
use crate::id::ClickId;
use crate::link::utm::UtmTags;

/// Longest UTM value, in characters.
const MAX_TAG: usize = 200;

/// Longest customer id, in characters.
const MAX_MARK: usize = 200;

/// Longest promo code, in characters.
const MAX_CODE: usize = 100;

/// Most click ids that are kept; the latest ones stay.
const MAX_CLICKS: usize = 100;

/// Most promo codes of one order.
const MAX_CODES: usize = 10;

/// Remains of an HTML-encoded `&` after a query is split at `&`.
const ENTITIES: [&str; 5] = ["amp;", "AMP;", "#38;", "#038;", "#x26;"];

/// What can lead from an order or a lead back to a click, as the provider wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributionHints {
    /// Click ids from their own fields.
    pub click_ids: Vec<String>,
    /// URLs of pages where the customer landed, or their paths with query.
    pub landing_urls: Vec<String>,
    /// Click ids that the shop's page stored, oldest first.
    pub path: Vec<String>,
    /// The customer.
    pub customer: ReportedCustomer,
    /// Promo codes used.
    pub promo_codes: Vec<String>,
    /// UTM tags. Those of the landing URL fill the missing ones.
    pub utm: UtmTags,
}

impl AttributionHints {
    /// Reads a field by the name that shops use for it: `ll_click`, `_ll_click` or `click_id` for
    /// the click, `ll_path` or `_ll_path` for the path, `utm_…` for tags. Returns whether the
    /// name was one of them.
    pub fn take(&mut self, name: &str, value: &str) -> bool {
        let name = name.trim().to_ascii_lowercase();
        let value = value.trim();
        match name.strip_prefix('_').unwrap_or(&name) {
            "ll_click" | "click_id" | "leadline_click" => self.click_ids.push(value.to_owned()),
            "ll_path" | "leadline_path" => self.path.extend(words(value)),
            utm if utm.starts_with("utm_") => return self.utm.set(utm, value.to_owned()),
            _ => return false,
        }
        true
    }

    /// The report of an event with these hints, without unreadable values.
    pub fn report(
        mut self,
        kind: ConversionKind,
        event_id: String,
        occurred_at: Option<Millis>,
    ) -> ConversionReport {
        let fits = |most| move |text: &String| (1..=most).contains(&text.trim().chars().count());
        let customer = ReportedCustomer {
            external_id: self.customer.external_id.filter(fits(MAX_MARK)),
            email: self.customer.email.filter(|email| is_email(email)),
        };
        // The last one is the click; the others are earlier clicks.
        let click_id = self.click_ids.pop();
        self.path.extend(self.click_ids);
        ConversionReport {
            kind,
            name: None,
            event_id: Some(event_id),
            occurred_at,
            click_id,
            path: self.path,
            landing_url: self.landing_urls.into_iter().next(),
            customer: Some(customer).filter(|customer| *customer != ReportedCustomer::default()),
            promo_code: self.promo_codes.into_iter().find(fits(MAX_CODE)),
            utm: Some(self.utm).filter(|utm| !utm.is_empty()),
            value: None,
            of: None,
        }
    }

    /// The evidence that is stored.
    pub fn evidence(&self, email_hash: &dyn Fn(&str) -> String) -> JoinEvidence {
        let mut evidence = JoinEvidence::default();
        let landing: Vec<String> = self
            .landing_urls
            .iter()
            .flat_map(|url| click_ids(url))
            .collect();
        let path = self.path.iter().map(|id| (id, ClickIdSource::Path));
        let landing = landing.iter().map(|id| (id, ClickIdSource::Landing));
        let given = self.click_ids.iter().map(|id| (id, ClickIdSource::Given));
        for (text, brought) in path.chain(landing).chain(given) {
            if let Ok(id) = text.trim().parse::<ClickId>() {
                evidence.add_click(id, brought);
            }
        }
        let clicks: Vec<_> = evidence.clicks().collect();
        let surplus = clicks.len().saturating_sub(MAX_CLICKS);
        evidence.set_clicks(clicks[surplus..].to_vec());
        let email = self.customer.email.as_deref();
        let email = email.filter(|email| is_email(email));
        let id = self.customer.external_id.as_deref().map(str::trim);
        // Some shops use the e-mail address as the customer's id; then it is an e-mail too.
        let address = email.or(id.filter(|id| names_a_person(id)));
        evidence.email_hash = address.map(email_hash);
        evidence.external_id = id.and_then(|id| mark(id, email_hash));
        let codes = self.promo_codes.iter().map(|code| code.trim());
        evidence.promo_codes = codes
            .filter_map(|code| mark(code, email_hash))
            .take(MAX_CODES)
            .collect();
        evidence.promo_codes.sort_unstable();
        evidence.promo_codes.dedup();
        let mut utm = self.utm.clone();
        for url in &self.landing_urls {
            utm = utm.or(&tags(url));
        }
        utm.retain(|tag| (1..=MAX_TAG).contains(&tag.chars().count()) && !names_a_person(tag));
        evidence.utm = utm;
        evidence
    }
}

/// An identifier that may be stored. An e-mail address becomes its keyed hash, which identifies a
/// customer equally well.
fn mark(text: &str, email_hash: &dyn Fn(&str) -> String) -> Option<String> {
    if names_a_person(text) {
        return Some(super::report::email_as_id(&email_hash(text)));
    }
    (1..=MAX_MARK)
        .contains(&text.chars().count())
        .then(|| text.to_owned())
}

/// The items of a list of click ids, whatever separates them.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
}

/// The parameters of a URL, a path with a query, or a query; names and values are decoded.
pub fn parameters(url: &str) -> Vec<(String, String)> {
    let whole = url.split('#').next().unwrap_or_default();
    let query = whole.split_once('?').map_or("", |(_, query)| query);
    query_parameters(query)
}

/// The parameters of a query or a form body; names and values are decoded.
pub fn query_parameters(query: &str) -> Vec<(String, String)> {
    // Some databases cannot store NUL, and no valid text contains it.
    let without_nul = |text: Cow<'_, str>| text.replace('\0', "");
    form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (without_entity(without_nul(name)), without_nul(value)))
        .collect()
}

/// Removes the remains of `&amp;` from a name of a URL that was copied from HTML, even if encoded
/// twice.
fn without_entity(name: String) -> String {
    let mut rest = &*name;
    while let Some(after) = ENTITIES.iter().find_map(|entity| rest.strip_prefix(entity)) {
        rest = after;
    }
    if rest.len() == name.len() {
        return name;
    }
    rest.to_owned()
}

/// Click ids among a URL's parameters, under any name, because a link may use its own name.
fn click_ids(url: &str) -> Vec<String> {
    let values = parameters(url).into_iter().map(|(_, value)| value);
    values
        .filter(|value| value.parse::<ClickId>().is_ok())
        .collect()
}

fn tags(url: &str) -> UtmTags {
    let mut utm = UtmTags::default();
    for (name, value) in parameters(url) {
        utm.set(&name.to_ascii_lowercase(), value);
    }
    utm
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Millis;

    fn click(n: i64) -> ClickId {
        ClickId::from_parts(Millis(n), [0; 10])
    }

    #[test]
    fn click_ids_are_found_wherever_they_stand() {
        let [a, b, c] = [1, 2, 3].map(click);
        let mut hints = AttributionHints::default();
        assert!(hints.take("_ll_click", &format!(" {c} ")));
        assert!(hints.take("LL_PATH", &format!("[\"{a}\",\"{b}\",\"junk\"]")));
        assert!(!hints.take("colour", "red"));
        hints
            .landing_urls
            .push(format!("/lamp?x=1&my_click={b}&utm_source=x#top"));
        let evidence = hints.evidence(&|email| format!("hash of {email}"));
        let clicks: Vec<_> = evidence.clicks().collect();
        assert_eq!(
            clicks,
            [
                (a, ClickIdSource::Path),
                (b, ClickIdSource::Landing),
                (c, ClickIdSource::Given)
            ]
        );
        assert_eq!(evidence.utm.source.as_deref(), Some("x"));
    }

    #[test]
    fn addresses_leave_only_their_hashes() {
        let hints = AttributionHints {
            customer: ReportedCustomer {
                external_id: Some("ann@shop.example".into()),
                email: Some("not an address".into()),
            },
            promo_codes: vec![
                "bob@shop.example".into(),
                "SAVE@10".into(),
                "SAVE@10".into(),
            ],
            utm: UtmTags {
                campaign: Some("for ann@shop.example".into()),
                source: Some("ann@shop.example".into()),
                ..UtmTags::default()
            },
            ..AttributionHints::default()
        };
        let evidence = hints.evidence(&|email| format!("hash of {email}"));
        assert_eq!(
            evidence.email_hash.as_deref(),
            Some("hash of ann@shop.example")
        );
        assert_eq!(
            evidence.external_id.as_deref(),
            Some("email:hash of ann@shop.example")
        );
        assert_eq!(
            evidence.promo_codes,
            ["SAVE@10", "email:hash of bob@shop.example"]
        );
        assert_eq!(evidence.utm.source, None);
    }
}
