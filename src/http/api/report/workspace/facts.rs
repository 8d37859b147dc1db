//! Reads what the report over all campaigns is made of, one campaign after the other.
//!
//! # Invariants
//! Everything comes from one state of the store. Only one campaign's rows are in memory at a time,
//! and of each only the days of the period are read, as they are packed.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::attribution::data_driven::RequestedModel;
use crate::campaign::Campaign;
use crate::campaign_report::breakdown::Breakdown;
use crate::campaign_report::cost::OutsideCosts;
use crate::campaign_report::credits::{CampaignCredits, CreditQuery, UnattributedCredits};
use crate::campaign_report::granularity::Granularity;
use crate::campaign_report::reallocate::reallocate;
use crate::campaign_report::segment::LinkIndex;
use crate::campaign_report::workspace::{WorkspaceQuery, WorkspaceReport, WorkspaceSums};
use crate::campaign_report::{CreditSum, LeadTotals, PeriodCosts, ReportAxis, ReportInputs, cost};
use crate::clock::{DAY_MS, Millis};
use crate::http::api::report::facts::VISITORS_ARE_GONE;
use crate::id::WorkspaceId;
use crate::operations::error::Error;
use crate::operations::report::shares::Shares;
use crate::store::campaign_report::active;
use crate::store::campaign_report::journeys::Wanted;
use crate::store::{self, Tx, click, credit};

/// What a report is read by.
pub(super) struct Reader<'a> {
    /// What data-driven models gave.
    pub(super) shares: &'a Shares,
    pub(super) workspace: WorkspaceId,
    pub(super) asked: &'a WorkspaceQuery,
    pub(super) zone: &'a TimeZone,
    pub(super) now: Millis,
}

impl Reader<'_> {
    /// The report.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(super) async fn report(&self, tx: &mut Tx) -> Result<WorkspaceReport, Error> {
        let (asked, workspace) = (self.asked, self.workspace);
        let grain = Granularity::new(&Breakdown::default(), &asked.filter, self.zone.clone());
        let (from, to) = (asked.period.from, asked.period.to);
        let question = CreditQuery {
            model: asked.model.rule(),
            axis: asked.axis,
            period: (from, to),
            window_ms: asked
                .window_days
                .map_or(i64::MAX, |days| i64::from(days) * DAY_MS),
            granularity: &grain,
        };
        // Packed by the days of clicks, or where none is known by those of sales, whenever these
        // are refunded.
        let credit_days = match asked.axis {
            ReportAxis::Click => (from.day(), to.plus_ms(-1).day()),
            ReportAxis::Conversion => (i64::MIN, i64::MAX),
        };
        let cost_days = cost::days_of_period(from, to, self.zone);
        let mut sums = WorkspaceSums::new(asked);
        let period = (from, to);
        for campaign in active::campaigns(tx, workspace, period, credit_days, &cost_days).await? {
            let credits = self.credits(tx, &campaign, &question, credit_days).await?;
            self.add_campaign(tx, &mut sums, &question, &campaign, &credits)
                .await?;
            // Many campaigns take a while, and others wait for this thread.
            tokio::task::yield_now().await;
        }
        let mut loose = UnattributedCredits::with_links(&question);
        credit::days::read(tx, &workspace.to_string(), credit_days, &mut loose).await?;
        let (of_none, of_links) = loose.sums_with_links();
        let clicks = click::sums_of_none(tx, workspace, period, &grain).await?;
        sums.add_links_of_none(&clicks.sums, &of_links);
        sums.add_unattributed(&of_none);
        let mut report = sums.report();
        let learns = matches!(asked.model, RequestedModel::DataDriven(_));
        if learns && !click::retention::is_whole(tx, from).await? {
            report.notes.push(VISITORS_ARE_GONE.to_owned());
        }
        Ok(report)
    }

    /// What a campaign is credited with, as its own report has it.
    async fn credits(
        &self,
        tx: &mut Tx,
        campaign: &Campaign,
        question: &CreditQuery<'_>,
        credit_days: (i64, i64),
    ) -> Result<Vec<CreditSum>, Error> {
        let mut credits = CampaignCredits::default();
        let owner = campaign.id.to_string();
        credit::days::read(tx, &owner, credit_days, &mut credits).await?;
        let sums = credits.sums(question);
        let RequestedModel::DataDriven(model) = self.asked.model else {
            return Ok(sums);
        };
        let wanted = Wanted {
            campaign: campaign.id,
            axis: question.axis,
            period: question.period,
            window_ms: question.window_ms,
        };
        let shares = self.shares.of(tx, &credits, model, wanted).await?;
        Ok(reallocate(&sums, &shares))
    }

    async fn add_campaign(
        &self,
        tx: &mut Tx,
        sums: &mut WorkspaceSums<'_>,
        question: &CreditQuery<'_>,
        campaign: &Campaign,
        credits: &[CreditSum],
    ) -> Result<(), store::Error> {
        let asked = self.asked;
        let (from, to) = question.period;
        let clicks = click::sums(tx, campaign.id, from, to, question.granularity).await?;
        let days = cost::days_of_period(from, to, question.granularity.zone());
        let costs = store::cost::of_campaign(tx, campaign, &days).await?;
        sums.add_campaign(&ReportInputs {
            campaign,
            networks: &[],
            by: &Breakdown::default(),
            filter: &asked.filter,
            granularity: question.granularity,
            links: &LinkIndex::new(),
            model: asked.model,
            axis: asked.axis,
            window_days: asked.window_days.unwrap_or(0),
            period: asked.period,
            clicks: &clicks.sums,
            visitor_days: &[],
            people: None,
            credits,
            strays: &[],
            costs: asked.filter.is_empty().then_some(PeriodCosts {
                rows: &costs.rows,
                days: &days,
                unvalued_minutes: costs.unvalued_minutes,
                outside: &[OutsideCosts::default(), OutsideCosts::default()],
                rule: asked.rule,
            }),
            engagement: &[],
            engagement_outside: [0, 0],
            leads: &LeadTotals::default(),
            past_goals: &[],
            assisted: &BTreeMap::new(),
            whole: &[],
            now: self.now,
        });
        Ok(())
    }
}
