//! Posts: their links, and their publications on each network.
//!
//! # Invariants
//! Engagement that was imported for a permalink before it was set is then assigned to the post's
//! link.

pub mod body;
pub mod fan_out;

use crate::id::PostId;
use crate::link::permalink;
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::store::campaign::Post;
use crate::store::publication::{self, Publication};
use crate::store::{self, Tx, engagement};
use body::{PostChange, PostDetails, PostLinkView, PublicationView};

async fn find(tx: &mut Tx, actor: &Actor, id: &str) -> Result<Post, Error> {
    let id: PostId = Noun::Post.parse_id(id)?;
    Noun::Post.found(publication::post(tx, actor.workspace, id).await?)
}

async fn details(tx: &mut Tx, post: Post) -> Result<PostDetails, Error> {
    let links = publication::links(tx, post.id).await?;
    let publications = publication::of_post(tx, post.id).await?;
    Ok(PostDetails {
        id: post.id,
        campaign_id: post.campaign_id,
        text: post.text,
        links: links
            .into_iter()
            .map(|(network, link_id)| PostLinkView { network, link_id })
            .collect(),
        publications: publications
            .into_iter()
            .map(|publication| PublicationView {
                network: publication.network,
                permalink: publication.permalink,
                published_at: publication.published_at,
            })
            .collect(),
        created_at: post.created_at,
    })
}

/// One post.
///
/// # Errors
/// [`Error::NotFound`], or a store that does not answer.
pub async fn read(context: &Context, actor: &Actor, id: &str) -> Result<PostDetails, Error> {
    let mut tx = context.store.read().await?;
    let post = find(&mut tx, actor, id).await?;
    details(&mut tx, post).await
}

/// Updates where a post was published.
///
/// # Errors
/// [`Error::NotFound`], a permalink that is not valid, or one of another post.
pub async fn update(
    context: &Context,
    actor: &Actor,
    id: &str,
    change: PostChange,
) -> Result<PostDetails, Error> {
    let mut tx = context.store.write().await?;
    let post = find(&mut tx, actor, id).await?;
    store::workspace::lock(&mut tx, actor.workspace).await?;
    let links = publication::links(&mut tx, post.id).await?;
    for new in change.publications {
        let network = context.registry.find(&new.network)?.name.clone();
        let Some(text) = &new.permalink else {
            publication::delete(&mut tx, post.id, &network).await?;
            continue;
        };
        let permalink = permalink::normal(text)
            .map_err(|error| Error::Field("permalink", format!("is not valid: {error}")))?;
        let noted = Publication {
            network: network.clone(),
            permalink: permalink.clone(),
            published_at: new.published_at,
        };
        match publication::upsert(&mut tx, &post, &noted).await {
            Err(store::Error::Duplicate) => return Err(Error::PermalinkTaken(permalink)),
            put => put?,
        }
        if let Some((_, link)) = links.iter().find(|(of, _)| *of == network) {
            engagement::adopt(&mut tx, post.campaign_id, &network, &permalink, *link).await?;
        }
    }
    let shown = details(&mut tx, post).await?;
    tx.commit().await?;
    Ok(shown)
}
