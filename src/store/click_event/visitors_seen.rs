//! The visitors that have clicked, so that each counts once a day: for its link, for its network in
//! the campaign, and later over any period.
//!
//! # Invariants
//! - Counting is exact. Visitors are de-duplicated per visitor scope (a campaign, or a link without
//!   one) and UTC day.
//! - They are stored as packed rows by placement, one for each batch that added visitors. That
//!   costs far less than a row for each visitor.
//! - Before each use, rows of other writers are read into memory, so all writers agree.
//!
//! ```text
//! visitors = *( pseudonym u64, big endian )
//! quarters = *( quarter-hour of the day u8 )           ; as many, in the same order
//! ```

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::placement::PlacementRef;
use crate::click::{FirstVisit, Visitor};
use crate::clock::{DAY_MS, Millis, QUARTER_HOUR_MS};
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, statements};
use crate::store::report_cache::{self, ReportPart};

/// Most visitors in memory, about 24 bytes each. Beyond it, scopes that a batch does not use are
/// dropped and read again when needed.
const REMEMBERED: usize = 4_000_000;

statements! {
    bulk LATER = bulk_sql!(
        "SELECT a.scope, a.day, s.placement_id, coalesce(p.network, '') AS network, p.link_id, \
        s.chunk, s.visitors, s.quarters FROM " rows(scope TEXT, day BIGINT, chunk BIGINT)
        " JOIN placement p ON coalesce(p.campaign_id, p.link_id) = a.scope JOIN visitor_seen s \
        ON s.placement_id = p.id AND s.day = a.day AND s.chunk >= a.chunk"
    );
    bulk INSERT = bulk_sql!(
        "INSERT INTO visitor_seen (placement_id, day, chunk, least, visitors, quarters) \
        SELECT placement_id, day, chunk, least, "
        either("decode(visitors, 'hex'), decode(quarters, 'hex')", "unhex(visitors), unhex(quarters)")
        " FROM " rows(
            placement_id BIGINT, day BIGINT, chunk BIGINT, least BIGINT, visitors TEXT,
            quarters TEXT
        )
    );
}

/// Number of the first packed row of visitors in an index; later rows have higher numbers.
pub(super) const FIRST_PACKED: i64 = 1 << 32;

/// A visitor at a click.
#[derive(Clone, Debug)]
pub(super) struct VisitorAtClick {
    /// Index of the click in its batch.
    pub(super) at: usize,
    pub(super) visitor: Visitor,
    pub(super) placed: PlacementRef,
    pub(super) clicked_at: Millis,
}

/// Visitor scope and day.
type Key = (Arc<str>, i64);

/// Visitor scope, day, placement, network, link, number, visitors and their quarter-hours.
type Chunk = (String, i64, i64, String, String, i64, Vec<u8>, Vec<u8>);

/// Placement, day, number, least pseudonym, visitors and quarter-hours in hex digits.
type Added = (i64, i64, i64, i64, String, String);

/// Placement and quarter-hour in which a visitor clicked: `placement << 8 | quarter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Trace(i64);

impl Trace {
    fn new(placement: i64, quarter: u8) -> Trace {
        Trace(placement << 8 | i64::from(quarter))
    }

    fn placement(self) -> i64 {
        self.0 >> 8
    }
}

/// What a placement represents.
#[derive(Debug, PartialEq, Eq)]
struct Stands {
    network: Arc<str>,
    link: Arc<str>,
}

/// A scope's visitors of a day. Most have one trace, so only further ones are in lists.
#[derive(Debug, Default)]
struct VisitorScope {
    first: HashMap<Visitor, Trace>,
    further: HashMap<Visitor, Vec<Trace>>,
    placements: HashMap<i64, Stands>,
    /// The number of the next chunk.
    next: i64,
}

