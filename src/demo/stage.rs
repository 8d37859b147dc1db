//! What a story begins with: its campaigns and their links.

use anyhow::Context;
use rand::rngs::StdRng;

use super::season::{self, Planned};
use super::story::{Audience, Plan, Story};
use crate::app::App;
use crate::campaign::{Aim, Campaign, Goal, Metric};
use crate::clock::{DAY_MS, Millis};
use crate::id::{CampaignId, LinkId, PostId, WorkspaceId};
use crate::link::destination::UtmConflict;
use crate::link::tagging::{ClickIdMode, Wanted, tag};
use crate::link::utm::{UtmConvention, UtmTags};
use crate::link::{Intent, Link, slug};
use crate::money::Currency;
use crate::network::Network;
use crate::store::campaign::Post;
use crate::store::{self, Tx};

/// A network of a campaign: its links, and who clicks them.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) links: Vec<Link>,
    pub(super) audience: Audience,
    /// Whether its links were posted one after the other.
    pub(super) is_season: bool,
}

/// Creates campaigns, posts and links, costs and engagement; gives the scenes of each campaign.
pub(super) async fn set_up(
    app: &App,
    story: &Story,
    start: Millis,
    (currency, rng): (Currency, &mut StdRng),
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
        let posts = posts(&mut tx, plan, &campaign, story.days).await?;
        let mut scenes = Vec::new();
        for (name, count, audience) in &plan.audiences {
            let network = app.state.registry.find(name)?;
            let mut links = Vec::new();
            let made = || link(app, &campaign, plan, network, &workspace.convention);
            for (id, post) in &posts {
                links.push(Link {
                    id: LinkId::new(post.at),
                    post_id: Some(*id),
                    intent: post.intent,
                    created_at: post.at,
                    updated_at: post.at,
                    ..made()?
                });
            }
            for number in 0..if plan.is_season { 0 } else { *count } {
                // The first one promotes; who posts more than one also helps.
                let intent = [Intent::Promotion, Intent::Helpful][number.min(1) as usize];
                links.push(Link { intent, ..made()? });
            }
            for link in &links {
                store::link::insert(&mut tx, link).await?;
            }
            scenes.push(Scene {
                links,
                audience: *audience,
                is_season: plan.is_season,
            });
        }
        if plan.is_season {
            season::tell(&mut tx, &campaign, &scenes, rng, app.state.clock.now()).await?;
        }
        plays.push(scenes);
    }
    tx.commit().await?;
    Ok(plays)
}

/// The posts of a season.
async fn posts(
    tx: &mut Tx,
    plan: &Plan,
    campaign: &Campaign,
    days: i64,
) -> anyhow::Result<Vec<(PostId, Planned)>> {
    let mut posts = Vec::new();
    if !plan.is_season {
        return Ok(posts);
    }
    for planned in season::posts(campaign.created_at, days) {
        let post = Post {
            id: PostId::new(planned.at),
            workspace_id: campaign.workspace_id,
            campaign_id: campaign.id,
            text: Some(planned.text.to_owned()),
            created_at: planned.at,
        };
        store::campaign::insert_post(tx, &post).await?;
        posts.push((post.id, planned));
    }
    Ok(posts)
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
        hourly_rate: plan.is_season.then_some(season::HOURLY_RATE),
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
        handed_on: crate::link::handed_on::HandedOn::AdNetworks,
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
