//! Leads that a page reports, with a key that everybody can read there.
//!
//! Holds: the answer tells nothing, neither what the lead was joined to nor whether it was reported
//! before. The address is counted before the key is looked up, so that guessing keys costs the
//! store nothing; it is written nowhere. Any page may send: the key says for whom, no cookie says
//! by whom.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, HeaderValue,
};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Millis;
use crate::conversion::ConversionKind;
use crate::event_log::entry::Entry;
use crate::http::State;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::actor::authenticate;
use crate::http::extract::bodies::announced;
use crate::http::extract::client;
use crate::id::{ConversionId, WorkspaceId};
use crate::link::utm::UtmTags;
use crate::provider;
use crate::provider::report::{ConversionReport, ReportContext, ReportedCustomer};
use crate::recorder::Recorder;
use crate::store::key::Scope;
use crate::vault::Vault;

/// Largest body, in bytes.
const BODY_LIMIT: usize = 8 * 1024;

/// What an id begins with that a lead from a page was given.
const PAGE: &str = "page:";

/// For how long a browser need not ask again whether it may send, in seconds.
const PREFLIGHT_AGE: &str = "86400";

/// Somebody became known on a page: signed up, asked, subscribed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLead {
    /// Your id of the event, 1 to 200 characters; the same id again is a repeat. Without one, the
    /// same `page` and `customer` on the same day (UTC) are a repeat, so both are needed then.
    #[schema(example = "signup-1001")]
    event_id: Option<String>,
    /// Host and path of the page; only a keyed hash of it is kept, and only where there is no
    /// `event_id`.
    #[schema(example = "shop.example/signup")]
    page: Option<String>,
    /// The click id from the landing URL's `ll_click`.
    click_id: Option<String>,
    /// All click ids that the browser has brought, oldest first.
    #[serde(default)]
    path: Vec<String>,
    /// Who it is.
    customer: Option<ReportedCustomer>,
    /// Promo code used.
    promo_code: Option<String>,
    /// UTM tags of the visit.
    utm: Option<UtmTags>,
}

/// A lead that is durable.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueuedLead {
    /// Always `queued`.
    #[schema(example = "queued")]
    status: &'static str,
    /// The id that the lead was given, where it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "page:5f2b…")]
    event_id: Option<String>,
}

impl NewLead {
    /// The id of a lead that has none: one for each page, person and UTC day. Tells none of them.
    fn derived_id(&self, vault: &Vault, workspace: WorkspaceId, now: Millis) -> Option<String> {
        let page = self.page.as_deref()?.split(['?', '#']).next()?.trim();
        let customer = self.customer.as_ref()?;
        let email = customer.email.as_deref();
        let person = match email {
            Some(email) => format!("email {}", vault.email_hash(workspace, email)),
            None => format!("id {}", customer.external_id.as_deref()?.trim()),
        };
        let text = format!("{} {page} {person}", now.day());
        Some(format!(
            "{PAGE}{}",
            vault.mark_hash(workspace, "lead", &text)
        ))
    }
}

impl From<NewLead> for ConversionReport {
    fn from(lead: NewLead) -> ConversionReport {
        ConversionReport {
            landing_url: None,
            kind: ConversionKind::Lead,
            name: None,
            event_id: lead.event_id,
            occurred_at: None,
            click_id: lead.click_id,
            path: lead.path,
            customer: lead.customer,
            promo_code: lead.promo_code,
            utm: lead.utm,
            value: None,
            of: None,
        }
    }
}

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
pub(in crate::http) async fn make(
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
    let mut lead: NewLead = provider::json::read(&body)?;
    let now = state.context.clock.now();
    let derived = match lead.event_id {
        Some(_) => None,
        None => lead.derived_id(&state.context.vault, actor.workspace, now),
    };
    lead.event_id = lead.event_id.or_else(|| derived.clone());
    let email_hash = |email: &str| state.context.vault.email_hash(actor.workspace, email);
    let mut new = ConversionReport::from(lead).into_conversion(&ReportContext {
        id: ConversionId::new(now),
        workspace_id: actor.workspace,
        source_id: None,
        now,
        email_hash: &email_hash,
    })?;
    // Everybody can read the key in the page, and so could a robot.
    new.evidence.by_public_key = actor.has_public_key();
    recorder.record(&Entry::Conversion(new)).await?;
    Ok(HttpResponse::Accepted().json(QueuedLead {
        status: "queued",
        event_id: derived,
    }))
}

/// Tells a browser that any page may send a lead.
pub(in crate::http) async fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "POST"))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type"))
        .insert_header((ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE))
        .finish()
}

/// Lets a page of any origin read the answer, problems too.
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
