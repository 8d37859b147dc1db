//! Reads the data of the report over all campaigns, one campaign after the other.
//!
//! # Invariants
//! - Everything comes from one state of the store.
//! - Only one campaign's rows are in memory at a time, and only its days of the period are read.

use crate::attribution::data_driven::RequestedModel;
use crate::campaign::Campaign;
use crate::campaign_report::credits::{CampaignCredits, UnattributedCredits};
use crate::campaign_report::workspace::{WorkspaceQuery, WorkspaceReport, WorkspaceSums};
use crate::campaign_report::{Declared, Observed, PeriodCosts, ReportQuery, cost};
use crate::id::WorkspaceId;
use crate::operations::error::Error;
use crate::operations::report::journey_shares::JourneyShares;
use crate::operations::report::reading::{credit_days, credit_sums};
use crate::store::campaign_report::active;
use crate::store::{self, Tx, click_event, credit};

/// Reads reports over all campaigns of a workspace.
pub(super) struct WorkspaceReader<'a> {
    /// The results of data-driven models.
    pub(super) shares: &'a JourneyShares,
    pub(super) workspace: WorkspaceId,
}

impl WorkspaceReader<'_> {
    /// The report.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(super) async fn report(
        &self,
        tx: &mut Tx,
        asked: &WorkspaceQuery,
    ) -> Result<WorkspaceReport, Error> {
        let (query, workspace) = (&asked.report, self.workspace);
        let period = (query.period.from, query.period.to);
        let days = credit_days(query);
        let cost_days = cost::days_of_period(period.0, period.1, query.zone());
        let mut sums = WorkspaceSums::new(asked);
        for campaign in active::campaigns(tx, workspace, period, days, &cost_days).await? {
            let observed = self.observed(tx, &campaign, query).await?;
            let declared = declared(tx, campaign, query).await?;
            sums.add_campaign(&observed, &declared);
            // Many campaigns take a while, so other tasks of this thread get a turn.
            tokio::task::yield_now().await;
        }
        let mut loose = UnattributedCredits::with_links(query);
        credit::cache::read(tx, &workspace.to_string(), days, &mut loose).await?;
        let (of_none, of_links) = loose.sums_with_links();
        let clicks = click_event::sums_of_none(tx, workspace, period, &query.granularity).await?;
        sums.add_links_of_none(&clicks.sums, &of_links);
        sums.add_unattributed(&of_none);
        let learns = matches!(query.model, RequestedModel::DataDriven(_));
        let has_all_visitors = !learns || click_event::retention::is_whole(tx, period.0).await?;
        Ok(sums.report(has_all_visitors))
    }

    async fn observed(
        &self,
        tx: &mut Tx,
        campaign: &Campaign,
        query: &ReportQuery,
    ) -> Result<Observed, Error> {
        let mut credits = CampaignCredits::default();
        let owner = campaign.id.to_string();
        credit::cache::read(tx, &owner, credit_days(query), &mut credits).await?;
        let (from, to) = (query.period.from, query.period.to);
        let clicks = click_event::sums(tx, campaign.id, from, to, &query.granularity).await?;
        Ok(Observed {
            credits: credit_sums(tx, self.shares, campaign, &credits, query).await?,
            clicks: clicks.sums,
            ..Observed::default()
        })
    }
}

async fn declared(
    tx: &mut Tx,
    campaign: Campaign,
    query: &ReportQuery,
) -> Result<Declared, store::Error> {
    let days = cost::days_of_period(query.period.from, query.period.to, query.zone());
    let costs = store::cost::of_campaign(tx, &campaign, &days).await?;
    Ok(Declared {
        campaign,
        past_goals: Vec::new(),
        costs: PeriodCosts {
            rows: costs.rows,
            days,
            unvalued_minutes: costs.unvalued_minutes,
            outside: Default::default(),
        },
        engagement: Vec::new(),
        engagement_outside: [0, 0],
    })
}
