//! Reads what a report is made of.
//!
//! Holds: everything comes from one state of the store. Must not know: what rows look like.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::attribution::data_driven::RequestedModel;
use crate::campaign::engagement::EngagementSum;
use crate::campaign::goal::GoalVersion;
use crate::campaign_report::cost::OutsideCosts;
use crate::campaign_report::credits::{CampaignCredits, UnattributedCredits};
use crate::campaign_report::dimension::Dimension;
use crate::campaign_report::reallocate::reallocate;
use crate::campaign_report::row_key::RowKey;
use crate::campaign_report::segment::LinkIndex;
use crate::campaign_report::segment::Segment;
use crate::campaign_report::{
    CreditSum, LeadTotals, People, PeriodCosts, ReportAxis, ReportInputs, YieldReport, cost,
    credits, yield_report,
};
use crate::clock::Millis;
use crate::http::api::report::question::Question;
use crate::id::WorkspaceId;
use crate::operations::error::Error;
use crate::operations::report::shares::Shares;
use crate::store::campaign_report::journeys::Wanted;
use crate::store::click::{self, Counted};
use crate::store::cost::Costs;
use crate::store::{self, Tx, credit, engagement, goal_version, hidden_origin, link};

/// What a data-driven model misses where visitors were dropped already.
pub(super) const VISITORS_ARE_GONE: &str = "Visitors are not kept that far back: journeys without a conversion are missing, so networks that \
     everybody passes get more than they should.";

/// What one report is made of.
pub(super) struct Facts {
    networks: Vec<String>,
    links: LinkIndex,
    clicks: Counted,
    people: Option<People>,
    credits: Vec<CreditSum>,
    strays: Vec<CreditSum>,
    assisted: BTreeMap<RowKey, i64>,
    whole: Vec<CreditSum>,
    told: Told,
    /// Days on which a proxy that is not configured hid who clicked.
    hidden_days: i64,
}

/// What people told of the campaign: costs, engagement, goals.
struct Told {
    days: RangeInclusive<i64>,
    costs: Costs,
    engagement: Vec<EngagementSum>,
    /// Days of it before and after the period, where the campaign's own was asked for.
    engagement_outside: [i64; 2],
    /// Leads beside that engagement.
    leads: LeadTotals,
    past_goals: Vec<GoalVersion>,
    /// Costs before and after the period, where the campaign's own was asked for.
    outside: [OutsideCosts; 2],
}

impl Told {
    async fn read(
        tx: &mut Tx,
        asked: &Question,
        credits: &CampaignCredits,
        question: &credits::CreditQuery<'_>,
    ) -> Result<Told, store::Error> {
        let campaign = &asked.campaign;
        let (from, to) = (asked.period.from, asked.period.to);
        let days = cost::days_of_period(from, to, asked.grain.zone());
        // What was told of posts knows their networks, and nothing else that a report can be
        // narrowed to.
        let engagement = if asked.filter.dimensions().all(|it| it == Dimension::Network) {
            let mut told = engagement::sums(tx, campaign.id, *days.start(), *days.end()).await?;
            told.retain(|sum| {
                asked
                    .filter
                    .allows(&Segment::of(&sum.network), &LinkIndex::new())
            });
            told
        } else {
            Vec::new()
        };
        let leads = if engagement.is_empty() {
            LeadTotals::default()
        } else {
            credits.leads(question)
        };
        let mut outside = store::cost::outside(tx, campaign, &days).await?;
        let mut engagement_outside = engagement::days_outside(tx, campaign.id, &days).await?;
        // Whoever gives a bound knows what lies beyond, and so do reports up to now.
        for (side, is_known) in [asked.bounds.0, asked.bounds.1 || campaign.ends_at.is_none()]
            .into_iter()
            .enumerate()
        {
            if is_known {
                outside[side] = OutsideCosts::default();
                engagement_outside[side] = 0;
            }
        }
        Ok(Told {
            outside,
            engagement_outside,
            costs: store::cost::of_campaign(tx, campaign, &days).await?,
            past_goals: goal_version::list(tx, campaign.id).await?,
            days,
            engagement,
            leads,
        })
    }
}

/// Different people, where clicks are kept that far back; of a narrowed report nobody knows them.
async fn people(tx: &mut Tx, asked: &Question) -> Result<Option<People>, store::Error> {
    let (from, to) = (asked.period.from, asked.period.to);
    if !asked.filter.is_empty() || !click::retention::is_whole(tx, from).await? {
        return Ok(None);
    }
    let people = click::people::people(tx, asked.campaign.id, from, to).await?;
    Ok(Some(people))
}

