//! Posts: list, read and update them. The fan-out creates them with their links.
//!
//! # Invariants
//! Engagement that was imported for a permalink before it was set is then assigned to the post's
//! link.

pub mod body;
pub mod fan_out;

use crate::id::PostId;
use crate::link::permalink;
use crate::operations::actor::Actor;
use crate::operations::campaign_rows::CampaignRowsQuery;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::operations::page::{cut, page};
use crate::store::post::Post;
use crate::store::publication::{self, Publication};
use crate::store::{self, Tx, engagement};
use body::{NewPublication, PostChange, PostDetails, PostPage};

async fn find(tx: &mut Tx, actor: &Actor, id: &str) -> Result<Post, Error> {
    let id: PostId = Noun::Post.parse_id(id)?;
    Noun::Post.found(store::post::by_id(tx, actor.workspace, id).await?)
}

/// Posts with their links and publications, each read by one query for all posts.
async fn details(
    tx: &mut Tx,
    context: &Context,
    posts: Vec<Post>,
) -> Result<Vec<PostDetails>, Error> {
    let ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
    let mut links = store::post::links(tx, &ids).await?;
    let mut publications = publication::of_posts(tx, &ids).await?;
    let view = |post: Post| {
        let links = links.remove(&post.id).unwrap_or_default();
        let publications = publications.remove(&post.id).unwrap_or_default();
        PostDetails::new(context, post, links, publications)
    };
    Ok(posts.into_iter().map(view).collect())
}

/// One post with its links and publications.
async fn details_of(tx: &mut Tx, context: &Context, post: Post) -> Result<PostDetails, Error> {
    let found = details(tx, context, vec![post]).await?.pop();
    Noun::Post.found(found)
}

/// A page of the workspace's posts, newest first.
///
/// # Errors
/// A limit or cursor that cannot be, an unknown campaign, or a store that does not answer.
pub async fn list(
    context: &Context,
    actor: &Actor,
    query: CampaignRowsQuery,
) -> Result<PostPage, Error> {
    let page = page(query.limit, query.cursor.as_deref(), "pst")?;
    let mut tx = context.store.read().await?;
    let campaign = query.campaign(&mut tx, actor.workspace).await?;
    let mut rows = store::post::list(&mut tx, actor.workspace, campaign, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    Ok(PostPage {
        posts: details(&mut tx, context, rows).await?,
        next_cursor,
    })
}

/// One post.
///
/// # Errors
/// [`Error::NotFound`], or a store that does not answer.
pub async fn read(context: &Context, actor: &Actor, id: &str) -> Result<PostDetails, Error> {
    let mut tx = context.store.read().await?;
    let post = find(&mut tx, actor, id).await?;
    details_of(&mut tx, context, post).await
}

/// Updates the text of a post, and where it was published.
///
/// # Errors
/// [`Error::NotFound`], a text or permalink that is not valid, or a permalink of another post.
pub async fn update(
    context: &Context,
    actor: &Actor,
    id: &str,
    change: PostChange,
) -> Result<PostDetails, Error> {
    let mut tx = context.store.write().await?;
    store::workspace::lock(&mut tx, actor.workspace).await?;
    let mut post = find(&mut tx, actor, id).await?;
    if let Some(text) = change.text {
        fan_out::check_text(text.as_deref())?;
        store::post::set_text(&mut tx, post.id, text.as_deref()).await?;
        post.text = text;
    }
    publish(&mut tx, context, &post, change.publications).await?;
    let shown = details_of(&mut tx, context, post).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Updates where a post was published.
async fn publish(
    tx: &mut Tx,
    context: &Context,
    post: &Post,
    publications: Vec<NewPublication>,
) -> Result<(), Error> {
    let mut links = store::post::links(tx, &[post.id]).await?;
    let links = links.remove(&post.id).unwrap_or_default();
    for new in publications {
        let network = context.registry.find(&new.network)?.name.clone();
        let Some(text) = &new.permalink else {
            publication::delete(tx, post.id, &network).await?;
            continue;
        };
        let permalink = permalink::normal(text)
            .map_err(|error| Error::Field("permalink", format!("is not valid: {error}")))?;
        let noted = Publication {
            network: network.clone(),
            permalink: permalink.clone(),
            published_at: new.published_at,
        };
        match publication::upsert(tx, post, &noted).await {
            Err(store::Error::Duplicate) => return Err(Error::PermalinkTaken(permalink)),
            put => put?,
        }
        if let Some(link) = links.iter().find(|link| link.network == network) {
            engagement::adopt(tx, post.campaign_id, &network, &permalink, link.id).await?;
        }
    }
    Ok(())
}
