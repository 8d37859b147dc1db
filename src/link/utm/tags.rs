//! The nine UTM parameters that GA4 reads.

use serde::{Deserialize, Serialize};

/// The nine UTM parameters, each optional. Field names are the parameters without `utm_`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UtmTags {
    /// `utm_source`: where the person came from; the network's own by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `utm_medium`: kind of traffic, such as `social`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// `utm_campaign`: the campaign's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// `utm_term`: keyword.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// `utm_content`: which of several links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// `utm_id`: id of the campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `utm_source_platform`: platform that directs the traffic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_platform: Option<String>,
    /// `utm_creative_format`: kind of creative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creative_format: Option<String>,
    /// `utm_marketing_tactic`: targeting criteria.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marketing_tactic: Option<String>,
}

impl UtmTags {
    /// Whether no tag is set.
    pub fn is_empty(&self) -> bool {
        *self == UtmTags::default()
    }

    /// Every parameter with its value, in GA4's order.
    fn fields(&self) -> [(&'static str, &Option<String>); 9] {
        [
            ("utm_source", &self.source),
            ("utm_medium", &self.medium),
            ("utm_campaign", &self.campaign),
            ("utm_term", &self.term),
            ("utm_content", &self.content),
            ("utm_id", &self.id),
            ("utm_source_platform", &self.source_platform),
            ("utm_creative_format", &self.creative_format),
            ("utm_marketing_tactic", &self.marketing_tactic),
        ]
    }

    pub(super) fn field_mut(&mut self, parameter: &str) -> Option<&mut Option<String>> {
        Some(match parameter {
            "utm_source" => &mut self.source,
            "utm_medium" => &mut self.medium,
            "utm_campaign" => &mut self.campaign,
            "utm_term" => &mut self.term,
            "utm_content" => &mut self.content,
            "utm_id" => &mut self.id,
            "utm_source_platform" => &mut self.source_platform,
            "utm_creative_format" => &mut self.creative_format,
            "utm_marketing_tactic" => &mut self.marketing_tactic,
            _ => return None,
        })
    }

    /// Removes the tags whose value `keep` rejects.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        let names = self.fields().map(|(parameter, _)| parameter);
        for field in names {
            if let Some(field) = self.field_mut(field)
                && !field.as_deref().is_none_or(&keep)
            {
                *field = None;
            }
        }
    }

    /// The tags that are set: parameter and value, in GA4's order.
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        self.fields()
            .into_iter()
            .filter_map(|(parameter, value)| Some((parameter, value.as_deref()?)))
            .collect()
    }

    /// These tags; `defaults` fill those that are not set.
    #[must_use]
    pub fn or(mut self, defaults: &UtmTags) -> UtmTags {
        for (parameter, value) in defaults.fields() {
            if let Some(field) = self.field_mut(parameter)
                && field.is_none()
            {
                field.clone_from(value);
            }
        }
        self
    }

    /// The value of a parameter such as `utm_source`.
    pub fn get(&self, parameter: &str) -> Option<&str> {
        self.fields()
            .into_iter()
            .find(|(name, _)| *name == parameter)?
            .1
            .as_deref()
    }

    /// Sets a parameter such as `utm_source`; `false` when there is no such parameter.
    pub fn set(&mut self, parameter: &str, value: String) -> bool {
        match self.field_mut(parameter) {
            Some(field) => {
                *field = Some(value);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utm(source: &str, medium: &str, campaign: &str) -> UtmTags {
        UtmTags {
            source: Some(source.into()),
            medium: Some(medium.into()),
            campaign: Some(campaign.into()),
            ..UtmTags::default()
        }
    }

    #[test]
    fn defaults_fill_only_what_is_missing() {
        let tags = utm("x", "social", "s").or(&UtmTags {
            term: Some("t".into()),
            ..utm("a", "b", "c")
        });
        let pairs = [
            ("utm_source", "x"),
            ("utm_medium", "social"),
            ("utm_campaign", "s"),
            ("utm_term", "t"),
        ];
        assert_eq!(tags.pairs(), pairs);
    }
}
