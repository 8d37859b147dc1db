//! The workspace's convention for UTM values. It is enforced when links are created.
//!
//! # Invariants
//! Values are never rewritten silently. A value that breaks the convention is refused, and the
//! message suggests one that follows it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::name_tag::slugify;
use super::tags::UtmTags;

/// Longest value of a tag, in characters.
const MAX_VALUE: usize = 100;

/// What the UTM values of a workspace must look like. Analytics tools compare values byte by byte,
/// so `Twitter` and `twitter` would be two sources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UtmConvention {
    /// Whether capital letters are refused.
    pub lower_case: bool,
    /// The only separator of words: `-`, `_` or `.`.
    #[schema(value_type = String, example = "-")]
    pub separator: char,
    /// The only values that a parameter such as `utm_medium` may have. Other parameters may have
    /// any.
    pub allowed: BTreeMap<String, Vec<String>>,
    /// Parameters that every tagged link must have.
    #[schema(example = json!(["utm_source", "utm_medium"]))]
    pub required: Vec<String>,
}

impl Default for UtmConvention {
    fn default() -> Self {
        UtmConvention {
            lower_case: true,
            separator: '-',
            allowed: BTreeMap::new(),
            required: vec!["utm_source".to_owned(), "utm_medium".to_owned()],
        }
    }
}

/// Why tags, or a convention, are refused. Each message says how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A parameter is missing that every tagged link must have.
    #[error(
        "`{parameter}` is required here; add it as `utm.{}`, or give the network or campaign that \
         brings it",
        .parameter.trim_start_matches("utm_")
    )]
    Missing {
        /// The parameter.
        parameter: String,
    },
    /// The value is empty, or longer than 100 characters.
    #[error("`{parameter}` has {length} characters; give it 1 to {MAX_VALUE}")]
    Length {
        /// The parameter.
        parameter: &'static str,
        /// Its number of characters.
        length: usize,
    },
    /// The value is an e-mail address, which must not be in a public URL.
    #[error("`{parameter}` looks like an e-mail address, which everybody could read; leave it out")]
    Email {
        /// The parameter.
        parameter: &'static str,
    },
    /// The value has a character that some tools change, a capital letter, or another separator.
    #[error("`{parameter}` is {value:?}, but {rule}; use {mended:?}")]
    Form {
        /// The parameter.
        parameter: &'static str,
        /// Its value.
        value: String,
        /// The rule that it breaks.
        rule: &'static str,
        /// A value that follows the rule.
        mended: String,
    },
    /// The workspace does not allow the value.
    #[error("`{parameter}` is {value:?}; this workspace allows {}", .allowed.join(", "))]
    NotAllowed {
        /// The parameter.
        parameter: &'static str,
        /// Its value.
        value: String,
        /// The allowed values.
        allowed: Vec<String>,
    },
    /// The convention names a parameter that GA4 does not read.
    #[error("{0:?} is not a UTM parameter; write it like `utm_source`")]
    UnknownParameter(String),
    /// The separator is not one of the three.
    #[error("{0:?} cannot separate words; use \"-\", \"_\" or \".\"")]
    Separator(char),
    /// A parameter has zero or too many allowed values.
    #[error("`{0}` needs 1 to 200 allowed values; leave it out to allow any")]
    AllowedCount(String),
}

impl UtmConvention {
    /// Whether the convention itself can be followed.
    ///
    /// # Errors
    /// The first rule that the convention breaks.
    pub fn check(&self) -> Result<(), Error> {
        if !matches!(self.separator, '-' | '_' | '.') {
            return Err(Error::Separator(self.separator));
        }
        for parameter in self.required.iter().chain(self.allowed.keys()) {
            if UtmTags::default().field_mut(parameter).is_none() {
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

    /// Whether tags follow the convention.
    ///
    /// # Errors
    /// The first rule that a tag breaks, with a value that follows it.
    pub fn validate(&self, utm: &UtmTags) -> Result<(), Error> {
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

    /// Whether one value follows the convention.
    ///
    /// # Errors
    /// The first rule that the value breaks, with a value that follows it.
    pub fn validate_value(&self, parameter: &'static str, value: &str) -> Result<(), Error> {
        let length = value.chars().count();
        if !(1..=MAX_VALUE).contains(&length) {
            return Err(Error::Length { parameter, length });
        }
        if value.contains('@') {
            return Err(Error::Email { parameter });
        }
        let known = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let rule = if !value.chars().all(known) {
            Some("values may only have letters a-z, digits, and one of - _ .")
        } else if self.lower_case && value.contains(|c: char| c.is_ascii_uppercase()) {
            Some("values of this workspace must be in lower case")
        } else if value.contains(|c| "-_".contains(c) && c != self.separator) {
            Some("values of this workspace must use one separator only")
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

    /// The nearest value that follows the convention. Dots stay, because versions and dates have
    /// them.
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

    fn utm(source: &str, medium: &str, campaign: &str) -> UtmTags {
        UtmTags {
            source: Some(source.into()),
            medium: Some(medium.into()),
            campaign: Some(campaign.into()),
            ..UtmTags::default()
        }
    }

    fn refusal(utm: &UtmTags) -> String {
        UtmConvention::default()
            .validate(utm)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn mistakes_are_refused_with_what_would_pass() {
        assert_eq!(
            UtmConvention::default().validate(&utm("x", "social", "spring-26")),
            Ok(())
        );
        assert!(refusal(&utm("Twitter", "social", "s")).contains("use \"twitter\""));
        assert!(refusal(&utm("x", "paid_social", "s")).contains("use \"paid-social\""));
        assert!(refusal(&utm("x", "social", "Spring sale!")).contains("use \"spring-sale\""));
        assert!(refusal(&utm("x", "social", "v1.2 b")).contains("use \"v1.2-b\""));
        assert!(refusal(&utm("a@b.example", "social", "s")).contains("e-mail"));
        assert!(refusal(&utm("x", "social", &"s".repeat(101))).contains("101 characters"));
        let missing = UtmTags {
            source: Some("x".into()),
            ..UtmTags::default()
        };
        assert!(refusal(&missing).contains("`utm.medium`"));
    }

    #[test]
    fn allowed_values_are_enforced() {
        let convention = UtmConvention {
            allowed: [("utm_medium".to_owned(), vec!["social".to_owned()])].into(),
            ..UtmConvention::default()
        };
        assert_eq!(convention.check(), Ok(()));
        let refusal = convention
            .validate(&utm("x", "post", "s"))
            .unwrap_err()
            .to_string();
        assert_eq!(
            refusal,
            "`utm_medium` is \"post\"; this workspace allows social"
        );
    }

    #[test]
    fn conventions_are_checked() {
        let default = UtmConvention::default;
        assert_eq!(
            UtmConvention {
                separator: '+',
                ..default()
            }
            .check(),
            Err(Error::Separator('+'))
        );
        let unknown = UtmConvention {
            required: vec!["source".into()],
            ..default()
        };
        assert!(matches!(unknown.check(), Err(Error::UnknownParameter(_))));
    }
}
