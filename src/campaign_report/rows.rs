//! The sums of a campaign's clicks and credits, by the row that they belong to.
//!
//! # Invariants
//! For every column, the rows and what belongs to none sum to everything that passes the filter.

use std::collections::BTreeMap;

use super::dimension::Dimension;
use super::figures::float;
use super::observed::Observed;
use super::query::ReportQuery;
use super::row::ReportRow;
use super::row_key::RowKey;
use super::row_sums::RowSums;
use super::segment::Segment;
use crate::money::Currency;

/// The sums of each row, and of what belongs to none. Money is summed in `currency`.
pub(super) fn sum_by_row(
    query: &ReportQuery,
    observed: &Observed,
    currency: Currency,
) -> (BTreeMap<RowKey, RowSums>, RowSums) {
    let mut unattributed = RowSums::default();
    let mut by_key: BTreeMap<RowKey, RowSums> = BTreeMap::new();
    let key = |segment: &Segment| {
        let breakdown = &query.breakdown;
        breakdown.row_key(segment, &observed.links, &query.granularity)
    };
    let allows = |segment: &Segment| query.filter.allows(segment, &observed.links);
    if query.breakdown.is_network() && !query.is_narrowed() {
        for network in &observed.networks {
            if let Some(key) = key(&Segment::of(network)) {
                by_key.insert(key, RowSums::default());
            }
        }
    }
    let by_link =
        query.breakdown.is_by_link() || query.filter.dimensions().any(Dimension::is_of_links);
    let clicks = observed.clicks.chunk_by(|a, b| a.segment == b.segment);
    for same_segment in clicks.filter(|sums| allows(&sums[0].segment)) {
        let sums = match key(&same_segment[0].segment) {
            Some(key) => by_key.entry(key).or_default(),
            None => &mut unattributed,
        };
        for sum in same_segment {
            sums.add_clicks(sum, by_link);
        }
    }
    let credits = observed.credits.chunk_by(|a, b| a.segment == b.segment);
    for same_segment in credits.filter(|sums| allows(&sums[0].segment)) {
        let key = key(&same_segment[0].segment);
        for sum in same_segment {
            let sums = match &key {
                Some(key) if sum.in_window => by_key.entry(key.clone()).or_default(),
                _ => &mut unattributed,
            };
            sums.add_credit(sum, currency);
        }
    }
    (by_key, unattributed)
}

/// The rows of these sums, beside the sums.
pub(super) fn rows(
    query: &ReportQuery,
    observed: &Observed,
    currency: Currency,
    by_key: BTreeMap<RowKey, RowSums>,
) -> Vec<(ReportRow, RowSums)> {
    let row = |(key, sums): (RowKey, RowSums)| {
        let assisted = observed.assisted.get(&key).copied().unwrap_or(0);
        let row = ReportRow {
            people: people(query, observed, &key),
            assisted_leads: Some(float(assisted)),
            ..sums.row(key, currency)
        };
        (row, sums)
    };
    by_key.into_iter().map(row).collect()
}

/// The people of a row, if rows are made by network.
fn people(query: &ReportQuery, observed: &Observed, key: &RowKey) -> Option<i64> {
    let by_network = query.breakdown.is_network() && !query.is_narrowed();
    let people = observed.people.as_ref().filter(|_| by_network)?;
    let network = key.network.as_deref()?;
    Some(people.by_network.get(network).copied().unwrap_or(0))
}
