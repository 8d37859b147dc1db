//! The credits of a workspace that no campaign has.

use super::grouped::{GroupKey, GroupedSums, InternedSegment, TimeBuckets};
use super::sink::{CreditSink, text_ids};
use super::touch::{CreditShare, CreditedTouch};
use crate::campaign_report::observed::CreditSum;
use crate::campaign_report::query::ReportQuery;
use crate::campaign_report::text_table::TextTable;

/// Conversions in a period that neither a campaign nor a link could be credited with, summed as
/// they are read. Without a campaign there is no currency to convert them to.
pub struct UnattributedCredits<'a> {
    query: &'a ReportQuery,
    names: TextTable,
    grouped: GroupedSums,
    /// What is credited to links without a campaign, if that is wanted.
    of_links: Option<(GroupedSums, TimeBuckets<'a>)>,
}

impl<'a> UnattributedCredits<'a> {
    /// Sums of what is still to be read.
    pub fn new(query: &'a ReportQuery) -> UnattributedCredits<'a> {
        UnattributedCredits {
            query,
            names: TextTable::default(),
            grouped: GroupedSums::default(),
            of_links: None,
        }
    }

    /// The same, with what is credited to links without a campaign summed separately.
    pub fn with_links(query: &'a ReportQuery) -> UnattributedCredits<'a> {
        UnattributedCredits {
            of_links: Some((GroupedSums::default(), TimeBuckets::new(&query.granularity))),
            ..UnattributedCredits::new(query)
        }
    }

    /// The sums.
    pub fn sums(self) -> Vec<CreditSum> {
        self.grouped.finish(&self.names)
    }

    /// The sums, and those of links without a campaign.
    pub fn sums_with_links(self) -> (Vec<CreditSum>, Vec<CreditSum>) {
        let of_links = self.of_links.map(|(grouped, _)| grouped);
        (
            self.grouped.finish(&self.names),
            of_links.unwrap_or_default().finish(&self.names),
        )
    }
}

impl CreditSink for UnattributedCredits<'_> {
    fn add<'a>(
        &mut self,
        names: impl Iterator<Item = &'a str>,
        touches: impl Iterator<Item = CreditedTouch>,
    ) {
        let numbers = text_ids(&mut self.names, names);
        let query = self.query;
        let (model, window_ms) = (query.model.rule(), query.window_ms());
        for touch in touches.map(|touch| touch.renumbered(&numbers)) {
            let is_of_period = query.contains(touch.timestamp(query.axis));
            let Some(share) = touch.share(model).filter(|_| is_of_period) else {
                continue;
            };
            let share = CreditShare {
                converted: None,
                ..share
            };
            let group = GroupKey::of(&touch, share).joined_by(touch.joined_by);
            match (&mut self.of_links, touch.link) {
                (_, None) => _ = self.grouped.add(&self.names, group, &touch, share),
                (Some((grouped, buckets)), Some(_)) => {
                    let segment = InternedSegment::of(&touch, query, buckets);
                    let group = group.in_segment(segment, touch.is_within(window_ms));
                    grouped.add(&self.names, group, &touch, share);
                }
                (None, Some(_)) => {}
            }
        }
    }
}
