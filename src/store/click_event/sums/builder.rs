//! Builds sums of clicks from rows, packed days and cached days.
//!
//! # Invariants
//! Texts and units of time are numbers until the end, because there are far fewer of them than
//! cells.
//!
//! # Out of scope
//! Where the sums come from.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use foldhash::{HashMap, HashMapExt};

use crate::campaign_report::granularity::Granularity;
use crate::campaign_report::segment::Segment;
use crate::campaign_report::text_table::{TextId, TextTable};
use crate::campaign_report::{ClickSum, VisitorDay};
use crate::click::ClickClass;
use crate::clock::{DAY_MS, Millis, QUARTER_HOUR_MS};
use crate::drivers::sql::Error;
use crate::id::LinkId;
use crate::store::click_event::cache::{self, DayTotals};
use crate::store::click_event::{packed_days, visitors_seen};
use crate::store::text_column::read_id;

/// A sum as a statement gives it.
#[derive(sqlx_macros::FromRow)]
pub(super) struct SumRow {
    placement_id: i64,
    day: i64,
    #[sqlx(flatten)]
    sum: packed_days::QuarterRow,
}

/// The dimensions of a cell: group of placements, network seen, country, device, class and units of
/// time, all as numbers.
type Cell = [u32; 6];

/// The number that means no units of time.
const NO_TIMES: u32 = 0;

/// Collects sums.
pub(super) struct ClickSumBuilder<'a> {
    grain: &'a Granularity,
    /// Network, and link if the granularity separates links.
    groups: Vec<(String, Option<LinkId>)>,
    number_of_group: HashMap<(String, Option<LinkId>), u32>,
    group_of: HashMap<i64, u32>,
    names: TextTable,
    /// Units of time, and their numbers.
    times: Vec<[Option<i64>; 2]>,
    number_of_times: HashMap<[Option<i64>; 2], u32>,
    /// Numbers of the units of time of each day's quarter-hours.
    days_times: HashMap<i64, Arc<[u32]>>,
    sums: HashMap<Cell, [i64; 3]>,
    /// Visitors by group and day.
    days: HashMap<(u32, i64), i64>,
}

/// A campaign's clicks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClickSums {
    /// At the requested granularity.
    pub sums: Vec<ClickSum>,
    /// Visitors by network and day.
    pub days: Vec<VisitorDay>,
}

impl<'a> ClickSumBuilder<'a> {
    /// An empty builder without placements.
    pub(super) fn new(grain: &'a Granularity) -> ClickSumBuilder<'a> {
        ClickSumBuilder {
            grain,
            groups: Vec::new(),
            number_of_group: HashMap::new(),
            group_of: HashMap::new(),
            names: TextTable::default(),
            times: vec![[None; 2]],
            number_of_times: HashMap::from_iter([([None; 2], NO_TIMES)]),
            days_times: HashMap::new(),
            sums: HashMap::new(),
            days: HashMap::new(),
        }
    }

    /// Adds placements with their links and networks.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if a link's id is not valid.
    pub(super) fn add_placements(
        &mut self,
        placements: Vec<(i64, String, String)>,
    ) -> Result<(), Error> {
        for (placement, link, network) in placements {
            let link = self.grain.link.then(|| read_id(&link)).transpose()?;
            let next = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
            let group = (network, link);
            let known = self.number_of_group.entry(group);
            let number = *known.or_insert_with_key(|group| {
                self.groups.push(group.clone());
                next
            });
            self.group_of.insert(placement, number);
        }
        Ok(())
    }

    /// Whether it has no placement.
    pub(super) fn is_of_nothing(&self) -> bool {
        self.group_of.is_empty()
    }

    /// The granularity of the sums.
    pub(super) fn grain(&self) -> &'a Granularity {
        self.grain
    }

    /// Numbers of the units of time of a day's quarter-hours.
    fn times_of(&mut self, day: i64) -> Arc<[u32]> {
        if let Some(known) = self.days_times.get(&day) {
            return Arc::clone(known);
        }
        let quarters = (0..DAY_MS / QUARTER_HOUR_MS).map(|at| {
            let at = Millis(day * DAY_MS + at * QUARTER_HOUR_MS);
            let times = self.grain.buckets(at, Some(at));
            let next = u32::try_from(self.times.len()).unwrap_or(u32::MAX);
            *self.number_of_times.entry(times).or_insert_with(|| {
                self.times.push(times);
                next
            })
        });
        let quarters: Arc<[u32]> = quarters.collect();
        self.days_times.insert(day, Arc::clone(&quarters));
        quarters
    }

    fn add(&mut self, cell: Cell, sum: [i64; 3]) {
        let total = self.sums.entry(cell).or_default();
        for (total, part) in total.iter_mut().zip(sum) {
            *total += part;
        }
    }

    /// Adds a sum from a row.
    pub(super) fn add_row(&mut self, row: &SumRow) {
        let group = self
            .group_of
            .get(&row.placement_id)
            .copied()
            .unwrap_or_default();
        let sum = &row.sum;
        let names = [&sum.network_seen, &sum.country, &sum.device, &sum.class];
        let [seen, country, device, class] = names.map(|name| self.names.number(name));
        let day = Millis(sum.quarter).day();
        let quarter = usize::from(visitors_seen::quarter_of_day(Millis(sum.quarter)));
        let times = self.times_of(day).get(quarter).copied().unwrap_or_default();
        let counts = [sum.clicks, sum.visitors, sum.link_visitors];
        self.add([group, seen, country, device, class, times], counts);
        *self.days.entry((group, row.day)).or_default() += sum.visitors;
    }

