//! Engagement: the numbers that networks report of posts, to compare with what the posts yield.
//!
//! # Invariants
//! - Numbers imported both for a whole network and for its posts one by one are counted once.
//! - Followers are a level: their latest figure stands and is never summed.
//!
//! # Out of scope
//! Where the numbers come from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::LinkId;

/// Figures that a network reports; a missing figure is `null`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EngagementFigures {
    /// How often it was shown.
    pub impressions: Option<i64>,
    /// Likes, and reactions of other kinds.
    pub likes: Option<i64>,
    /// Reposts and shares.
    pub reposts: Option<i64>,
    /// Replies and comments.
    pub replies: Option<i64>,
    /// Number of followers on that day: a level, not a change.
    pub followers: Option<i64>,
}

impl EngagementFigures {
    /// Whether no figure is known.
    pub fn is_empty(&self) -> bool {
        *self == EngagementFigures::default()
    }

    /// These figures; the missing ones from `earlier`.
    #[must_use]
    pub fn or(self, earlier: EngagementFigures) -> EngagementFigures {
        self.with(earlier, |own, _| own, |own, _| own)
    }

    /// Both together: flows are summed, of followers the later figure stands.
    #[must_use]
    pub fn and(self, later: EngagementFigures) -> EngagementFigures {
        self.with(later, i64::saturating_add, |_, later| later)
    }

    /// Flows by `flow`; of followers by `level`.
    fn with(
        self,
        other: EngagementFigures,
        flow: fn(i64, i64) -> i64,
        level: fn(i64, i64) -> i64,
    ) -> EngagementFigures {
        let by = |rule: fn(i64, i64) -> i64, one: Option<i64>, two: Option<i64>| match (one, two) {
            (Some(one), Some(two)) => Some(rule(one, two)),
            (one, two) => one.or(two),
        };
        EngagementFigures {
            impressions: by(flow, self.impressions, other.impressions),
            likes: by(flow, self.likes, other.likes),
            reposts: by(flow, self.reposts, other.reposts),
            replies: by(flow, self.replies, other.replies),
            followers: by(level, self.followers, other.followers),
        }
    }
}

/// Engagement of a network and day: of one link's post, of posts that no link is known for, or of
/// all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngagementSum {
    /// Canonical name of the network.
    pub network: String,
    /// What it is of.
    pub of: EngagementSubject,
    /// The day as it was imported, since 1970-01-01.
    pub day: i64,
    /// The sums; of followers the largest figure.
    pub figures: EngagementFigures,
}

/// What engagement is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EngagementSubject {
    /// All of the campaign in the network.
    Network,
    /// Posts that no link is known for.
    OtherPosts,
    /// The post that carries this link.
    Link(LinkId),
}

/// Engagement of each network.
///
/// If a day was imported both as a whole and post by post, each figure is the larger one of the
/// whole and the sum of the posts. Days are summed; of followers the latest day's figure stands.
pub fn by_network(sums: &[EngagementSum]) -> BTreeMap<String, EngagementFigures> {
    let mut days: BTreeMap<(&str, i64), [EngagementFigures; 2]> = BTreeMap::new();
    for sum in sums {
        let day = days.entry((&sum.network, sum.day)).or_default();
        let part = &mut day[usize::from(sum.of != EngagementSubject::Network)];
        *part = part.with(sum.figures, i64::saturating_add, i64::max);
    }
    let mut networks: BTreeMap<String, EngagementFigures> = BTreeMap::new();
    // The map has the days of a network in order.
    for ((network, _), [whole, posts]) in days {
        let day = whole.with(posts, i64::max, i64::max);
        let sum = networks.entry(network.to_owned()).or_default();
        *sum = sum.with(day, i64::saturating_add, |_, later| later);
    }
    networks
}

/// Engagement of each link's posts, summed in the same way.
pub fn by_link(sums: &[EngagementSum]) -> BTreeMap<LinkId, EngagementFigures> {
    let mut of_links: Vec<(LinkId, &EngagementSum)> = sums
        .iter()
        .filter_map(|sum| match sum.of {
            EngagementSubject::Link(link) => Some((link, sum)),
            EngagementSubject::Network | EngagementSubject::OtherPosts => None,
        })
        .collect();
    of_links.sort_by_key(|(link, sum)| (*link, sum.day));
    let mut links: BTreeMap<LinkId, EngagementFigures> = BTreeMap::new();
    for (link, sum) in of_links {
        let all = links.entry(link).or_default();
        *all = all.with(sum.figures, i64::saturating_add, |_, later| later);
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Millis;

    fn link(n: u8) -> LinkId {
        LinkId::from_parts(Millis(0), [n; 10])
    }

    fn sum(
        network: &str,
        of: EngagementSubject,
        day: i64,
        likes: i64,
        followers: Option<i64>,
    ) -> EngagementSum {
        EngagementSum {
            network: network.to_owned(),
            of,
            day,
            figures: EngagementFigures {
                likes: Some(likes),
                followers,
                ..EngagementFigures::default()
            },
        }
    }

    #[test]
    fn what_was_told_twice_counts_once_and_levels_stand() {
        use EngagementSubject::{Link, Network, OtherPosts};
        let sums = [
            sum("x", Network, 2, 10, Some(100)),
            sum("x", Link(link(1)), 2, 4, None),
            sum("x", OtherPosts, 2, 3, None),
            sum("x", Network, 1, 5, Some(120)),
            sum("x", Link(link(1)), 1, 6, None),
            sum("linkedin", Link(link(2)), 1, 1, Some(7)),
        ];
        let made = by_network(&sums);
        let x = made["x"];
        assert_eq!((x.likes, x.followers), (Some(10 + 6), Some(100)));
        assert_eq!(x.impressions, None, "nobody told any");
        assert_eq!(made["linkedin"].followers, Some(7));
        let links = by_link(&sums);
        assert_eq!(links[&link(1)].likes, Some(10));
        assert_eq!(links.len(), 2);
        assert!(by_network(&[]).is_empty());
    }
}