/// Conversions of the workspace in the period that no campaign could be credited with.
async fn strays(
    tx: &mut Tx,
    workspace: WorkspaceId,
    question: &credits::CreditQuery<'_>,
) -> Result<Vec<CreditSum>, store::Error> {
    let (from, to) = question.period;
    // Packed by the days of clicks, which these have not, or by those of sales, whenever these are
    // refunded.
    let days = match question.axis {
        ReportAxis::Click => (from.day(), to.plus_ms(-1).day()),
        ReportAxis::Conversion => (i64::MIN, i64::MAX),
    };
    let mut strays = UnattributedCredits::new(question);
    credit::days::read(tx, &workspace.to_string(), days, &mut strays).await?;
    Ok(strays.sums())
}

impl Facts {
    /// Reads them.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(super) async fn read(
        tx: &mut Tx,
        shares: &Shares,
        workspace: WorkspaceId,
        asked: &Question,
    ) -> Result<Facts, Error> {
        let campaign = &asked.campaign;
        let period = (asked.period.from, asked.period.to);
        let question = credits::CreditQuery {
            model: asked.model.rule(),
            axis: asked.axis,
            period,
            window_ms: asked.window_ms(),
            granularity: &asked.grain,
        };
        let all = credit::days::of_campaign(tx, campaign.id).await?;
        let mut credits = all.sums(&question);
        if let RequestedModel::DataDriven(model) = asked.model {
            let wanted = Wanted {
                campaign: campaign.id,
                axis: question.axis,
                period,
                window_ms: question.window_ms,
            };
            credits = reallocate(&credits, &shares.of(tx, &all, model, wanted).await?);
        }
        // What was earned up to the goal's deadline, whatever was refunded of it since.
        let deadline = campaign.deadline().unwrap_or(Millis(i64::MAX));
        let whole = all.earned(question.model, deadline);
        let strays = strays(tx, workspace, &question).await?;
        let (from, to) = period;
        let clicks = click::sums(tx, campaign.id, from, to, &asked.grain).await?;
        let people = people(tx, asked).await?;
        let links = if asked.grain.link {
            link::facts::of_campaign(tx, campaign.id).await?
        } else {
            LinkIndex::new()
        };
        let row = |spot: &Segment| {
            let is_told = asked.filter.allows(spot, &links);
            asked
                .by
                .row_key(spot, &links, &asked.grain)
                .filter(|_| is_told)
        };
        Ok(Facts {
            assisted: all.assisted(&question, row),
            told: Told::read(tx, asked, &all, &question).await?,
            networks: link::networks_of(tx, workspace, campaign.id).await?,
            links,
            clicks,
            people,
            credits,
            strays,
            whole,
            hidden_days: hidden_origin::days(tx, from.day(), to.plus_ms(-1).day()).await?,
        })
    }

    /// The report of them.
    pub(super) fn report(&self, asked: &Question) -> YieldReport {
        let mut report = yield_report(&ReportInputs {
            campaign: &asked.campaign,
            networks: &self.networks,
            by: &asked.by,
            filter: &asked.filter,
            granularity: &asked.grain,
            links: &self.links,
            model: asked.model,
            axis: asked.axis,
            window_days: asked.window_days(),
            period: asked.period,
            clicks: &self.clicks.sums,
            visitor_days: &self.clicks.days,
            people: self.people.as_ref(),
            credits: &self.credits,
            strays: &self.strays,
            costs: asked.filter.is_empty().then_some(PeriodCosts {
                rows: &self.told.costs.rows,
                days: &self.told.days,
                unvalued_minutes: self.told.costs.unvalued_minutes,
                outside: &self.told.outside,
                rule: asked.rule,
            }),
            engagement: &self.told.engagement,
            engagement_outside: self.told.engagement_outside,
            leads: &self.told.leads,
            past_goals: &self.told.past_goals,
            assisted: &self.assisted,
            whole: &self.whole,
            now: asked.now,
        });
        if matches!(asked.model, RequestedModel::DataDriven(_)) && self.people.is_none() {
            report.notes.push(VISITORS_ARE_GONE.to_owned());
        }
        if self.hidden_days > 0 {
            report.notes.push(format!(
                "On {} of these days a proxy that is not in `server.trusted_proxies` hid who clicked: \
                 visitors behind it count as one where they use the same browser, and places are unknown. \
                 Whoever runs this server finds the setting in docs/proxies.md.",
                self.hidden_days
            ));
        }
        report
    }
}
