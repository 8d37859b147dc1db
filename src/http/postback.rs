//! Postbacks: a plain URL that a tracker or shop calls, with a key in its path.
//!
//! Holds: as of webhooks a 200 means that the call is durable. A click that is not known is told of
//! by 404 only where the source's settings ask for it: senders switch off what answers errors.

use actix_web::{HttpRequest, HttpResponse, get, post, web};

use crate::clock::Millis;
use crate::http::State;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::webhook::{body_of, delivery, find, take};
use crate::operations::error::{Error, Noun};
use crate::provider::{Delivery, ProviderKind, postback};
use crate::recorder::Recorder;
use crate::sources::ActiveSource;
use crate::store::touch;

/// How long a click may be on its way into the store.
const ON_ITS_WAY_MS: i64 = 60_000;

/// Receive a postback
///
/// Parameters in the query or, by POST, in a form or JSON object: `click_id` (or `cid`, `clickid`,
/// `subid`), `status` (`lead`, `sale`, `rejected`, `rebill`), `txid`, `amount` and `currency`, and
/// the usual other names of these. The source's `webhook_url` has the key in its path.
#[utoipa::path(
    operation_id = "receive_postback",
    tag = "conversions",
    security(()),
    params(
        ("source_id" = String, Path, description = "Id of the source"),
        ("key" = String, Path, description = "Its key"),
    ),
    responses(
        (status = 200, description = "Durable", content_type = "text/plain", body = String),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/postback/{source_id}/{key}")]
pub(super) async fn by_get(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    receive(&state, &recorder, &request, path.into_inner(), None).await
}

/// Receive a postback by POST
#[utoipa::path(
    operation_id = "receive_postback_by_post",
    tag = "conversions",
    security(()),
    params(
        ("source_id" = String, Path, description = "Id of the source"),
        ("key" = String, Path, description = "Its key"),
    ),
    request_body(content = serde_json::Value, description = "Parameters as a form or a JSON object; they win over the query's", content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Durable", content_type = "text/plain", body = String),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/postback/{source_id}/{key}")]
pub(super) async fn by_post(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    receive(
        &state,
        &recorder,
        &request,
        path.into_inner(),
        Some(payload),
    )
    .await
}

async fn receive(
    state: &web::Data<State>,
    recorder: &Recorder,
    request: &HttpRequest,
    (source_id, key): (String, String),
    payload: Option<web::Payload>,
) -> Result<HttpResponse, Problem> {
    let source = find(state, request, &source_id).await?;
    if source.kind != ProviderKind::Postback {
        return Err(Error::NotFound(Noun::Source).into());
    }
    let mut delivery = delivery(state, &source, request, Vec::new());
    delivery.headers.push((postback::PATH_KEY.to_owned(), key));
    let is_proven = is_proven(state, &source, &delivery);
    // The key is in the path: without it nothing of a body is read.
    let body = match payload.filter(|_| is_proven) {
        Some(payload) => Some(body_of(state, request, payload).await?),
        None => None,
    };
    if let Some(mut body) = body {
        delivery.body = body.take();
    }
    let postback = source.settings.postback.as_ref();
    // Only who has the key learns which clicks are known.
    let is_strict = is_proven && postback.is_some_and(|it| it.strict);
    if is_strict && !is_known(state, &source, &delivery).await? {
        return Err(Error::NotFound(Noun::Click).into());
    }
    take(state, recorder, &source, &delivery).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain")
        .body(postback::answer(&delivery).unwrap_or_else(|| "OK".to_owned())))
}

fn is_proven(state: &State, source: &ActiveSource, delivery: &Delivery) -> bool {
    let now = state.context.clock.now();
    let verified = source
        .kind
        .verify(delivery, &source.secrets(now), &source.settings, now);
    verified.is_ok()
}

/// Whether the call names a click that is known, or may be on its way.
async fn is_known(
    state: &State,
    source: &ActiveSource,
    delivery: &Delivery,
) -> Result<bool, Problem> {
    let Some(id) = postback::click_id(delivery) else {
        return Ok(false);
    };
    let now: Millis = state.context.clock.now();
    if id.time().plus_ms(ON_ITS_WAY_MS) > now {
        return Ok(true);
    }
    let mut tx = state.context.store.read().await?;
    Ok(touch::by_id(&mut tx, source.workspace_id, id)
        .await?
        .is_some())
}
