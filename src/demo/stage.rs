//! What a story begins with: its campaigns and their links.

use std::ops::Range;

use anyhow::Context;
use rand::rngs::StdRng;

use super::season::{self, Planned};
use super::shop;
use super::story::{Audience, Plan, Story};
use crate::app::App;
use crate::campaign::Campaign;
use crate::clock::{DAY_MS, Millis};
use crate::id::{CampaignId, LinkId, PostId, WorkspaceId};
use crate::link::destination::UtmConflict;
use crate::link::tagging::{ClickIdMode, TaggingRequest, tag};
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
    /// When people click.
    pub(super) days: Range<Millis>,
    /// Its campaign's.
    pub(super) currency: Currency,
}

/// What stands at the beginning.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) workspace_id: WorkspaceId,
    pub(super) campaigns: Vec<Campaign>,
    /// The scenes of each campaign, and those of links without one.
    pub(super) plays: Vec<Vec<Scene>>,
}

/// Creates campaigns, posts and links, costs and engagement.
pub(super) async fn set_up(
    app: &App,
    story: &Story,
    start: Millis,
    rng: &mut StdRng,
) -> anyhow::Result<Stage> {
    let now = app.context.clock.now();
    let mut tx = app.context.store.write().await?;
    let workspace = store::workspace::first(&mut tx)
        .await?
        .context("no workspace")?;
    let (mut campaigns, mut plays) = (Vec::new(), Vec::new());
    for plan in &story.campaigns {
        let campaign = campaign(plan, workspace.id, start)?;
        campaign.check()?;
        store::campaign::insert(&mut tx, &campaign).await?;
        if campaign.archived_at.is_some() {
            store::campaign::update(&mut tx, &campaign).await?;
        }
        let scenes = scenes(app, &mut tx, (plan, &campaign), &workspace.convention).await?;
        if plan.is_season() {
            season::tell(&mut tx, &campaign, (plan, &scenes), rng, now).await?;
        }
        campaigns.push(campaign);
        plays.push(scenes);
    }
    let first = story.campaigns.first().zip(campaigns.first());
    if let (true, Some(of)) = (story.is_whole, first) {
        plays.push(vec![stray(app, &mut tx, of, &workspace.convention).await?]);
    }
    tx.commit().await?;
    Ok(Stage {
        workspace_id: workspace.id,
        campaigns,
        plays,
    })
}

async fn scenes(
    app: &App,
    tx: &mut Tx,
    (plan, campaign): (&Plan, &Campaign),
    convention: &UtmConvention,
) -> anyhow::Result<Vec<Scene>> {
    let posts = posts(tx, plan, campaign).await?;
    let mut scenes = Vec::new();
    for (name, count, audience) in &plan.audiences {
        let network = app.context.registry.find(name)?;
        let mut links = Vec::new();
        let made = |content| link(app, (campaign, plan, network), (true, content), convention);
        for (id, post) in &posts {
            for number in 0..*count {
                let content = (*count > 1).then(|| ["a", season::SECOND][number.min(1) as usize]);
                links.push(Link {
                    id: LinkId::new(post.at),
                    post_id: Some(*id),
                    intent: post.intent,
                    created_at: post.at,
                    updated_at: post.at,
                    ..made(content)?
                });
            }
        }
        for number in 0..if plan.is_season() { 0 } else { *count } {
            // The first one promotes; who posts more than one also helps.
            let intent = [Intent::Promotion, Intent::Helpful][number.min(1) as usize];
            links.push(Link {
                intent,
                ..made(None)?
            });
        }
        for link in &links {
            store::link::insert(tx, link).await?;
        }
        scenes.push(Scene {
            links,
            audience: *audience,
            is_season: plan.is_season(),
            days: campaign.created_at..campaign.created_at.plus_ms(plan.days() * DAY_MS),
            currency: campaign.currency,
        });
    }
    Ok(scenes)
}

/// A link of no campaign: the one in a profile, which stands all the time.
async fn stray(
    app: &App,
    tx: &mut Tx,
    (plan, campaign): (&Plan, &Campaign),
    convention: &UtmConvention,
) -> anyhow::Result<Scene> {
    let network = app.context.registry.find("instagram")?;
    let link = Link {
        domain: shop::OTHER_DOMAIN.to_owned(),
        ..link(app, (campaign, plan, network), (false, None), convention)?
    };
    store::link::insert(tx, &link).await?;
    Ok(Scene {
        links: vec![link],
        audience: Audience {
            daily: 12.0,
            bots: 0.1,
            lead: 0.04,
            sale: 0.25,
        },
        is_season: true,
        days: campaign.created_at..campaign.created_at.plus_ms(plan.days() * DAY_MS),
        currency: campaign.currency,
    })
}

/// The posts of a season.
async fn posts(
    tx: &mut Tx,
    plan: &Plan,
    campaign: &Campaign,
) -> anyhow::Result<Vec<(PostId, Planned)>> {
    let mut posts = Vec::new();
    if !plan.is_season() {
        return Ok(posts);
    }
    for planned in season::posts(campaign.created_at, plan.days(), plan.texts) {
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

fn campaign(plan: &Plan, workspace_id: WorkspaceId, start: Millis) -> anyhow::Result<Campaign> {
    let start = start.plus_ms(plan.lasts.start * DAY_MS);
    let until = start.plus_ms((plan.days() + plan.days_left) * DAY_MS);
    Ok(Campaign {
        id: CampaignId::new(start),
        workspace_id,
        name: plan.name.clone(),
        utm_campaign: plan.utm_campaign.clone(),
        aim: plan.aim.clone(),
        currency: plan.currency.parse()?,
        time_zone: plan.time_zone.to_owned(),
        starts_at: Some(start),
        ends_at: Some(until),
        hourly_rate: plan.hourly_rate,
        lead_window_days: None,
        sale_window_days: None,
        created_at: start,
        updated_at: start,
        archived_at: plan.is_archived.then_some(until),
    })
}

fn link(
    app: &App,
    (campaign, plan, network): (&Campaign, &Plan, &Network),
    (is_tagged, content): (bool, Option<&str>),
    convention: &UtmConvention,
) -> anyhow::Result<Link> {
    let table = app.context.domains();
    let tagged = tag(&TaggingRequest {
        url: plan.url,
        own_domains: table.own_addresses(),
        campaign: is_tagged.then_some(campaign),
        network: Some(network),
        utm: &UtmTags {
            content: content.map(str::to_owned),
            ..UtmTags::default()
        },
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
        campaign_id: is_tagged.then_some(campaign.id),
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
