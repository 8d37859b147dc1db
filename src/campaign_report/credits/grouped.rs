//! Credits summed as finely as a report asks.
//!
//! # Invariants
//! The order of credits changes only the order of what a sum lists.

use compact_str::CompactString;
use foldhash::{HashMap, HashMapExt};

use super::campaign::CampaignCredits;
use super::touch::{CreditShare, CreditedTouch};
use crate::attribution::AttributionModel;
use crate::campaign_report::granularity::Granularity;
use crate::campaign_report::observed::{ConvertedAmount, CreditSum, LeadLag};
use crate::campaign_report::query::ReportQuery;
use crate::campaign_report::segment::Segment;
use crate::campaign_report::text_table::{TextId, TextTable};
use crate::clock::Millis;
use crate::conversion::{ConversionKind, MatchRule};
use crate::id::LinkId;

/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;

/// The segment of a touch, with text ids instead of texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct InternedSegment {
    network: TextId,
    network_seen: TextId,
    link: Option<LinkId>,
    country: TextId,
    device: TextId,
    times: [Option<i64>; 2],
}

impl InternedSegment {
    /// The segment of a touch, as far as the query separates it.
    pub(super) fn of(
        touch: &CreditedTouch,
        query: &ReportQuery,
        buckets: &mut TimeBuckets<'_>,
    ) -> InternedSegment {
        let granularity = &query.granularity;
        let separated = |is_asked: bool, text: TextId| if is_asked { text } else { 0 };
        InternedSegment {
            network: touch.network,
            network_seen: separated(granularity.network_seen, touch.network_seen),
            link: touch.link.filter(|_| granularity.link),
            country: separated(granularity.country, touch.country),
            device: separated(granularity.device, touch.device),
            times: buckets.of(touch.timestamp(query.axis), touch.clicked_at),
        }
    }

    pub(super) fn segment(&self, names: &TextTable) -> Segment {
        let text = |name| names.text(name).map(CompactString::from);
        Segment {
            network: text(self.network),
            network_seen: text(self.network_seen),
            link: self.link,
            country: text(self.country),
            device: text(self.device),
            times: self.times,
        }
    }
}

/// What sums are separated by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct GroupKey {
    segment: InternedSegment,
    kind: ConversionKind,
    name: TextId,
    currency: TextId,
    joined_by: MatchRule,
    in_window: bool,
    is_converted: bool,
}

impl GroupKey {
    /// The group of a touch whose conversion and money are separated, and nothing else.
    pub(super) fn of(touch: &CreditedTouch, share: CreditShare) -> GroupKey {
        GroupKey {
            segment: InternedSegment::default(),
            kind: touch.kind,
            name: touch.name,
            currency: touch.currency,
            joined_by: MatchRule::None,
            in_window: true,
            is_converted: share.converted.is_some(),
        }
    }

    /// The same with the rule that joined the conversion separated.
    pub(super) fn joined_by(self, joined_by: MatchRule) -> GroupKey {
        GroupKey { joined_by, ..self }
    }

    /// The same with the segment separated, and whether the click lies within the window.
    pub(super) fn in_segment(self, segment: InternedSegment, in_window: bool) -> GroupKey {
        GroupKey {
            segment,
            in_window,
            ..self
        }
    }

    /// Where the group is sorted, given the ranks of texts.
    fn order(&self, ranks: &[u32]) -> SortKey {
        let rank = |name: TextId| ranks.get(name as usize).copied().unwrap_or_default();
        let InternedSegment {
            network,
            network_seen,
            link,
            country,
            device,
            times,
        } = self.segment;
        let names = [network, network_seen, country, device].map(rank);
        let what = [self.name, self.currency].map(rank);
        let is = [self.in_window, self.is_converted];
        (
            (names, link, times),
            (self.kind.as_str(), what, self.joined_by, is),
        )
    }
}

