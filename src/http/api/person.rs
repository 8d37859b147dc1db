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
/// Removes the person's identity from every conversion and click. Amounts stay, so reports do not
/// change. With `customer` or `email`, it includes all identifiers that conversions tie together,
/// and the clicks that these conversions named. If that is more than one person can have, it is
/// refused (`person_too_large`). Late or repeated reports are also stored without the person. An
/// erasure cannot be undone.
#[utoipa::path(
    operation_id = "erase_person",
    tag = "people",
    request_body = PersonIdentifier,
    responses(
        (status = 200, body = ErasureResult, description = "Nobody is known by that identifier now; zeros if nobody was"),
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
