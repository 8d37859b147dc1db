//! Costs over the API: told row by row or as a table, listed, taken back.
//!
//! Holds: of the rows of a request all are kept or none; told again they change what they told
//! before and double nothing. Must not know: how costs are shared among the rows of a report.

mod body;
mod outside;
mod reading;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::campaign::Campaign;
use crate::export_file::format::ExportKind;
use crate::http::State;
use crate::http::api::table::asked::ImportQuery;
use crate::http::api::table::place::{Finder, Found};
use crate::http::api::table::{content, imported, in_order, sort_ids};
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::bodies::announced;
use crate::http::extract::json::Query;
use crate::id::{CampaignId, CostId};
use crate::money::Money;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::{CampaignRef, find_named};
use crate::operations::error::{Error, Noun};
use crate::operations::import::bad_rows::{RowError, bad};
use crate::operations::page::{cut, page};
use crate::store::cost::{self, Cost};
use crate::store::{self, Tx, workspace};
use body::{CostBody, CostImportResult, CostPage, NewCosts};
use reading::{Ids, Roundings, Told, read, spent};

/// Most rows of a request that are shown in its answer.
pub(in crate::http) const MOST_SHOWN: usize = 200;

/// Longest note and id, in characters.
const MOST_TEXT: usize = 200;

