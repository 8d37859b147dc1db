//! Evidence: what a report brings along to find its click.
//!
//! Holds: no e-mail address, only its keyed hash. Evidence of several reports of one order can be
//! put together in any order. Must not know: clicks themselves, storage.

use serde::{Deserialize, Deserializer, Serialize};

use super::match_rule::MatchRule;
use crate::id::ClickId;
use crate::link::utm::UtmTags;

/// How a click id came along, strongest first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ClickIdSource {
    /// In a field for it.
    #[default]
    Given,
    /// In the URL of the page that the customer landed on.
    Landing,
    /// In the path that the shop's page has seen.
    Path,
}

impl ClickIdSource {
    /// The rung of the ladder that such a click is found by.
    pub fn match_rule(self) -> MatchRule {
        match self {
            ClickIdSource::Given => MatchRule::ClickId,
            ClickIdSource::Landing => MatchRule::LandingUrl,
            ClickIdSource::Path => MatchRule::Path,
        }
    }
}

/// What a report brings along to find its click. Holds no e-mail address, only its keyed hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinEvidence {
    /// Click ids that came along, oldest first; an explicit one comes last. None comes twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub click_ids: Vec<ClickId>,
    /// How each of them came along, place by place; what has no place here was given.
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
    /// Whether it came with a key that everybody can read in a page. Then it proves nothing about
    /// who clicked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_public_key: bool,
    /// Those of the click ids that a repeat named which came with a secret; empty where the first
    /// report came with one itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proven: Vec<ClickId>,
}

/// An older form had one promo code or none.
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
    /// Whether nothing tells of a person: none was told of, or the person was erased.
    pub fn is_anonymous(&self) -> bool {
        self.click_ids.is_empty()
            && self.external_id.is_none()
            && self.email_hash.is_none()
            && self.promo_codes.is_empty()
    }

    /// Whether it proves that a person made this click, which it names.
    pub fn proves(&self, click: ClickId) -> bool {
        !self.by_public_key || self.proven.contains(&click)
    }

    /// Takes the proof that a repeat of the same event brings for clicks that both name; whether
    /// there was any that was not known.
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

    /// The click ids with how each came along.
    pub fn clicks(&self) -> impl Iterator<Item = (ClickId, ClickIdSource)> {
        let sources = self.click_id_sources.iter().copied();
        let sources = sources.chain(std::iter::repeat(ClickIdSource::Given));
        self.click_ids.iter().copied().zip(sources)
    }

    /// Adds a click id behind the others. One that is there already moves there, and counts by the
    /// strongest way it came.
    pub fn add_click(&mut self, id: ClickId, source: ClickIdSource) {
        let mut all: Vec<(ClickId, ClickIdSource)> = self.clicks().collect();
        let known = all.iter().position(|(known, _)| *known == id);
        let before = known.map(|at| all.remove(at).1);
        all.push((id, before.map_or(source, |before| before.min(source))));
        self.set_clicks(all);
    }

    /// Puts these click ids in place of the ones that are there.
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

    /// Takes up what another report of the same order has and this one lacks; the result does not
    /// depend on the order of more than two, as long as what they differ in is given oldest report
    /// first: later marks and tags win.
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
