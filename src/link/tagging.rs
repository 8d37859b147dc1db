//! Tagging: turns the URL that a user gives into the destination of a link.
//!
//! # Invariants
//! Tags follow the workspace's convention. A signed URL stays unchanged, because a change would
//! break its signature. Only [`ClickIdMode::Always`] overrides this.

use serde::{Deserialize, Serialize};

use super::destination::{self, Destination, UtmConflict};
use super::utm::{self, UtmConvention, UtmTags};
use crate::campaign::Campaign;
use crate::network::Network;

/// Query parameter of the click id, unless a link says otherwise.
pub const CLICK_ID_PARAM: &str = "ll_click";

/// Whether the redirect adds a click id to the destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClickIdMode {
    /// Yes, except for signed URLs.
    #[default]
    Auto,
    /// Yes, even if that breaks a signature.
    Always,
    /// No; conversions then join by customer or UTM tags only.
    Never,
}

/// The input for the destination of a link.
#[derive(Debug)]
pub struct TaggingRequest<'a> {
    /// The destination as the user gave it.
    pub url: &'a str,
    /// Domains to which a destination must not lead back.
    pub own_domains: &'a [String],
    /// The campaign, if any.
    pub campaign: Option<&'a Campaign>,
    /// The network, if any.
    pub network: Option<&'a Network>,
    /// Requested tags; they override those of network and campaign.
    pub utm: &'a UtmTags,
    /// What happens to tags that the URL already has.
    pub conflict: UtmConflict,
    /// Whether a click id is added.
    pub click_id: ClickIdMode,
    /// The parameter of the click id; [`CLICK_ID_PARAM`] when absent.
    pub click_id_param: Option<&'a str>,
    /// The convention that tags must follow.
    pub convention: &'a UtmConvention,
}

/// A tagged destination, ready for a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaggedDestination {
    /// The destination with its tags.
    pub destination: String,
    /// The tags that it has.
    pub utm: UtmTags,
    /// Parameter of the click id; `None` if no click id is added.
    pub click_id_param: Option<String>,
    /// Whether the URL stayed unchanged because it is signed.
    pub signed: bool,
}

/// Why a destination cannot be tagged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The URL is refused, or conflicts with the tags.
    #[error(transparent)]
    Destination(#[from] destination::Error),
    /// The tags break the convention.
    #[error(transparent)]
    Utm(#[from] utm::Error),
}

/// Tags a destination.
///
/// # Errors
/// When the URL is refused, its own tags conflict, or the tags break the convention.
pub fn tag(wanted: &TaggingRequest<'_>) -> Result<TaggedDestination, Error> {
    let url = Destination::parse(wanted.url, wanted.own_domains)?;
    let param = wanted.click_id_param.unwrap_or(CLICK_ID_PARAM);
    destination::check_click_id_param(param)?;
    if url.is_signed() && wanted.click_id != ClickIdMode::Always {
        return Ok(TaggedDestination {
            destination: url.as_str().to_owned(),
            utm: url.tags()?,
            click_id_param: None,
            signed: true,
        });
    }
    if wanted.click_id != ClickIdMode::Never && url.has_param(param) {
        return Err(destination::Error::ClickIdConflict(param.to_owned()).into());
    }
    let mut defaults = UtmTags::default();
    if let Some(network) = wanted.network {
        defaults.source = Some(network.utm_source.clone());
        defaults.medium = Some(network.utm_medium.clone());
    }
    defaults.campaign = wanted
        .campaign
        .map(|campaign| campaign.utm_campaign.clone());
    let utm = wanted.utm.clone().or(&defaults);
    let wants_tags = !utm.is_empty();
    let (destination, utm) = url.with_utm(&utm, wanted.conflict)?;
    if wants_tags {
        wanted.convention.validate(&utm)?;
    }
    let click_id_param = (wanted.click_id != ClickIdMode::Never).then(|| param.to_owned());
    Ok(TaggedDestination {
        destination,
        utm,
        click_id_param,
        signed: false,
    })
}