type SortKey = (
    ([u32; 4], Option<LinkId>, [Option<i64>; 2]),
    (&'static str, [u32; 2], MatchRule, [bool; 2]),
);

/// Sums by group.
#[derive(Default)]
pub(super) struct GroupedSums(HashMap<GroupKey, CreditSum>);

impl GroupedSums {
    pub(super) fn add(
        &mut self,
        names: &TextTable,
        group: GroupKey,
        touch: &CreditedTouch,
        share: CreditShare,
    ) -> &mut CreditSum {
        let empty = || CreditSum {
            segment: group.segment.segment(names),
            kind: group.kind,
            name: names.text(group.name).map(str::to_owned),
            currency: names
                .text(group.currency)
                .and_then(|code| code.parse().ok()),
            joined_by: group.joined_by,
            in_window: group.in_window,
            weight: 0,
            first_sales: 0,
            second_sales: 0,
            lags: Vec::new(),
            payments: Vec::new(),
            amount: 0,
            converted: None,
        };
        let sum = self.0.entry(group).or_insert_with(empty);
        sum.weight += share.weight;
        sum.amount = sum.amount.saturating_add(share.amount);
        match touch.earlier_sales {
            Some(0) => sum.first_sales += share.weight,
            Some(1) => sum.second_sales += share.weight,
            _ => {}
        }
        if let Some(amount) = share.converted {
            let converted = sum.converted.get_or_insert(ConvertedAmount {
                amount: 0,
                latest_day: i64::MIN,
            });
            converted.amount = converted.amount.saturating_add(amount);
            converted.latest_day = converted.latest_day.max(touch.rate_day.unwrap_or(i64::MIN));
        }
        sum
    }

    /// The sums, in the order of their groups.
    pub(super) fn finish(self, names: &TextTable) -> Vec<CreditSum> {
        let ranks = names.ranks();
        let mut sums: Vec<(GroupKey, CreditSum)> = self.0.into_iter().collect();
        sums.sort_by_cached_key(|(group, _)| group.order(&ranks));
        sums.into_iter().map(|(_, sum)| sum).collect()
    }
}

/// Units of time. Those of each quarter-hour are computed once.
pub(super) struct TimeBuckets<'a> {
    granularity: &'a Granularity,
    known: HashMap<[Option<Millis>; 2], [Option<i64>; 2]>,
}

impl<'a> TimeBuckets<'a> {
    pub(super) fn new(granularity: &'a Granularity) -> TimeBuckets<'a> {
        TimeBuckets {
            granularity,
            known: HashMap::new(),
        }
    }

    pub(super) fn of(&mut self, timestamp: Millis, clicked: Option<Millis>) -> [Option<i64>; 2] {
        let granularity = self.granularity;
        if granularity.times.is_empty() {
            return [None; 2];
        }
        let clicked = clicked.filter(|_| granularity.needs_clicked());
        let [timestamp, clicked] =
            [Some(timestamp), clicked].map(|at| at.map(Millis::quarter_hour));
        *self
            .known
            .entry([timestamp, clicked])
            .or_insert_with(|| granularity.buckets(timestamp.unwrap_or_default(), clicked))
    }
}

impl CampaignCredits {
    /// The credits asked for, summed.
    pub fn sums(&self, query: &ReportQuery) -> Vec<CreditSum> {
        let (model, window_ms) = (query.model.rule(), query.window_ms());
        let mut grouped = GroupedSums::default();
        let mut buckets = TimeBuckets::new(&query.granularity);
        let of_period = |touch: &&CreditedTouch| query.contains(touch.timestamp(query.axis));
        for touch in self.touches().iter().filter(of_period) {
            let Some(share) = touch.share(model) else {
                continue;
            };
            let segment = InternedSegment::of(touch, query, &mut buckets);
            let group = GroupKey::of(touch, share)
                .joined_by(touch.joined_by)
                .in_segment(segment, touch.is_within(window_ms));
            let sum = grouped.add(self.names(), group, touch, share);
            add_details(sum, touch, share);
        }
        grouped.finish(self.names())
    }

    /// What was earned before `until`, whatever was taken back of it since: a refund counts at the
    /// time of its sale. Only kinds and currencies are separated.
    pub fn earned(&self, model: AttributionModel, until: Millis) -> Vec<CreditSum> {
        let mut grouped = GroupedSums::default();
        for touch in self.touches() {
            if let Some(share) = touch.share(model)
                && touch.earned_at < until
            {
                grouped.add(self.names(), GroupKey::of(touch, share), touch, share);
            }
        }
        grouped.finish(self.names())
    }
}

/// Adds what a sum lists one by one.
fn add_details(sum: &mut CreditSum, touch: &CreditedTouch, share: CreditShare) {
    match touch.kind {
        ConversionKind::Lead => {
            if let Some(clicked) = touch.clicked_at {
                sum.lags.push(LeadLag {
                    minutes: (touch.earned_at.0 - clicked.0) / MINUTE_MS,
                    clicked_minute: clicked.0 / MINUTE_MS,
                    weight: share.weight,
                });
            }
            return;
        }
        ConversionKind::Event => return,
        ConversionKind::Sale
        | ConversionKind::Refund
        | ConversionKind::Chargeback
        | ConversionKind::ChargebackReversal => {}
    }
    let payer = match touch.click {
        Some(click) => *click.as_bytes(),
        None => *touch.conversion.as_bytes(),
    };
    let amount = share.converted.unwrap_or(share.amount);
    sum.payments.push((payer, amount));
}
