//! Which visitors have clicked, so that each is counted once within its scope and day.
//!
//! Holds: exact. The store keeps the visitors of a scope and day in packed rows, one for each batch that
//! added some, which costs far less than a row for each visitor; in memory they are a set. Before a set
//! is used it takes in what other writers have added since, so all writers agree.
//!
//! ```text
//! visitors = *( pseudonym u64, big endian )
//! ```

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::bulk::{Bulk, bulk};
use crate::click::Visitor;
use crate::store::{Error, Tx};

/// Visitors kept in memory, about 16 bytes each; beyond it sets that a batch does not use are dropped,
/// and read again when they are needed.
const REMEMBERED: usize = 4_000_000;

const LATER: Bulk = Bulk {
    postgres: "SELECT s.scope, s.day, s.chunk, s.visitors FROM visitor_seen s \
         JOIN UNNEST($1::TEXT[], $2::BIGINT[], $3::BIGINT[]) AS asked (scope, day, chunk) \
         ON s.scope = asked.scope AND s.day = asked.day AND s.chunk >= asked.chunk",
    sqlite: "SELECT s.scope, s.day, s.chunk, s.visitors FROM json_each($1) AS asked \
         JOIN visitor_seen s ON s.scope = asked.value ->> 0 AND s.day = asked.value ->> 1 \
         AND s.chunk >= asked.value ->> 2",
};
const INSERT: Bulk = Bulk {
    postgres: "INSERT INTO visitor_seen (scope, day, chunk, visitors) \
         SELECT scope, day, chunk, decode(visitors, 'hex') \
         FROM UNNEST($1::TEXT[], $2::BIGINT[], $3::BIGINT[], $4::TEXT[]) \
         AS added (scope, day, chunk, visitors)",
    sqlite: "INSERT INTO visitor_seen (scope, day, chunk, visitors) \
         SELECT value ->> 0, value ->> 1, value ->> 2, unhex(value ->> 3) FROM json_each($1)",
};

/// Statements of this file.
pub(super) const BULK: &[Bulk] = &[LATER, INSERT];

/// A visitor at a click.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    /// Place of the click in its batch.
    pub(super) place: usize,
    pub(super) visitor: Visitor,
    /// Within which a visitor counts once.
    pub(super) scope: Arc<str>,
    /// Days since 1970-01-01, UTC.
    pub(super) day: i64,
}

/// Scope and day.
type Key = (Arc<str>, i64);

/// Scope, day, number and visitors.
type Chunk = (String, i64, i64, Vec<u8>);

#[derive(Debug, Default)]
struct Seen {
    visitors: HashSet<Visitor>,
    /// The chunk that is written next.
    next: i64,
}

/// The visitors that are known.
#[derive(Debug, Default)]
pub(super) struct VisitorsSeen(HashMap<Key, Seen>);

impl VisitorsSeen {
    /// Adds visitors in the order of their clicks; gives the places of those that are first.
    pub(super) async fn add(&mut self, tx: &mut Tx, sights: &[Sight]) -> Result<Vec<usize>, Error> {
        if sights.is_empty() {
            return Ok(Vec::new());
        }
        let mut keys: Vec<Key> = Vec::new();
        let mut places: HashMap<(&str, i64), usize> = HashMap::new();
        let of_key: Vec<usize> = sights
            .iter()
            .map(|sight| {
                *places.entry((&sight.scope, sight.day)).or_insert_with(|| {
                    keys.push((sight.scope.clone(), sight.day));
                    keys.len() - 1
                })
            })
            .collect();
        self.make_room(&places);
        self.catch_up(tx, &keys).await?;
        let mut sets: Vec<Seen> = keys
            .iter()
            .map(|key| self.0.remove(key).unwrap_or_default())
            .collect();
        let mut added = vec![String::new(); keys.len()];
        let mut first = Vec::new();
        for (sight, at) in sights.iter().zip(of_key) {
            if sets[at].visitors.insert(sight.visitor) {
                first.push(sight.place);
                push_hex(&mut added[at], sight.visitor);
            }
        }
        let mut chunks = Vec::new();
        for ((key, mut seen), visitors) in keys.into_iter().zip(sets).zip(added) {
            if !visitors.is_empty() {
                chunks.push((key.clone(), seen.next, visitors));
                seen.next += 1;
            }
            self.0.insert(key, seen);
        }
        write(tx, chunks).await?;
        Ok(first)
    }

    fn make_room(&mut self, used: &HashMap<(&str, i64), usize>) {
        let kept: usize = self.0.values().map(|seen| seen.visitors.len()).sum();
        if kept > REMEMBERED {
            self.0
                .retain(|(scope, day), _| used.contains_key(&(&**scope, *day)));
        }
    }

    /// Takes in what the store has beyond what is in memory.
    async fn catch_up(&mut self, tx: &mut Tx, keys: &[Key]) -> Result<(), Error> {
        let asked: Vec<(&Key, i64)> = keys
            .iter()
            .map(|key| (key, self.0.get(key).map_or(0, |seen| seen.next)))
            .collect();
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
        for (scope, day, chunk, visitors) in chunks {
            let seen = self.0.entry((scope.into(), day)).or_default();
            seen.next = seen.next.max(chunk + 1);
            let (visitors, _) = visitors.as_chunks::<8>();
            let visitors = visitors.iter().map(|it| Visitor(u64::from_be_bytes(*it)));
            seen.visitors.extend(visitors);
        }
        Ok(())
    }
}

/// A pseudonym's eight bytes as hex digits, without the detour over a formatter.
fn push_hex(out: &mut String, visitor: Visitor) {
    let digit = |bits: u64| char::from(b"0123456789abcdef"[(bits & 15) as usize]);
    out.extend((0..16).rev().map(|place| digit(visitor.0 >> (4 * place))));
}

async fn write(tx: &mut Tx, mut chunks: Vec<(Key, i64, String)>) -> Result<(), Error> {
    if chunks.is_empty() {
        return Ok(());
    }
    chunks.sort_unstable();
    bulk!(
        execute,
        tx,
        INSERT,
        chunks,
        [
            |row: &(Key, i64, String)| row.0.0.to_string(),
            |row: &(Key, i64, String)| row.0.1,
            |row: &(Key, i64, String)| row.1,
            |row: &(Key, i64, String)| row.2.clone(),
        ]
    )?;
    Ok(())
}
