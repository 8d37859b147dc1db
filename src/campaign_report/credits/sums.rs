//! Credits summed as finely as a report asks.
//!
//! Holds: the order of credits changes nothing but that of what a sum lists.

use compact_str::CompactString;
use foldhash::{HashMap, HashMapExt};

use super::{CampaignCredits, CreditQuery, CreditShare, CreditSink, CreditedTouch, numbers};
use crate::attribution::AttributionModel;
use crate::campaign_report::granularity::Granularity;
use crate::campaign_report::segment::Segment;
use crate::campaign_report::text_table::{TextId, TextTable};
use crate::campaign_report::{ConvertedAmount, CreditSum, LeadLag};
use crate::clock::Millis;
use crate::conversion::{ConversionKind, MatchRule};
use crate::id::LinkId;

/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;

/// Where a touch stands, as far as it is told apart.
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
    /// That of a touch.
    pub(super) fn of(
        touch: &CreditedTouch,
        asked: &CreditQuery<'_>,
        times: &mut TimeBuckets<'_>,
    ) -> InternedSegment {
        let granularity = asked.granularity;
        let told = |is_asked: bool, name: TextId| if is_asked { name } else { 0 };
        InternedSegment {
            network: touch.network,
            network_seen: told(granularity.network_seen, touch.network_seen),
            link: touch.link.filter(|_| granularity.link),
            country: told(granularity.country, touch.country),
            device: told(granularity.device, touch.device),
            times: times.of(touch.timestamp(asked.axis), touch.clicked_at),
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

/// What sums are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct GroupKey {
    place: InternedSegment,
    kind: ConversionKind,
    name: TextId,
    currency: TextId,
    joined_by: MatchRule,
    in_window: bool,
    is_converted: bool,
}

impl GroupKey {
    /// What credits of a touch are, of which nothing is told apart but what came and what it is
    /// worth.
    fn of(touch: &CreditedTouch, share: CreditShare) -> GroupKey {
        GroupKey {
            place: InternedSegment::default(),
            kind: touch.kind,
            name: touch.name,
            currency: touch.currency,
            joined_by: MatchRule::None,
            in_window: true,
            is_converted: share.converted.is_some(),
        }
    }

    /// Where it stands among others, given the places of names.
    fn order(&self, ranks: &[u32]) -> SortKey {
        let rank = |name: TextId| ranks.get(name as usize).copied().unwrap_or_default();
        let InternedSegment {
            network,
            network_seen,
            link,
            country,
            device,
            times,
        } = self.place;
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

/// Sums while they gather.
#[derive(Default)]
struct GroupedSums(HashMap<GroupKey, CreditSum>);

impl GroupedSums {
    fn add(
        &mut self,
        names: &TextTable,
        alike: GroupKey,
        touch: &CreditedTouch,
        share: CreditShare,
    ) -> &mut CreditSum {
        let empty = || CreditSum {
            segment: alike.place.segment(names),
            kind: alike.kind,
            name: names.text(alike.name).map(str::to_owned),
            currency: names
                .text(alike.currency)
                .and_then(|code| code.parse().ok()),
            joined_by: alike.joined_by,
            in_window: alike.in_window,
            weight: 0,
            first_sales: 0,
            second_sales: 0,
            lags: Vec::new(),
            payments: Vec::new(),
            amount: 0,
            converted: None,
        };
        let sum = self.0.entry(alike).or_insert_with(empty);
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

    /// The sums, in the order of what they are told apart by.
    fn end(self, names: &TextTable) -> Vec<CreditSum> {
        let ranks = names.ranks();
        let mut sums: Vec<(GroupKey, CreditSum)> = self.0.into_iter().collect();
        sums.sort_by_cached_key(|(alike, _)| alike.order(&ranks));
        sums.into_iter().map(|(_, sum)| sum).collect()
    }
}

/// Units of time, of which each quarter-hour's are looked up once.
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

    fn of(&mut self, timestamp: Millis, clicked: Option<Millis>) -> [Option<i64>; 2] {
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
    pub fn sums(&self, asked: &CreditQuery<'_>) -> Vec<CreditSum> {
        let mut gathered = GroupedSums::default();
        let mut times = TimeBuckets::new(asked.granularity);
        for touch in self.touches.iter().filter(|touch| asked.is_about(touch)) {
            let Some(share) = touch.share(asked.model) else {
                continue;
            };
            let alike = GroupKey {
                place: InternedSegment::of(touch, asked, &mut times),
                joined_by: touch.joined_by,
                in_window: touch.is_within(asked.window_ms),
                ..GroupKey::of(touch, share)
            };
            let sum = gathered.add(&self.names, alike, touch, share);
            list(sum, touch, share);
        }
        gathered.end(&self.names)
    }

    /// What was earned before `until`, whatever was taken back of it since: a refund stands at the
    /// time of its sale. Nothing is told apart but kinds and currencies.
    pub fn earned(&self, model: AttributionModel, until: Millis) -> Vec<CreditSum> {
        let mut gathered = GroupedSums::default();
        for touch in &self.touches {
            if let Some(share) = touch.share(model)
                && touch.earned_at < until
            {
                gathered.add(&self.names, GroupKey::of(touch, share), touch, share);
            }
        }
        gathered.end(&self.names)
    }
}

/// Conversions in a period that neither a campaign nor a link could be credited with, summed as
/// they are read. Without a campaign there is no currency to convert them to.
pub struct UnattributedCredits<'a> {
    asked: &'a CreditQuery<'a>,
    names: TextTable,
    gathered: GroupedSums,
    /// What is credited to links without a campaign, where that is asked for.
    of_links: Option<(GroupedSums, TimeBuckets<'a>)>,
}

impl<'a> UnattributedCredits<'a> {
    /// Those asked for, none of them read yet.
    pub fn new(asked: &'a CreditQuery<'a>) -> UnattributedCredits<'a> {
        UnattributedCredits {
            asked,
            names: TextTable::default(),
            gathered: GroupedSums::default(),
            of_links: None,
        }
    }

    /// The same, with what is credited to links without a campaign apart.
    pub fn with_links(asked: &'a CreditQuery<'a>) -> UnattributedCredits<'a> {
        UnattributedCredits {
            of_links: Some((GroupedSums::default(), TimeBuckets::new(asked.granularity))),
            ..UnattributedCredits::new(asked)
        }
    }

    /// The sums.
    pub fn sums(self) -> Vec<CreditSum> {
        self.gathered.end(&self.names)
    }

    /// The sums, and those of links without a campaign.
    pub fn sums_with_links(self) -> (Vec<CreditSum>, Vec<CreditSum>) {
        let of_links = self.of_links.map(|(gathered, _)| gathered);
        (
            self.gathered.end(&self.names),
            of_links.unwrap_or_default().end(&self.names),
        )
    }
}

impl CreditSink for UnattributedCredits<'_> {
    fn add<'a>(
        &mut self,
        names: impl Iterator<Item = &'a str>,
        touches: impl Iterator<Item = CreditedTouch>,
    ) {
        let numbers = numbers(&mut self.names, names);
        for touch in touches.map(|touch| touch.renamed(&numbers)) {
            let share = touch.share(self.asked.model);
            let Some(share) = share.filter(|_| self.asked.is_about(&touch)) else {
                continue;
            };
            let share = CreditShare {
                converted: None,
                ..share
            };
            let alike = GroupKey {
                joined_by: touch.joined_by,
                ..GroupKey::of(&touch, share)
            };
            match (&mut self.of_links, touch.link) {
                (_, None) => _ = self.gathered.add(&self.names, alike, &touch, share),
                (Some((gathered, times)), Some(_)) => {
                    let alike = GroupKey {
                        place: InternedSegment::of(&touch, self.asked, times),
                        in_window: touch.is_within(self.asked.window_ms),
                        ..alike
                    };
                    gathered.add(&self.names, alike, &touch, share);
                }
                (None, Some(_)) => {}
            }
        }
    }
}

/// Adds what a sum lists one by one.
fn list(sum: &mut CreditSum, touch: &CreditedTouch, share: CreditShare) {
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
