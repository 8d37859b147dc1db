//! What a story begins with: its campaigns and their links.

use anyhow::Context;
use rand::rngs::StdRng;

use super::plan::{Audience, Plan};
use super::scene::Scene;
use super::season::{self, Planned};
use super::shop;
use super::story::Story;
use crate::app::App;
use crate::campaign::Campaign;
use crate::clock::{DAY_MS, Millis};
use crate::id::WorkspaceId;
use crate::link::Intent;
use crate::link::destination::UtmConflict;
use crate::link::domain::{DomainAddress, Scheme};
use crate::link::tagging::ClickIdMode;
use crate::link::utm::UtmTags;
use crate::money::{Currency, Money};
use crate::network::Network;
use crate::operations::actor::Actor;
use crate::operations::campaign::body::{NewCampaign, aim_fields};
use crate::operations::link::create::{LinkDraft, create_in};
use crate::operations::post::fan_out;
use crate::operations::{self, campaign};
use crate::store::post::Post;
use crate::store::{self, Tx};

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
    let context = &app.context;
    if story.is_whole {
        let other = DomainAddress::parse(shop::OTHER_DOMAIN, Scheme::Https)?;
        context.resolver.add_domain(&other, None, start).await?;
    }
    let mut tx = context.store.write().await?;
    let workspace = store::workspace::first(&mut tx).await?;
    let workspace_id = workspace.context("no workspace")?.id;
    let actor = Actor::program(workspace_id);
    let (mut campaigns, mut plays) = (Vec::new(), Vec::new());
    for plan in &story.campaigns {
        let campaign = create_campaign(&mut tx, &actor, plan, start).await?;
        let scenes = scenes(context, &mut tx, &actor, (plan, &campaign)).await?;
        campaigns.push(campaign);
        plays.push(scenes);
    }
    let first = story.campaigns.first().zip(campaigns.first());
    if let (true, Some(of)) = (story.is_whole, first) {
        plays.push(vec![stray(context, &mut tx, &actor, of).await?]);
    }
    tx.commit().await?;
    for ((plan, campaign), scenes) in story.campaigns.iter().zip(&campaigns).zip(&plays) {
        if plan.is_season() {
            season::import(context, &actor, campaign, (plan, scenes), rng).await?;
        }
    }
    Ok(Stage {
        workspace_id,
        campaigns,
        plays,
    })
}

async fn scenes(
    context: &operations::context::Context,
    tx: &mut Tx,
    actor: &Actor,
    (plan, campaign): (&Plan, &Campaign),
) -> anyhow::Result<Vec<Scene>> {
    let posts = posts(tx, plan, campaign).await?;
    let mut scenes = Vec::new();
    for (name, count, audience) in &plan.audiences {
        let network = context.registry.find(name)?;
        let mut links = Vec::new();
        for (post, planned) in &posts {
            for number in 0..*count {
                let content = (*count > 1).then(|| ["a", season::SECOND][number.min(1) as usize]);
                let tags = UtmTags {
                    content: content.map(str::to_owned),
                    ..UtmTags::default()
                };
                let draft = LinkDraft {
                    post: Some(post.id),
                    intent: planned.intent,
                    campaign: Some(campaign),
                    ..draft(plan, network, &tags, planned.at)
                };
                links.push(create_in(tx, context, actor, &draft).await?.link);
            }
        }
        for number in 0..if plan.is_season() { 0 } else { *count } {
            let tags = UtmTags::default();
            let draft = LinkDraft {
                // The first one promotes; who posts more than one also helps.
                intent: [Intent::Promotion, Intent::Helpful][number.min(1) as usize],
                campaign: Some(campaign),
                ..draft(plan, network, &tags, campaign.created_at)
            };
            links.push(create_in(tx, context, actor, &draft).await?.link);
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
    context: &operations::context::Context,
    tx: &mut Tx,
    actor: &Actor,
    (plan, campaign): (&Plan, &Campaign),
) -> anyhow::Result<Scene> {
    let network = context.registry.find("instagram")?;
    let tags = UtmTags::default();
    let draft = LinkDraft {
        domain: Some(shop::OTHER_DOMAIN),
        ..draft(plan, network, &tags, campaign.created_at)
    };
    let link = create_in(tx, context, actor, &draft).await?.link;
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
) -> anyhow::Result<Vec<(Post, Planned)>> {
    let mut posts = Vec::new();
    if !plan.is_season() {
        return Ok(posts);
    }
    for planned in season::posts(campaign.created_at, plan.days(), plan.texts) {
        let text = Some(planned.text.to_owned());
        let post = fan_out::create_in(tx, campaign, text, planned.at).await?;
        posts.push((post, planned));
    }
    Ok(posts)
}

async fn create_campaign(
    tx: &mut Tx,
    actor: &Actor,
    plan: &Plan,
    start: Millis,
) -> anyhow::Result<Campaign> {
    let start = start.plus_ms(plan.lasts.start * DAY_MS);
    let until = start.plus_ms((plan.days() + plan.days_left) * DAY_MS);
    let (goal, goal_waiver) = aim_fields(plan.aim.clone());
    let currency: Currency = plan.currency.parse()?;
    let new = NewCampaign {
        name: plan.name.clone(),
        utm_campaign: Some(plan.utm_campaign.clone()),
        goal,
        goal_waiver,
        currency: Some(plan.currency.to_owned()),
        time_zone: Some(plan.time_zone.to_owned()),
        starts_at: Some(start),
        ends_at: Some(until),
        hourly_rate: plan.hourly_rate.map(|amount| Money { amount, currency }),
        lead_window_days: None,
        sale_window_days: None,
    };
    let mut campaign = campaign::create_in(tx, actor, new, start).await?;
    if plan.is_archived {
        campaign::archive_in(tx, &mut campaign, until).await?;
    }
    Ok(campaign)
}

/// A link of the plan for a network, of no campaign.
fn draft<'a>(plan: &Plan, network: &'a Network, utm: &'a UtmTags, at: Millis) -> LinkDraft<'a> {
    LinkDraft {
        url: plan.url,
        domain: None,
        slug: None,
        campaign: None,
        post: None,
        network: Some(network),
        intent: Intent::Promotion,
        utm,
        utm_conflict: UtmConflict::Error,
        click_id: ClickIdMode::Auto,
        click_id_param: None,
        at,
        handed_on: None,
    }
}
