//! What a story begins with: its campaigns and their links.

use anyhow::Context;

use super::story::{Audience, Plan, Story};
use crate::app::App;
use crate::campaign::{Aim, Campaign, Goal, Metric};
use crate::clock::{DAY_MS, Millis};
use crate::id::{CampaignId, LinkId, WorkspaceId};
use crate::link::destination::UtmConflict;
use crate::link::tagging::{ClickIdMode, Wanted, tag};
use crate::link::utm::{UtmConvention, UtmTags};
use crate::link::{Intent, Link, slug};
use crate::money::Currency;
use crate::network::Network;
use crate::store;

/// A network of a campaign: its links, and who clicks them.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) links: Vec<Link>,
    pub(super) audience: Audience,
}

/// Makes campaigns and links; gives the scenes of each campaign.
pub(super) async fn set_up(
    app: &App,
    story: &Story,
    start: Millis,
    currency: Currency,
) -> anyhow::Result<Vec<Vec<Scene>>> {
    let mut tx = app.state.store.write().await?;
    let workspace = store::workspace::first(&mut tx)
        .await?
        .context("no workspace")?;
    let mut plays = Vec::new();
    for plan in &story.campaigns {
        let campaign = campaign(plan, workspace.id, (start, story.days), currency);
        campaign.check()?;
        store::campaign::insert(&mut tx, &campaign).await?;
        let mut scenes = Vec::new();
        for (name, count, audience) in &plan.audiences {
            let network = app.state.registry.find(name)?;
            let mut links = Vec::new();
            for number in 0..*count {
                let made = link(app, &campaign, plan, network, &workspace.convention)?;
                // The first one promotes; who posts more than one also helps.
                let intent = [Intent::Promotion, Intent::Helpful][number.min(1) as usize];
                let link = Link { intent, ..made };
                store::link::insert(&mut tx, &link).await?;
                links.push(link);
            }
            scenes.push(Scene {
                links,
                audience: *audience,
            });
        }
        plays.push(scenes);
    }
    tx.commit().await?;
    Ok(plays)
}

fn campaign(
    plan: &Plan,
    workspace_id: WorkspaceId,
    (start, days): (Millis, i64),
    currency: Currency,
) -> Campaign {
    Campaign {
        id: CampaignId::new(start),
        workspace_id,
        name: plan.name.clone(),
        utm_campaign: plan.utm_campaign.clone(),
        aim: Aim::Goal(Goal {
            metric: Metric::Leads,
            target: plan.target,
            by: None,
        }),
        currency,
        time_zone: "Europe/Berlin".to_owned(),
        starts_at: Some(start),
        ends_at: Some(start.plus_ms((days + 10) * DAY_MS)),
        hourly_rate: None,
        lead_window_days: None,
        sale_window_days: None,
        created_at: start,
        updated_at: start,
        archived_at: None,
    }
}

fn link(
    app: &App,
    campaign: &Campaign,
    plan: &Plan,
    network: &Network,
    convention: &UtmConvention,
) -> anyhow::Result<Link> {
    let table = app.state.domains();
    let tagged = tag(&Wanted {
        url: plan.url,
        own_domains: table.own_addresses(),
        campaign: Some(campaign),
        network: Some(network),
        utm: &UtmTags::default(),
        conflict: UtmConflict::Error,
        click_id: ClickIdMode::Auto,
        click_id_param: None,
        convention,
    })?;
    let at = campaign.created_at;
    Ok(Link {
        id: LinkId::new(at),
        workspace_id: campaign.workspace_id,
        campaign_id: Some(campaign.id),
        post_id: None,
        network: Some(network.name.clone()),
        domain: table.default_domain().address.host.clone(),
        slug: slug::generate(),
        url: plan.url.to_owned(),
        destination: tagged.destination,
        utm: tagged.utm,
        intent: Intent::Promotion,
        click_id_param: tagged.click_id_param,
        created_at: at,
        updated_at: at,
        archived_at: None,
    })
}
