//! Campaigns and links by the names that people have for them.

use std::collections::HashMap;

use anyhow::bail;

use super::{ApiClient, ApiError};
use crate::id::{CampaignId, LinkId};
use crate::operations::campaign::body::CampaignView;
use crate::operations::link::body::LinkView;

impl ApiClient {
    /// The campaign that a person means: by its id, its `utm_campaign`, or its whole name.
    pub(in crate::cli) fn campaign(&self, text: &str) -> anyhow::Result<CampaignView> {
        let is_tag = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if text.bytes().all(is_tag) && text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            match self.get(&format!("/campaigns/{text}"), &[]) {
                Ok(answer) => return answer.read(),
                // No tag; it may be a name.
                Err(error) if ApiError::has_code(&error, "campaign_not_found") => {}
                Err(error) => return Err(error),
            }
        }
        let query = [("archived", "true"), ("q", text)];
        let found: Vec<CampaignView> = self.list("/campaigns", "campaigns", &query)?.read()?;
        let mut named = found.into_iter().filter(|campaign| campaign.name == text);
        match (named.next(), named.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => bail!(
                "no campaign is called {text:?}; `leadline campaign list --archived` lists them all"
            ),
            _ => bail!("several campaigns are called {text:?}; give the id instead"),
        }
    }

    /// The id of the campaign that a person means, if one is given.
    pub(in crate::cli) fn campaign_id(&self, text: Option<&str>) -> anyhow::Result<Option<String>> {
        let campaign = text.map(|text| self.campaign(text)).transpose()?;
        Ok(campaign.map(|campaign| campaign.id.to_string()))
    }

    /// The link that a person means: by its id, its slug, or its short URL.
    pub(in crate::cli) fn link(&self, text: &str) -> anyhow::Result<LinkView> {
        self.get(&link_path(text), &[])?.read()
    }

    /// The slugs of all links.
    pub(in crate::cli) fn link_slugs(&self) -> anyhow::Result<LinkSlugs> {
        let query = [("archived", "true")];
        let links: Vec<LinkView> = self.list("/links", "links", &query)?.read()?;
        let slugs = links.into_iter().map(|link| (link.id, link.slug));
        Ok(LinkSlugs(slugs.collect()))
    }

    /// The tags of all campaigns.
    pub(in crate::cli) fn campaign_tags(&self) -> anyhow::Result<CampaignTags> {
        let query = [("archived", "true")];
        let campaigns: Vec<CampaignView> = self.list("/campaigns", "campaigns", &query)?.read()?;
        let tags = campaigns
            .into_iter()
            .map(|campaign| (campaign.id, campaign.utm_campaign));
        Ok(CampaignTags(tags.collect()))
    }
}

/// The path of the link that a person means: by its id, its slug, or its short URL.
pub(in crate::cli) fn link_path(text: &str) -> String {
    format!("/links/{}", super::segment(text))
}

/// The tag of each campaign, by its id.
#[derive(Debug, Default)]
pub(in crate::cli) struct CampaignTags(HashMap<CampaignId, String>);

impl CampaignTags {
    /// The tag of a campaign; its id if it is not known.
    pub(in crate::cli) fn of(&self, id: CampaignId) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }
}

/// The slug of each link, by its id.
#[derive(Debug, Default)]
pub(in crate::cli) struct LinkSlugs(HashMap<LinkId, String>);

impl LinkSlugs {
    /// The slug of a link; its id if it is not known.
    pub(in crate::cli) fn of(&self, id: LinkId) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }
}

#[cfg(test)]
impl CampaignTags {
    pub(in crate::cli) fn known(id: CampaignId, tag: &str) -> CampaignTags {
        CampaignTags(HashMap::from([(id, tag.to_owned())]))
    }
}
