//! Reads what a report is made of.
//!
//! Holds: everything comes from one state of the store. Must not know: what rows look like.

use std::ops::RangeInclusive;

use super::question::Question;
use super::shares::Shares;
use crate::attribution::data_driven::Asked;
use crate::campaign::engagement::EngagementSum;
use crate::campaign::goal::Version;
use crate::campaign_report::by::{Dimension, Links};
use crate::campaign_report::grain::Spot;
use crate::campaign_report::share_anew::share_anew;
use crate::campaign_report::{
    Assisted, CreditSum, Inputs, Leads, People, Spending, YieldReport, cost, yield_report,
};
use crate::clock::Millis;
use crate::http::error::Problem;
use crate::id::WorkspaceId;
use crate::store::campaign_report::journeys::Wanted;
use crate::store::campaign_report::{self, outcomes};
use crate::store::click::{self, Counted};
use crate::store::cost::Costs;
use crate::store::{self, Tx, engagement, goal_version, link};

/// What one report is made of.
pub(super) struct Facts {
    networks: Vec<String>,
    links: Links,
    clicks: Counted,
    people: Option<People>,
    credits: Vec<CreditSum>,
    strays: Vec<CreditSum>,
    assisted: Option<Vec<Assisted>>,
    whole: Vec<CreditSum>,
    told: Told,
}

/// What people told of the campaign: costs, engagement, goals.
struct Told {
    days: RangeInclusive<i64>,
    costs: Costs,
    engagement: Vec<EngagementSum>,
    /// Leads beside that engagement.
    leads: Leads,
    past_goals: Vec<Version>,
}

impl Told {
    async fn read(tx: &mut Tx, asked: &Question) -> Result<Told, store::Error> {
        let campaign = &asked.campaign;
        let (from, to) = (asked.period.from, asked.period.to);
        let days = cost::days(from, to, asked.grain.zone());
        // What was told of posts knows their networks, and nothing else that a report can be narrowed to.
        let engagement = if asked.filter.dimensions().all(|it| it == Dimension::Network) {
            let mut told = engagement::sums(tx, campaign.id, *days.start(), *days.end()).await?;
            told.retain(|sum| asked.filter.allows(&Spot::of(&sum.network), &Links::new()));
            told
        } else {
            Vec::new()
        };
        let leads = if engagement.is_empty() {
            Leads::default()
        } else {
            let model = asked.model.rule();
            let window = asked.window_ms();
            outcomes::leads(tx, campaign.id, model, asked.axis, (from, to), window).await?
        };
        Ok(Told {
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
    ) -> Result<Facts, Problem> {
        let campaign = &asked.campaign;
        let period = (asked.period.from, asked.period.to);
        let question = campaign_report::Question {
            campaign: campaign.id,
            model: asked.model.rule(),
            axis: asked.axis,
            period,
            window_ms: asked.window_ms(),
            grain: &asked.grain,
        };
        let mut credits = campaign_report::credits(tx, &question).await?;
        if let Asked::DataDriven(model) = asked.model {
            let wanted = Wanted {
                campaign: campaign.id,
                axis: question.axis,
                period,
                window_ms: question.window_ms,
            };
            credits = share_anew(&credits, &shares.of(tx, model, wanted).await?);
        }
        let assisted = if asked.by.is_of_clicks() && asked.filter.is_empty() {
            let by_network = asked.by.has_network();
            Some(campaign_report::assisted(tx, &question, by_network).await?)
        } else {
            None
        };
        // What was earned up to the goal's deadline, whatever was refunded of it since.
        let deadline = campaign.deadline().unwrap_or(Millis(i64::MAX));
        let (model, window) = (question.model, question.window_ms);
        let whole = campaign_report::earned(tx, campaign.id, model, deadline, window).await?;
        let strays =
            campaign_report::unattributed(tx, workspace, question.model, question.axis, period)
                .await?;
        let (from, to) = period;
        let clicks = click::sums(tx, campaign.id, from, to, &asked.grain).await?;
        let people = people(tx, asked).await?;
        let links = if asked.grain.link {
            link::facts::of_campaign(tx, campaign.id).await?
        } else {
            Links::new()
        };
        Ok(Facts {
            told: Told::read(tx, asked).await?,
            networks: link::networks_of(tx, workspace, campaign.id).await?,
            links,
            clicks,
            people,
            credits,
            strays,
            assisted,
            whole,
        })
    }

    /// The report of them.
    pub(super) fn report(&self, asked: &Question) -> YieldReport {
        let mut report = yield_report(&Inputs {
            campaign: &asked.campaign,
            networks: &self.networks,
            by: &asked.by,
            filter: &asked.filter,
            grain: &asked.grain,
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
            spending: asked.filter.is_empty().then_some(Spending {
                rows: &self.told.costs.rows,
                days: &self.told.days,
                unvalued_minutes: self.told.costs.unvalued_minutes,
                rule: asked.rule,
            }),
            engagement: &self.told.engagement,
            leads: &self.told.leads,
            past_goals: &self.told.past_goals,
            assisted: self.assisted.as_deref(),
            whole: &self.whole,
            now: asked.now,
        });
        if matches!(asked.model, Asked::DataDriven(_)) && self.people.is_none() {
            report.notes.push(
                "Visitors are not kept that far back: journeys without a conversion are missing, so \
                 networks that everybody passes get more than they should."
                    .to_owned(),
            );
        }
        report
    }
}
