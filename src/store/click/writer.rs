//! Writes clicks, many at a time, and keeps in memory what the next ones will ask for.
//!
//! Holds: a batch is written as if click after click: doubles inside it or with earlier batches change
//! nothing, the first human click of a visitor is the first one in order, and the roll-up grows by
//! exactly the clicks that were new. Whoever writes clicks holds [`Store::ingest`](super::super::Store),
//! so batches do not overlap. What is in memory is only ever what the store holds: after a transaction
//! that did not commit it must be forgotten ([`Writer::forget`]), and another writer's additions are
//! looked up in each batch.

use std::collections::{BTreeMap, HashSet};

use super::agent::Agents;
use super::bulk::{Bulk, bulk};
use super::placement::Placements;
use super::rows::{self, Months, Row};
use super::seen::{Sight, VisitorsSeen};
use crate::click::{Class, Hit};
use crate::clock::DAY_MS;
use crate::id::ClickId;
use crate::store::db::{Only, fetch};
use crate::store::{Error, Tx, read_id};

/// A click with what enrichment says of it.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// What the redirect saw.
    pub hit: &'a Hit,
    /// Who made it.
    pub class: Class,
    /// Code of the rule that decided the class.
    pub class_rule: &'a str,
}

/// What became of a click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insertion {
    /// Its id was there already.
    Repeat,
    /// It is new; whether it is its visitor's first.
    New {
        /// The first human click of its visitor on that day for this network of this campaign.
        first: bool,
    },
}

const NEWEST: &str = "SELECT max(id) FROM click";
const KNOWN: Bulk = Bulk {
    postgres: "SELECT id FROM click WHERE id = ANY($1)",
    sqlite: "SELECT id FROM click WHERE id IN (SELECT value ->> 0 FROM json_each($1))",
};
const ROLL_UP: Bulk = Bulk {
    postgres: "INSERT INTO click_quarter (placement_id, quarter, human, bot, visitors) \
         SELECT * FROM UNNEST($1::BIGINT[], $2::BIGINT[], $3::BIGINT[], $4::BIGINT[], $5::BIGINT[]) \
         ON CONFLICT (placement_id, quarter) DO UPDATE SET \
         human = click_quarter.human + excluded.human, bot = click_quarter.bot + excluded.bot, \
         visitors = click_quarter.visitors + excluded.visitors",
    sqlite: "INSERT INTO click_quarter (placement_id, quarter, human, bot, visitors) \
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 \
         FROM json_each($1) WHERE TRUE \
         ON CONFLICT (placement_id, quarter) DO UPDATE SET \
         human = click_quarter.human + excluded.human, bot = click_quarter.bot + excluded.bot, \
         visitors = click_quarter.visitors + excluded.visitors",
};

/// Statements of this file that are the same on both databases.
pub(super) const STATEMENTS: &[&str] = &[NEWEST];

/// Statements of this file that are not.
pub(super) const BULK: &[Bulk] = &[KNOWN, ROLL_UP];

/// Writes clicks; one for each worker.
#[derive(Debug, Default)]
pub struct Writer {
    placements: Placements,
    agents: Agents,
    seen: VisitorsSeen,
    months: Months,
}

