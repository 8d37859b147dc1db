//! Locations of clicks, each stored once.
//!
//! # Invariants
//! - A place never changes.
//! - Ids increase under the lock of [`Store::ingest`](crate::store::Store::ingest), so places of
//!   other writers have ids after the last known one.

use std::collections::HashMap;
use std::sync::Arc;

use crate::click::{EnrichedClick, GeoLocation};
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, fetch, statements};

statements! {
    sql LATER = "SELECT id, continent, country, region, city, asn FROM place \
        WHERE id > $1 ORDER BY id";
    bulk INSERT = bulk_sql!(
        "INSERT INTO place "
        values(id BIGINT, continent TEXT, country TEXT, region TEXT, city TEXT, asn BIGINT)
    );
}

/// The columns of a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash, sqlx_macros::FromRow)]
pub(super) struct PlaceColumns {
    continent: Option<String>,
    country: Option<String>,
    region: Option<String>,
    city: Option<String>,
    asn: Option<i64>,
}

#[derive(sqlx_macros::FromRow)]
struct PlaceRow {
    id: i64,
    #[sqlx(flatten)]
    columns: PlaceColumns,
}

impl From<&GeoLocation> for PlaceColumns {
    fn from(place: &GeoLocation) -> PlaceColumns {
        PlaceColumns {
            continent: place.continent.clone(),
            country: place.country.clone(),
            region: place.region.clone(),
            city: place.city.clone(),
            asn: place.asn.map(i64::from),
        }
    }
}

impl PlaceColumns {
    /// The place; `None` if nothing is known.
    pub(super) fn read(self) -> Option<Arc<GeoLocation>> {
        let place = GeoLocation {
            continent: self.continent,
            country: self.country,
            region: self.region,
            city: self.city,
            asn: self.asn.and_then(|asn| u32::try_from(asn).ok()),
            ..GeoLocation::default()
        };
        (place != GeoLocation::default()).then(|| Arc::new(place))
    }
}

/// The address of the value in memory.
fn address(place: &Arc<GeoLocation>) -> usize {
    Arc::as_ptr(place).addr()
}

/// The known places.
#[derive(Debug, Default)]
pub(super) struct KnownPlaces {
    ids: HashMap<PlaceColumns, i64>,
    last: i64,
}

impl KnownPlaces {
    /// The id of each click's place, if it has one; unknown places are created.
    pub(super) async fn of(
        &mut self,
        tx: &mut Tx,
        sightings: &[&EnrichedClick<'_>],
    ) -> Result<Vec<Option<i64>>, Error> {
        // Clicks of one network share one value, so most places are found by their memory address.
        let mut met: HashMap<usize, i64> = HashMap::new();
        let mut fresh: Vec<PlaceColumns> = Vec::new();
        for place in sightings
            .iter()
            .filter_map(|click| click.finding.place.as_ref())
        {
            if met.contains_key(&address(place)) {
                continue;
            }
            let columns = PlaceColumns::from(&**place);
            if let Some(id) = self.ids.get(&columns) {
                met.insert(address(place), *id);
            } else {
                fresh.push(columns);
            }
        }
        if !fresh.is_empty() {
            self.make(tx, fresh).await?;
        }
        let id = |place: &Arc<GeoLocation>| {
            let known = met.get(&address(place)).copied();
            known.or_else(|| self.ids.get(&PlaceColumns::from(&**place)).copied())
        };
        Ok(sightings
            .iter()
            .map(|click| click.finding.place.as_ref().and_then(id))
            .collect())
    }

    async fn make(&mut self, tx: &mut Tx, fresh: Vec<PlaceColumns>) -> Result<(), Error> {
        for row in fetch!(all PlaceRow, tx, LATER, self.last)? {
            self.last = row.id;
            self.ids.insert(row.columns, row.id);
        }
        let mut made: Vec<(i64, PlaceColumns)> = Vec::new();
        for columns in fresh {
            if !self.ids.contains_key(&columns) {
                self.last += 1;
                self.ids.insert(columns.clone(), self.last);
                made.push((self.last, columns));
            }
        }
        if made.is_empty() {
            return Ok(());
        }
        bulk!(
            execute,
            tx,
            INSERT,
            made,
            [
                |row: &(i64, PlaceColumns)| row.0,
                |row: &(i64, PlaceColumns)| row.1.continent.clone(),
                |row: &(i64, PlaceColumns)| row.1.country.clone(),
                |row: &(i64, PlaceColumns)| row.1.region.clone(),
                |row: &(i64, PlaceColumns)| row.1.city.clone(),
                |row: &(i64, PlaceColumns)| row.1.asn,
            ]
        )?;
        Ok(())
    }
}
