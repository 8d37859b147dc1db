//! Lifetime value over the API: what customers have brought, by the network that they came from
//! first.

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::campaign_report::period;
use crate::clock::{DAY_MS, Millis};
use crate::customer::lifetime::{self, AGES, LifetimeRow};
use crate::http::State;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Query;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::{CampaignRef, find_named};
use crate::store::customer::reading::{self, Question};

/// More than anybody's lifetime, in milliseconds: 10,000 years.
const EVER_MS: i64 = 10_000 * 366 * DAY_MS;

/// Lifetime value by network.
#[derive(Debug, Serialize, ToSchema)]
pub struct LifetimeReport {
    /// The campaign of the first touch, where one was asked for.
    #[schema(example = "cmp_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    campaign_id: Option<String>,
    /// First day, UTC, where one was asked for.
    from: Option<String>,
    /// Last day, UTC, where one was asked for.
    to: Option<String>,
    /// By network of the first touch, the unknown one last.
    rows: Vec<LifetimeRow>,
    /// All of them; its `network` is `null`.
    total: LifetimeRow,
}

/// Whose lifetime value.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LifetimeQuery {
    /// Only customers whose first touch was this campaign's, by its id or its tag (`utm_campaign`).
    #[param(value_type = Option<String>)]
    campaign_id: Option<CampaignRef>,
    /// First day, UTC, to have begun on; from the start when absent.
    #[param(example = "2026-01-01")]
    from: Option<String>,
    /// Last day, UTC; up to now when absent.
    #[param(example = "2026-03-31")]
    to: Option<String>,
}

/// Read lifetime value by first network
///
/// Customers begin with their first touch, or with their first conversion where no touch is known.
/// A column of days has those who began at least so many days ago (`ages` says how many), and what
/// was sold to them within so many days; what is taken back later counts against its sale.
#[utoipa::path(
    operation_id = "read_lifetime_report",
    tag = "customers",
    params(LifetimeQuery),
    responses(
        (status = 200, description = "The report", body = LifetimeReport),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/customers/lifetime")]
pub(crate) async fn read(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<LifetimeQuery>,
) -> Result<HttpResponse, Problem> {
    let days = period::utc_days(query.from.as_deref(), query.to.as_deref())?;
    let now = state.context.clock.now();
    let mut tx = state.context.store.read().await?;
    let campaign = find_named(&mut tx, actor.workspace, query.campaign_id.as_ref()).await?;
    let campaign_id = campaign.map(|campaign| campaign.id);
    let start = |day: i64| Millis(day.saturating_mul(DAY_MS));
    let question = |begun_until, age_ms| Question {
        from: start(*days.start()),
        to: start(days.end().saturating_add(1)),
        campaign_id,
        begun_until,
        age_ms,
    };
    let so_far = reading::sums(&mut tx, actor.workspace, &question(now, EVER_MS)).await?;
    let mut by_age = Vec::with_capacity(AGES.len());
    for age in AGES {
        let age_ms = age * DAY_MS;
        let question = question(now.plus_ms(-age_ms), age_ms);
        by_age.push(reading::sums(&mut tx, actor.workspace, &question).await?);
    }
    let (rows, total) = lifetime::rows(&so_far, &by_age);
    Ok(HttpResponse::Ok().json(LifetimeReport {
        campaign_id: campaign_id.map(|id| id.to_string()),
        from: query.from,
        to: query.to,
        rows,
        total,
    }))
}