impl Writer {
    /// Adds clicks with their part of the roll-up; says of each, in order, what became of it.
    ///
    /// # Errors
    /// When the store does not answer, or refuses one of them; nothing of the batch may be kept then,
    /// and [`Writer::forget`] comes next.
    pub async fn insert_all(
        &mut self,
        tx: &mut Tx,
        sightings: &[Sighting<'_>],
    ) -> Result<Vec<Insertion>, Error> {
        let is_new = self.which_are_new(tx, sightings).await?;
        let new: Vec<&Sighting<'_>> = sightings
            .iter()
            .zip(&is_new)
            .filter_map(|(sighting, new)| new.then_some(sighting))
            .collect();
        let mut insertions = self.write(tx, &new).await?.into_iter();
        let insertion = |new: bool| {
            let written = new.then(|| insertions.next());
            written.flatten().unwrap_or(Insertion::Repeat)
        };
        Ok(is_new.into_iter().map(insertion).collect())
    }

    /// Forgets what is in memory, because a transaction did not commit.
    pub fn forget(&mut self) {
        *self = Writer::default();
    }

    /// Ids greater than every one that is stored are new without a look; as ids grow with time, that
    /// is most of them.
    async fn which_are_new(
        &self,
        tx: &mut Tx,
        sightings: &[Sighting<'_>],
    ) -> Result<Vec<bool>, Error> {
        let newest = fetch!(optional Only<Option<String>>, tx, NEWEST)?
            .and_then(|(id,)| id)
            .map(|id| read_id(&id))
            .transpose()?;
        let asked: Vec<ClickId> = sightings
            .iter()
            .map(|sighting| sighting.hit.id)
            .filter(|id| newest.is_some_and(|newest| *id <= newest))
            .collect();
        let mut seen: HashSet<ClickId> = HashSet::with_capacity(sightings.len());
        if !asked.is_empty() {
            let known = bulk!(
                all Only<String>,
                tx,
                KNOWN,
                asked,
                [|id: &ClickId| id.to_string()]
            )?;
            for (id,) in known {
                seen.insert(read_id(&id)?);
            }
        }
        let is_new = sightings.iter().map(|it| seen.insert(it.hit.id));
        Ok(is_new.collect())
    }

    async fn write(&mut self, tx: &mut Tx, new: &[&Sighting<'_>]) -> Result<Vec<Insertion>, Error> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let hits: Vec<&Hit> = new.iter().map(|sighting| sighting.hit).collect();
        let placements = self.placements.of(tx, &hits).await?;
        let agents = self.agents.of(tx, &hits).await?;
        let sights: Vec<Sight> = new
            .iter()
            .zip(&placements)
            .enumerate()
            .filter(|(_, (sighting, _))| sighting.class.is_person())
            .filter_map(|(place, (sighting, placement))| {
                Some(Sight {
                    place,
                    visitor: sighting.hit.visitor?,
                    scope: placement.scope.clone(),
                    day: sighting.hit.clicked_at.0.div_euclid(DAY_MS),
                })
            })
            .collect();
        let mut first = vec![false; new.len()];
        for place in self.seen.add(tx, &sights).await? {
            first[place] = true;
        }
        let row = |at: usize| Row {
            sighting: new[at],
            placement_id: placements[at].id,
            agent_id: agents[at],
            is_first: first[at],
        };
        let rows: Vec<Row<'_>> = (0..new.len()).map(row).collect();
        self.months.make(tx, &hits).await?;
        rows::insert(tx, &rows).await?;
        roll_up(tx, &rows).await?;
        Ok(first
            .iter()
            .map(|&first| Insertion::New { first })
            .collect())
    }
}

/// Placement and quarter-hour; how many humans, programs and visitors more.
type Sum = ((i64, i64), [i64; 3]);

async fn roll_up(tx: &mut Tx, rows: &[Row<'_>]) -> Result<(), Error> {
    // In one order for everybody, so that two who roll up at once do not wait for each other in turn.
    let mut sums: BTreeMap<(i64, i64), [i64; 3]> = BTreeMap::new();
    for row in rows {
        let Sighting { hit, class, .. } = row.sighting;
        let key = (row.placement_id, hit.clicked_at.quarter_hour().0);
        let sum = sums.entry(key).or_default();
        sum[usize::from(!class.is_person())] += 1;
        sum[2] += i64::from(row.is_first);
    }
    let sums: Vec<Sum> = sums.into_iter().collect();
    bulk!(
        execute,
        tx,
        ROLL_UP,
        sums,
        [
            |sum: &Sum| sum.0.0,
            |sum: &Sum| sum.0.1,
            |sum: &Sum| sum.1[0],
            |sum: &Sum| sum.1[1],
            |sum: &Sum| sum.1[2],
        ]
    )?;
    Ok(())
}
