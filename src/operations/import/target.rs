//! The target of an imported row: its campaign, network, link and post.
//!
//! # Invariants
//! - Objects of other workspaces are never found.
//! - The network and the link of a row belong to each other and to its campaign.

use std::collections::HashMap;
use std::sync::Arc;

use crate::campaign::Campaign;
use crate::export_file::ExportRow;
use crate::id::{CampaignId, LinkId, WorkspaceId};
use crate::link::{Link, permalink};
use crate::operations::campaign::name::campaign_called;
use crate::operations::context::Context;
use crate::operations::import::bad_rows::{RowError, bad};
use crate::operations::link::name::{links_called, short_urls};
use crate::store::publication::PermalinkTarget;
use crate::store::{self, Tx, publication};

/// Longest name that a message quotes, in characters.
const MAX_ECHO: usize = 64;

/// The names in a row, as they were written.
#[derive(Clone, Debug, Default)]
pub struct RowNames {
    /// Names of its campaign: id, `utm_campaign` or name. The first match wins.
    pub campaigns: Vec<String>,
    /// Its network, by name, alias or `utm_source`.
    pub network: Option<String>,
    /// Its link, by id, slug or short URL.
    pub link: Option<String>,
    /// Address of its post.
    pub permalink: Option<String>,
}

impl RowNames {
    /// The names in a row of a table.
    pub fn from_table(row: ExportRow<'_>) -> RowNames {
        RowNames {
            campaigns: row.all("campaign").map(str::to_owned).collect(),
            network: row.text("network"),
            link: row.text("link"),
            permalink: row.text("permalink"),
        }
    }
}

/// The target of a row.
#[derive(Clone, Debug)]
pub struct RowTarget {
    /// The campaign.
    pub campaign: Arc<Campaign>,
    /// Canonical name of the network.
    pub network: Option<String>,
    /// The link.
    pub link_id: Option<LinkId>,
    /// Address of a post that no link is known for, in the form of [`permalink`].
    pub permalink: Option<String>,
}

/// Resolves the names of rows. It reads the store once for each name.
#[derive(Debug)]
pub struct TargetFinder<'a> {
    context: &'a Context,
    workspace: WorkspaceId,
    campaigns: HashMap<String, Option<Arc<Campaign>>>,
    links: HashMap<String, Vec<Link>>,
    posts: HashMap<String, Option<PermalinkTarget>>,
}

