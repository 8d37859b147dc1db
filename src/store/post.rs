//! Posts, and the links that were created for them.
//!
//! # Invariants
//! A post and its links belong to one campaign for good.
//!
//! # Out of scope
//! Where a post was published: [`publication`](super::publication).

use std::collections::HashMap;

use super::page::Page;
use super::text_column::read_id;
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, execute, find, list, statements};
use crate::id::{CampaignId, LinkId, PostId, WorkspaceId};

/// Sorts behind every id of a post, so that the first page of a list begins with the newest.
const BEHIND_ALL: &str = "pst_~";

/// A message published with links on one or more networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Its id.
    pub id: PostId,
    /// Its owner.
    pub workspace_id: WorkspaceId,
    /// The campaign it belongs to.
    pub campaign_id: CampaignId,
    /// Its text with the placeholder of the link, if a text was given.
    pub text: Option<String>,
    /// When it was created.
    pub created_at: Millis,
}

/// A link of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostLink {
    /// Id of the link.
    pub id: LinkId,
    /// Canonical name of the network that it is posted on.
    pub network: String,
    /// Host of the short link, in ASCII.
    pub domain: String,
    /// Path of the short link.
    pub slug: String,
}

#[derive(sqlx_macros::FromRow)]
struct PostRow {
    id: String,
    workspace_id: String,
    campaign_id: String,
    text: Option<String>,
    created_at: i64,
}

impl TryFrom<PostRow> for Post {
    type Error = Error;

    fn try_from(row: PostRow) -> Result<Post, Error> {
        Ok(Post {
            id: read_id(&row.id)?,
            workspace_id: read_id(&row.workspace_id)?,
            campaign_id: read_id(&row.campaign_id)?,
            text: row.text,
            created_at: Millis(row.created_at),
        })
    }
}

/// Selects whole rows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, campaign_id, text, created_at FROM post ",
            $rest
        )
    };
}

statements! {
    sql INSERT = "INSERT INTO post (id, workspace_id, campaign_id, text, created_at) \
        VALUES ($1, $2, $3, $4, $5)";
    sql BY_ID = select!("WHERE id = $1 AND workspace_id = $2");
    sql LIST = select!(
        "WHERE workspace_id = $1 AND id < $2 AND ($3 = '' OR campaign_id = $3) \
        ORDER BY id DESC LIMIT $4"
    );
    sql SET_TEXT = "UPDATE post SET text = $2 WHERE id = $1";
    bulk LINKS = bulk_sql!(
        "SELECT post_id, id, network, domain, slug FROM link WHERE network IS NOT NULL \
        AND post_id " in_list " ORDER BY post_id, network, id"
    );
}

/// Adds a post.
///
/// # Errors
/// When the store does not answer.
pub async fn insert(tx: &mut Tx, post: &Post) -> Result<(), Error> {
    execute!(
        tx,
        INSERT,
        post.id.to_string(),
        post.workspace_id.to_string(),
        post.campaign_id.to_string(),
        post.text.as_deref(),
        post.created_at.0,
    )?;
    Ok(())
}

/// The workspace's post with that id.
///
/// # Errors
/// When the store does not answer.
pub async fn by_id(tx: &mut Tx, workspace: WorkspaceId, id: PostId) -> Result<Option<Post>, Error> {
    find!(PostRow, tx, BY_ID, id.to_string(), workspace.to_string())
}

/// A page of the workspace's posts, newest first, of one campaign or of all.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: Option<CampaignId>,
    page: &Page,
) -> Result<Vec<Post>, Error> {
    list!(
        PostRow,
        tx,
        LIST,
        workspace.to_string(),
        page.after.as_deref().unwrap_or(BEHIND_ALL),
        campaign.map(|id| id.to_string()).unwrap_or_default(),
        page.limit
    )
}

/// Sets the text of a post.
///
/// # Errors
/// When the store does not answer.
pub async fn set_text(tx: &mut Tx, post: PostId, text: Option<&str>) -> Result<(), Error> {
    execute!(tx, SET_TEXT, post.to_string(), text)?;
    Ok(())
}

/// The links of these posts, by network.
///
/// # Errors
/// When the store does not answer.
pub async fn links(tx: &mut Tx, posts: &[PostId]) -> Result<HashMap<PostId, Vec<PostLink>>, Error> {
    let rows = bulk!(
        all(String, String, String, String, String),
        tx,
        LINKS,
        posts,
        [PostId::to_string]
    )?;
    let mut links: HashMap<PostId, Vec<PostLink>> = HashMap::new();
    for (post, id, network, domain, slug) in rows {
        let link = PostLink {
            id: read_id(&id)?,
            network,
            domain,
            slug,
        };
        links.entry(read_id(&post)?).or_default().push(link);
    }
    Ok(links)
}
