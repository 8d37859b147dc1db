//! Options that `link create` and `link edit` share.

use anyhow::{Context, ensure};
use clap::Args;

use crate::cli::client::Body;
use crate::link::utm::UtmTags;

/// What a link does with a click.
#[derive(Debug, Args)]
pub(in crate::cli) struct LinkOptions {
    /// Why it is posted
    #[arg(long, value_parser = ["promotion", "helpful", "conversation"])]
    intent: Option<String>,
    /// A UTM tag, as in content=video; may be given several times
    #[arg(long = "utm", value_name = "TAG=VALUE")]
    pub(super) utm: Vec<String>,
    /// What becomes of UTM tags that the URL has already
    #[arg(long, value_name = "CHOICE", value_parser = ["keep", "replace", "error"])]
    utm_conflict: Option<String>,
    /// Whether the redirect adds a click id to the destination
    #[arg(long, value_name = "CHOICE", value_parser = ["auto", "always", "never"])]
    click_id: Option<String>,
    /// Query parameter of the click id; `ll_click` by default
    #[arg(long, value_name = "NAME")]
    click_id_param: Option<String>,
    /// Parameters of a click that go on to the destination, as in gclid,fbclid; `none` for none. By
    /// default the click ids of ad networks go on
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    hand_on: Option<Vec<String>>,
}

impl LinkOptions {
    /// `body` with what is given, but for the UTM tags.
    pub(super) fn add_to(&self, body: Body) -> Body {
        body.with_given("intent", self.intent.as_ref())
            .with_given("utm_conflict", self.utm_conflict.as_ref())
            .with_given("click_id", self.click_id.as_ref())
            .with_given("click_id_param", self.click_id_param.as_ref())
            .with_given("handed_on", self.hand_on.as_deref().map(parameters))
    }
}

/// A list of parameters; `none` is the empty one.
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

/// The UTM tags that are given, if any.
pub(in crate::cli) fn utm_tags(pairs: &[String]) -> anyhow::Result<Option<UtmTags>> {
    let mut tags = UtmTags::default();
    set_utm_tags(&mut tags, pairs)?;
    Ok((!pairs.is_empty()).then_some(tags))
}
