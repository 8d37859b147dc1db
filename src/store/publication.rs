//! Publications: the addresses of posts on their networks.
//!
//! # Invariants
//! A post has one permalink on each network, and a permalink belongs to one post of a workspace.
//!
//! # Out of scope
//! Who looks up permalinks.

use std::collections::HashMap;

use super::post::Post;
use super::text_column::{read_id, read_id_option};
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, execute, fetch, statements};
use crate::id::{CampaignId, LinkId, PostId, WorkspaceId};

/// A post on one of its networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Canonical name of the network.
    pub network: String,
    /// Its address, in the form of [`link::permalink`](crate::link::permalink).
    pub permalink: String,
    /// When it was published, if known.
    pub published_at: Option<Millis>,
}

/// What a permalink leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermalinkTarget {
    /// The campaign of its post.
    pub campaign_id: CampaignId,
    /// The network.
    pub network: String,
    /// The post's link for this network, if it has one.
    pub link_id: Option<LinkId>,
}

statements! {
    sql PUT = "INSERT INTO publication (post_id, network, workspace_id, permalink, published_at) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (post_id, network) DO UPDATE SET \
        permalink = excluded.permalink, published_at = excluded.published_at";
    sql REMOVE = "DELETE FROM publication WHERE post_id = $1 AND network = $2";
    sql AT = "SELECT p.campaign_id, u.network, (SELECT min(l.id) FROM link l \
        WHERE l.post_id = u.post_id AND l.network = u.network) AS link_id \
        FROM publication u JOIN post p ON p.id = u.post_id WHERE u.workspace_id = $1 AND u.permalink = $2";
    bulk OF_POSTS = bulk_sql!(
        "SELECT post_id, network, permalink, published_at FROM publication \
        WHERE post_id " in_list " ORDER BY post_id, network"
    );
}

/// The publications of these posts, by network.
///
/// # Errors
/// When the store does not answer.
pub async fn of_posts(
    tx: &mut Tx,
    posts: &[PostId],
) -> Result<HashMap<PostId, Vec<Publication>>, Error> {
    let rows = bulk!(
        all(String, String, String, Option<i64>),
        tx,
        OF_POSTS,
        posts,
        [PostId::to_string]
    )?;
    let mut publications: HashMap<PostId, Vec<Publication>> = HashMap::new();
    for (post, network, permalink, published_at) in rows {
        let publication = Publication {
            network,
            permalink,
            published_at: published_at.map(Millis),
        };
        publications
            .entry(read_id(&post)?)
            .or_default()
            .push(publication);
    }
    Ok(publications)
}

/// Stores the permalink of a post on a network, and replaces an earlier one.
///
/// # Errors
/// [`Error::Duplicate`] when the permalink belongs to another post; when the store does not answer.
pub async fn upsert(tx: &mut Tx, post: &Post, publication: &Publication) -> Result<(), Error> {
    execute!(
        tx,
        PUT,
        post.id.to_string(),
        &publication.network,
        post.workspace_id.to_string(),
        &publication.permalink,
        publication.published_at.map(|at| at.0),
    )?;
    Ok(())
}

/// Deletes the permalink of a post on a network.
///
/// # Errors
/// When the store does not answer.
pub async fn delete(tx: &mut Tx, post: PostId, network: &str) -> Result<(), Error> {
    execute!(tx, REMOVE, post.to_string(), network)?;
    Ok(())
}

/// The post at a permalink, in the form of [`link::permalink`](crate::link::permalink).
///
/// # Errors
/// When the store does not answer.
pub async fn by_permalink(
    tx: &mut Tx,
    workspace: WorkspaceId,
    permalink: &str,
) -> Result<Option<PermalinkTarget>, Error> {
    let row = fetch!(
        optional(String, String, Option<String>),
        tx,
        AT,
        workspace.to_string(),
        permalink
    )?;
    row.map(|(campaign, network, link)| {
        Ok(PermalinkTarget {
            campaign_id: read_id(&campaign)?,
            network,
            link_id: read_id_option(link.as_deref())?,
        })
    })
    .transpose()
}
