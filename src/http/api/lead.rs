//! Leads over the API, reported by a page with a key that everybody can read there.
//!
//! # Invariants
//! - An address is counted before its key is looked up, so that guessing keys costs the store
//!   nothing. The address is written nowhere.
//! - Any page may send: the key says for which workspace, and no cookie says who sends.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, HeaderValue,
};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, post, web};

use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::actor::authenticate;
use crate::http::extract::bodies::announced;
use crate::http::extract::client;
use crate::http::state::State;
use crate::operations::lead::{self, NewLead, QueuedLead};
use crate::provider;
use crate::recorder::Recorder;
use crate::store::key::Scope;

/// Largest body, in bytes.
const BODY_LIMIT: usize = 8 * 1024;

/// For how long a browser need not ask again whether it may send, in seconds.
const PREFLIGHT_AGE: &str = "86400";

/// Report a lead from a page
///
/// For keys with the scope `lead`, which may stand in a page; any origin may send. It happened now.
/// The answer does not tell what the lead is joined to. Without an `event_id`, a customer counts
/// once for each `page` and day (UTC): a double click or a form that is sent again is a repeat.
/// `event_id` is shared with `POST /conversions`: a lead that your server reports as well counts
/// once, and the first report of the two stands.
#[utoipa::path(
    operation_id = "report_lead",
    tag = "conversions",
    request_body = NewLead,
    responses(
        (status = 202, body = QueuedLead, description = "Durable"),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/leads", wrap = "actix_web::middleware::from_fn(any_origin)")]
pub(in crate::http) async fn create(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let settings = &state.settings;
    let proxies = &settings.trusted_proxies;
    let address = client::address(&request, proxies, settings.forwarded_header);
    if !state.limits.allows_lead(address) {
        return Err(Problem::LeadsLimited);
    }
    let actor = authenticate(&state, &request).await?;
    actor.require(Scope::Lead)?;
    let (payload, announced) = (payload.into_inner(), announced(&request));
    let body = state
        .bodies
        .open
        .read(payload, announced, BODY_LIMIT)
        .await?;
    let new: NewLead = provider::json::read(&body)?;
    let queued = lead::create(&state.context, &recorder, &actor, new).await?;
    Ok(HttpResponse::Accepted().json(queued))
}

/// Answers a preflight: any page may send a lead.
pub(in crate::http) async fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "POST"))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type"))
        .insert_header((ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE))
        .finish()
}

/// Lets a page of any origin read the answer, also a problem.
async fn any_origin(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut response = next.call(request).await?;
    let any = HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, any);
    Ok(response)
}
