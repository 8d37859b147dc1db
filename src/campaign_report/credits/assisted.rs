//! Leads that rows were part of and that last touch credits to others.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};

use super::sums::{InternedSegment, TimeBuckets};
use super::{CampaignCredits, CreditQuery, ModelShares};
use crate::attribution::{AttributionModel, WHOLE};
use crate::campaign_report::segment::Segment;
use crate::conversion::ConversionKind;
use crate::id::ConversionId;

impl CampaignCredits {
    /// Those of the period, within the window, by the row that `row` says each touch belongs to.
    pub fn assisted<R: Clone + Ord>(
        &self,
        asked: &CreditQuery<'_>,
        row: impl Fn(&Segment) -> Option<R>,
    ) -> BTreeMap<R, i64> {
        let mut times = TimeBuckets::new(asked.granularity);
        let mut rows: BTreeMap<R, usize> = BTreeMap::new();
        let mut row_of: HashMap<InternedSegment, Option<usize>> = HashMap::new();
        let mut is_last: HashMap<(ConversionId, usize), bool> = HashMap::new();
        for touch in &self.touches {
            // What has the whole by every model is the only touch, and the last.
            if matches!(touch.shares, ModelShares::Alike(share) if share.weight == WHOLE) {
                continue;
            }
            let last = touch.share(AttributionModel::LastTouch).is_some();
            // The model that credits every touch.
            let is_part = last || touch.share(AttributionModel::Linear).is_some();
            if !is_part
                || touch.kind != ConversionKind::Lead
                || !asked.is_about(touch)
                || !touch.is_within(asked.window_ms)
            {
                continue;
            }
            let place = InternedSegment::of(touch, asked, &mut times);
            let number = *row_of.entry(place).or_insert_with(|| {
                let row = row(&place.segment(&self.names))?;
                let next = rows.len();
                Some(*rows.entry(row).or_insert(next))
            });
            if let Some(number) = number {
                *is_last.entry((touch.conversion, number)).or_default() |= last;
            }
        }
        let mut leads = vec![0; rows.len()];
        for ((_, number), _) in is_last.into_iter().filter(|(_, is_last)| !is_last) {
            leads[number] += 1;
        }
        let rows = rows.into_iter();
        rows.map(|(row, number)| (row, leads[number])).collect()
    }
}
