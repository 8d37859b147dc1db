//! Links: the redirect's source of truth.
//!
//! # Invariants
//! A slug belongs to one link on its domain. Domain, slug, campaign and network of a link never
//! change, because they are published.

pub mod facts;
pub mod near;

use super::campaign::like;
use super::page::Page;
use super::text_column::{read_id, read_id_option, read_json, write_json};
use crate::clock::Millis;
use crate::drivers::sql::{
    Error, Tx, bulk, bulk_sql, execute, fetch, find, list, statements, values,
};
use crate::id::{CampaignId, LinkId, WorkspaceId};
use crate::link::handed_on::HandedOn;
use crate::link::{Intent, Link};

#[derive(sqlx_macros::FromRow)]
struct LinkRow {
    id: String,
    workspace_id: String,
    campaign_id: Option<String>,
    post_id: Option<String>,
    network: Option<String>,
    domain: String,
    slug: String,
    url: String,
    destination: String,
    utm: String,
    intent: String,
    click_id_param: Option<String>,
    handed_on: Option<String>,
    created_at: i64,
    updated_at: i64,
    archived_at: Option<i64>,
}

impl TryFrom<LinkRow> for Link {
    type Error = Error;

    fn try_from(row: LinkRow) -> Result<Self, Error> {
        let intent: Intent = row.intent.parse().map_err(|_| Error::Corrupt {
            what: "intent",
            value: row.intent.clone(),
        })?;
        Ok(Link {
            id: read_id(&row.id)?,
            workspace_id: read_id(&row.workspace_id)?,
            campaign_id: read_id_option(row.campaign_id.as_deref())?,
            post_id: read_id_option(row.post_id.as_deref())?,
            network: row.network,
            domain: row.domain,
            slug: row.slug,
            url: row.url,
            destination: row.destination,
            utm: read_json("utm", &row.utm)?,
            intent,
            click_id_param: row.click_id_param,
            handed_on: HandedOn::from_stored(row.handed_on.as_deref()),
            created_at: Millis(row.created_at),
            updated_at: Millis(row.updated_at),
            archived_at: row.archived_at.map(Millis),
        })
    }
}

/// Narrows a list of links.
#[derive(Clone, Debug, Default)]
pub struct LinkFilter {
    /// Only links of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// Only links of this network, by canonical name.
    pub network: Option<String>,
    /// Part of slug or destination.
    pub q: Option<String>,
    /// Whether archived ones are also listed.
    pub archived: bool,
}

/// Selects whole rows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, campaign_id, post_id, network, domain, slug, url, \
            destination, utm, intent, click_id_param, handed_on, created_at, updated_at, \
            archived_at FROM link ",
            $rest
        )
    };
}

statements! {
    sql INSERT = "INSERT INTO link (id, workspace_id, campaign_id, post_id, network, domain, \
        slug, url, destination, utm, utm_source, utm_campaign, intent, click_id_param, handed_on, \
        created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
        ON CONFLICT (domain, slug) DO NOTHING";
    sql UPDATE = "UPDATE link SET url = $3, destination = $4, utm = $5, utm_source = $6, \
        utm_campaign = $7, intent = $8, click_id_param = $9, updated_at = $10, archived_at = $11, \
        handed_on = $12 WHERE id = $1 AND workspace_id = $2";
    sql BY_SLUG = select!("WHERE domain = $1 AND slug = $2");
    bulk BY_SLUGS = bulk_sql!(
        "SELECT l.id, l.workspace_id, l.campaign_id, l.post_id, l.network, l.domain, l.slug, \
        l.url, l.destination, l.utm, l.intent, l.click_id_param, l.handed_on, l.created_at, \
        l.updated_at, l.archived_at FROM " rows(domain TEXT, slug TEXT)
        " JOIN link l ON l.domain = a.domain AND l.slug = a.slug"
    );
    sql BY_ID = select!("WHERE id = $1 AND workspace_id = $2");
    sql LIST = select!(
        "WHERE workspace_id = $1 AND id > $2 AND ($3 OR archived_at IS NULL) AND ($4 = '' \
        OR campaign_id = $4) AND ($5 = '' OR network = $5) AND ($6 = '' OR lower(slug) LIKE \
        '%' || $6 || '%' ESCAPE '!' OR lower(destination) LIKE '%' || $6 || '%' ESCAPE '!') \
        ORDER BY id LIMIT $7"
    );
    sql EDITED_SINCE = select!(
        "WHERE updated_at > $1 AND updated_at > created_at ORDER BY updated_at, id LIMIT $2"
    );
    sql NEWEST_BEFORE = select!(
        "WHERE id < $1 AND archived_at IS NULL ORDER BY id DESC LIMIT $2"
    );
    sql CAMPAIGNS_BY_UTM = "SELECT DISTINCT campaign_id, network FROM link \
        WHERE workspace_id = $1 AND utm_campaign = $2 AND campaign_id IS NOT NULL \
        AND ($3 = '' OR utm_source = $3) ORDER BY campaign_id, network LIMIT 50";
    sql NETWORKS_OF = "SELECT DISTINCT network FROM link \
        WHERE workspace_id = $1 AND campaign_id = $2 AND network IS NOT NULL ORDER BY network";
    sql LOCK = "UPDATE link SET updated_at = updated_at WHERE id = $1";
}

