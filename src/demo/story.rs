//! The demo's stories: which campaigns there are, and how people of each network behave.
//!
//! Must not know: how visits are made, where they are kept.

use super::plan::{Audience, Plan, goal};
use super::shop;
use crate::campaign::GoalMetric;

/// Networks of the large story; what is posted to the first ones is read most.
const NETWORKS: [&str; 12] = [
    "x",
    "facebook",
    "instagram",
    "linkedin",
    "reddit",
    "youtube",
    "tiktok",
    "bluesky",
    "mastodon",
    "threads",
    "pinterest",
    "telegram",
];

/// Campaigns of the large story.
const CAMPAIGNS: u32 = 50;

/// Days of the large story, all of them over.
const LARGE_DAYS: i64 = 90;

/// Clicks that come of one visitor: those of people who come again, and of programs.
const CLICKS_OF_VISITOR: f64 = 1.344;

/// Leads that come after the story's end.
const LEADS_TOO_LATE: f64 = 0.005;

/// Sales that do.
const SALES_TOO_LATE: f64 = 0.05;

/// Visitors on a weekend's day, of those on another one.
pub(super) const WEEKEND: f64 = 0.6;

/// What a demo tells.
#[derive(Clone, Debug)]
pub struct Story {
    /// Days it covers.
    pub(super) days: i64,
    /// Whether the last of these is today, which is not over.
    until_today: bool,
    /// Whether it shows every feature: also sources, promo codes, rates and links of no campaign.
    pub(super) is_whole: bool,
    pub(super) campaigns: Vec<Plan>,
}

impl Story {
    /// A lamp shop's campaigns over ten weeks up to now, small enough to look at each click.
    pub fn spring_lamp() -> Story {
        Story {
            days: shop::DAYS,
            until_today: true,
            is_whole: true,
            campaigns: shop::campaigns(),
        }
    }

    /// 50 campaigns on 12 networks with two links each over the last 90 days, about so many clicks
    /// and leads, and a fifth as many sales: to see how fast things are. The largest campaign has
    /// three times the clicks of the smallest.
    pub fn large(clicks: u64, leads: u64) -> Story {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let (clicks, leads) = (clicks as f64, leads as f64);
        let visitors = clicks / CLICKS_OF_VISITOR;
        let lead = leads / (visitors * (1.0 - LEADS_TOO_LATE));
        // In the mean over a week.
        let weekdays = (5.0 + 2.0 * WEEKEND) / 7.0;
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let daily = visitors / (LARGE_DAYS as f64 * weekdays);
        let campaigns = (0..CAMPAIGNS).map(|number| {
            // From 1.5 times the mean down to half of it.
            let of_mean = 1.5 - f64::from(number) / f64::from(CAMPAIGNS - 1);
            Plan {
                name: format!("Campaign {:02}", number + 1),
                utm_campaign: format!("campaign-{:02}", number + 1),
                aim: goal(GoalMetric::Leads, 5000),
                currency: "EUR",
                time_zone: "Europe/Berlin",
                lasts: 0..LARGE_DAYS,
                days_left: 10,
                is_archived: false,
                url: "https://shop.example/lamp",
                texts: &[],
                ads: &[],
                hourly_rate: None,
                audiences: large_audiences(daily * of_mean / f64::from(CAMPAIGNS), lead),
            }
        });
        Story {
            days: LARGE_DAYS,
            until_today: false,
            is_whole: false,
            campaigns: campaigns.collect(),
        }
    }

    /// How many days before today it begins.
    pub(super) fn days_before(&self) -> i64 {
        if self.until_today {
            self.days - 1
        } else {
            self.days
        }
    }

    /// The `utm_campaign` of its first campaign.
    pub(super) fn first_campaign(&self) -> &str {
        self.campaigns
            .first()
            .map_or("", |plan| plan.utm_campaign.as_str())
    }
}

/// So many visitors a day on all networks, of which so large a share become leads.
fn large_audiences(daily: f64, lead: f64) -> Vec<(&'static str, u32, Audience)> {
    let numbers = || (0u32..).map(f64::from).take(NETWORKS.len());
    let read = |number: f64| 1.0 / (number + 2.0);
    let all: f64 = numbers().map(read).sum();
    // What is read less may yield more: from 0.7 times the mean up.
    let yields = |number: f64| 0.7 + 0.1 * number;
    let mean: f64 = numbers().map(|it| read(it) / all * yields(it)).sum();
    let audience = |number: f64| Audience {
        daily: daily * read(number) / all,
        bots: 0.15,
        lead: lead * yields(number) / mean,
        sale: 0.2 / (1.0 - SALES_TOO_LATE),
    };
    NETWORKS
        .into_iter()
        .zip(numbers())
        .map(|(network, number)| (network, 2, audience(number)))
        .collect()
}
