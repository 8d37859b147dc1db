//! People over the API.

use actix_web::{HttpResponse, delete, web};

use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Json;
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::person;
use crate::operations::person::{ErasureResult, PersonIdentifier};

/// Erase a person
///
/// Takes the identity out of every conversion and click, and keeps the amounts: reports do not
/// change. By customer or e-mail it follows all marks that conversions tie together, and the clicks
/// that they named; where that is more than a person has, it is refused (`person_too_large`). What
/// comes late or again is kept without the person, for good. It cannot be undone.
#[utoipa::path(
    operation_id = "erase_person",
    tag = "people",
    request_body = PersonIdentifier,
    responses(
        (status = 200, body = ErasureResult, description = "Nobody is known by that now; zeros where nobody was"),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[delete("/people")]
pub(in crate::http) async fn erase(
    state: web::Data<State>,
    actor: Actor,
    body: Json<PersonIdentifier>,
) -> Result<HttpResponse, Problem> {
    let result = person::erase(&state.context, &actor, body.value).await?;
    Ok(HttpResponse::Ok().json(result))
}