/// Adds a link; `false` when its slug exists on its domain.
///
/// # Errors
/// When the store does not answer.
pub async fn insert(tx: &mut Tx, link: &Link) -> Result<bool, Error> {
    let utm = write_json("utm", &link.utm)?;
    let added = execute!(
        tx,
        INSERT,
        link.id.to_string(),
        link.workspace_id.to_string(),
        link.campaign_id.map(|id| id.to_string()),
        link.post_id.map(|id| id.to_string()),
        link.network.as_deref(),
        &link.domain,
        &link.slug,
        &link.url,
        &link.destination,
        &utm,
        link.utm.source.as_deref(),
        link.utm.campaign.as_deref(),
        link.intent.as_str(),
        link.click_id_param.as_deref(),
        link.handed_on.stored(),
        link.created_at.0,
        link.updated_at.0,
    )?;
    Ok(added == 1)
}

/// Writes back a changed link. Domain, slug, campaign and network stay, because they are published.
///
/// # Errors
/// When the store does not answer.
pub async fn update(tx: &mut Tx, link: &Link) -> Result<(), Error> {
    let utm = write_json("utm", &link.utm)?;
    execute!(
        tx,
        UPDATE,
        link.id.to_string(),
        link.workspace_id.to_string(),
        &link.url,
        &link.destination,
        &utm,
        link.utm.source.as_deref(),
        link.utm.campaign.as_deref(),
        link.intent.as_str(),
        link.click_id_param.as_deref(),
        link.updated_at.0,
        link.archived_at.map(|at| at.0),
        link.handed_on.stored(),
    )?;
    Ok(())
}

/// The link for a request of `slug` on `domain`, archived or not, of any workspace.
///
/// # Errors
/// When the store does not answer.
pub async fn by_slug(tx: &mut Tx, domain: &str, slug: &str) -> Result<Option<Link>, Error> {
    find!(LinkRow, tx, BY_SLUG, domain, slug)
}

/// The links with these domains and slugs, in any order, archived or not, of any workspace.
///
/// # Errors
/// When the store does not answer.
pub async fn by_slugs(tx: &mut Tx, names: &[(&str, &str)]) -> Result<Vec<Link>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows = bulk!(
        all LinkRow,
        tx,
        BY_SLUGS,
        names,
        [
            |name: &(&str, &str)| name.0.to_owned(),
            |name: &(&str, &str)| name.1.to_owned(),
        ]
    )?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The workspace's link with that id.
///
/// # Errors
/// When the store does not answer.
pub async fn by_id(tx: &mut Tx, workspace: WorkspaceId, id: LinkId) -> Result<Option<Link>, Error> {
    find!(LinkRow, tx, BY_ID, id.to_string(), workspace.to_string())
}

/// A page of the workspace's links.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    filter: &LinkFilter,
    page: &Page,
) -> Result<Vec<Link>, Error> {
    let campaign = filter
        .campaign_id
        .map(|id| id.to_string())
        .unwrap_or_default();
    let network = filter.network.as_deref().unwrap_or("");
    let q = filter.q.as_deref().map(like).unwrap_or_default();
    list!(
        LinkRow,
        tx,
        LIST,
        workspace.to_string(),
        page.after(),
        filter.archived,
        &campaign,
        network,
        &q,
        page.limit
    )
}

/// Links of all workspaces that were changed after `since` and after their creation, in that order.
///
/// # Errors
/// When the store does not answer.
pub async fn edited_since(tx: &mut Tx, since: Millis, limit: i64) -> Result<Vec<Link>, Error> {
    list!(LinkRow, tx, EDITED_SINCE, since.0, limit)
}

/// Links of all workspaces created before the one with this id, newest first, without archived
/// ones; without an id, from the newest link.
///
/// # Errors
/// When the store does not answer.
pub async fn newest_before(
    tx: &mut Tx,
    before: Option<LinkId>,
    limit: i64,
) -> Result<Vec<Link>, Error> {
    // After every id, because ids begin with a letter.
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    list!(LinkRow, tx, NEWEST_BEFORE, &before, limit)
}

/// The campaigns and networks whose links have these tags; an empty `source` matches any.
///
/// # Errors
/// When the store does not answer.
pub async fn campaigns_by_utm(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: &str,
    source: &str,
) -> Result<Vec<(CampaignId, Option<String>)>, Error> {
    fetch!(
        all(String, Option<String>),
        tx,
        CAMPAIGNS_BY_UTM,
        workspace.to_string(),
        campaign,
        source
    )?
    .into_iter()
    .map(|(id, network)| Ok((read_id(&id)?, network)))
    .collect()
}

/// The networks of a campaign's links, including archived ones.
///
/// # Errors
/// When the store does not answer.
pub async fn networks_of(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
) -> Result<Vec<String>, Error> {
    let (workspace, campaign) = (workspace.to_string(), campaign.to_string());
    Ok(values!(String, tx, NETWORKS_OF, workspace, campaign)?)
}

/// Locks this link until the transaction ends, so that a change based on what is read now does not
/// overwrite another writer's change.
///
/// # Errors
/// When the store does not answer.
pub async fn lock(tx: &mut Tx, id: LinkId) -> Result<(), Error> {
    execute!(tx, LOCK, id.to_string())?;
    Ok(())
}