/// Import costs
///
/// Rows as JSON, an array or `{"rows": […]}`; or a table (`Content-Type: text/csv`, also for a
/// workbook) as ad managers export it, in any language whose names of columns are known or mapped
/// by `column`; amounts in major units. With `dry_run=true` the answer is the same, and nothing is
/// kept. All rows are kept or none. A row whose `event_id` is known takes the place of what was
/// told with it; rows of a table without one get one of campaign, network, link, days and note, so
/// that a file may be sent again. Lines of a table that are sums of others are passed over; the
/// answer names them with the cause.
#[utoipa::path(
    operation_id = "import_costs",
    tag = "costs",
    params(ImportQuery, ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat answer the first result")),
    request_body(content((NewCosts = "application/json"), (String = "text/csv")), description = "At most 16 MiB"),
    responses(
        (status = 200, description = "With `dry_run`: what would become of the rows", body = CostImportResult),
        (status = 201, description = "How many rows were new, changed or known, and the rows", body = CostImportResult),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/costs")]
pub(in crate::http) async fn tell(
    state: web::Data<State>,
    actor: Actor,
    request: HttpRequest,
    Query(query): Query<ImportQuery>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (body, announced) = (body.into_inner(), announced(&request));
    let raw = state
        .bodies
        .keyed
        .read(body, announced, crate::http::api::table::MAX)
        .await?;
    let file = content(&state, &request, &raw).await?;
    let effect = async |tx: &mut Tx| {
        let (mut bad, kind) = (query.bad_rows(), ExportKind::Costs);
        workspace::lock(tx, actor.workspace).await?;
        let options = query.options(tx, &state, actor.workspace, kind).await?;
        let table = file.as_ref().map(|(content, _)| (content, &options));
        let read = read(&raw, table, &query, &mut bad)?;
        let mut finder = Finder::new(&state, actor.workspace);
        let (mut ids, mut roundings) = (Ids::default(), Roundings::default());
        let mut costs = Vec::with_capacity(read.rows.len());
        let mut campaigns = HashMap::new();
        for row in read.rows {
            let line = row.line;
            let made = match finder.find(tx, &row.named).await {
                Ok(found) => {
                    let made = cost_of(&state, &actor, row, &found, (&mut ids, &mut roundings));
                    campaigns.insert(found.campaign.id, found.campaign);
                    made
                }
                Err(error) => Err(error),
            };
            costs.extend(bad.sift(line, made)?);
        }
        let others = bad.none_of(read.count)?;
        query
            .keep(tx, &state, (actor.workspace, kind), read.file.as_ref())
            .await?;
        sort_ids(&mut costs, |cost| &mut cost.id);
        let put = cost::put(tx, &mut costs).await?;
        let notes = notes(&state, &costs, &campaigns, read.file.is_some())?;
        Ok(CostImportResult {
            new: put.new,
            changed: put.changed,
            unchanged: put.unchanged,
            spent: sums(&costs, &campaigns),
            costs: shown(&costs, &campaigns),
            columns_left_out: read.columns_left_out,
            totals_left_out: read.totals_left_out,
            passed_over: in_order(read.passed_over, others),
            file: read.file,
            dry_run: query.is_dry_run(),
            notes,
        })
    };
    imported((&state, &actor, &request), &raw, query.is_dry_run(), effect).await
}

/// What is to know of the costs.
fn notes(
    state: &State,
    costs: &[Cost],
    campaigns: &HashMap<CampaignId, Arc<Campaign>>,
    is_file: bool,
) -> Result<Vec<String>, Error> {
    let now = state.context.clock.now();
    let mut notes = outside::notes(costs, campaigns, now)?;
    notes.extend(outside::to_come(costs, now));
    notes.extend(is_file.then(|| outside::ranges(costs)).flatten());
    Ok(notes)
}

/// What the costs sum to, in each currency.
fn sums(costs: &[Cost], campaigns: &HashMap<CampaignId, Arc<Campaign>>) -> Vec<Money> {
    let mut sums: BTreeMap<&str, Money> = BTreeMap::new();
    for cost in costs {
        let Some(campaign) = campaigns.get(&cost.campaign_id) else {
            continue;
        };
        let currency = campaign.currency;
        let nothing = Money {
            amount: 0,
            currency,
        };
        let value = cost.spent.value(campaign.hourly_rate).unwrap_or(0);
        let sum = sums.entry(currency.code()).or_insert(nothing);
        sum.amount = sum.amount.saturating_add(value);
    }
    sums.into_values().collect()
}

/// The costs of an answer; none of more than [`MOST_SHOWN`].
fn shown(costs: &[Cost], campaigns: &HashMap<CampaignId, Arc<Campaign>>) -> Vec<CostBody> {
    let few = costs.iter().filter(|_| costs.len() <= MOST_SHOWN);
    let shown = few.filter_map(|cost| Some(CostBody::new(cost, campaigns.get(&cost.campaign_id)?)));
    shown.collect()
}

fn cost_of(
    state: &State,
    actor: &Actor,
    row: Told,
    found: &Found,
    (ids, roundings): (&mut Ids, &mut Roundings),
) -> Result<Cost, RowError> {
    let spent = spent(&row.said, &found.campaign, roundings)?;
    let event_id = ids.of(&row, found)?;
    let note = row.note.map(|note| note.trim().to_owned());
    let note = note.filter(|note| !note.is_empty());
    if note
        .as_ref()
        .is_some_and(|note| note.chars().count() > MOST_TEXT)
    {
        return bad("note", format!("has at most {MOST_TEXT} characters"));
    }
    let now = state.context.clock.now();
    Ok(Cost {
        id: CostId::new(now),
        workspace_id: actor.workspace,
        campaign_id: found.campaign.id,
        network: found.network.clone(),
        link_id: found.link_id,
        days: row.days,
        spent,
        note,
        event_id,
        created_at: now,
    })
}

/// What a list of costs or engagement is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Only those of this campaign: its id or its tag (`utm_campaign`).
    #[param(value_type = Option<String>)]
    pub(in crate::http) campaign_id: Option<CampaignRef>,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub(in crate::http) limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub(in crate::http) cursor: Option<String>,
}

/// List costs
#[utoipa::path(
    operation_id = "list_costs",
    tag = "costs",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of costs", body = CostPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/costs")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = page(query.limit, query.cursor.as_deref(), "cst")?;
    let mut tx = state.context.store.read().await?;
    let campaign = find_named(&mut tx, actor.workspace, query.campaign_id.as_ref()).await?;
    let campaign = campaign.map(|campaign| campaign.id);
    let mut rows = cost::list(&mut tx, actor.workspace, campaign, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    let mut campaigns: HashMap<CampaignId, Campaign> = HashMap::new();
    let mut costs = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Entry::Vacant(place) = campaigns.entry(row.campaign_id) {
            place.insert(campaign_of(&mut tx, &actor, row).await?);
        }
        costs.extend(
            campaigns
                .get(&row.campaign_id)
                .map(|of| CostBody::new(row, of)),
        );
    }
    Ok(HttpResponse::Ok().json(CostPage { costs, next_cursor }))
}

async fn campaign_of(tx: &mut Tx, actor: &Actor, cost: &Cost) -> Result<Campaign, Error> {
    let found = store::campaign::by_id(tx, actor.workspace, cost.campaign_id).await?;
    found.ok_or(Error::NotFound(Noun::Campaign))
}

/// Delete a cost
#[utoipa::path(
    operation_id = "delete_cost",
    tag = "costs",
    params(("id" = String, Path, description = "Id of the cost")),
    responses(
        (status = 200, body = CostBody, description = "It is gone; this is what it was"),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[delete("/costs/{id}")]
pub(in crate::http) async fn remove(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let missing = || Error::NotFound(Noun::Cost);
    let id: CostId = id.parse().map_err(|_| missing())?;
    let mut tx = state.context.store.write().await?;
    let found = cost::by_id(&mut tx, actor.workspace, id)
        .await?
        .ok_or_else(missing)?;
    let campaign = campaign_of(&mut tx, &actor, &found).await?;
    cost::remove(&mut tx, actor.workspace, id).await?;
    tx.commit().await?;
    Ok(HttpResponse::Ok().json(CostBody::new(&found, &campaign)))
}
