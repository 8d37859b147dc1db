//! A season of posts: when what was posted for which reason, what it cost, and what networks say of
//! it.
//!
//! # Invariants
//! The first post stands at the very start, so that nobody clicks before there is a link.
//!
//! # Out of scope
//! Who clicks.

use std::ops::RangeInclusive;

use rand::RngExt;
use rand::rngs::StdRng;

use super::plan::Plan;
use super::scene::Scene;
use crate::campaign::Campaign;
use crate::clock::{DAY_MS, Millis};
use crate::id::LinkId;
use crate::link::{Intent, Link};
use crate::money::Money;
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::cost::body::{NewCost, NewCosts};
use crate::operations::engagement::body::{NewEngagement, NewEngagements};
use crate::operations::import::body::{ImportBody, ImportRequest};
use crate::operations::import::query::ImportQuery;
use crate::operations::{cost, engagement};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Days from one post to the next.
const EVERY: i64 = 3;

/// Hours of the day that posts are published at, in turn.
const HOURS: [i64; 4] = [7, 12, 18, 9];

/// Half of the attention for a post is gone after so many days.
const HALF_LIFE: f64 = 1.5;

/// Minutes of work each week.
const MINUTES: i64 = 90;

/// `utm_content` of the second link where a network gets two of each post.
pub(super) const SECOND: &str = "b";

/// A post of the season.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planned {
    pub(super) at: Millis,
    pub(super) intent: Intent,
    pub(super) text: &'static str,
}