impl<'a> TargetFinder<'a> {
    /// A finder for this workspace.
    pub fn new(context: &'a Context, workspace: WorkspaceId) -> TargetFinder<'a> {
        TargetFinder {
            context,
            workspace,
            campaigns: HashMap::new(),
            links: HashMap::new(),
            posts: HashMap::new(),
        }
    }

    /// The target of a row.
    ///
    /// # Errors
    /// A name that is unknown, names that do not belong together, or a missing campaign.
    pub async fn find(&mut self, tx: &mut Tx, named: &RowNames) -> Result<RowTarget, RowError> {
        let link = match &named.link {
            Some(text) => Some(self.link(tx, text).await?),
            None => None,
        };
        let permalink = named.permalink.as_deref().map(permalink::normal);
        let permalink = permalink
            .transpose()
            .or_else(|error| bad("permalink", error.to_string()))?;
        let post = match (&permalink, &link) {
            (Some(permalink), None) => self.post(tx, permalink).await?,
            _ => None,
        };
        let mut network = named.network.as_deref().map(|text| self.network(text));
        if let (None, Some(permalink)) = (&network, &permalink) {
            network = self.network_at(permalink).map(Ok);
        }
        let network = network.transpose()?;
        let own_network = match (&link, &post) {
            (Some(link), _) => link.network.clone(),
            (None, Some(post)) => Some(post.network.clone()),
            (None, None) => None,
        };
        if let (Some(given), Some(own)) = (&network, &own_network)
            && given != own
        {
            return bad("network", format!("is {given}, but the link has {own}"));
        }
        let own_campaign = match (&link, &post) {
            (Some(link), _) => link.campaign_id,
            (None, Some(post)) => Some(post.campaign_id),
            (None, None) => None,
        };
        let campaign = self.campaign(tx, &named.campaigns, own_campaign).await?;
        if link.is_some() && own_campaign != Some(campaign.id) {
            return bad("link", "has no campaign, or another one than the row");
        }
        if own_campaign.is_some_and(|own| own != campaign.id) {
            return bad(
                "permalink",
                "belongs to a post of another campaign than the row",
            );
        }
        let link_id = match (link, post) {
            (Some(link), _) => Some(link.id),
            (None, post) => post.and_then(|post| post.link_id),
        };
        Ok(RowTarget {
            campaign,
            network: own_network.or(network),
            permalink: permalink.filter(|_| link_id.is_none()),
            link_id,
        })
    }

    async fn campaign(
        &mut self,
        tx: &mut Tx,
        names: &[String],
        own: Option<CampaignId>,
    ) -> Result<Arc<Campaign>, RowError> {
        let own = own.map(|id| id.to_string());
        for name in names.iter().chain(&own) {
            if !self.campaigns.contains_key(name) {
                let found = self.campaign_called(tx, name).await?;
                self.campaigns.insert(name.clone(), found);
            }
            if let Some(Some(campaign)) = self.campaigns.get(name) {
                return Ok(campaign.clone());
            }
        }
        if names.is_empty() {
            return bad(
                "campaign_id",
                "is missing; name the campaign in each row, or once for all rows in the query",
            );
        }
        let shown = names.iter().take(4);
        let shown: Vec<String> = shown
            .map(|name| format!("{:?}", name.chars().take(MAX_ECHO).collect::<String>()))
            .collect();
        let name = shown.join(" or ");
        Err(RowError::OtherCampaign(format!(
            "no campaign has the id, the `utm_campaign` or the whole name {name}; \
             `leadline campaign list --archived` lists them all. Rows of campaigns that are not here \
             are passed over with `other_campaigns=pass_over` (--skip-other-campaigns)"
        )))
    }

    async fn campaign_called(
        &self,
        tx: &mut Tx,
        text: &str,
    ) -> Result<Option<Arc<Campaign>>, RowError> {
        if let Some(found) = campaign_called(tx, self.workspace, text).await? {
            return Ok(Some(Arc::new(found)));
        }
        let mut found = store::campaign::of_name(tx, self.workspace, text).await?;
        if found.len() > 1 {
            let text: String = text.chars().take(MAX_ECHO).collect();
            let mend =
                format!("several campaigns are called {text:?}; give the `utm_campaign` or the id");
            return bad("campaign_id", mend);
        }
        found.truncate(1);
        Ok(found.pop().map(Arc::new))
    }

    fn network(&self, text: &str) -> Result<String, RowError> {
        let registry = &self.context.registry;
        match registry.find(text) {
            Ok(network) => Ok(network.name.clone()),
            Err(unknown) => match registry.by_utm_source(text) {
                Some(network) => Ok(network.name.clone()),
                None => bad("network", unknown.to_string()),
            },
        }
    }

    /// The network of an address.
    fn network_at(&self, permalink: &str) -> Option<String> {
        let host = permalink::host(permalink);
        let is_there = |known: &String| {
            host.strip_suffix(known.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let mut networks = self.context.registry.iter();
        let found = networks.find(|network| network.referrer_hosts.iter().any(is_there));
        found.map(|network| network.name.clone())
    }

    async fn link(&mut self, tx: &mut Tx, text: &str) -> Result<Link, RowError> {
        let table = self.context.resolver.domains().snapshot();
        if !self.links.contains_key(text) {
            let found = links_called(tx, &table, self.workspace, text).await?;
            self.links.insert(text.to_owned(), found);
        }
        let shown: String = text.chars().take(MAX_ECHO).collect();
        match self.links.get(text).map_or(&[][..], Vec::as_slice) {
            [link] => Ok(link.clone()),
            [] => {
                let problem = format!("no link has the id, slug or short URL {shown:?}");
                bad("link", problem)
            }
            several => {
                let choices = short_urls(&table, several).join(", ");
                bad(
                    "link",
                    format!("{shown:?} names several links; give one of {choices}"),
                )
            }
        }
    }

    async fn post(
        &mut self,
        tx: &mut Tx,
        permalink: &str,
    ) -> Result<Option<PermalinkTarget>, RowError> {
        if !self.posts.contains_key(permalink) {
            let found = publication::by_permalink(tx, self.workspace, permalink).await?;
            self.posts.insert(permalink.to_owned(), found);
        }
        Ok(self.posts.get(permalink).cloned().flatten())
    }
}
