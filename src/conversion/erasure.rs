//! What is left of a report when its person is erased: what happened, when, and the money.
//!
//! # Invariants
//! What is left is a function of the report and of what was erased. So a repeated report ends as
//! its first did, and is recognised as its repeat.
//!
//! # Out of scope
//! How texts are renamed, and where reports are stored.

use std::collections::HashMap;

use super::evidence::JoinEvidence;
use super::report::NewConversion;
use crate::id::ClickId;
use crate::link::utm::UtmTags;

/// The prefix of a hashed e-mail address that is used as an id.
pub const EMAIL_AS_ID: &str = "email:";

/// What is erased of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErasureScope {
    /// The person: everything that identifies them.
    Person,
    /// Clicks of another person, with the ids that replace them.
    Clicks(HashMap<ClickId, ClickId>),
}

impl ErasureScope {
    /// Whether a text names the erased person or clicks, given the evidence of a report.
    pub fn is_named_in(&self, text: &str, evidence: &JoinEvidence) -> bool {
        match self {
            ErasureScope::Person => evidence
                .identifiers()
                .any(|identifier| has_word(text, &identifier)),
            ErasureScope::Clicks(clicks) => clicks.keys().any(|id| has_word(text, &id.to_string())),
        }
    }
}

impl NewConversion {
    /// Hashes of e-mail addresses in the report, including those used as an id.
    pub fn email_hashes(&self) -> impl Iterator<Item = &str> {
        let ids = [
            Some(&self.event_id),
            self.refund_of.as_ref(),
            self.evidence.external_id.as_ref(),
        ];
        let as_id = ids.into_iter().flatten();
        let as_id = as_id.filter_map(|id| id.strip_prefix(EMAIL_AS_ID));
        self.evidence.email_hash.as_deref().into_iter().chain(as_id)
    }

    /// What is left of the report. `rename` replaces an event id that names the person.
    #[must_use]
    pub fn without(&self, erased: &ErasureScope, rename: &dyn Fn(&str) -> String) -> NewConversion {
        let mut left = self.clone();
        let names = |text: &str| match erased {
            ErasureScope::Person => self
                .identifiers()
                .any(|identifier| has_word(text, &identifier)),
            ErasureScope::Clicks(clicks) => clicks.keys().any(|id| has_word(text, &id.to_string())),
        };
        left.evidence = match erased {
            ErasureScope::Person => self.evidence.of_nobody(names),
            ErasureScope::Clicks(clicks) => self.evidence.standing_in(clicks),
        };
        if names(&self.event_id) {
            left.event_id = rename(&self.event_id);
        }
        left.refund_of = self.refund_of.as_ref().map(|sale| {
            if names(sale) {
                rename(sale)
            } else {
                sale.clone()
            }
        });
        left
    }

    /// Every text that identifies the person.
    fn identifiers(&self) -> impl Iterator<Item = String> {
        let emails = self.email_hashes().map(str::to_owned);
        self.evidence.identifiers().chain(emails)
    }
}

impl JoinEvidence {
    /// What is left of evidence by itself; `names` says whether a text names the erased person.
    #[must_use]
    pub fn without(&self, erased: &ErasureScope, names: impl Fn(&str) -> bool) -> JoinEvidence {
        match erased {
            ErasureScope::Person => self.of_nobody(names),
            ErasureScope::Clicks(clicks) => self.standing_in(clicks),
        }
    }

    /// Every text that identifies the person.
    fn identifiers(&self) -> impl Iterator<Item = String> {
        let identifiers = self.external_id.iter().chain(&self.email_hash).cloned();
        let clicks = self.click_ids.iter().map(ToString::to_string);
        identifiers.chain(clicks)
    }

    /// The same with these clicks replaced.
    fn standing_in(&self, clicks: &HashMap<ClickId, ClickId>) -> JoinEvidence {
        let mut evidence = self.clone();
        for id in evidence.click_ids.iter_mut().chain(&mut evidence.proven) {
            *id = clicks.get(id).copied().unwrap_or(*id);
        }
        evidence
    }

