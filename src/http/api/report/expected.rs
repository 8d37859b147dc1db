//! Whether a period brought more than was to be expected.

use actix_web::{HttpResponse, get, web};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::campaign::time_zone;
use crate::campaign_report::expected::{self, CountedOutcome, ExpectedInputs, ExpectedReport};
use crate::campaign_report::period::{self, Period, plus_days};
use crate::http::State;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Query;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::CampaignRef;
use crate::operations::error::Error;
use crate::store::campaign_report::outcomes;

/// Earlier weeks that a period is held against.
const WEEKS: u32 = 8;

/// Most of them.
const MOST_WEEKS: u32 = 52;

/// Longest period, in days: beyond a week its own days would be held against it.
const LONGEST_DAYS: i64 = 7;

/// Which period.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ExpectedQuery {
    /// What is counted.
    #[serde(default)]
    outcome: CountedOutcome,
    /// Start: a day in the campaign's time zone, or a time with an offset, such as that of a post.
    #[param(example = "2026-03-10T09:00:00+01:00", required = true)]
    from: Option<String>,
    /// End: a day, which is included, or a time, which is not; at most a week after the start. Of a
    /// period that is not over the part up to now counts.
    #[param(example = "2026-03-10", required = true)]
    to: Option<String>,
    /// How many earlier weeks the period is held against, 4 to 52; 8 when absent.
    #[param(minimum = 4, maximum = 52)]
    weeks: Option<u32>,
}

/// Compare a period with earlier weeks
#[utoipa::path(
    operation_id = "read_expected_report",
    tag = "reports",
    params(("id" = String, Path, description = "Id or tag (`utm_campaign`) of the campaign"), ExpectedQuery),
    responses(
        (status = 200, description = "The comparison", body = ExpectedReport),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/campaigns/{id}/expected")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<CampaignRef>,
    Query(query): Query<ExpectedQuery>,
) -> Result<HttpResponse, Problem> {
    let weeks = query.weeks.unwrap_or(WEEKS);
    if !(4..=MOST_WEEKS).contains(&weeks) {
        return Err(Error::Query(format!("`weeks` is {weeks}; give 4 to {MOST_WEEKS}")).into());
    }
    let (Some(from), Some(to)) = (&query.from, &query.to) else {
        return Err(Error::Query(
            "give `from` and `to`: the period to hold against earlier weeks".to_owned(),
        )
        .into());
    };
    let mut tx = state.context.store.read().await?;
    let campaign = id.find(&mut tx, actor.workspace).await?;
    let now = state.context.clock.now();
    let mut period = Period::of(&campaign, Some(from), Some(to), now)?;
    let zone = time_zone(&campaign.time_zone).map_err(period::Error::from)?;
    // Weeks in which clocks are put back have an hour more.
    if period.to > plus_days(period.from, LONGEST_DAYS, &zone) {
        return Err(Error::Query(
            "the period is longer than a week; give a shorter one, such as the two days after a post"
                .to_owned(),
        ).into());
    }
    // What is not over yet is held against the same part of earlier weeks.
    period.to = period.to.min(now.quarter_hour());
    if period.to <= period.from {
        return Err(Error::Query(
            "the period has not begun, or a quarter of an hour of it is not over".to_owned(),
        )
        .into());
    }
    let span = (expected::counts_from(period, weeks, &zone), period.to);
    let workspace = actor.workspace;
    let answer = expected::expected_report(&ExpectedInputs {
        outcome: query.outcome,
        period,
        weeks,
        zone: &zone,
        counts: &outcomes::by_quarter(&mut tx, workspace, query.outcome, span).await?,
        since: outcomes::first(&mut tx, workspace, query.outcome).await?,
        posts: &outcomes::posted_at(&mut tx, workspace, span).await?,
    });
    Ok(HttpResponse::Ok().json(answer))
}