impl VisitorScope {
    /// Adds a trace. Returns whether it is new, and which first visit it is.
    fn add(&mut self, visitor: Visitor, trace: Trace) -> (bool, FirstVisit) {
        let first = match self.first.entry(visitor) {
            Entry::Vacant(entry) => {
                entry.insert(trace);
                let all = FirstVisit {
                    of_link: true,
                    of_network: true,
                };
                return (true, all);
            }
            Entry::Occupied(entry) => *entry.get(),
        };
        let further = self.further.get(&visitor).map_or(&[][..], Vec::as_slice);
        let known = || further.iter().copied().chain([first]);
        if known().any(|known| known == trace) {
            return (false, FirstVisit::default());
        }
        let stands = |trace: Trace| self.placements.get(&trace.placement());
        let network = |trace| stands(trace).map(|place| &place.network);
        let link = |trace| stands(trace).map(|place| &place.link);
        let found = FirstVisit {
            of_link: known().all(|known| link(known) != link(trace)),
            of_network: known().all(|known| network(known) != network(trace)),
        };
        self.further.entry(visitor).or_default().push(trace);
        (true, found)
    }
}

/// The known visitors.
#[derive(Debug, Default)]
pub(super) struct VisitorsSeen {
    scopes: HashMap<Key, VisitorScope>,
    /// The first number of chunks.
    base: i64,
}

impl VisitorsSeen {
    /// Without visitors; chunks are written with numbers from `base`.
    pub(super) fn from_chunk(base: i64) -> VisitorsSeen {
        VisitorsSeen {
            base,
            ..VisitorsSeen::default()
        }
    }

    fn scope(&mut self, key: Key) -> &mut VisitorScope {
        let next = self.base;
        let scope = || VisitorScope {
            next,
            ..VisitorScope::default()
        };
        self.scopes.entry(key).or_insert_with(scope)
    }

    /// Adds visitors in the order of their clicks. Returns each click's index and which first visit
    /// it is.
    pub(super) async fn add(
        &mut self,
        tx: &mut Tx,
        sights: &[VisitorAtClick],
    ) -> Result<Vec<(usize, FirstVisit)>, Error> {
        if sights.is_empty() {
            return Ok(Vec::new());
        }
        let groups = by_scope(sights);
        self.make_room(&groups);
        self.catch_up(tx, groups.iter().map(|(key, _)| key)).await?;
        let mut firsts = Vec::with_capacity(sights.len());
        let mut added = Vec::new();
        for (key, sights) in &groups {
            let scope = self.scope(key.clone());
            add_to(scope, key.1, sights, &mut firsts, &mut added);
        }
        write(tx, added).await?;
        Ok(firsts)
    }

    fn make_room(&mut self, used: &[Group<'_>]) {
        let kept: usize = self.scopes.values().map(|scope| scope.first.len()).sum();
        if kept > REMEMBERED {
            let used: HashSet<&Key> = used.iter().map(|(key, _)| key).collect();
            self.scopes.retain(|key, _| used.contains(key));
        }
    }

    /// Reads the rows that the store has but memory does not.
    async fn catch_up(
        &mut self,
        tx: &mut Tx,
        keys: impl Iterator<Item = &Key>,
    ) -> Result<(), Error> {
        let next = |key: &Key| self.scopes.get(key).map_or(self.base, |scope| scope.next);
        let asked: Vec<(&Key, i64)> = keys.map(|key| (key, next(key))).collect();
        let chunks = bulk!(
            all Chunk,
            tx,
            LATER,
            asked,
            [
                |row: &(&Key, i64)| row.0.0.to_string(),
                |row: &(&Key, i64)| row.0.1,
                |row: &(&Key, i64)| row.1,
            ]
        )?;
        for (name, day, placement, network, link, chunk, visitors, quarters) in chunks {
            let scope = self.scope((name.into(), day));
            scope.next = scope.next.max(chunk + 1);
            scope.placements.entry(placement).or_insert_with(|| Stands {
                network: network.into(),
                link: link.into(),
            });
            for (visitor, quarter) in unpacked(&visitors, &quarters) {
                scope.add(visitor, Trace::new(placement, quarter));
            }
        }
        Ok(())
    }
}

/// The clicks of a scope and day, in order.
type Group<'a> = (Key, Vec<&'a VisitorAtClick>);

