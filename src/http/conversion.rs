//! Conversions over the API: report one, list them.
//!
//! Holds: a report is durable before it is answered; a repeat of an event id answers what the
//! first report became and changes nothing.

use std::time::Duration;

use actix_web::{HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};
use utoipa::{IntoParams, ToSchema};

use super::State;
use super::auth::Caller;
use super::error::{Problem, ProblemDetails};
use super::json::{Json, Query};
use super::page::{cut, page};
use crate::click::ClickClass;
use crate::clock::Millis;
use crate::conversion::{ConversionKind, JoinedBy, NewConversion, UnjoinedReason, repeat};
use crate::event_log::entry::Entry;
use crate::id::{CampaignId, ClickId, ConversionId, LinkId, SourceId};
use crate::money::Money;
use crate::provider::report::{Context, ConversionReport};
use crate::recorder::Recorder;
use crate::store::click;
use crate::store::conversion::{self, Conversion, Filter};

/// How often a waiting report looks into the store when this process does not ingest itself.
const POLL: Duration = Duration::from_millis(25);

/// A conversion and what it was joined to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conversion)]
pub struct ConversionBody {
    #[schema(value_type = String, example = "cnv_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    id: ConversionId,
    kind: ConversionKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    event_id: String,
    /// The source that reported it; `null` for the API.
    #[schema(value_type = Option<String>)]
    source_id: Option<SourceId>,
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Millis,
    #[schema(value_type = String, format = DateTime)]
    received_at: Millis,
    /// Minor units; negative for refunds.
    value: Option<Money>,
    /// Event id of the sale that a refund takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    /// Your own id of the customer.
    customer_external_id: Option<String>,
    /// The rung of the join ladder that found what is credited.
    joined_by: JoinedBy,
    /// Why nothing matched, where `joined_by` is `none`. Later evidence joins it still.
    #[serde(skip_serializing_if = "Option::is_none")]
    unjoined: Option<UnjoinedReason>,
    /// The customer's earlier conversion that led to the click.
    #[schema(value_type = Option<String>)]
    joined_via: Option<ConversionId>,
    /// The click credited.
    #[schema(value_type = Option<String>)]
    click_id: Option<ClickId>,
    /// The campaign credited.
    #[schema(value_type = Option<String>)]
    campaign_id: Option<CampaignId>,
    /// The network credited.
    network: Option<String>,
    /// The link credited.
    #[schema(value_type = Option<String>)]
    link_id: Option<LinkId>,
    /// What was left out of this request, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// A report that is durable but not joined yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueuedConversion {
    /// The id it gets if it is the first report of its event.
    #[schema(value_type = String)]
    id: ConversionId,
    event_id: String,
    /// Always `queued`.
    status: &'static str,
}

/// A page of conversions.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversionPage {
    /// In the order in which they were reported.
    conversions: Vec<ConversionBody>,
    /// `cursor` of the next page; `null` on the last one.
    next_cursor: Option<String>,
}

impl From<Conversion> for ConversionBody {
    fn from(conversion: Conversion) -> Self {
        let report = conversion.report;
        let join = conversion.join;
        ConversionBody {
            id: report.id,
            kind: report.kind,
            name: report.name,
            event_id: report.event_id,
            source_id: report.source_id,
            occurred_at: report.occurred_at,
            received_at: report.received_at,
            value: report.value,
            of: report.refund_of,
            customer_external_id: report.evidence.external_id,
            joined_by: join.joined_by,
            unjoined: join.unjoined,
            joined_via: join.via,
            click_id: join.click_id,
            campaign_id: join.campaign_id,
            network: join.network,
            link_id: join.link_id,
            warnings: Vec::new(),
        }
    }
}

