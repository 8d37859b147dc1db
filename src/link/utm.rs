//! UTM tags: the nine parameters GA4 reads, and the workspace's convention for their values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The nine UTM parameters, each optional. Field names are the parameters without `utm_`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Utm {
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

/// Longest value of a tag, in characters.
const MAX_VALUE: usize = 100;

/// Longest tag made of a name.
const MAX_SLUG: usize = 80;

impl Utm {
    /// Whether no tag is set.
    pub fn is_empty(&self) -> bool {
        *self == Utm::default()
    }

    /// Every parameter with its place, in GA4's order.
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

    fn field_mut(&mut self, parameter: &str) -> Option<&mut Option<String>> {
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

    /// The tags that are set: parameter and value, in GA4's order.
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        self.fields()
            .into_iter()
            .filter_map(|(parameter, value)| Some((parameter, value.as_deref()?)))
            .collect()
    }

    /// These tags, with `defaults` where none is set.
    pub fn or(mut self, defaults: &Utm) -> Utm {
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

/// `text` as a tag: lower-case ASCII letters and digits with `separator` between words, at most
/// 80 characters; `campaign` when nothing is left.
pub fn slugify(text: &str, separator: char) -> String {
    let mut slug = String::new();
    let plain = text
        .nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c));
    for c in plain.flat_map(char::to_lowercase) {
        if slug.len() >= MAX_SLUG {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if c == 'ß' {
            slug.push_str("ss");
        } else if !slug.is_empty() && !slug.ends_with(separator) {
            slug.push(separator);
        }
    }
    let slug = slug.trim_end_matches(separator);
    if slug.is_empty() {
        "campaign".to_owned()
    } else {
        slug.to_owned()
    }
}

/// What the UTM values of a workspace must look like. Analytics compare them byte by byte, so
/// `Twitter` and `twitter` would be two sources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Convention {
    /// Whether capital letters are refused.
    pub lower_case: bool,
    /// The one separator of words: `-`, `_` or `.`.
    #[schema(value_type = String, example = "-")]
    pub separator: char,
    /// The only values that a parameter such as `utm_medium` may have; others may have any.
    pub allowed: BTreeMap<String, Vec<String>>,
    /// Parameters that every tagged link has.
    #[schema(example = json!(["utm_source", "utm_medium"]))]
    pub required: Vec<String>,
}

impl Default for Convention {
    fn default() -> Self {
        Convention {
            lower_case: true,
            separator: '-',
            allowed: BTreeMap::new(),
            required: vec!["utm_source".to_owned(), "utm_medium".to_owned()],
        }
    }
}

/// Why tags, or a convention, are refused. Each message says how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A parameter that every tagged link must have.
    #[error("{parameter} is required here; add it as `utm.{}`", .parameter.trim_start_matches("utm_"))]
    Missing {
        /// The parameter.
        parameter: String,
    },
    /// Empty, or longer than 100 characters.
    #[error("{parameter} has {length} characters; give it 1 to {MAX_VALUE}")]
    Length {
        /// The parameter.
        parameter: &'static str,
        /// Its characters.
        length: usize,
    },
    /// An e-mail address, which has no place in a public URL.
    #[error("{parameter} looks like an e-mail address, which everybody could read; leave it out")]
    Email {
        /// The parameter.
        parameter: &'static str,
    },
    /// A character that does not survive every tool, a capital letter, or another separator.
    #[error("{parameter} is {value:?}, but {rule}; use {mended:?}")]
    Form {
        /// The parameter.
        parameter: &'static str,
        /// Its value.
        value: String,
        /// The rule it breaks.
        rule: &'static str,
        /// What would pass.
        mended: String,
    },
    /// A value that the workspace does not allow.
    #[error("{parameter} is {value:?}; this workspace allows {}", .allowed.join(", "))]
    NotAllowed {
        /// The parameter.
        parameter: &'static str,
        /// Its value.
        value: String,
        /// What is allowed.
        allowed: Vec<String>,
    },
    /// A convention for a parameter that GA4 does not read.
    #[error("{0:?} is not a UTM parameter; write it like utm_source")]
    UnknownParameter(String),
    /// A separator other than the three.
    #[error("{0:?} cannot separate words; use \"-\", \"_\" or \".\"")]
    Separator(char),
    /// A convention that no value could follow, or too many values.
    #[error("{0} needs 1 to 200 allowed values; leave it out to allow any")]
    AllowedCount(String),
}

impl Convention {
    /// Whether the convention itself can be followed.
    ///
    /// # Errors
    /// The first rule broken.
    pub fn check(&self) -> Result<(), Error> {
        if !matches!(self.separator, '-' | '_' | '.') {
            return Err(Error::Separator(self.separator));
        }
        for parameter in self.required.iter().chain(self.allowed.keys()) {
            if Utm::default().field_mut(parameter).is_none() {
                return Err(Error::UnknownParameter(
                    parameter.chars().take(40).collect(),
                ));
            }
        }
        match self
            .allowed
            .iter()
            .find(|(_, values)| !(1..=200).contains(&values.len()))
        {
            Some((parameter, _)) => Err(Error::AllowedCount(parameter.clone())),
            None => Ok(()),
        }
    }

