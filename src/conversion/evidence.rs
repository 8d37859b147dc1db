//! Evidence: what a report contains to find its click.
//!
//! # Invariants
//! - An e-mail address is present only as its keyed hash.
//! - Evidence of several reports of one order can be merged in any order.
//!
//! # Out of scope
//! Clicks themselves, storage.

use serde::{Deserialize, Deserializer, Serialize};

use super::match_rule::MatchRule;
use crate::id::ClickId;
use crate::link::utm::UtmTags;

/// Where a click id was found, strongest first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ClickIdSource {
    /// In a field for click ids.
    #[default]
    Given,
    /// In the URL of the page that the customer landed on.
    Landing,
    /// In the path that the shop's page has seen.
    Path,
}

impl ClickIdSource {
    /// The rule of the join ladder that such a click is found by.
    pub fn match_rule(self) -> MatchRule {
        match self {
            ClickIdSource::Given => MatchRule::ClickId,
            ClickIdSource::Landing => MatchRule::LandingUrl,
            ClickIdSource::Path => MatchRule::Path,
        }
    }
}

/// What a report contains to find its click.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinEvidence {
    /// Click ids, oldest first; an explicit one comes last. They are unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub click_ids: Vec<ClickId>,
    /// Where each of them was found, in the same order; those without an entry were given.
    #[serde(default, rename = "brought", skip_serializing_if = "Vec::is_empty")]
    pub click_id_sources: Vec<ClickIdSource>,
    /// The provider's own id of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Keyed hash of the normalised e-mail address, hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_hash: Option<String>,
    /// Promo codes used, as they were written.
    #[serde(
        default,
        alias = "promo_code",
        deserialize_with = "one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub promo_codes: Vec<String>,
    /// UTM tags the shop saw.
    #[serde(default, skip_serializing_if = "UtmTags::is_empty")]
    pub utm: UtmTags,
    /// Whether it was sent with a public key, which everybody can read in a page. Then it proves
    /// nothing about who clicked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_public_key: bool,
    /// Click ids that a repeat with a secret proved; empty if the first report had a secret itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proven: Vec<ClickId>,
}

/// An older form had at most one promo code.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Many(Vec<String>),
        One(Option<String>),
    }
    Ok(match Form::deserialize(deserializer)? {
        Form::Many(codes) => codes,
        Form::One(code) => code.into_iter().collect(),
    })
}

impl JoinEvidence {
    /// Whether nothing identifies a person: none was reported, or the person was erased.
    pub fn is_anonymous(&self) -> bool {
        self.click_ids.is_empty()
            && self.external_id.is_none()
            && self.email_hash.is_none()
            && self.promo_codes.is_empty()
    }

    /// Whether it proves that a person made this click.
    pub fn proves(&self, click: ClickId) -> bool {
        !self.by_public_key || self.proven.contains(&click)
    }

    /// Adds the proof that a repeat of the same event has for clicks that both name. Returns
    /// whether any of it is new.
    pub fn add_proof(&mut self, again: &JoinEvidence) -> bool {
        let before = self.proven.len();
        if self.by_public_key && !again.by_public_key {
            for click in &again.click_ids {
                if self.click_ids.contains(click) && !self.proven.contains(click) {
                    self.proven.push(*click);
                }
            }
        }
        self.proven.len() > before
    }

    /// The click ids with where each was found.
    pub fn clicks(&self) -> impl Iterator<Item = (ClickId, ClickIdSource)> {
        let sources = self.click_id_sources.iter().copied();
        let sources = sources.chain(std::iter::repeat(ClickIdSource::Given));
        self.click_ids.iter().copied().zip(sources)
    }

    /// Adds a click id as the last one. A known id moves to the end and keeps its strongest source.
    pub fn add_click(&mut self, id: ClickId, source: ClickIdSource) {
        let mut all: Vec<(ClickId, ClickIdSource)> = self.clicks().collect();
        let known = all.iter().position(|(known, _)| *known == id);
        let before = known.map(|at| all.remove(at).1);
        all.push((id, before.map_or(source, |before| before.min(source))));
        self.set_clicks(all);
    }

