//! Campaigns over the API.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::State;
use super::auth::Caller;
use super::error::{Body, Problem};
use super::idempotency::create;
use super::json::{Json, Query, change};
use super::page::{cut, page};
use crate::campaign::{self, Aim, Campaign, Goal};
use crate::clock::Millis;
use crate::id::CampaignId;
use crate::link::utm::slugify;
use crate::money::{Currency, Money};
use crate::store::campaign::Filter;
use crate::store::key::Scope;
use crate::store::{self, Tx};

/// How many names are tried before a clash of `utm_campaign` is given up.
const NAME_TRIES: u32 = 50;

/// A goal.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoalBody {
    /// `leads`, `sales`, `revenue` or `event:NAME`.
    #[schema(example = "leads")]
    metric: String,
    /// What is to be reached, at least 1; minor units of the campaign's currency for revenue.
    #[schema(example = 40)]
    target: i64,
    /// Until when; the campaign's end when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<Millis>,
}

/// A new campaign. It has a goal, or says why it has none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCampaign {
    /// Shown name, 1 to 200 characters; also the source of its `utm_campaign`.
    #[schema(example = "Spring launch")]
    name: String,
    /// What it is to reach.
    goal: Option<GoalBody>,
    /// Why it has no goal; kept and shown in every report.
    goal_waiver: Option<String>,
    /// ISO 4217 currency that its money is counted in.
    #[schema(example = "EUR")]
    currency: String,
    /// IANA time zone that its days are cut in.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    /// Start of its period.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Millis>,
    /// End of its period, exclusive.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Millis>,
    /// What an hour of work costs, in the campaign's currency.
    hourly_rate: Option<Money>,
}

/// Changes of a campaign. Its currency and `utm_campaign` stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignChange {
    /// Shown name.
    name: Option<String>,
    /// A new goal; takes the place of a waiver.
    goal: Option<GoalBody>,
    /// The reason for having no goal any more.
    goal_waiver: Option<String>,
    /// IANA time zone.
    time_zone: Option<String>,
    /// Start of the period; `null` takes it away.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default, deserialize_with = "change")]
    starts_at: Option<Option<Millis>>,
    /// End of the period; `null` takes it away.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default, deserialize_with = "change")]
    ends_at: Option<Option<Millis>>,
    /// What an hour of work costs; `null` takes it away.
    #[schema(value_type = Option<Money>)]
    #[serde(default, deserialize_with = "change")]
    hourly_rate: Option<Option<Money>>,
}

/// A campaign.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignBody {
    #[schema(value_type = String, example = "cmp_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    id: CampaignId,
    name: String,
    /// The `utm_campaign` of its links.
    utm_campaign: String,
    goal: Option<GoalBody>,
    goal_waiver: Option<String>,
    #[schema(value_type = String, example = "EUR")]
    currency: Currency,
    time_zone: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Millis>,
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Millis>,
    hourly_rate: Option<Money>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Millis,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Millis,
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<Millis>,
}

/// A page of campaigns.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignPage {
    /// Oldest first.
    campaigns: Vec<CampaignBody>,
    /// `cursor` of the next page; `null` on the last one.
    next_cursor: Option<String>,
}

impl From<Campaign> for CampaignBody {
    fn from(campaign: Campaign) -> Self {
        let (goal, goal_waiver) = match campaign.aim {
            Aim::Goal(goal) => {
                let metric = goal.metric.to_string();
                (
                    Some(GoalBody {
                        metric,
                        target: goal.target,
                        by: goal.by,
                    }),
                    None,
                )
            }
            Aim::Waived(reason) => (None, Some(reason)),
        };
        CampaignBody {
            id: campaign.id,
            name: campaign.name,
            utm_campaign: campaign.utm_campaign,
            goal,
            goal_waiver,
            currency: campaign.currency,
            time_zone: campaign.time_zone,
            starts_at: campaign.starts_at,
            ends_at: campaign.ends_at,
            hourly_rate: campaign.hourly_rate.map(|amount| Money {
                amount,
                currency: campaign.currency,
            }),
            created_at: campaign.created_at,
            updated_at: campaign.updated_at,
            archived_at: campaign.archived_at,
        }
    }
}