    /// Whether tags follow the convention. Nothing is rewritten in silence.
    ///
    /// # Errors
    /// The first rule broken, with what would pass.
    pub fn validate(&self, utm: &Utm) -> Result<(), Error> {
        for (parameter, value) in utm.pairs() {
            self.validate_value(parameter, value)?;
        }
        match self
            .required
            .iter()
            .find(|parameter| utm.get(parameter).is_none())
        {
            Some(parameter) => Err(Error::Missing {
                parameter: parameter.clone(),
            }),
            None => Ok(()),
        }
    }

    fn validate_value(&self, parameter: &'static str, value: &str) -> Result<(), Error> {
        let length = value.chars().count();
        if !(1..=MAX_VALUE).contains(&length) {
            return Err(Error::Length { parameter, length });
        }
        if value.contains('@') {
            return Err(Error::Email { parameter });
        }
        let known = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let rule = if !value.chars().all(known) {
            Some("values hold letters a-z, digits, and one of - _ . only")
        } else if self.lower_case && value.contains(|c: char| c.is_ascii_uppercase()) {
            Some("this workspace writes values in lower case")
        } else if value.contains(|c| "-_".contains(c) && c != self.separator) {
            Some("this workspace separates words by one sign only")
        } else {
            None
        };
        if let Some(rule) = rule {
            let mended = self.mend(value);
            return Err(Error::Form {
                parameter,
                value: value.to_owned(),
                rule,
                mended,
            });
        }
        match self.allowed.get(parameter) {
            Some(allowed) if !allowed.iter().any(|one| one == value) => Err(Error::NotAllowed {
                parameter,
                value: value.to_owned(),
                allowed: allowed.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// A value that would pass, as near as can be. Dots stay: versions and dates have them.
    fn mend(&self, value: &str) -> String {
        let separator = self.separator.to_string();
        let parts: Vec<String> = value
            .split('.')
            .map(|part| slugify(part, self.separator))
            .collect();
        if self.lower_case {
            parts.join(".")
        } else {
            value.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', &separator)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utm(source: &str, medium: &str, campaign: &str) -> Utm {
        Utm {
            source: Some(source.into()),
            medium: Some(medium.into()),
            campaign: Some(campaign.into()),
            ..Utm::default()
        }
    }

    fn refusal(utm: &Utm) -> String {
        Convention::default().validate(utm).unwrap_err().to_string()
    }

    #[test]
    fn mistakes_are_refused_with_what_would_pass() {
        assert_eq!(
            Convention::default().validate(&utm("x", "social", "spring-26")),
            Ok(())
        );
        assert!(refusal(&utm("Twitter", "social", "s")).contains("use \"twitter\""));
        assert!(refusal(&utm("x", "paid_social", "s")).contains("use \"paid-social\""));
        assert!(refusal(&utm("x", "social", "Spring sale!")).contains("use \"spring-sale\""));
        assert!(refusal(&utm("x", "social", "v1.2 b")).contains("use \"v1.2-b\""));
        assert!(refusal(&utm("a@b.example", "social", "s")).contains("e-mail"));
        assert!(refusal(&utm("x", "social", &"s".repeat(101))).contains("101 characters"));
        let missing = Utm {
            source: Some("x".into()),
            ..Utm::default()
        };
        assert!(refusal(&missing).contains("`utm.medium`"));
    }

    #[test]
    fn allowed_values_are_enforced() {
        let convention = Convention {
            allowed: [("utm_medium".to_owned(), vec!["social".to_owned()])].into(),
            ..Convention::default()
        };
        assert_eq!(convention.check(), Ok(()));
        let refusal = convention
            .validate(&utm("x", "post", "s"))
            .unwrap_err()
            .to_string();
        assert_eq!(
            refusal,
            "utm_medium is \"post\"; this workspace allows social"
        );
    }

    #[test]
    fn conventions_are_checked() {
        let default = Convention::default;
        assert_eq!(
            Convention {
                separator: '+',
                ..default()
            }
            .check(),
            Err(Error::Separator('+'))
        );
        let unknown = Convention {
            required: vec!["source".into()],
            ..default()
        };
        assert!(matches!(unknown.check(), Err(Error::UnknownParameter(_))));
    }

    #[test]
    fn names_become_tags() {
        for (name, tag) in [
            ("Spring Launch 2026!", "spring-launch-2026"),
            ("Größe & Über", "grosse-uber"),
            ("  ", "campaign"),
            ("日本", "campaign"),
        ] {
            assert_eq!(slugify(name, '-'), tag);
        }
        assert!(slugify(&"long ".repeat(50), '_').len() <= MAX_SLUG);
    }

    #[test]
    fn defaults_fill_only_what_is_missing() {
        let tags = utm("x", "social", "s").or(&Utm {
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
