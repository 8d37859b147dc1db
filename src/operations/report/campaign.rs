//! The yield report of a campaign, with its comparison.

use tokio::task::spawn_blocking;

use crate::campaign::{Campaign, time_zone};
use crate::campaign_report::period::{self, Period};
use crate::campaign_report::{ComparedReport, ReportQuery, YieldReport, yield_report};
use crate::operations::actor::Actor;
use crate::operations::campaign::name::CampaignRef;
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::operations::report::params::{ReportComparison, ReportParams};
use crate::operations::report::reading;
use crate::store::Tx;

/// The yield report of a campaign.
#[derive(Clone, Debug)]
pub struct CampaignReport {
    /// The campaign's tag.
    pub utm_campaign: String,
    /// The report.
    pub report: YieldReport,
}

/// Reads the yield report of a campaign.
///
/// # Errors
/// A parameter that is not valid, [`Error::NotFound`], or a store that does not answer.
pub async fn read(
    context: &Context,
    actor: &Actor,
    campaign: &CampaignRef,
    params: &ReportParams,
) -> Result<CampaignReport, Error> {
    let now = context.clock.now();
    let mut tx = context.store.read().await?;
    let campaign = campaign.find(&mut tx, actor.workspace).await?;
    let utm_campaign = campaign.utm_campaign.clone();
    let window_days = context.terms.window_days;
    let query = params.query(&campaign, &context.registry, window_days, now)?;
    let mut report = report(&mut tx, context, campaign.clone(), query.clone()).await?;
    if let Some(comparison) = params.comparison() {
        let (campaign, query) = match comparison {
            ReportComparison::Previous => (campaign, query.previous()),
            ReportComparison::Campaign(name) => {
                let other = name.find(&mut tx, actor.workspace).await?;
                let query = over_own_period(&query, &other)?;
                (other, query)
            }
        };
        let other = self::report(&mut tx, context, campaign, query).await?;
        report.comparison = Some(ComparedReport::from(other));
    }
    Ok(CampaignReport {
        utm_campaign,
        report,
    })
}

/// The same query for another campaign, over its own period.
fn over_own_period(query: &ReportQuery, campaign: &Campaign) -> Result<ReportQuery, Error> {
    let period = Period::of(campaign, None, None, query.now)?;
    let zone = time_zone(&campaign.time_zone).map_err(period::Error::from)?;
    Ok(query.over(period, zone))
}

/// The report of a campaign. Its statistics take a while, so they run on another thread.
async fn report(
    tx: &mut Tx,
    context: &Context,
    campaign: Campaign,
    query: ReportQuery,
) -> Result<YieldReport, Error> {
    let (observed, declared) = reading::read(tx, &context.shares, campaign, &query).await?;
    let report = spawn_blocking(move || yield_report(&query, &observed, &declared)).await;
    report.map_err(|_| Error::Broken)
}