/// Sorts by placement first, which is a number, so the names of scopes are compared only once each.
fn by_scope(sights: &[VisitorAtClick]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut of_key: HashMap<Key, usize> = HashMap::new();
    let mut of_placement: HashMap<(i64, i64), usize> = HashMap::new();
    for sight in sights {
        let day = sight.clicked_at.0.div_euclid(DAY_MS);
        let at = *of_placement
            .entry((sight.placed.id, day))
            .or_insert_with(|| {
                let key = (sight.placed.scope.clone(), day);
                *of_key.entry(key.clone()).or_insert_with(|| {
                    groups.push((key, Vec::new()));
                    groups.len() - 1
                })
            });
        groups[at].1.push(sight);
    }
    groups
}

fn add_to(
    scope: &mut VisitorScope,
    day: i64,
    sights: &[&VisitorAtClick],
    firsts: &mut Vec<(usize, FirstVisit)>,
    added: &mut Vec<Added>,
) {
    let mut fresh: BTreeMap<i64, (u64, String, String)> = BTreeMap::new();
    for sight in sights {
        let PlacementRef {
            id, network, link, ..
        } = &sight.placed;
        scope.placements.entry(*id).or_insert_with(|| Stands {
            network: network.clone(),
            link: link.clone(),
        });
        let quarter = quarter_of_day(sight.clicked_at);
        let (is_new, first) = scope.add(sight.visitor, Trace::new(*id, quarter));
        firsts.push((sight.at, first));
        if is_new {
            let (least, visitors, quarters) =
                fresh
                    .entry(*id)
                    .or_insert((u64::MAX, String::new(), String::new()));
            *least = sight.visitor.0.min(*least);
            push_hex(visitors, sight.visitor.0, 16);
            push_hex(quarters, quarter.into(), 2);
        }
    }
    if !fresh.is_empty() {
        let rows = fresh.into_iter().map(|(id, (least, visitors, quarters))| {
            (id, day, scope.next, upper_half(least), visitors, quarters)
        });
        added.extend(rows);
        scope.next += 1;
    }
}

/// The quarter-hour of its UTC day, 0 to 95.
pub(super) fn quarter_of_day(moment: Millis) -> u8 {
    u8::try_from(moment.0.rem_euclid(DAY_MS) / QUARTER_HOUR_MS).unwrap_or(u8::MAX)
}

/// The value of the column `least`.
pub(super) fn upper_half(visitor: u64) -> i64 {
    i64::from((visitor >> 32) as u32)
}

/// The visitors in a row, with their quarter-hours.
pub(super) fn unpacked<'a>(
    visitors: &'a [u8],
    quarters: &'a [u8],
) -> impl Iterator<Item = (Visitor, u8)> + 'a {
    let (visitors, _) = visitors.as_chunks::<8>();
    let visitors = visitors
        .iter()
        .map(|bytes| Visitor(u64::from_be_bytes(*bytes)));
    visitors.zip(quarters.iter().copied())
}

/// Appends the last `digits` hex digits, faster than a formatter.
pub(super) fn push_hex(out: &mut String, bits: u64, digits: u32) {
    let digit = |bits: u64| char::from(b"0123456789abcdef"[(bits & 15) as usize]);
    out.extend((0..digits).rev().map(|place| digit(bits >> (4 * place))));
}

/// Writes rows of visitors and invalidates the days that reports have packed.
pub(super) async fn write(tx: &mut Tx, added: Vec<Added>) -> Result<(), Error> {
    if added.is_empty() {
        return Ok(());
    }
    bulk!(
        execute,
        tx,
        INSERT,
        added,
        [
            |row: &Added| row.0,
            |row: &Added| row.1,
            |row: &Added| row.2,
            |row: &Added| row.3,
            |row: &Added| row.4.clone(),
            |row: &Added| row.5.clone(),
        ]
    )?;
    let packed = added.iter().filter(|row| row.2 >= FIRST_PACKED);
    let packed: Vec<_> = packed.map(|row| (row.0, row.1)).collect();
    report_cache::invalidate_campaigns(tx, ReportPart::People, &packed).await
}
