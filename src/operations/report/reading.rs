//! Reads the data of a campaign's report.
//!
//! # Invariants
//! Everything comes from one state of the store.

use crate::attribution::data_driven::RequestedModel;
use crate::campaign::Campaign;
use crate::campaign::engagement::EngagementSum;
use crate::campaign_report::cost::{self, OutsideCosts};
use crate::campaign_report::credits::{CampaignCredits, UnattributedCredits};
use crate::campaign_report::dimension::Dimension;
use crate::campaign_report::reallocate::reallocate;
use crate::campaign_report::segment::{LinkIndex, Segment};
use crate::campaign_report::{
    CreditSum, Declared, LeadTotals, Observed, People, PeriodCosts, ReportAxis, ReportQuery,
};
use crate::clock::Millis;
use crate::operations::error::Error;
use crate::operations::report::journey_shares::JourneyShares;
use crate::store::campaign_report::journeys::JourneyQuery;
use crate::store::{self, Tx, click_event, credit, engagement, goal_version, hidden_origin, link};

/// Reads counted and reported data.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn read(
    tx: &mut Tx,
    shares: &JourneyShares,
    campaign: Campaign,
    query: &ReportQuery,
) -> Result<(Observed, Declared), Error> {
    let declared = declared(tx, campaign, query).await?;
    let observed = observed(tx, shares, &declared, query).await?;
    Ok((observed, declared))
}

async fn observed(
    tx: &mut Tx,
    shares: &JourneyShares,
    declared: &Declared,
    query: &ReportQuery,
) -> Result<Observed, Error> {
    let campaign = &declared.campaign;
    let (workspace, id) = (campaign.workspace_id, campaign.id);
    let (from, to) = (query.period.from, query.period.to);
    let credits = credit::cache::of_campaign(tx, id).await?;
    // Money earned up to the goal's deadline, minus later refunds.
    let deadline = campaign.deadline().unwrap_or(Millis(i64::MAX));
    let clicks = click_event::sums(tx, id, from, to, &query.granularity).await?;
    let links = if query.granularity.link {
        link::facts::of_campaign(tx, id).await?
    } else {
        LinkIndex::new()
    };
    let row = |segment: &Segment| {
        let passes = query.filter.allows(segment, &links);
        let breakdown = &query.breakdown;
        breakdown
            .row_key(segment, &links, &query.granularity)
            .filter(|_| passes)
    };
    Ok(Observed {
        networks: link::networks_of(tx, workspace, id).await?,
        people: people(tx, campaign, query).await?,
        assisted: credits.assisted(query, row),
        leads: if declared.engagement.is_empty() {
            LeadTotals::default()
        } else {
            credits.leads(query)
        },
        goal_credits: credits.earned(query.model.rule(), deadline),
        credits: credit_sums(tx, shares, campaign, &credits, query).await?,
        workspace_unattributed: unattributed(tx, campaign, query).await?,
        clicks: clicks.sums,
        visitor_days: clicks.days,
        links,
        hidden_origin_days: hidden_origin::days(tx, from.day(), to.plus_ms(-1).day()).await?,
    })
}

/// The credits of a campaign, by the requested model.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn credit_sums(
    tx: &mut Tx,
    shares: &JourneyShares,
    campaign: &Campaign,
    credits: &CampaignCredits,
    query: &ReportQuery,
) -> Result<Vec<CreditSum>, Error> {
    let sums = credits.sums(query);
    let RequestedModel::DataDriven(model) = query.model else {
        return Ok(sums);
    };
    let wanted = JourneyQuery {
        campaign: campaign.id,
        axis: query.axis,
        period: (query.period.from, query.period.to),
        window_ms: query.window_ms(),
    };
    let shares = shares.of(tx, credits, model, wanted).await?;
    Ok(reallocate(&sums, &shares))
}

/// Different people, if clicks of that period are still stored. Unknown for a filtered report.
async fn people(
    tx: &mut Tx,
    campaign: &Campaign,
    query: &ReportQuery,
) -> Result<Option<People>, store::Error> {
    let (from, to) = (query.period.from, query.period.to);
    if query.is_narrowed() || !click_event::retention::is_whole(tx, from).await? {
        return Ok(None);
    }
    let people = click_event::people::people(tx, campaign.id, from, to).await?;
    Ok(Some(people))
}

/// The packed UTC days of credits that a report reads.
///
/// Credits are packed by the days of their clicks. Those without a click are packed by the days of
/// their sales, and a refund may come long after its sale.
pub(super) fn credit_days(query: &ReportQuery) -> (i64, i64) {
    match query.axis {
        ReportAxis::Click => (query.period.from.day(), query.period.to.plus_ms(-1).day()),
        ReportAxis::Conversion => (i64::MIN, i64::MAX),
    }
}

/// Conversions of the workspace in the period that could not be credited to any campaign.
async fn unattributed(
    tx: &mut Tx,
    campaign: &Campaign,
    query: &ReportQuery,
) -> Result<Vec<CreditSum>, store::Error> {
    let mut sums = UnattributedCredits::new(query);
    let owner = campaign.workspace_id.to_string();
    credit::cache::read(tx, &owner, credit_days(query), &mut sums).await?;
    Ok(sums.sums())
}

async fn declared(
    tx: &mut Tx,
    campaign: Campaign,
    query: &ReportQuery,
) -> Result<Declared, store::Error> {
    let days = cost::days_of_period(query.period.from, query.period.to, query.zone());
    let mut outside = store::cost::outside(tx, &campaign, &days).await?;
    let mut engagement_outside = engagement::days_outside(tx, campaign.id, &days).await?;
    // If a bound is given, the reader knows that data may exist beyond it. This also holds for
    // reports until now.
    let is_end_known = query.is_end_given || campaign.ends_at.is_none();
    for (side, is_known) in [query.is_start_given, is_end_known].into_iter().enumerate() {
        if is_known {
            outside[side] = OutsideCosts::default();
            engagement_outside[side] = 0;
        }
    }
    let costs = store::cost::of_campaign(tx, &campaign, &days).await?;
    Ok(Declared {
        past_goals: goal_version::list(tx, campaign.id).await?,
        engagement: engagement_sums(tx, &campaign, query, (*days.start(), *days.end())).await?,
        engagement_outside,
        costs: PeriodCosts {
            rows: costs.rows,
            days,
            unvalued_minutes: costs.unvalued_minutes,
            outside,
        },
        campaign,
    })
}

/// Engagement of the posts on these days. It has networks, but no other dimension of a report's
/// filter.
async fn engagement_sums(
    tx: &mut Tx,
    campaign: &Campaign,
    query: &ReportQuery,
    (first, last): (i64, i64),
) -> Result<Vec<EngagementSum>, store::Error> {
    let filter = &query.filter;
    if !filter.dimensions().all(|own| own == Dimension::Network) {
        return Ok(Vec::new());
    }
    let mut sums = engagement::sums(tx, campaign.id, first, last).await?;
    sums.retain(|sum| filter.allows(&Segment::of(&sum.network), &LinkIndex::new()));
    Ok(sums)
}
