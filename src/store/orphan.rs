//! Orphans: requests for unknown slugs, summed by day, slug, class and network seen.
//!
//! # Invariants
//! - A request counts once, however often its entry arrives, and only sums are stored.
//! - A day has at most [`MOST_SLUGS`] different slugs. Requests for further slugs count as the slug
//!   `''`.
//! - The caller holds [`Store::ingest`](super::Store::ingest) while it adds, so additions do not
//!   overlap.
//! - An entry may arrive again after a crash between commit and acknowledgement, or from the spill.
//!   By the worker's clock that is soon, whatever the age of the entry. So ids are kept for some
//!   days after they were counted. While the service is stopped, those of the last such day stay.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;

use super::page::DROPPED_AT_ONCE;
use crate::campaign_report::ClickCounts;
use crate::campaign_report::dimension::UNKNOWN;
use crate::click::{ClickClass, Enrichment, Orphan};
use crate::clock::Millis;
use crate::drivers::sql::{Error, Only, Tx, bulk, bulk_sql, execute, fetch, statements, value};
use crate::id::ClickId;

/// Most different slugs of a day.
pub const MOST_SLUGS: i64 = 10_000;

statements! {
    bulk MARK = bulk_sql!(
        "INSERT INTO orphan_seen " values(id TEXT, counted_on BIGINT)
        " ON CONFLICT (id) DO NOTHING RETURNING id"
    );
    bulk KNOWN = bulk_sql!(
        "SELECT DISTINCT o.day, o.domain, o.slug FROM " rows(day BIGINT, domain TEXT, slug TEXT)
        " JOIN orphan o ON o.day = a.day AND o.domain = a.domain AND o.slug = a.slug"
    );
    bulk ADD = bulk_sql!(
        "INSERT INTO orphan " values(
            day BIGINT, domain TEXT, slug TEXT, class TEXT, network_seen TEXT, requests BIGINT,
            last_at BIGINT
        )
        " ON CONFLICT (day, domain, slug, class, network_seen) \
        DO UPDATE SET requests = orphan.requests + excluded.requests, \
        last_at = CASE WHEN excluded.last_at > orphan.last_at THEN excluded.last_at \
        ELSE orphan.last_at END"
    );
    sql SLUGS = "SELECT slugs FROM orphan_day WHERE day = $1";
    sql ADD_SLUGS = "INSERT INTO orphan_day (day, slugs) VALUES ($1, $2) \
        ON CONFLICT (day) DO UPDATE SET slugs = orphan_day.slugs + excluded.slugs";
    // `+ day` makes SQLite read rows in the order of their key, which is also the order of the
    // groups.
    sql LIST = "WITH asked AS (SELECT domain, slug, CAST(coalesce(sum(requests) \
        FILTER (WHERE class IN ('human', 'likely_human')), 0) AS BIGINT) AS people \
        FROM orphan WHERE + day >= $1 AND + day <= $2 GROUP BY domain, slug), \
        page AS (SELECT domain, slug, people FROM asked WHERE people < $3 \
        OR (people = $3 AND (slug > $4 OR (slug = $4 AND domain > $5))) \
        ORDER BY people DESC, slug, domain LIMIT $6) \
        SELECT o.domain, o.slug, o.class, o.network_seen, \
        CAST(sum(o.requests) AS BIGINT) AS requests, max(o.last_at) AS last_at \
        FROM page p JOIN orphan o ON o.domain = p.domain AND o.slug = p.slug \
        WHERE o.day >= $1 AND o.day <= $2 \
        GROUP BY p.people, o.domain, o.slug, o.class, o.network_seen \
        ORDER BY p.people DESC, o.slug, o.domain";
    sql FORGET = "DELETE FROM orphan WHERE (domain, slug, day, class, network_seen) IN \
        (SELECT domain, slug, day, class, network_seen FROM orphan WHERE day < $1 LIMIT $2)";
    sql FORGET_DAYS = "DELETE FROM orphan_day WHERE day < $1";
    sql FORGET_SEEN = "DELETE FROM orphan_seen WHERE id IN \
        (SELECT id FROM orphan_seen WHERE counted_on < $1 \
        AND counted_on < (SELECT max(counted_on) FROM orphan_seen) LIMIT $2)";
}