/// The campaign of a path, as far as the caller may see it.
pub(super) async fn find(tx: &mut Tx, caller: &Caller, id: &str) -> Result<Campaign, Problem> {
    let id: CampaignId = id.parse().map_err(|_| Problem::NotFound("campaign"))?;
    store::campaign::by_id(tx, caller.workspace, id)
        .await?
        .ok_or(Problem::NotFound("campaign"))
}

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

/// Make a campaign
#[utoipa::path(
    tag = "campaigns",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat answer the first result")),
    request_body = NewCampaign,
    responses(
        (status = 201, body = CampaignBody),
        (status = "4XX", body = Body, content_type = "application/problem+json"),
    ),
)]
#[post("/campaigns")]
pub(super) async fn make(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    body: Json<NewCampaign>,
) -> Result<HttpResponse, Problem> {
    caller.needs(Scope::Write)?;
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
        created_at: now,
        updated_at: now,
        archived_at: None,
        name: new.name,
    };
    campaign.check()?;
    let effect = async |tx: &mut Tx| insert(tx, campaign).await.map(CampaignBody::from);
    Ok(create(&state, &caller, &request, &body.raw, effect)
        .await?
        .response)
}

/// Adds the campaign under the first `utm_campaign` that is free: its name, then with a number.
async fn insert(tx: &mut Tx, mut campaign: Campaign) -> Result<Campaign, Problem> {
    let workspace = store::workspace::by_id(tx, campaign.workspace_id).await?;
    let separator = workspace.map_or('-', |workspace| workspace.convention.separator);
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
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List campaigns
#[utoipa::path(
    tag = "campaigns",
    params(ListQuery),
    responses(
        (status = 200, body = CampaignPage),
        (status = "4XX", body = Body, content_type = "application/problem+json"),
    ),
)]
#[get("/campaigns")]
pub(super) async fn list(
    state: web::Data<State>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    caller.needs(Scope::Read)?;
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
    tag = "campaigns",
    params(("id" = String, Path, description = "Id of the campaign")),
    responses(
        (status = 200, body = CampaignBody),
        (status = "4XX", body = Body, content_type = "application/problem+json"),
    ),
)]
#[get("/campaigns/{id}")]
pub(super) async fn read(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    caller.needs(Scope::Read)?;
    let mut tx = state.store.read().await?;
    let campaign = find(&mut tx, &caller, &id).await?;
    Ok(HttpResponse::Ok().json(CampaignBody::from(campaign)))
}

/// Change a campaign
#[utoipa::path(
    tag = "campaigns",
    params(("id" = String, Path, description = "Id of the campaign")),
    request_body = CampaignChange,
    responses(
        (status = 200, body = CampaignBody),
        (status = "4XX", body = Body, content_type = "application/problem+json"),
    ),
)]
#[patch("/campaigns/{id}")]
pub(super) async fn edit(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
    body: Json<CampaignChange>,
) -> Result<HttpResponse, Problem> {
    caller.needs(Scope::Write)?;
    let change = body.value;
    let mut tx = state.store.write().await?;
    let mut campaign = find(&mut tx, &caller, &id).await?;
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
    campaign.updated_at = state.clock.now();
    campaign.check()?;
    store::campaign::update(&mut tx, &campaign).await?;
    tx.commit().await?;
    Ok(HttpResponse::Ok().json(CampaignBody::from(campaign)))
}

/// Archive a campaign
///
/// Its links go on working, its reports stay readable; it leaves the lists.
#[utoipa::path(
    tag = "campaigns",
    params(("id" = String, Path, description = "Id of the campaign")),
    responses(
        (status = 200, body = CampaignBody),
        (status = "4XX", body = Body, content_type = "application/problem+json"),
    ),
)]
#[delete("/campaigns/{id}")]
pub(super) async fn archive(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    caller.needs(Scope::Write)?;
    let now = state.clock.now();
    let mut tx = state.store.write().await?;
    let mut campaign = find(&mut tx, &caller, &id).await?;
    campaign.archived_at = campaign.archived_at.or(Some(now));
    campaign.updated_at = now;
    store::campaign::update(&mut tx, &campaign).await?;
    tx.commit().await?;
    Ok(HttpResponse::Ok().json(CampaignBody::from(campaign)))
}
