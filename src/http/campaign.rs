//! Campaigns over the API.

mod body;
pub mod name;

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::State;
use super::auth::Caller;
use super::error::{Problem, ProblemDetails};
use super::idempotency::create;
use super::json::{Json, Query};
use super::page::{cut, page};
use crate::campaign::goal::{Version, version_in_force};
use crate::campaign::{self, Aim, Campaign, Goal};
use crate::clock::Millis;
use crate::id::CampaignId;
use crate::link::utm::slugify;
use crate::money::{Currency, Money};
use crate::store::campaign::Filter;
use crate::store::{self, Tx, goal_version};
use body::{CampaignBody, CampaignChange, CampaignDetails, CampaignPage, GoalBody, NewCampaign};
pub(super) use name::{CampaignName, campaign_called, find_named};

/// How many names are tried before a clash of `utm_campaign` is given up.
const NAME_TRIES: u32 = 50;

fn aim(goal: Option<GoalBody>, waiver: Option<String>) -> Result<Aim, Problem> {
    match (goal, waiver) {
        (Some(goal), None) => Ok(Aim::Goal(Goal {
            metric: goal.metric.parse()?,
            target: goal.target,
            by: goal.by,
        })),
        (None, Some(reason)) => Ok(Aim::Waived(reason)),
        _ => Err(campaign::Error::GoalRequired.into()),
    }
}

fn rate(money: Option<Money>, currency: Currency) -> Result<Option<i64>, Problem> {
    match money {
        Some(money) if money.currency != currency => Err(Problem::CurrencyMismatch(currency)),
        money => Ok(money.map(|money| money.amount)),
    }
}

/// Create a campaign
#[utoipa::path(
    operation_id = "create_campaign",
    tag = "campaigns",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat answer the first result")),
    request_body = NewCampaign,
    responses(
        (status = 201, description = "The campaign", body = CampaignBody),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/campaigns")]
pub(super) async fn make(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    body: Json<NewCampaign>,
) -> Result<HttpResponse, Problem> {
    let new = body.value;
    let now = state.clock.now();
    let currency: Currency = new.currency.parse()?;
    let campaign = Campaign {
        id: CampaignId::new(now),
        workspace_id: caller.workspace,
        utm_campaign: String::new(),
        aim: aim(new.goal, new.goal_waiver)?,
        currency,
        time_zone: new.time_zone,
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        hourly_rate: rate(new.hourly_rate, currency)?,
        lead_window_days: new.lead_window_days,
        sale_window_days: new.sale_window_days,
        created_at: now,
        updated_at: now,
        archived_at: None,
        name: new.name,
    };
    campaign.check()?;
    let tag = new.utm_campaign;
    let effect = async |tx: &mut Tx| insert(tx, campaign, tag).await.map(CampaignBody::from);
    Ok(create(&state, &caller, &request, &body.raw, effect)
        .await?
        .response)
}

/// Adds the campaign under the `utm_campaign` given, or the first one that is free: its name, then
/// with a number.
async fn insert(
    tx: &mut Tx,
    mut campaign: Campaign,
    tag: Option<String>,
) -> Result<Campaign, Problem> {
    let workspace = store::workspace::by_id(tx, campaign.workspace_id).await?;
    let convention = workspace.map(|workspace| workspace.convention);
    let convention = convention.unwrap_or_default();
    if let Some(tag) = tag {
        check_tag(&tag)?;
        convention.validate_value("utm_campaign", &tag)?;
        campaign.utm_campaign = tag;
        return if store::campaign::insert(tx, &campaign).await? {
            Ok(campaign)
        } else {
            let taken = "is another campaign's; choose another".to_owned();
            Err(Problem::Field("utm_campaign", taken))
        };
    }
    let separator = convention.separator;
    let slug = slugify(&campaign.name, separator);
    for place in 1..=NAME_TRIES {
        campaign.utm_campaign = if place == 1 {
            slug.clone()
        } else {
            format!("{slug}{separator}{place}")
        };
        if store::campaign::insert(tx, &campaign).await? {
            return Ok(campaign);
        }
    }
    Err(Problem::Field(
        "name",
        "is taken too often; choose another".to_owned(),
    ))
}

/// A tag stands in paths, and must not be taken for an id.
fn check_tag(tag: &str) -> Result<(), Problem> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let is_form = (1..=80).contains(&tag.len()) && tag.bytes().all(is_plain);
    if is_form && tag.parse::<CampaignId>().is_err() && tag.bytes().any(|b| b != b'.') {
        return Ok(());
    }
    let form = "is 1 to 80 of A-Z a-z 0-9 - _ . and no id; write it like spring-launch";
    Err(Problem::Field("utm_campaign", form.to_owned()))
}

/// What a list of campaigns is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Part of the name.
    q: Option<String>,
    /// Whether archived ones are listed as well.
    #[serde(default)]
    archived: bool,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List campaigns
#[utoipa::path(
    operation_id = "list_campaigns",
    tag = "campaigns",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of campaigns", body = CampaignPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/campaigns")]
