//! People over the API: erase one.
//!
//! Holds: the mark that names a person goes into no log and no error; what is answered for somebody
//! who is not known is what is answered for somebody erased before.

use actix_web::{HttpResponse, delete, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::State;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Json;
use crate::operations::actor::Actor;
use crate::operations::error::Error;
use crate::provider::report::{email_as_id, is_email, names_a_person};
use crate::store::conversion::related::Mark;
use crate::worker::erasure::ErasureSubject;

/// Longest external id, in characters, as reports may have it.
const MAX_ID: usize = 200;

/// Who is to be erased, by exactly one mark.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonIdentifier {
    /// Your own id of the customer.
    #[schema(example = "cust-17")]
    #[serde(default)]
    customer: Option<String>,
    /// Their e-mail address.
    #[serde(default)]
    email: Option<String>,
    /// Id of a click of theirs.
    #[schema(pattern = "^\\s*clk_[0-7][0-9a-hjkmnp-tv-z]{25}\\s*$")]
    #[serde(default)]
    click_id: Option<String>,
}

/// What was erased.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureResult {
    /// Conversions that told of the person. Their amounts and what is credited for them stay.
    conversions: u64,
    /// Their clicks, as far as they are still kept. They still count.
    clicks: u64,
}

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
    let hash = |email: &str| state.context.vault.email_hash(actor.workspace, email);
    let person = body.value.person(&hash)?;
    let eraser = state.context.eraser();
    let erased = eraser.erase(actor.workspace, &person, state.context.clock.now());
    let counts = erased.await?;
    if let Err(error) = state.context.log.delete_read().await {
        tracing::warn!(%error, "what was read stays in the log for up to an hour");
    }
    tracing::info!(
        workspace.id = %actor.workspace,
        conversions = counts.conversions,
        clicks = counts.clicks,
        "a person was erased"
    );
    Ok(HttpResponse::Ok().json(ErasureResult {
        conversions: counts.conversions,
        clicks: counts.clicks,
    }))
}

impl PersonIdentifier {
    fn person(&self, hash: &dyn Fn(&str) -> String) -> Result<ErasureSubject, Error> {
        match (&self.customer, &self.email, &self.click_id) {
            (Some(id), None, None) => customer(id.trim(), hash),
            (None, Some(email), None) if is_email(email) => Ok(address(email, hash)),
            (None, Some(_), None) => Err(Error::Field("email", "is no e-mail address".into())),
            (None, None, Some(id)) => match id.trim().parse() {
                Ok(id) => Ok(ErasureSubject::Click(id)),
                Err(_) => Err(Error::Field(
                    "click_id",
                    "looks like clk_ and 26 characters".into(),
                )),
            },
            _ => Err(Error::PersonMark),
        }
    }
}

fn customer(id: &str, hash: &dyn Fn(&str) -> String) -> Result<ErasureSubject, Error> {
    if names_a_person(id) {
        return Ok(address(id, hash));
    }
    if !(1..=MAX_ID).contains(&id.chars().count()) {
        let length = format!("has 1 to {MAX_ID} characters");
        return Err(Error::Field("customer", length));
    }
    Ok(ErasureSubject::Customer(vec![Mark::ExternalId(
        id.to_owned(),
    )]))
}

/// Reports may have the address for the customer's id: then its hash is that id.
fn address(email: &str, hash: &dyn Fn(&str) -> String) -> ErasureSubject {
    let hash = hash(email);
    let as_id = Mark::ExternalId(email_as_id(&hash));
    ErasureSubject::Customer(vec![Mark::EmailHash(hash), as_id])
}
