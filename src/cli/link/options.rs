//! Options of both `link create` and `link edit`.

use anyhow::{Context, ensure};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::de::value::{Error as ValueError, StringDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

use crate::link::Intent;
use crate::link::destination::UtmConflict;
use crate::link::tagging::ClickIdMode;
use crate::link::utm::UtmTags;

/// How a link treats a click.
#[derive(Debug, Args)]
pub(in crate::cli) struct LinkOptions {
    /// Intent of the post
    #[arg(long, value_parser = words::<Intent>(&["promotion", "helpful", "conversation"]))]
    pub(super) intent: Option<Intent>,
    /// A UTM tag, such as content=video; may be repeated
    #[arg(long = "utm", value_name = "TAG=VALUE")]
    pub(super) utm: Vec<String>,
    /// What happens to UTM tags that the URL already has
    #[arg(
        long,
        value_name = "CHOICE",
        value_parser = words::<UtmConflict>(&["keep", "replace", "error"])
    )]
    pub(super) utm_conflict: Option<UtmConflict>,
    /// Whether the redirect adds a click id to the destination
    #[arg(
        long,
        value_name = "CHOICE",
        value_parser = words::<ClickIdMode>(&["auto", "always", "never"])
    )]
    pub(super) click_id: Option<ClickIdMode>,
    /// Query parameter of the click id; `ll_click` by default
    #[arg(long, value_name = "NAME")]
    pub(super) click_id_param: Option<String>,
    /// Parameters of a click that are passed on to the destination, such as gclid,fbclid; `none`
    /// for none. The default is the click ids of ad networks
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(super) hand_on: Option<Vec<String>>,
}

impl LinkOptions {
    /// The parameters that are passed on to the destination, if the option is given.
    pub(super) fn handed_on(&self) -> Option<Vec<String>> {
        self.hand_on.as_deref().map(parameters)
    }

    /// Whether no option is given.
    pub(super) fn are_absent(&self) -> bool {
        self.intent.is_none()
            && self.utm.is_empty()
            && self.utm_conflict.is_none()
            && self.click_id.is_none()
            && self.click_id_param.is_none()
            && self.hand_on.is_none()
    }
}

/// Reads one of the words of a type of the API.
fn words<T>(words: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(words).try_map(|word| {
        let word: StringDeserializer<ValueError> = word.into_deserializer();
        T::deserialize(word)
    })
}

/// A list of parameters; `none` means the empty one.
pub(in crate::cli) fn parameters(names: &[String]) -> Vec<String> {
    let is_none = names.iter().all(|name| name == "none");
    if is_none { Vec::new() } else { names.to_vec() }
}

/// Sets the tags that `TAG=VALUE` pairs name.
///
/// # Errors
/// For a pair without `=`, and a tag that UTM does not have.
pub(in crate::cli) fn set_utm_tags(tags: &mut UtmTags, pairs: &[String]) -> anyhow::Result<()> {
    for pair in pairs {
        let wrong = || format!("--utm is {pair:?}; write it like content=video");
        let (tag, value) = pair.split_once('=').with_context(wrong)?;
        let parameter = format!("utm_{}", tag.trim_start_matches("utm_"));
        ensure!(
            tags.set(&parameter, value.to_owned()),
            "--utm is {pair:?}, and UTM has no such tag; write it like content=video"
        );
    }
    Ok(())
}

/// The UTM tags that are given.
///
/// # Errors
/// As for [`set_utm_tags`].
pub(in crate::cli) fn utm_tags(pairs: &[String]) -> anyhow::Result<UtmTags> {
    let mut tags = UtmTags::default();
    set_utm_tags(&mut tags, pairs)?;
    Ok(tags)
}