pub(super) async fn list(
    state: web::Data<State>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = page(query.limit, query.cursor.as_deref(), "cmp")?;
    let filter = Filter {
        q: query.q,
        archived: query.archived,
    };
    let mut tx = state.store.read().await?;
    let mut rows = store::campaign::list(&mut tx, caller.workspace, &filter, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    let campaigns = rows.into_iter().map(CampaignBody::from).collect();
    Ok(HttpResponse::Ok().json(CampaignPage {
        campaigns,
        next_cursor,
    }))
}

/// Read a campaign
#[utoipa::path(
    operation_id = "read_campaign",
    tag = "campaigns",
    params(("id" = String, Path, description = "Id or tag (`utm_campaign`) of the campaign")),
    responses(
        (status = 200, description = "The campaign", body = CampaignDetails),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/campaigns/{id}")]
pub(super) async fn read(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<CampaignName>,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.store.read().await?;
    let campaign = id.find(&mut tx, caller.workspace).await?;
    Ok(HttpResponse::Ok().json(details(&mut tx, campaign).await?))
}

/// The campaign with what it was held against before.
async fn details(tx: &mut Tx, campaign: Campaign) -> Result<CampaignDetails, Problem> {
    let past = goal_version::list(tx, campaign.id).await?;
    Ok(CampaignDetails::new(campaign, past))
}

/// Update a campaign
///
/// Once it has begun (`starts_at`, or a day after it was made), a change of its goal, of the goal's
/// deadline or of `starts_at` needs `goal_change_reason`; what it was before is kept under
/// `goal_versions`. After a change of its windows, its conversions are credited anew in the
/// background.
#[utoipa::path(
    operation_id = "update_campaign",
    tag = "campaigns",
    params(("id" = String, Path, description = "Id or tag (`utm_campaign`) of the campaign")),
    request_body = CampaignChange,
    responses(
        (status = 200, description = "The campaign as it is now", body = CampaignDetails),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[patch("/campaigns/{id}")]
pub(super) async fn edit(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<CampaignName>,
    body: Json<CampaignChange>,
) -> Result<HttpResponse, Problem> {
    let change = body.value;
    let mut tx = state.store.write().await?;
    let before = id.find_to_change(&mut tx, caller.workspace).await?;
    let now = state.clock.now();
    let reason = change.goal_change_reason.clone();
    let campaign = changed(before.clone(), change, now)?;
    campaign.check()?;
    let windows = |campaign: &Campaign| [campaign.lead_window_days, campaign.sale_window_days];
    let has_other_windows = windows(&campaign) != windows(&before);
    if campaign.has_other_goal(&before) {
        keep_version(&mut tx, &caller, before, reason, now).await?;
    }
    store::campaign::update(&mut tx, &campaign).await?;
    if has_other_windows {
        store::credit::version::queue(&mut tx, caller.workspace, campaign.id).await?;
    }
    let shown = details(&mut tx, campaign).await?;
    tx.commit().await?;
    Ok(HttpResponse::Ok().json(shown))
}

fn changed(
    mut campaign: Campaign,
    change: CampaignChange,
    now: Millis,
) -> Result<Campaign, Problem> {
    if change.goal.is_some() || change.goal_waiver.is_some() {
        campaign.aim = aim(change.goal, change.goal_waiver)?;
    }
    campaign.name = change.name.unwrap_or(campaign.name);
    campaign.time_zone = change.time_zone.unwrap_or(campaign.time_zone);
    campaign.starts_at = change.starts_at.unwrap_or(campaign.starts_at);
    campaign.ends_at = change.ends_at.unwrap_or(campaign.ends_at);
    if let Some(money) = change.hourly_rate {
        campaign.hourly_rate = rate(money, campaign.currency)?;
    }
    let lead = change.lead_window_days;
    campaign.lead_window_days = lead.unwrap_or(campaign.lead_window_days);
    let sale = change.sale_window_days;
    campaign.sale_window_days = sale.unwrap_or(campaign.sale_window_days);
    if let Some(archived) = change.archived {
        campaign.archived_at = archived.then(|| campaign.archived_at.unwrap_or(now));
    }
    campaign.updated_at = now;
    Ok(campaign)
}

/// Keeps what the campaign was held against until now, if it had begun. Once it was kept, it has: a
/// start that is put off thaws nothing.
async fn keep_version(
    tx: &mut Tx,
    caller: &Caller,
    before: Campaign,
    reason: Option<String>,
    now: Millis,
) -> Result<(), Problem> {
    let past = goal_version::list(tx, before.id).await?;
    let frozen_at = before.goal_frozen_at();
    if now < frozen_at && past.is_empty() {
        return Ok(());
    }
    let reason = reason.map(|reason| reason.trim().to_owned());
    let reason = reason.filter(|reason| (1..=500).contains(&reason.chars().count()));
    let Some(reason) = reason else {
        let since = past
            .first()
            .map_or(frozen_at, |first| first.changed_at.min(frozen_at));
        return Err(campaign::Error::GoalFrozen(since).into());
    };
    let version = Version {
        number: version_in_force(&past),
        aim: before.aim,
        starts_at: before.starts_at,
        ends_at: before.ends_at,
        changed_at: now,
        key_id: caller.key_id.to_string(),
        key_name: caller.key_name.clone(),
        reason,
    };
    Ok(goal_version::insert(tx, before.id, &version).await?)
}

/// Archive a campaign
///
/// Its links go on working, its reports stay readable; it leaves the lists.
#[utoipa::path(
    operation_id = "archive_campaign",
    tag = "campaigns",
    params(("id" = String, Path, description = "Id or tag (`utm_campaign`) of the campaign")),
    responses(
        (status = 200, description = "The archived campaign", body = CampaignBody),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[delete("/campaigns/{id}")]
pub(super) async fn archive(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<CampaignName>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let mut tx = state.store.write().await?;
    let mut campaign = id.find_to_change(&mut tx, caller.workspace).await?;
    campaign.archived_at = campaign.archived_at.or(Some(now));
    campaign.updated_at = now;
    store::campaign::update(&mut tx, &campaign).await?;
    tx.commit().await?;
    Ok(HttpResponse::Ok().json(CampaignBody::from(campaign)))
}
