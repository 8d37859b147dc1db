//! Reads what the report over all campaigns is made of, one campaign after the other.
//!
//! # Invariants
//! Everything comes from one state of the store. Only one campaign's rows are in memory at a time,
//! and of each only the days of the period are read, as they are packed.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::campaign::Campaign;
use crate::campaign_report::by::{By, Links};
use crate::campaign_report::cost::OutsideCosts;
use crate::campaign_report::credits::{Credits, Question, UnattributedCredits};
use crate::campaign_report::grain::Grain;
use crate::campaign_report::workspace::{WorkspaceQuestion, WorkspaceReport, WorkspaceSums};
use crate::campaign_report::{Inputs, Leads, ReportAxis, Spending, cost};
use crate::clock::{DAY_MS, Millis};
use crate::http::error::Problem;
use crate::id::WorkspaceId;
use crate::store::campaign_report::active;
use crate::store::{self, Tx, click, credit};

/// The report.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn report(
    tx: &mut Tx,
    workspace: WorkspaceId,
    asked: &WorkspaceQuestion,
    zone: &TimeZone,
    now: Millis,
) -> Result<WorkspaceReport, Problem> {
    let grain = Grain::new(&By::default(), &asked.filter, zone.clone());
    let (from, to) = (asked.period.from, asked.period.to);
    let question = Question {
        model: asked.model,
        axis: asked.axis,
        period: (from, to),
        window_ms: asked
            .window_days
            .map_or(i64::MAX, |days| i64::from(days) * DAY_MS),
        grain: &grain,
    };
    // Packed by the days of clicks, or where none is known by those of sales, whenever these are
    // refunded.
    let credit_days = match asked.axis {
        ReportAxis::Click => (from.day(), to.plus_ms(-1).day()),
        ReportAxis::Conversion => (i64::MIN, i64::MAX),
    };
    let cost_days = cost::days(from, to, zone);
    let mut sums = WorkspaceSums::new(asked);
    let period = (from, to);
    for campaign in active::campaigns(tx, workspace, period, credit_days, &cost_days).await? {
        add_campaign(tx, &mut sums, asked, &question, credit_days, &campaign, now).await?;
        // Many campaigns take a while, and others wait for this thread.
        tokio::task::yield_now().await;
    }
    let mut loose = UnattributedCredits::with_links(&question);
    credit::days::read(tx, &workspace.to_string(), credit_days, &mut loose).await?;
    let (of_none, of_links) = loose.sums_with_links();
    let clicks = click::sums_of_none(tx, workspace, period, &grain).await?;
    sums.add_links_of_none(&clicks.sums, &of_links);
    sums.add_unattributed(&of_none);
    Ok(sums.report())
}

async fn add_campaign(
    tx: &mut Tx,
    sums: &mut WorkspaceSums<'_>,
    asked: &WorkspaceQuestion,
    question: &Question<'_>,
    credit_days: (i64, i64),
    campaign: &Campaign,
    now: Millis,
) -> Result<(), store::Error> {
    let (from, to) = question.period;
    let mut credits = Credits::default();
    let owner = campaign.id.to_string();
    credit::days::read(tx, &owner, credit_days, &mut credits).await?;
    let credits = credits.sums(question);
    let clicks = click::sums(tx, campaign.id, from, to, question.grain).await?;
    let days = cost::days(from, to, question.grain.zone());
    let costs = store::cost::of_campaign(tx, campaign, &days).await?;
    sums.add_campaign(&Inputs {
        campaign,
        networks: &[],
        by: &By::default(),
        filter: &asked.filter,
        grain: question.grain,
        links: &Links::new(),
        model: asked.model.into(),
        axis: asked.axis,
        window_days: asked.window_days.unwrap_or(0),
        period: asked.period,
        clicks: &clicks.sums,
        visitor_days: &[],
        people: None,
        credits: &credits,
        strays: &[],
        spending: asked.filter.is_empty().then_some(Spending {
            rows: &costs.rows,
            days: &days,
            unvalued_minutes: costs.unvalued_minutes,
            outside: &[OutsideCosts::default(), OutsideCosts::default()],
            rule: asked.rule,
        }),
        engagement: &[],
        engagement_outside: [0, 0],
        leads: &Leads::default(),
        past_goals: &[],
        assisted: &BTreeMap::new(),
        whole: &[],
        now,
    });
    Ok(())
}
