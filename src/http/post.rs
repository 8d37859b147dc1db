//! Posts over the API: their links, and where they stand in each network.
//!
//! Holds: what was told of a permalink before anybody noted whose it is goes to the post's link
//! then.

use actix_web::{HttpResponse, get, patch, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::State;
use super::auth::Caller;
use super::error::{Problem, ProblemDetails};
use super::json::Json;
use crate::clock::Millis;
use crate::id::{CampaignId, LinkId, PostId};
use crate::link::permalink;
use crate::store::campaign::Post;
use crate::store::publication::{self, Publication};
use crate::store::{self, Tx, engagement};

/// Where a post stands in a network.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPublication {
    /// The network: a name or an alias.
    #[schema(example = "x")]
    network: String,
    /// The post's address there; `null` takes it away.
    #[schema(example = "https://x.com/ann/status/1780000000000000001")]
    permalink: Option<String>,
    /// When it was published there.
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Millis>,
}

/// Changes of a post.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostChange {
    /// Where it stands; networks that are not named stay as they are.
    publications: Vec<NewPublication>,
}

/// A post in one of its networks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Publication)]
pub struct PublicationBody {
    network: String,
    /// In one form whoever copied it, without parameters that tell who shared it.
    permalink: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Millis>,
}

/// A link of a post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PostLink)]
pub struct PostLinkBody {
    network: String,
    #[schema(value_type = String)]
    link_id: LinkId,
}

/// A message that links were made for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Post)]
pub struct PostDetails {
    #[schema(value_type = String, example = "pst_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    id: PostId,
    #[schema(value_type = String)]
    campaign_id: CampaignId,
    text: Option<String>,
    /// Its links, by network.
    links: Vec<PostLinkBody>,
    /// Where it stands, by network, as far as it was noted.
    publications: Vec<PublicationBody>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Millis,
}

async fn find(tx: &mut Tx, caller: &Caller, id: &str) -> Result<Post, Problem> {
    let id: PostId = id.parse().map_err(|_| Problem::NotFound("post"))?;
    let found = publication::post(tx, caller.workspace, id).await?;
    found.ok_or(Problem::NotFound("post"))
}

async fn details(tx: &mut Tx, post: Post) -> Result<PostDetails, Problem> {
    let links = publication::links(tx, post.id).await?;
    let publications = publication::of_post(tx, post.id).await?;
    Ok(PostDetails {
        id: post.id,
        campaign_id: post.campaign_id,
        text: post.text,
        links: links
            .into_iter()
            .map(|(network, link_id)| PostLinkBody { network, link_id })
            .collect(),
        publications: publications
            .into_iter()
            .map(|it| PublicationBody {
                network: it.network,
                permalink: it.permalink,
                published_at: it.published_at,
            })
            .collect(),
        created_at: post.created_at,
    })
}

/// Read a post
#[utoipa::path(
    operation_id = "read_post",
    tag = "links",
    params(("id" = String, Path, description = "Id of the post")),
    responses(
        (status = 200, description = "The post", body = PostDetails),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/posts/{id}")]
pub(super) async fn read(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.store.read().await?;
    let post = find(&mut tx, &caller, &id).await?;
    Ok(HttpResponse::Ok().json(details(&mut tx, post).await?))
}

/// Update where a post was published
///
/// Engagement that was told of this permalink, or is told later, goes to the post's link in the
/// network.
#[utoipa::path(
    operation_id = "update_post",
    tag = "links",
    params(("id" = String, Path, description = "Id of the post")),
    request_body = PostChange,
    responses(
        (status = 200, description = "The post as it is now", body = PostDetails),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[patch("/posts/{id}")]
pub(super) async fn edit(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
    body: Json<PostChange>,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.store.write().await?;
    let post = find(&mut tx, &caller, &id).await?;
    store::workspace::lock(&mut tx, caller.workspace).await?;
    let links = publication::links(&mut tx, post.id).await?;
    for new in body.value.publications {
        let network = state.registry.find(&new.network)?.name.clone();
        let Some(text) = &new.permalink else {
            publication::remove(&mut tx, post.id, &network).await?;
            continue;
        };
        let permalink = permalink::normal(text)
            .map_err(|error| Problem::Field("permalink", format!("cannot be: {error}")))?;
        let noted = Publication {
            network: network.clone(),
            permalink: permalink.clone(),
            published_at: new.published_at,
        };
        match publication::put(&mut tx, &post, &noted).await {
            Err(store::Error::Duplicate) => return Err(Problem::PermalinkTaken(permalink)),
            put => put?,
        }
        if let Some((_, link)) = links.iter().find(|(of, _)| *of == network) {
            engagement::adopt(&mut tx, post.campaign_id, &network, &permalink, *link).await?;
        }
    }
    let shown = details(&mut tx, post).await?;
    tx.commit().await?;
    Ok(HttpResponse::Ok().json(shown))
}
