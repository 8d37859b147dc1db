//! Conversions over the API: report or read one, a page of them, or all of them as a stream.

mod columns;

use actix_web::{HttpRequest, HttpResponse, get, post, web};

use crate::http::api::stream::Stream;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::accept::AnswerFormat;
use crate::http::extract::json::{Json, Query};
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::conversion::body::{
    ConversionDetails, ConversionPage, ConversionQuery, ConversionView, QueuedConversion,
};
use crate::operations::conversion::{self, ReportedConversion};
use crate::provider::ConversionReport;
use crate::recorder::Recorder;
use crate::store::Page;

/// Report a conversion
///
/// `event_id` makes a repeat safe: the second report of an event is answered with 200 and the
/// result of the first. It is unique within its kind, so the sale and the refund of an order may
/// share one. Money is in minor units: 4999 for 49.99 EUR.
#[utoipa::path(
    operation_id = "report_conversion",
    tag = "conversions",
    request_body = ConversionReport,
    responses(
        (status = 201, body = ConversionView, description = "Recorded and joined"),
        (status = 200, body = ConversionView, description = "Reported before; this is the first answer"),
        (status = 202, body = QueuedConversion, description = "Stored durably, but not joined yet"),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/conversions")]
pub(in crate::http) async fn create(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    actor: Actor,
    body: Json<ConversionReport>,
) -> Result<HttpResponse, Problem> {
    let patience = state.settings.answer_deadline;
    let create = conversion::create(&state.context, &recorder, &actor, body.value, patience);
    Ok(match create.await? {
        ReportedConversion::Created(conversion) => HttpResponse::Created().json(conversion),
        ReportedConversion::Repeated(first) => HttpResponse::Ok().json(first),
        ReportedConversion::Queued(queued) => HttpResponse::Accepted().json(queued),
    })
}

/// List conversions
///
/// Rows are in the order of their reports. With `Accept: application/x-ndjson` the answer is a
/// stream of all rows, with a `Conversion` as JSON on each line. With `Accept: text/csv` it is a
/// table whose columns have the names of the fields, but `value` is in the column `amount`, in
/// units of `currency`. In a table, an apostrophe precedes a text that a spreadsheet would read as
/// a formula. If a stream fails, the connection ends before the answer does.
#[utoipa::path(
    operation_id = "list_conversions",
    tag = "conversions",
    params(ConversionQuery),
    responses(
        (
            status = 200,
            description = "A page of conversions, or all of them as a stream",
            content(
                (ConversionPage = "application/json"),
                (String = "application/x-ndjson"),
                (String = "text/csv"),
            ),
        ),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/conversions")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<ConversionQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let format = AnswerFormat::of(&request, &[AnswerFormat::Ndjson, AnswerFormat::Csv]);
    if format == AnswerFormat::Json {
        let page = conversion::list(&state.context, &actor, &query).await?;
        return Ok(HttpResponse::Ok().json(page));
    }
    let conversions = conversion::select(&state.context, &actor, &query).await?;
    let after = conversions.after.clone();
    let stream = Stream::begin(&state, &actor, request, format, after, query.limit)?;
    let rows = async move |page: Page| conversions.read(&state.context, &page).await;
    stream.answer(rows).await
}

/// Read a conversion
///
/// With the click that it was joined to, and who is credited with it by each attribution model.
#[utoipa::path(
    operation_id = "read_conversion",
    tag = "conversions",
    params(("id" = String, Path, description = "Id of the conversion, or its reporter's id of the event. An event id that several conversions have is refused with the ids of the first ten")),
    responses(
        (status = 200, description = "The conversion", body = ConversionDetails),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/conversions/{id}")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let conversion = conversion::read(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(conversion))
}
