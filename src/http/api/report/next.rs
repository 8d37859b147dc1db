//! Suggestions for the next posts, over the API.

use actix_web::{HttpResponse, get, web};

use crate::campaign_report::next_posts::NextPosts;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Query;
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::CampaignRef;
use crate::operations::report::next_posts::{self, NextPostsParams};

/// Suggest what to post next
#[utoipa::path(
    operation_id = "read_next_posts",
    tag = "reports",
    params(("id" = String, Path, description = "Id or tag (`utm_campaign`) of the campaign"), NextPostsParams),
    responses(
        (status = 200, description = "The ranked choices", body = NextPosts),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/campaigns/{id}/next")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<CampaignRef>,
    Query(params): Query<NextPostsParams>,
) -> Result<HttpResponse, Problem> {
    let posts = next_posts::read(&state.context, &actor, &id, &params).await?;
    Ok(HttpResponse::Ok().json(posts))
}