/// Report a conversion
///
/// `event_id` makes it safe to repeat: the second report of an event answers 200 with what the
/// first became. It counts within its kind, so an order's sale and its refund may share one. Money is in minor units: 4999 for 49.99 EUR.
#[utoipa::path(
    operation_id = "report_conversion",
    tag = "conversions",
    request_body = ConversionReport,
    responses(
        (status = 201, body = ConversionBody, description = "Recorded and joined"),
        (status = 200, body = ConversionBody, description = "Reported before; this is the first answer"),
        (status = 202, body = QueuedConversion, description = "Durable, but not joined yet"),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/conversions")]
pub(super) async fn make(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    caller: Caller,
    body: Json<ConversionReport>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let email_hash = |email: &str| state.vault.email_hash(caller.workspace, email);
    let claimed = body.value.click_id.is_some();
    let new = body.value.into_conversion(&Context {
        id: ConversionId::new(now),
        workspace_id: caller.workspace,
        source_id: None,
        now,
        email_hash: &email_hash,
    })?;
    let garbled = claimed && new.evidence.click_ids.is_empty();
    if let Ok(Some(found)) = stored(&state, &new).await {
        return Ok(answer(found, &new, garbled));
    }
    let mut progress = state.progress.clone();
    let deadline = Instant::now() + state.settings.answer_deadline;
    let entry = Entry::Conversion(new.clone());
    recorder.record(&entry).await?;
    loop {
        if let Ok(Some(found)) = stored(&state, &new).await {
            return Ok(answer(found, &new, garbled));
        }
        if Instant::now() >= deadline {
            let queued = QueuedConversion {
                id: new.id,
                event_id: new.event_id,
                status: "queued",
            };
            return Ok(HttpResponse::Accepted().json(queued));
        }
        // Whether it was progress or the poll that woke us, the store knows the answer.
        let next = deadline.min(Instant::now() + POLL);
        if let Ok(Err(_)) = timeout_at(next, progress.changed()).await {
            tokio::time::sleep_until(next).await;
        }
    }
}

/// 201 with what `new` became, or 200 with what the first report of its event became.
fn answer((first, program): Stored, new: &NewConversion, garbled: bool) -> HttpResponse {
    let mut response = if first.report.id == new.id {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    let warning = repeat::warning(&first.report, new);
    let warning = warning.filter(|_| first.report.id != new.id);
    let mut body = ConversionBody::from(first);
    body.warnings.extend(warning);
    if garbled {
        body.warnings.push(
            "click_id is none of Leadline's and was left out; it looks like clk_ and 26 characters"
                .to_owned(),
        );
    }
    if let Some(rule) = program {
        body.warnings.push(format!(
            "its click was made by a program that says what it is ({rule}); the conversion counts, and the \
             click stays out of the visitors"
        ));
    }
    response.json(body)
}

/// A conversion, and the rule by which the click that it was joined to is a program's, where it is
/// one.
type Stored = (Conversion, Option<String>);

async fn stored(state: &State, new: &NewConversion) -> Result<Option<Stored>, crate::store::Error> {
    let mut tx = state.store.read().await?;
    let Some(first) = conversion::first_of(&mut tx, new).await? else {
        return Ok(None);
    };
    let joined = first
        .join
        .click_id
        .filter(|_| first.join.joined_by.is_own_clicks());
    let click = match joined {
        Some(id) => click::by_id(&mut tx, first.report.workspace_id, id).await?,
        None => None,
    };
    let finding = click.map(|click| click.finding);
    let program = finding.filter(|it| !it.class.is_person() && it.class != ClickClass::Own);
    Ok(Some((first, program.map(|it| it.rule.into_owned()))))
}

/// What a list of conversions is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Only those credited to this campaign by last touch.
    campaign_id: Option<String>,
    /// Only this kind.
    kind: Option<ConversionKind>,
    /// Only those joined by this rung; `none` lists what could not be joined.
    joined_by: Option<JoinedBy>,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List conversions
#[utoipa::path(
    operation_id = "list_conversions",
    tag = "conversions",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of conversions", body = ConversionPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/conversions")]
pub(super) async fn list(
    state: web::Data<State>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = page(query.limit, query.cursor.as_deref(), "cnv")?;
    let campaign_id = match &query.campaign_id {
        Some(id) => Some(id.parse().map_err(|_| Problem::NotFound("campaign"))?),
        None => None,
    };
    let filter = Filter {
        campaign_id,
        kind: query.kind,
        joined_by: query.joined_by,
    };
    let mut tx = state.store.read().await?;
    let mut rows = conversion::list(&mut tx, caller.workspace, &filter, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.report.id.to_string());
    let conversions = rows.into_iter().map(ConversionBody::from).collect();
    Ok(HttpResponse::Ok().json(ConversionPage {
        conversions,
        next_cursor,
    }))
}
