//! Writes clicks, many at a time, and keeps in memory what the next ones will ask for.
//!
//! Holds: a batch is written as if click after click: doubles inside it or with earlier batches
//! change nothing, the first human click of a visitor is the first one in order, and the roll-up
//! grows by exactly the clicks that were new. Whoever writes clicks holds
//! [`Store::ingest`](super::super::Store), so batches do not overlap. What is in memory is only
//! ever what the store holds: after a transaction that did not commit it must be forgotten
//! ([`Writer::forget`]), and another writer's additions are looked up in each batch.

use foldhash::{HashSet, HashSetExt};

use super::agent::Agents;
use super::place::Places;
use super::placement::Placements;
use super::roll_up;
use super::rows::{self, Months, Row};
use super::seen::{Sight, VisitorsSeen};
use crate::click::{Enrichment, FirstVisit, RawClick};
use crate::drivers::sql::{Only, bulk, bulk_sql, statements, value};
use crate::id::ClickId;
use crate::store::{Error, Tx, read_id};

/// A click with what enrichment says of it.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// What the redirect saw.
    pub hit: &'a RawClick,
    /// What was found out about it.
    pub finding: &'a Enrichment,
}

/// What became of a click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insertion {
    /// Its id was there already.
    Repeat,
    /// It is new.
    New {
        /// What it is its visitor's first of.
        first: FirstVisit,
    },
}

statements! {
    sql NEWEST = "SELECT max(id) FROM click";
    bulk KNOWN = bulk_sql!("SELECT id FROM click WHERE id " in_list);
}

/// Writes clicks; one for each worker.
#[derive(Debug, Default)]
pub struct Writer {
    placements: Placements,
    agents: Agents,
    places: Places,
    seen: VisitorsSeen,
    months: Months,
}

impl Writer {
    /// Adds clicks with their part of the roll-up; says of each, in order, what became of it.
    ///
    /// # Errors
    /// When the store does not answer, or refuses one of them; nothing of the batch may be kept
    /// then, and [`Writer::forget`] comes next.
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

    /// Ids of the placements of these clicks.
    pub(super) async fn placements_of(
        &mut self,
        tx: &mut Tx,
        hits: &[&RawClick],
    ) -> Result<Vec<i64>, Error> {
        let placed = self.placements.of(tx, hits).await?;
        Ok(placed.into_iter().map(|placed| placed.id).collect())
    }

    /// Forgets what is in memory, because a transaction did not commit.
    pub fn forget(&mut self) {
        *self = Writer::default();
    }

    /// Ids greater than every one that is stored are new without a look; as ids grow with time,
    /// that is most of them.
    async fn which_are_new(
        &self,
        tx: &mut Tx,
        sightings: &[Sighting<'_>],
    ) -> Result<Vec<bool>, Error> {
        let newest = value!(Option<String>, tx, NEWEST)?
            .flatten()
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
        let hits: Vec<&RawClick> = new.iter().map(|sighting| sighting.hit).collect();
        let placements = self.placements.of(tx, &hits).await?;
        let agents = self.agents.of(tx, new).await?;
        let places = self.places.of(tx, new).await?;
        let sights: Vec<Sight> = new
            .iter()
            .zip(&placements)
            .enumerate()
            .filter(|(_, (sighting, _))| sighting.finding.class.is_person())
            .filter_map(|(at, (sighting, placement))| {
                Some(Sight {
                    at,
                    visitor: sighting.hit.visitor?,
                    placed: placement.clone(),
                    clicked_at: sighting.hit.clicked_at,
                })
            })
            .collect();
        let mut first = vec![FirstVisit::default(); new.len()];
        for (at, found) in self.seen.add(tx, &sights).await? {
            first[at] = found;
        }
        let row = |at: usize| Row {
            sighting: new[at],
            placement_id: placements[at].id,
            agent_id: agents[at],
            place_id: places[at],
            first: first[at],
        };
        let rows: Vec<Row<'_>> = (0..new.len()).map(row).collect();
        self.months.make(tx, &hits).await?;
        rows::insert(tx, &rows).await?;
        roll_up::add(tx, &rows).await?;
        Ok(first
            .iter()
            .map(|&first| Insertion::New { first })
            .collect())
    }
}
