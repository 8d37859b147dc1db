//! Clicks over the API: one click, a page of them, or all of them as a stream.

mod columns;

use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::http::api::stream::Stream;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::accept::AnswerFormat;
use crate::http::extract::json::Query;
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::click;
use crate::operations::click::body::{ClickPage, ClickQuery, ClickView};
use crate::store::Page;

/// List clicks
///
/// Rows are in the order of time. With `Accept: application/x-ndjson` the answer is a stream of all
/// rows, with a `Click` as JSON on each line. With `Accept: text/csv` it is a table whose columns
/// have the names of the fields. In a table, an apostrophe precedes a text that a spreadsheet would
/// read as a formula. If a stream fails, the connection ends before the answer does.
#[utoipa::path(
    operation_id = "list_clicks",
    tag = "clicks",
    params(ClickQuery),
    responses(
        (
            status = 200,
            description = "A page of clicks, or all of them as a stream",
            content(
                (ClickPage = "application/json"),
                (String = "application/x-ndjson"),
                (String = "text/csv"),
            ),
        ),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/clicks")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<ClickQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let format = AnswerFormat::of(&request, &[AnswerFormat::Ndjson, AnswerFormat::Csv]);
    if format == AnswerFormat::Json {
        let page = click::list(&state.context, &actor, &query).await?;
        return Ok(HttpResponse::Ok().json(page));
    }
    let clicks = click::select(&state.context, &actor, &query).await?;
    let after = clicks.after.clone();
    let stream = Stream::begin(&state, &actor, request, format, after, query.limit)?;
    let rows = async move |page: Page| clicks.read(&state.context, &page).await;
    stream.answer(rows).await
}

/// Read a click
///
/// By its click id, as the destination got it in its URL.
#[utoipa::path(
    operation_id = "read_click",
    tag = "clicks",
    params(("id" = String, Path, description = "Click id")),
    responses(
        (status = 200, description = "The click", body = ClickView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/clicks/{id}")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let click = click::read(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(click))
}
