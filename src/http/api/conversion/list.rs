//! Conversions over the API: a page of them, or all of them as a stream.

use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::conversion::{ConversionKind, MatchRule};
use crate::http::State;
use crate::http::api::conversion::body::{ConversionBody, ConversionPage};
use crate::http::api::stream::Stream;
use crate::http::api::time_span::time_span;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::accept::Form;
use crate::http::extract::json::Query;
use crate::id::{SourceId, WorkspaceId};
use crate::operations::actor::Actor;
use crate::operations::campaign::name::{CampaignRef, find_named};
use crate::operations::error::{Error, Noun};
use crate::operations::page::{MANY, cut, page_of};
use crate::store::conversion::{self, Filter};
use crate::store::{Page, Tx, source};

/// What a list of conversions is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Start of the time in which they occurred: a day in `time_zone`, or a time with an offset;
    /// open when absent.
    #[param(example = "2026-03-01")]
    from: Option<String>,
    /// End: a day, which is included, or a time, which is not; open when absent.
    #[param(example = "2026-03-31")]
    to: Option<String>,
    /// IANA zone that days are cut in; that of the campaign when absent, or UTC where no campaign
    /// is given.
    #[param(example = "Europe/Berlin")]
    time_zone: Option<String>,
    /// Only those credited by last touch to this campaign: its id or its tag (`utm_campaign`).
    #[param(value_type = Option<String>)]
    campaign_id: Option<CampaignRef>,
    /// Only those credited by last touch to this network: a name or an alias.
    #[param(example = "linkedin")]
    network: Option<String>,
    /// Only those that this source reported; `api` for those reported over the API.
    source_id: Option<String>,
    /// Only this kind.
    kind: Option<ConversionKind>,
    /// Only those joined by this match rule; `none` lists what could not be joined.
    joined_by: Option<MatchRule>,
    /// Rows of the page, 1 to 1000; 50 when absent. A stream has all rows when it is absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List conversions
///
/// In the order in which they were reported. With `Accept: application/x-ndjson` all rows come as a
/// stream, a `Conversion` as JSON on each line; with `Accept: text/csv` as a table, whose columns
/// have the names of the fields; `value` stands in `amount`, in units of `currency`. In a table a
/// text that a spreadsheet would take for a formula has an apostrophe before it. A stream that
/// fails ends the connection without ending the answer.
#[utoipa::path(
    operation_id = "list_conversions",
    tag = "conversions",
    params(ListQuery),
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
    Query(query): Query<ListQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let page = page_of(MANY, query.limit, query.cursor.as_deref(), "cnv")?;
    let mut tx = state.context.store.read().await?;
    let filter = filter(&mut tx, &state, &actor, &query).await?;
    let form = Form::of(&request, &[Form::Ndjson, Form::Csv]);
    if form != Form::Json {
        drop(tx);
        let stream = Stream::begin(&state, &actor, request, form, page.after, query.limit)?;
        let read = async move |page: Page| {
            let mut tx = state.context.store.read().await?;
            let rows = conversion::list(&mut tx, actor.workspace, &filter, &page).await?;
            Ok(rows.into_iter().map(ConversionBody::from).collect())
        };
        return stream.answer(read).await;
    }
    let mut rows = conversion::list(&mut tx, actor.workspace, &filter, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.report.id.to_string());
    let conversions = rows.into_iter().map(ConversionBody::from).collect();
    Ok(HttpResponse::Ok().json(ConversionPage {
        conversions,
        next_cursor,
    }))
}

async fn filter(
    tx: &mut Tx,
    state: &State,
    actor: &Actor,
    query: &ListQuery,
) -> Result<Filter, Error> {
    let network = match &query.network {
        Some(name) => Some(state.context.registry.find(name)?.name.clone()),
        None => None,
    };
    let campaign = find_named(tx, actor.workspace, query.campaign_id.as_ref()).await?;
    let bounds = (query.from.as_deref(), query.to.as_deref());
    let time = time_span(bounds, query.time_zone.as_deref(), campaign.as_ref())?;
    let source_id = match query.source_id.as_deref() {
        Some(conversion::API) => Some(None),
        Some(text) => Some(Some(source_called(tx, actor.workspace, text).await?)),
        None => None,
    };
    Ok(Filter {
        time,
        campaign_id: campaign.map(|campaign| campaign.id),
        network,
        source_id,
        kind: query.kind,
        joined_by: query.joined_by,
    })
}

async fn source_called(tx: &mut Tx, workspace: WorkspaceId, text: &str) -> Result<SourceId, Error> {
    let unknown = || Error::NotFound(Noun::Source);
    let id: SourceId = text.parse().map_err(|_| unknown())?;
    let found = source::by_id(tx, id).await?;
    let ours = found.filter(|source| source.workspace_id == workspace);
    Ok(ours.ok_or_else(unknown)?.id)
}
