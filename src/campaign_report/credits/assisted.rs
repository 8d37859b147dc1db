//! Leads that rows were part of, but that last touch credits to other rows.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};

use super::campaign::CampaignCredits;
use super::grouped::{InternedSegment, TimeBuckets};
use super::touch::ModelShares;
use crate::attribution::{AttributionModel, WHOLE};
use crate::campaign_report::query::ReportQuery;
use crate::campaign_report::segment::Segment;
use crate::conversion::ConversionKind;
use crate::id::ConversionId;

impl CampaignCredits {
    /// Leads of the period and within the window, by the row that `row` finds for each touch.
    pub fn assisted<R: Clone + Ord>(
        &self,
        query: &ReportQuery,
        row: impl Fn(&Segment) -> Option<R>,
    ) -> BTreeMap<R, i64> {
        let window_ms = query.window_ms();
        let mut buckets = TimeBuckets::new(&query.granularity);
        let mut rows: BTreeMap<R, usize> = BTreeMap::new();
        let mut row_of: HashMap<InternedSegment, Option<usize>> = HashMap::new();
        let mut is_last: HashMap<(ConversionId, usize), bool> = HashMap::new();
        for touch in self.touches() {
            // A touch with the whole by every model is the only touch, and so the last.
            if matches!(touch.shares, ModelShares::Alike(share) if share.weight == WHOLE) {
                continue;
            }
            let last = touch.share(AttributionModel::LastTouch).is_some();
            // The linear model credits every touch.
            let is_part = last || touch.share(AttributionModel::Linear).is_some();
            if !is_part
                || touch.kind != ConversionKind::Lead
                || !query.contains(touch.timestamp(query.axis))
                || !touch.is_within(window_ms)
            {
                continue;
            }
            let segment = InternedSegment::of(touch, query, &mut buckets);
            let number = *row_of.entry(segment).or_insert_with(|| {
                let row = row(&segment.segment(self.names()))?;
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
