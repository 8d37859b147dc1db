//! Posts over the API.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};

use crate::http::api::idempotency::{created, repeat_key};
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::{Json, Query};
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::CampaignRef;
use crate::operations::campaign_rows::CampaignRowsQuery;
use crate::operations::post;
use crate::operations::post::body::{NewPost, PostChange, PostDetails, PostLinks, PostPage};

/// Create one link per network for a post
#[utoipa::path(
    operation_id = "create_post_links",
    tag = "links",
    params(
        ("id" = String, Path, description = "Id or tag (`utm_campaign`) of the campaign"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat return the first result"),
    ),
    request_body = NewPost,
    responses(
        (status = 201, description = "The post and one link for each network", body = PostLinks),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/campaigns/{id}/links")]
pub(in crate::http) async fn fan_out(
    state: web::Data<State>,
    actor: Actor,
    request: HttpRequest,
    id: web::Path<CampaignRef>,
    body: Json<NewPost>,
) -> Result<HttpResponse, Problem> {
    let repeat = repeat_key(&request, &body.raw)?;
    let fan_out = post::fan_out::fan_out;
    let post = fan_out(&state.context, &actor, repeat.as_ref(), &id, body.value).await?;
    Ok(created(post))
}

/// List posts
#[utoipa::path(
    operation_id = "list_posts",
    tag = "links",
    params(CampaignRowsQuery),
    responses(
        (status = 200, description = "A page of posts, newest first", body = PostPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/posts")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<CampaignRowsQuery>,
) -> Result<HttpResponse, Problem> {
    let page = post::list(&state.context, &actor, query).await?;
    Ok(HttpResponse::Ok().json(page))
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
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let post = post::read(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(post))
}

/// Update a post: its text, and where it was published
///
/// Engagement that was imported for this permalink, or is imported later, is assigned to the post's
/// link on the network.
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
pub(in crate::http) async fn update(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
    body: Json<PostChange>,
) -> Result<HttpResponse, Problem> {
    let post = post::update(&state.context, &actor, &id, body.value).await?;
    Ok(HttpResponse::Ok().json(post))
}