/// An orphan with its enrichment.
#[derive(Clone, Copy, Debug)]
pub struct EnrichedOrphan<'a> {
    /// What the redirect saw.
    pub orphan: &'a Orphan,
    /// Its enrichment.
    pub finding: &'a Enrichment,
}

/// The requests for one slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrphanSlug {
    /// The domain.
    pub domain: String,
    /// The slug; empty for all slugs above the limit of a day.
    pub slug: String,
    /// How many, by who made them.
    pub clicks: ClickCounts,
    /// Requests by the network on which they were seen; [`UNKNOWN`] without evidence.
    pub networks_seen: BTreeMap<String, i64>,
    /// The time of the last one.
    pub last_at: Millis,
}

/// Where a list continues: after the row with this number of people, slug and domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrphanCursor {
    /// People.
    pub people: i64,
    /// Slug.
    pub slug: String,
    /// Domain.
    pub domain: String,
}

/// Day, domain and slug.
type Slug<'a> = (i64, &'a str, &'a str);

/// Slug, class and network seen.
type Key<'a> = (Slug<'a>, &'static str, &'a str);

/// The key; how many requests, and the time of the last.
type Sum<'a> = (Key<'a>, (i64, i64));

/// Stores ids as counted. Returns for each, in order, whether it was new.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn mark_counted(
    tx: &mut Tx,
    ids: &[ClickId],
    now: Millis,
) -> Result<Vec<bool>, Error> {
    let marked = bulk!(
        all Only<String>,
        tx,
        MARK,
        ids,
        [
            |id: &ClickId| id.to_string(),
            |_: &ClickId| now.day(),
        ]
    )?;
    let mut marked: HashSet<String> = marked.into_iter().map(|(id,)| id).collect();
    let is_new = ids.iter().map(|id| marked.remove(id.text().as_str()));
    Ok(is_new.collect())
}

/// Adds orphans that were not counted before. Returns how many these are. `now` is the worker's
/// time.
///
/// # Errors
/// When the store does not answer, or refuses an orphan. Then roll back the whole batch.
pub async fn add(tx: &mut Tx, sightings: &[EnrichedOrphan<'_>], now: Millis) -> Result<u64, Error> {
    let ids: Vec<ClickId> = sightings.iter().map(|click| click.orphan.id).collect();
    let is_new = mark_counted(tx, &ids, now).await?;
    let new = sightings.iter().zip(is_new);
    let new: Vec<&EnrichedOrphan<'_>> = new
        .filter_map(|(orphan, new)| new.then_some(orphan))
        .collect();
    if new.is_empty() {
        return Ok(0);
    }
    let kept = kept_slugs(tx, &new).await?;
    let mut sums: BTreeMap<Key<'_>, (i64, i64)> = BTreeMap::new();
    for EnrichedOrphan { orphan, finding } in &new {
        let mut slug = slug_of(orphan);
        if !kept.contains(&slug) {
            slug.2 = "";
        }
        let network = finding.seen_on.as_ref().map_or("", |seen| &seen.network);
        let sum = sums.entry((slug, finding.class.as_str(), network));
        let (requests, last_at) = sum.or_insert((0, orphan.at.0));
        *requests += 1;
        *last_at = orphan.at.0.max(*last_at);
    }
    let sums: Vec<Sum<'_>> = sums.into_iter().collect();
    bulk!(
        execute,
        tx,
        ADD,
        sums,
        [
            |sum: &Sum<'_>| sum.0.0.0,
            |sum: &Sum<'_>| sum.0.0.1.to_owned(),
            |sum: &Sum<'_>| sum.0.0.2.to_owned(),
            |sum: &Sum<'_>| sum.0.1,
            |sum: &Sum<'_>| sum.0.2.to_owned(),
            |sum: &Sum<'_>| sum.1.0,
            |sum: &Sum<'_>| sum.1.1,
        ]
    )?;
    Ok(new.len() as u64)
}

fn slug_of(orphan: &Orphan) -> Slug<'_> {
    (orphan.at.day(), &orphan.domain, &orphan.slug)
}

