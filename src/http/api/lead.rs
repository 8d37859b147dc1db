//! Leads over the API, reported by a page with a public key.
//!
//! # Invariants
//! - An address is counted before its key is looked up, so guessed keys do not reach the store. The
//!   address is not written anywhere.
//! - Any page may send a lead: the key names the workspace, and no cookie identifies the sender.

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

/// How long a browser may cache the permission to send, in seconds.
const PREFLIGHT_AGE: &str = "86400";

/// Report a lead from a page
///
/// This is for keys with the scope `lead`, which may be public in a page. Any origin may send it,
/// and its time is the current time. The answer does not show what the lead is joined to. Without
/// an `event_id`, a customer counts once for each `page` and day (UTC): a double click, or a form
/// that is sent again, is a repeat. `event_id` is shared with `POST /conversions`: if your server
/// also reports the lead, it counts once, and the first report wins.
#[utoipa::path(
    operation_id = "report_lead",
    tag = "conversions",
    request_body = NewLead,
    responses(
        (status = 202, body = QueuedLead, description = "Stored durably"),
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

/// Lets a page of any origin read the answer, including a problem.
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
