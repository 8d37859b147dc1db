//! Compares the count of a period with the count that earlier weeks predict.

use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::campaign::{Campaign, time_zone};
use crate::campaign_report::expected::{self, CountedOutcome, ExpectedInputs, ExpectedReport};
use crate::campaign_report::period::{self, Period, plus_days};
use crate::clock::Millis;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::CampaignRef;
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::store::campaign_report::outcomes;

/// Default number of earlier weeks.
const WEEKS: u32 = 8;

/// Most earlier weeks.
const MOST_WEEKS: u32 = 52;

/// Longest period, in days: a longer one would be compared with its own days.
const LONGEST_DAYS: i64 = 7;

/// The period to compare.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ExpectedParams {
    /// What to count.
    #[serde(default)]
    pub outcome: CountedOutcome,
    /// Start: a day in the campaign's time zone, or a time with an offset, such as the time of a
    /// post.
    #[param(example = "2026-03-10T09:00:00+01:00", required = true)]
    pub from: Option<String>,
    /// End: a day (inclusive) or a time (exclusive), at most a week after the start. If the period
    /// is not over, the part until now counts.
    #[param(example = "2026-03-10", required = true)]
    pub to: Option<String>,
    /// Number of earlier weeks to compare with, 4 to 52; 8 when absent.
    #[param(minimum = 4, maximum = 52)]
    pub weeks: Option<u32>,
}

/// Compares the period with earlier weeks.
///
/// # Errors
/// A period or number of weeks that is not valid, [`Error::NotFound`], or a store that does not
/// answer.
pub async fn read(
    context: &Context,
    actor: &Actor,
    campaign: &CampaignRef,
    params: &ExpectedParams,
) -> Result<ExpectedReport, Error> {
    let weeks = params.weeks.unwrap_or(WEEKS);
    if !(4..=MOST_WEEKS).contains(&weeks) {
        let problem = format!("`weeks` is {weeks}; give 4 to {MOST_WEEKS}");
        return Err(Error::Query(problem));
    }
    let (Some(from), Some(to)) = (&params.from, &params.to) else {
        return Err(Error::Query(
            "give `from` and `to`: the period to compare with earlier weeks".to_owned(),
        ));
    };
    let mut tx = context.store.read().await?;
    let campaign = campaign.find(&mut tx, actor.workspace).await?;
    let zone = time_zone(&campaign.time_zone).map_err(period::Error::from)?;
    let period = elapsed_period(&campaign, &zone, (from, to), context.clock.now())?;
    let span = (expected::counts_from(period, weeks, &zone), period.to);
    let workspace = actor.workspace;
    Ok(expected::expected_report(&ExpectedInputs {
        outcome: params.outcome,
        period,
        weeks,
        zone: &zone,
        counts: &outcomes::by_quarter(&mut tx, workspace, params.outcome, span).await?,
        since: outcomes::first(&mut tx, workspace, params.outcome).await?,
        posts: &outcomes::posted_at(&mut tx, workspace, span).await?,
    }))
}

/// The part of the period that is over. It is compared with the same part of earlier weeks.
fn elapsed_period(
    campaign: &Campaign,
    zone: &TimeZone,
    (from, to): (&str, &str),
    now: Millis,
) -> Result<Period, Error> {
    let mut period = Period::of(campaign, Some(from), Some(to), now)?;
    // In a week in which clocks are put back, there is one hour more.
    if period.to > plus_days(period.from, LONGEST_DAYS, zone) {
        return Err(Error::Query(
            "the period is longer than a week; give a shorter one, such as the two days after a post"
                .to_owned(),
        ));
    }
    period.to = period.to.min(now.quarter_hour());
    if period.to <= period.from {
        return Err(Error::Query(
            "the period has not begun, or its first quarter of an hour is not over".to_owned(),
        ));
    }
    Ok(period)
}
