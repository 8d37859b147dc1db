//! The plan of a campaign of the demo: its goal, its posts, and how people of each network behave.

use std::ops::Range;

use crate::campaign::{Goal, GoalMetric, GoalOrWaiver};
use crate::link::Intent;

/// The people of one network.
#[derive(Clone, Copy, Debug)]
pub(super) struct Audience {
    /// Visitors on a weekday.
    pub(super) daily: f64,
    /// Programs for each visitor.
    pub(super) bots: f64,
    /// Share of visitors that become leads.
    pub(super) lead: f64,
    /// Share of leads that buy.
    pub(super) sale: f64,
}

/// A campaign of a story.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) utm_campaign: String,
    pub(super) aim: GoalOrWaiver,
    /// Code of its money.
    pub(super) currency: &'static str,
    pub(super) time_zone: &'static str,
    /// Days of the story that people click on.
    pub(super) lasts: Range<i64>,
    /// Days from then to its end.
    pub(super) days_left: i64,
    pub(super) is_archived: bool,
    /// Where its links lead.
    pub(super) url: &'static str,
    /// What a season posts, one after the other and in turn. Without texts, all links stand from
    /// the start.
    pub(super) texts: &'static [(Intent, &'static str)],
    /// Links for each network, of a season for each post as well, and who clicks them.
    pub(super) audiences: Vec<(&'static str, u32, Audience)>,
    /// Money for advertisements each week, in minor units.
    pub(super) ads: &'static [(&'static str, i64)],
    /// What an hour of work costs, in minor units.
    pub(super) hourly_rate: Option<i64>,
}

impl Plan {
    /// Whether it is a season of posts.
    pub(super) fn is_season(&self) -> bool {
        !self.texts.is_empty()
    }

    /// Days that people click on.
    pub(super) fn days(&self) -> i64 {
        self.lasts.end - self.lasts.start
    }
}

/// The goal of so many, counted by `metric`, until the campaign's end.
pub(super) fn goal(metric: GoalMetric, target: i64) -> GoalOrWaiver {
    GoalOrWaiver::Goal(Goal {
        metric,
        target,
        by: None,
    })
}
