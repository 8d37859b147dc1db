//! Lifetime value: the money of customers, by the network of their first touch.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::campaign_report::period;
use crate::clock::{DAY_MS, Millis};
use crate::customer::lifetime::{self, AGES, LifetimeRow};
use crate::operations::actor::Actor;
use crate::operations::campaign::name::{CampaignRef, find_named};
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::store::customer::query::{self, LifetimeQuestion};

/// Longer than any lifetime, in milliseconds: 10,000 years.
const EVER_MS: i64 = 10_000 * 366 * DAY_MS;

/// Lifetime value by network.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct LifetimeReport {
    /// The campaign of the first touch, if the request named one.
    #[schema(example = "cmp_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub campaign_id: Option<String>,
    /// First day (UTC), if the request named one.
    pub from: Option<String>,
    /// Last day (UTC), if the request named one.
    pub to: Option<String>,
    /// By network of the first touch; the row without a known network is last.
    pub rows: Vec<LifetimeRow>,
    /// The total; its `network` is `null`.
    pub total: LifetimeRow,
}

/// The filters of lifetime value.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LifetimeQuery {
    /// Only customers whose first touch was in this campaign: its id or its tag (`utm_campaign`).
    #[param(value_type = Option<String>)]
    pub campaign_id: Option<CampaignRef>,
    /// Only customers whose first touch is on this day (UTC) or later; no limit when absent. If no
    /// touch is known, the first conversion counts.
    #[param(example = "2026-01-01")]
    pub from: Option<String>,
    /// Only customers whose first touch is on this day (UTC) or earlier; no limit when absent.
    #[param(example = "2026-03-31")]
    pub to: Option<String>,
}

/// The lifetime value of the customers in the query.
///
/// # Errors
/// A day or campaign that is not valid, or a store that does not answer.
pub async fn read(
    context: &Context,
    actor: &Actor,
    query: LifetimeQuery,
) -> Result<LifetimeReport, Error> {
    let days = period::utc_days(query.from.as_deref(), query.to.as_deref())?;
    let now = context.clock.now();
    let mut tx = context.store.read().await?;
    let campaign = find_named(&mut tx, actor.workspace, query.campaign_id.as_ref()).await?;
    let campaign_id = campaign.map(|campaign| campaign.id);
    let start = |day: i64| Millis(day.saturating_mul(DAY_MS));
    let question = |begun_until, age_ms| LifetimeQuestion {
        from: start(*days.start()),
        to: start(days.end().saturating_add(1)),
        campaign_id,
        begun_until,
        age_ms,
    };
    let so_far = query::sums(&mut tx, actor.workspace, &question(now, EVER_MS)).await?;
    let mut by_age = Vec::with_capacity(AGES.len());
    for age in AGES {
        let age_ms = age * DAY_MS;
        let question = question(now.plus_ms(-age_ms), age_ms);
        by_age.push(query::sums(&mut tx, actor.workspace, &question).await?);
    }
    let (rows, total) = lifetime::rows(&so_far, &by_age);
    Ok(LifetimeReport {
        campaign_id: campaign_id.map(|id| id.to_string()),
        from: query.from,
        to: query.to,
        rows,
        total,
    })
}