/// The slugs of these orphans that count under their own name: those that already do, and new ones,
/// in order, while the day has room.
async fn kept_slugs<'a>(
    tx: &mut Tx,
    new: &[&EnrichedOrphan<'a>],
) -> Result<HashSet<Slug<'a>>, Error> {
    let asked: BTreeSet<Slug<'_>> = new.iter().map(|request| slug_of(request.orphan)).collect();
    let known = bulk!(
        all(i64, String, String),
        tx,
        KNOWN,
        asked,
        [
            |slug: &Slug<'_>| slug.0,
            |slug: &Slug<'_>| slug.1.to_owned(),
            |slug: &Slug<'_>| slug.2.to_owned(),
        ]
    )?;
    let known: HashSet<(i64, String, String)> = known.into_iter().collect();
    let is_known =
        |slug: &Slug<'_>| known.contains(&(slug.0, slug.1.to_owned(), slug.2.to_owned()));
    let mut kept: HashSet<Slug<'_>> = asked.iter().copied().filter(is_known).collect();
    let mut room: HashMap<i64, i64> = HashMap::new();
    for day in asked.iter().map(|slug| slug.0).collect::<BTreeSet<_>>() {
        let slugs = value!(i64, tx, SLUGS, day)?;
        room.insert(day, MOST_SLUGS - slugs.unwrap_or(0));
    }
    let mut added: BTreeMap<i64, i64> = BTreeMap::new();
    for slug in new.iter().map(|request| slug_of(request.orphan)) {
        let left = room.entry(slug.0).or_default();
        if *left > 0 && kept.insert(slug) {
            *left -= 1;
            *added.entry(slug.0).or_default() += 1;
        }
    }
    for (day, slugs) in added {
        execute!(tx, ADD_SLUGS, day, slugs)?;
    }
    Ok(kept)
}

/// The requested slugs on these days, most people first; `limit` rows after the cursor.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    tx: &mut Tx,
    days: &RangeInclusive<i64>,
    after: Option<&OrphanCursor>,
    limit: i64,
) -> Result<Vec<OrphanSlug>, Error> {
    let (people, slug, domain) = after.map_or((i64::MAX, "", ""), |after| {
        (after.people, &*after.slug, &*after.domain)
    });
    let rows = fetch!(
        all(String, String, String, String, i64, i64),
        tx,
        LIST,
        *days.start(),
        *days.end(),
        people,
        slug,
        domain,
        limit
    )?;
    let mut list: Vec<OrphanSlug> = Vec::new();
    for (domain, slug, class, network, requests, last_at) in rows {
        let is_same = |last: &OrphanSlug| last.domain == domain && last.slug == slug;
        if !list.last().is_some_and(is_same) {
            list.push(OrphanSlug {
                domain,
                slug,
                clicks: ClickCounts::default(),
                networks_seen: BTreeMap::new(),
                last_at: Millis(last_at),
            });
        }
        let Some(asked) = list.last_mut() else {
            continue;
        };
        asked.clicks.add(ClickClass::from_stored(&class), requests);
        let network = Some(network).filter(|name| !name.is_empty());
        let network = network.unwrap_or_else(|| UNKNOWN.to_owned());
        *asked.networks_seen.entry(network).or_default() += requests;
        asked.last_at = asked.last_at.max(Millis(last_at));
    }
    Ok(list)
}

/// Deletes some sums of days before `before`. Returns how many rows; 0 when none is left.
///
/// # Errors
/// When the store does not answer.
pub async fn delete_before(tx: &mut Tx, before: Millis) -> Result<u64, Error> {
    execute!(tx, FORGET_DAYS, before.day())?;
    Ok(execute!(tx, FORGET, before.day(), DROPPED_AT_ONCE)?)
}

/// Deletes some ids that were counted on days before `before`, but never those of the last day with
/// any; 0 when none is left.
///
/// # Errors
/// When the store does not answer.
pub async fn delete_marks_before(tx: &mut Tx, before: Millis) -> Result<u64, Error> {
    Ok(execute!(tx, FORGET_SEEN, before.day(), DROPPED_AT_ONCE)?)
}