    /// Adds the cells of a placement's day that are in the period.
    pub(super) fn add_day(
        &mut self,
        placement: i64,
        day: i64,
        bytes: &[u8],
        (from, to): (Millis, Millis),
    ) -> Result<(), Error> {
        let group = self.group_of.get(&placement).copied().unwrap_or_default();
        let mut cells = packed_days::read(bytes)?;
        let numbers: Vec<u32> = cells
            .names()
            .iter()
            .map(|name| self.names.number(name))
            .collect();
        let mut visitors = 0;
        let times = self.times_of(day);
        let Granularity {
            network_seen,
            country,
            device,
            ..
        } = *self.grain;
        let asked = [network_seen, country, device];
        // Adjacent cells often have the same dimensions.
        let mut run: (Cell, [i64; 3]) = Default::default();
        for cell in cells.by_ref() {
            let quarter = day * DAY_MS + i64::from(cell.quarter) * QUARTER_HOUR_MS;
            if quarter < from.0 || quarter >= to.0 {
                continue;
            }
            let [seen, country, device, class] = cell.names.map(|at| numbers[at]);
            let [seen, country, device] =
                [(seen, asked[0]), (country, asked[1]), (device, asked[2])]
                    .map(|(number, asked)| if asked { number } else { 0 });
            let times = times.get(usize::from(cell.quarter)).copied();
            let times = times.unwrap_or(NO_TIMES);
            let alike = [group, seen, country, device, class, times];
            if alike != run.0 {
                self.add(run.0, run.1);
                run = (alike, [0; 3]);
            }
            for (total, part) in run.1.iter_mut().zip(cell.sum) {
                *total += part;
            }
            visitors += cell.sum[1];
        }
        self.add(run.0, run.1);
        *self.days.entry((group, day)).or_default() += visitors;
        packed_days::end(&cells)
    }

    /// Adds a campaign's whole day, with only placements and classes.
    pub(super) fn add_totals(&mut self, day: i64, bytes: &[u8]) -> Result<(), Error> {
        let totals = DayTotals::read(bytes)?;
        let classes = totals.classes.iter().map(|name| self.names.number(name));
        let classes: Vec<TextId> = classes.collect();
        for (placement, class, sum) in totals.sums {
            let group = self.group_of.get(&placement).copied().unwrap_or_default();
            let class = classes.get(class as usize).copied().unwrap_or_default();
            self.add([group, 0, 0, 0, class, NO_TIMES], sum);
            *self.days.entry((group, day)).or_default() += sum[1];
        }
        Ok(())
    }

    /// Adds the cells of a campaign's day that are in the period.
    pub(super) fn add_cells(
        &mut self,
        day: i64,
        bytes: &[u8],
        period: (Millis, Millis),
    ) -> Result<(), Error> {
        for (placement, cells) in cache::read_cells(bytes)? {
            self.add_day(placement, day, cells, period)?;
        }
        Ok(())
    }

    /// Finishes the sums.
    pub(super) fn end(self) -> ClickSums {
        let mut cells: Vec<(&Cell, &[i64; 3])> = self.sums.iter().collect();
        cells.retain(|(_, sum)| **sum != [0; 3]);
        let order = self.order();
        cells.sort_by_cached_key(|(cell, _)| order(cell));
        let known = |number| self.names.text(number).map(CompactString::from);
        let sum = |([group, seen, country, device, class, times], sum): (&Cell, &[i64; 3])| {
            let (network, link) = self.group(*group);
            ClickSum {
                segment: Segment {
                    network: (!network.is_empty()).then(|| network.into()),
                    network_seen: known(*seen),
                    link,
                    country: known(*country),
                    device: known(*device),
                    times: self.times.get(*times as usize).copied().unwrap_or_default(),
                },
                class: ClickClass::from_stored(self.names.text(*class).unwrap_or_default()),
                clicks: sum[0],
                visitors: sum[1],
                link_visitors: sum[2],
            }
        };
        ClickSums {
            sums: cells.into_iter().map(sum).collect(),
            days: self.visitor_days(),
        }
    }

    /// Network (empty for none) and link of a group.
    fn group(&self, number: u32) -> (&str, Option<LinkId>) {
        let group = self.groups.get(number as usize);
        group.map_or(("", None), |(network, link)| (network, *link))
    }

    /// Sorts cells by the values of their numbers, so that cells of one segment are adjacent.
    fn order(&self) -> impl Fn(&Cell) -> ([u32; 4], [Option<i64>; 2], u32) {
        let names = self.names.ranks();
        let mut groups: Vec<u32> = (0..).take(self.groups.len()).collect();
        groups.sort_unstable_by_key(|number| self.group(*number));
        let mut group_ranks = vec![0; groups.len()];
        for (rank, number) in (0..).zip(groups) {
            group_ranks[number as usize] = rank;
        }
        let at =
            |ranks: &[u32], number: u32| ranks.get(number as usize).copied().unwrap_or_default();
        move |[group, seen, country, device, class, times]| {
            let [seen, country, device, class] =
                [seen, country, device, class].map(|name| at(&names, *name));
            let times = self.times.get(*times as usize).copied().unwrap_or_default();
            let spot = [at(&group_ranks, *group), seen, country, device];
            (spot, times, class)
        }
    }

    fn visitor_days(&self) -> Vec<VisitorDay> {
        let mut days: BTreeMap<(i64, &str), i64> = BTreeMap::new();
        for ((group, day), visitors) in &self.days {
            *days.entry((*day, self.group(*group).0)).or_default() += visitors;
        }
        let days = days.into_iter().filter(|(_, visitors)| *visitors != 0);
        let days = days.map(|((day, network), visitors)| VisitorDay {
            network: (!network.is_empty()).then(|| network.into()),
            day,
            visitors,
        });
        days.collect()
    }
}