    /// What leads to a campaign but not to a person: its tag and its source.
    fn of_nobody(&self, names_somebody: impl Fn(&str) -> bool) -> JoinEvidence {
        let mut utm = UtmTags {
            campaign: self.utm.campaign.clone(),
            source: self.utm.source.clone(),
            ..UtmTags::default()
        };
        utm.retain(|tag| !names_somebody(tag));
        JoinEvidence {
            utm,
            ..JoinEvidence::default()
        }
    }
}

/// Whether the text contains `word` as a whole word, not as a part of a longer word or number.
fn has_word(text: &str, word: &str) -> bool {
    let ends = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    !word.is_empty()
        && text.match_indices(word).any(|(at, found)| {
            ends(text[..at].chars().next_back()) && ends(text[at + found.len()..].chars().next())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Millis;
    use crate::conversion::ConversionKind;
    use crate::id::{ConversionId, WorkspaceId};

    fn report(event_id: &str) -> NewConversion {
        NewConversion {
            id: ConversionId::from_parts(Millis(1), [1; 10]),
            workspace_id: WorkspaceId::from_parts(Millis(1), [1; 10]),
            source_id: None,
            event_id: event_id.to_owned(),
            kind: ConversionKind::Lead,
            name: None,
            occurred_at: Millis(1),
            received_at: Millis(1),
            value: None,
            refund_of: None,
            order: None,
            evidence: JoinEvidence {
                click_ids: vec![click(1), click(2)],
                by_public_key: false,
                proven: Vec::new(),
                click_id_sources: Vec::new(),
                external_id: Some("17".to_owned()),
                email_hash: Some("abc".to_owned()),
                promo_codes: vec!["ANN10".to_owned()],
                utm: UtmTags {
                    campaign: Some("spring".to_owned()),
                    source: Some("mail-17".to_owned()),
                    content: Some("for ann".to_owned()),
                    ..UtmTags::default()
                },
            },
        }
    }

    fn click(n: u8) -> ClickId {
        ClickId::from_parts(Millis(1), [n; 10])
    }

    #[test]
    fn of_a_person_only_the_campaign_is_left() {
        let rename = |text: &str| format!("({text})");
        let spring = UtmTags {
            campaign: Some("spring".to_owned()),
            ..UtmTags::default()
        };
        for (event, left) in [
            ("order-1001", "order-1001"),
            ("order-171", "order-171"),
            ("17", "(17)"),
            ("signup-17", "(signup-17)"),
            ("email:abc", "(email:abc)"),
        ] {
            let left_over = report(event).without(&ErasureScope::Person, &rename);
            assert_eq!(left_over.event_id, left);
            assert_eq!(left_over.evidence.utm, spring, "{event}");
            let nothing_else = JoinEvidence {
                utm: spring.clone(),
                ..JoinEvidence::default()
            };
            assert_eq!(left_over.evidence, nothing_else);
        }
    }

    #[test]
    fn of_a_click_that_went_along_only_its_id_changes() {
        let erased = ErasureScope::Clicks(HashMap::from([(click(1), click(9))]));
        let of = report(&format!("lead-{}", click(1)));
        let left = of.without(&erased, &|_| "renamed".to_owned());
        assert_eq!(left.evidence.click_ids, [click(9), click(2)]);
        assert_eq!(left.event_id, "renamed");
        assert_eq!(left.evidence.external_id.as_deref(), Some("17"));
    }

    #[test]
    fn an_address_is_known_wherever_it_stands() {
        let report = NewConversion {
            refund_of: Some("email:def".to_owned()),
            ..report("email:ghi")
        };
        let hashes: Vec<&str> = report.email_hashes().collect();
        assert_eq!(hashes, ["abc", "ghi", "def"]);
    }
}
