//! Writes clicks in batches, and caches what the next batches need.
//!
//! # Invariants
//! - A batch is written as if its clicks came one by one. A repeat, in the batch or of an earlier
//!   one, changes nothing. A visitor's first human click, in order, is the first visit. The roll-up
//!   grows by exactly the new clicks.
//! - The caller holds [`Store::ingest`](crate::store::Store::ingest), so batches do not overlap.
//! - The cache holds only what the store holds. After a transaction that did not commit, it must be
//!   cleared ([`ClickWriter::clear_cache`]). Rows of other writers are looked up in each batch.

use foldhash::{HashSet, HashSetExt};

use super::agent::KnownAgents;
use super::bulk_insert::{self, ClickRow, Months};
use super::place::KnownPlaces;
use super::placement::KnownPlacements;
use super::roll_up;
use super::visitors_seen::{VisitorAtClick, VisitorsSeen};
use crate::click::{EnrichedClick, FirstVisit, RawClick};
use crate::drivers::sql::{Error, Only, Tx, bulk, bulk_sql, statements, value};
use crate::id::ClickId;
use crate::store::text_column::read_id;

/// The result for one click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClickInsertion {
    /// A click with its id is already stored.
    Repeat,
    /// It is new.
    New {
        /// Which first visit it is.
        first: FirstVisit,
    },
}

statements! {
    sql NEWEST = "SELECT max(id) FROM click";
    bulk KNOWN = bulk_sql!("SELECT id FROM click WHERE id " in_list);
}

/// Writes clicks. Each worker has its own.
#[derive(Debug, Default)]
pub struct ClickWriter {
    placements: KnownPlacements,
    agents: KnownAgents,
    places: KnownPlaces,
    seen: VisitorsSeen,
    months: Months,
}

impl ClickWriter {
    /// Adds clicks, also to the roll-up. Returns the result for each, in order.
    ///
    /// # Errors
    /// When the store does not answer, or refuses a click. Then roll back the whole batch and call
    /// [`ClickWriter::clear_cache`].
    pub async fn insert_all(
        &mut self,
        tx: &mut Tx,
        sightings: &[EnrichedClick<'_>],
    ) -> Result<Vec<ClickInsertion>, Error> {
        let is_new = self.which_are_new(tx, sightings).await?;
        let new: Vec<&EnrichedClick<'_>> = sightings
            .iter()
            .zip(&is_new)
            .filter_map(|(sighting, new)| new.then_some(sighting))
            .collect();
        let mut insertions = self.write(tx, &new).await?.into_iter();
        let insertion = |new: bool| {
            let written = new.then(|| insertions.next());
            written.flatten().unwrap_or(ClickInsertion::Repeat)
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

    /// Clears the cache, because a transaction did not commit.
    pub fn clear_cache(&mut self) {
        *self = ClickWriter::default();
    }

    /// Ids above every stored one are new without a lookup. Ids grow with time, so these are most
    /// of them.
    async fn which_are_new(
        &self,
        tx: &mut Tx,
        sightings: &[EnrichedClick<'_>],
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
        let is_new = sightings.iter().map(|click| seen.insert(click.hit.id));
        Ok(is_new.collect())
    }

    async fn write(
        &mut self,
        tx: &mut Tx,
        new: &[&EnrichedClick<'_>],
    ) -> Result<Vec<ClickInsertion>, Error> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let hits: Vec<&RawClick> = new.iter().map(|sighting| sighting.hit).collect();
        let placements = self.placements.of(tx, &hits).await?;
        let agents = self.agents.of(tx, new).await?;
        let places = self.places.of(tx, new).await?;
        let sights: Vec<VisitorAtClick> = new
            .iter()
            .zip(&placements)
            .enumerate()
            .filter(|(_, (sighting, _))| sighting.finding.class.is_person())
            .filter_map(|(at, (sighting, placement))| {
                Some(VisitorAtClick {
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
        let row = |at: usize| ClickRow {
            sighting: new[at],
            placement_id: placements[at].id,
            agent_id: agents[at],
            place_id: places[at],
            first: first[at],
        };
        let rows: Vec<ClickRow<'_>> = (0..new.len()).map(row).collect();
        self.months.make(tx, &hits).await?;
        bulk_insert::insert(tx, &rows).await?;
        roll_up::add(tx, &rows).await?;
        Ok(first
            .iter()
            .map(|&first| ClickInsertion::New { first })
            .collect())
    }
}