    /// Replaces the click ids.
    pub fn set_clicks(&mut self, all: Vec<(ClickId, ClickIdSource)>) {
        (self.click_ids, self.click_id_sources) = all.into_iter().unzip();
        if self
            .click_id_sources
            .iter()
            .all(|source| *source == ClickIdSource::Given)
        {
            self.click_id_sources.clear();
        }
    }

    /// Merges the evidence of a later report of the same order: click ids and promo codes add up,
    /// later identifiers and tags win.
    pub fn merge(&mut self, later: &JoinEvidence) {
        let mut all: Vec<(ClickId, ClickIdSource)> = self.clicks().collect();
        for (id, source) in later.clicks() {
            match all.iter_mut().find(|(known, _)| *known == id) {
                Some(known) => known.1 = known.1.min(source),
                None => all.push((id, source)),
            }
        }
        // Ids sort as their clicks came.
        all.sort_unstable();
        self.set_clicks(all);
        for (mine, other) in [
            (&mut self.external_id, &later.external_id),
            (&mut self.email_hash, &later.email_hash),
        ] {
            if other.is_some() {
                mine.clone_from(other);
            }
        }
        for code in &later.promo_codes {
            if !self.promo_codes.contains(code) {
                self.promo_codes.push(code.clone());
            }
        }
        self.promo_codes.sort_unstable();
        if !later.utm.is_empty() {
            self.utm = later.utm.clone();
        }
        self.by_public_key &= later.by_public_key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Millis;

    fn click(n: u8) -> ClickId {
        ClickId::from_parts(Millis(1), [n; 10])
    }

    #[test]
    fn an_older_form_is_read() {
        let old = format!(r#"{{"click_ids":["{}"],"promo_code":"ANN10"}}"#, click(1));
        let evidence: JoinEvidence = serde_json::from_str(&old).unwrap();
        assert_eq!(evidence.promo_codes, ["ANN10"]);
        let clicks: Vec<_> = evidence.clicks().collect();
        assert_eq!(clicks, [(click(1), ClickIdSource::Given)]);
        assert_eq!(
            serde_json::from_str::<JoinEvidence>("{}").unwrap(),
            JoinEvidence::default()
        );
    }

    #[test]
    fn a_click_that_comes_twice_counts_by_the_stronger_way() {
        let mut evidence = JoinEvidence::default();
        evidence.add_click(click(1), ClickIdSource::Path);
        evidence.add_click(click(2), ClickIdSource::Path);
        evidence.add_click(click(1), ClickIdSource::Given);
        let clicks: Vec<_> = evidence.clicks().collect();
        assert_eq!(
            clicks,
            [
                (click(2), ClickIdSource::Path),
                (click(1), ClickIdSource::Given)
            ]
        );
    }

    #[test]
    fn a_repeat_with_a_secret_proves_the_clicks_that_both_name() {
        let mut of_page = JoinEvidence {
            click_ids: vec![click(1), click(2)],
            by_public_key: true,
            ..JoinEvidence::default()
        };
        let mut of_server = JoinEvidence {
            click_ids: vec![click(2), click(3)],
            ..JoinEvidence::default()
        };
        let again = of_page.clone();
        assert!(!of_page.add_proof(&again), "a page proves nothing");
        assert!(!of_page.proves(click(2)));
        assert!(of_page.add_proof(&of_server) && !of_page.add_proof(&of_server));
        assert_eq!(of_page.proven, [click(2)]);
        assert_eq!(
            [1, 2, 3].map(|n| of_page.proves(click(n))),
            [false, true, false]
        );
        assert!(!of_server.add_proof(&of_page) && of_server.proves(click(3)));
    }

    #[test]
    fn evidence_of_one_order_adds_up() {
        let mut first = JoinEvidence {
            external_id: Some("17".into()),
            promo_codes: vec!["B".into()],
            ..JoinEvidence::default()
        };
        first.add_click(click(2), ClickIdSource::Landing);
        let mut later = JoinEvidence {
            promo_codes: vec!["A".into(), "B".into()],
            ..JoinEvidence::default()
        };
        later.add_click(click(1), ClickIdSource::Given);
        first.merge(&later);
        let again = first.clone();
        first.merge(&later);
        assert_eq!(first, again, "taking up twice changes nothing");
        assert_eq!(first.click_ids, [click(1), click(2)]);
        assert_eq!(first.promo_codes, ["A", "B"]);
        assert_eq!(first.external_id.as_deref(), Some("17"));
    }
}