/// The posts of so many days, with these texts in turn.
pub(super) fn posts(start: Millis, days: i64, texts: &[(Intent, &'static str)]) -> Vec<Planned> {
    (0..=days / EVERY)
        .map(|number| {
            let hour = HOURS[usize::try_from(number).unwrap_or(0) % HOURS.len()];
            let hour = if number == 0 { 0 } else { hour };
            let (intent, text) = texts[usize::try_from(number).unwrap_or(0) % texts.len()];
            Planned {
                at: start.plus_ms(number * EVERY * DAY_MS + hour * HOUR_MS),
                intent,
                text,
            }
        })
        .filter(|post| post.at < start.plus_ms(days * DAY_MS))
        .collect()
}

/// How much attention a post gets that stands since `posted`: 1 at first, half of it after some
/// days.
pub(super) fn attention(posted: Millis, at: Millis) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let days = (at.0 - posted.0) as f64 / DAY_MS as f64;
    if days < 0.0 {
        return 0.0;
    }
    0.5f64.powf(days / HALF_LIFE)
}

/// How many of the usual visitors come on a day, by the posts that stand.
pub(super) fn busy(links: &[Link], midnight: Millis) -> f64 {
    let noon = midnight.plus_ms(DAY_MS / 2);
    let fresh: f64 = links.iter().map(|it| attention(it.created_at, noon)).sum();
    0.25 + 0.7 * fresh
}

/// How many of a network's usual share of visitors become leads by a link of a post.
pub(super) fn persuasion(link: &Link) -> f64 {
    let by_intent = match link.intent {
        Intent::Promotion => 0.7,
        Intent::Helpful => 1.4,
        Intent::Conversation => 0.95,
    };
    if is_second(link) {
        by_intent * 1.6
    } else {
        by_intent
    }
}

fn is_second(link: &Link) -> bool {
    link.utm.content.as_deref() == Some(SECOND)
}

/// Where a click on a link for that network comes from: some were passed on elsewhere, and some
/// tell nothing.
pub(super) fn referrer(network: Option<&str>, rng: &mut StdRng) -> Option<String> {
    let lot = rng.random_range(0..100);
    let own = match network? {
        "x" => "https://t.co/8kQ2",
        "facebook" => "https://l.facebook.com/l.php",
        "linkedin" => "https://www.linkedin.com/feed/",
        "bluesky" => "https://go.bsky.app/redirect",
        "instagram" => "https://l.instagram.com/",
        "youtube" => "https://www.youtube.com/redirect",
        "tiktok" => "https://www.tiktok.com/link/v2",
        "threads" => "https://l.threads.com/",
        "telegram" => "https://web.telegram.org/",
        "email" => "https://eur01.safelinks.protection.outlook.com/",
        _ => return None,
    };
    let from = match lot {
        0..12 => return None,
        12..17 => "https://www.reddit.com/r/desks/",
        _ => own,
    };
    Some(from.to_owned())
}

/// Imports costs and engagement of the season up to now.
pub(super) async fn import(
    context: &Context,
    actor: &Actor,
    campaign: &Campaign,
    (plan, scenes): (&Plan, &[Scene]),
    rng: &mut StdRng,
) -> anyhow::Result<()> {
    let now = context.clock.now();
    let query = ImportQuery::default();
    let rows = serde_json::to_vec(&costs(campaign, (plan, scenes), now))?;
    cost::import(context, actor, &request(&query, &rows)).await?;
    let rows = serde_json::to_vec(&engagement(campaign, scenes, rng, now))?;
    engagement::import(context, actor, &request(&query, &rows)).await?;
    Ok(())
}

fn request<'a>(query: &'a ImportQuery, rows: &'a [u8]) -> ImportRequest<'a> {
    ImportRequest {
        query,
        body: ImportBody::Json(rows),
        repeat: None,
    }
}

fn day_text(day: i64) -> String {
    Millis::of_day(day).date()
}

/// Advertisements and work of each week, and what one post was pushed with.
fn costs(campaign: &Campaign, (plan, scenes): (&Plan, &[Scene]), now: Millis) -> NewCosts {
    let first = campaign.created_at.day();
    let last = campaign.ends_at.map_or(now, |end| end.min(now).plus_ms(-1));
    let currency = campaign.currency;
    let money = |amount| Some(Money { amount, currency });
    let cost = |days: RangeInclusive<i64>, note: &str| NewCost {
        campaign_id: Some(campaign.id.to_string()),
        network: None,
        link_id: None,
        day: None,
        from: Some(day_text(*days.start())),
        to: Some(day_text(*days.end())),
        money: None,
        minutes: None,
        note: Some(note.to_owned()),
        event_id: None,
    };
    let mut rows = Vec::new();
    for monday in (first..=last.day()).step_by(7) {
        let days = monday..=(monday + 6).min(last.day());
        for (network, amount) in plan.ads {
            rows.push(NewCost {
                network: Some((*network).to_owned()),
                money: money(*amount),
                ..cost(days.clone(), "ads")
            });
        }
        rows.push(NewCost {
            minutes: Some(MINUTES),
            ..cost(days, "writing posts")
        });
    }
    let pushed = scenes.first().and_then(|scene| scene.links.first());
    if let (Some(link), Some((_, amount))) = (pushed, plan.ads.first()) {
        let day = link.created_at.day();
        rows.push(NewCost {
            network: link.network.clone(),
            link_id: Some(link.id.to_string()),
            money: money(amount / 2),
            ..cost(day..=day, "boosted post")
        });
    }
    NewCosts { rows }
}

/// What networks say of each post, and of followers each week. Who likes is not who buys.
fn engagement(
    campaign: &Campaign,
    scenes: &[Scene],
    rng: &mut StdRng,
    now: Millis,
) -> NewEngagements {
    let mut rows = Vec::new();
    for scene in scenes {
        let Some(network) = scene.links.first().and_then(|link| link.network.clone()) else {
            continue;
        };
        // Nobody likes an e-mail.
        if network == "email" {
            continue;
        }
        let row = |link_id: Option<LinkId>, at: Millis| NewEngagement {
            campaign_id: Some(campaign.id.to_string()),
            network: Some(network.clone()),
            link_id: link_id.map(|id| id.to_string()),
            permalink: None,
            day: day_text(at.day()),
            impressions: None,
            likes: None,
            reposts: None,
            replies: None,
            followers: None,
        };
        #[expect(clippy::cast_possible_truncation, reason = "small")]
        let usual = (scene.audience.daily * 60.0) as i64;
        let posted = scene.links.iter().filter(|link| link.created_at <= now);
        for (number, link) in (0i64..).zip(posted) {
            let impressions = usual * rng.random_range(60..140) / 100;
            let likes = impressions * rng.random_range(5..45) / 1000;
            rows.push(NewEngagement {
                impressions: Some(impressions),
                likes: Some(likes),
                reposts: Some(likes * rng.random_range(5..25) / 100),
                replies: Some(likes * rng.random_range(2..18) / 100),
                ..row(Some(link.id), link.created_at)
            });
            if is_second(link) {
                continue;
            }
            rows.push(NewEngagement {
                followers: Some(usual + number * rng.random_range(3..9)),
                ..row(None, link.created_at)
            });
        }
    }
    NewEngagements { rows }
}
