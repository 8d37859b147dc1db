//! Locations: where a click comes from, by the network of its address.
//!
//! Addresses arrive truncated to /24 or /48, and the location is that of the first address in the
//! network. `docs/geo.md` says how often the full address would give another place: less than once
//! in two thousand for the country, about once in a hundred for the city.
//!
//! # Invariants
//! Without a database, all fields are `None` and nothing fails. A field that a database does not
//! have stays `None`; it is never guessed from another field. Addresses are not kept.
//!
//! # Out of scope
//! Callers and caches.

mod database;
mod hosting;
mod record;

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use crate::click::GeoLocation;
use database::GeoDatabase;
pub use database::{GeoDatabaseKind, examine};
use hosting::HostingNetworks;
use record::GeoRecord;

/// Looks up locations.
pub struct GeoLookup {
    database: Option<GeoDatabase>,
    asn_database: Option<GeoDatabase>,
    hosting: Option<HostingNetworks>,
}

impl fmt::Debug for GeoLookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Places").finish_non_exhaustive()
    }
}

impl GeoLookup {
    /// Opens the databases of places and of networks. A file that cannot be used causes a warning,
    /// and its fields stay `None`.
    pub fn open(database: Option<PathBuf>, asn_database: Option<PathBuf>) -> GeoLookup {
        let hosting = HostingNetworks::embedded().inspect_err(|error| {
            tracing::error!(%error, "the list of data centres cannot be read");
        });
        GeoLookup {
            database: database.map(|path| GeoDatabase::open(path, GeoDatabaseKind::Place)),
            asn_database: asn_database
                .map(|path| GeoDatabase::open(path, GeoDatabaseKind::Network)),
            hosting: hosting.ok(),
        }
    }

    /// Reloads a database if its file changed. If the new file cannot be used, the old one stays.
    ///
    /// Without a change, this only reads time and size of each file. With a change, it reads and
    /// checks the whole file, which takes seconds: do not call it on a thread that others wait for.
    pub fn refresh(&self) {
        for database in [&self.database, &self.asn_database].into_iter().flatten() {
            database.refresh();
        }
    }

    /// Increases when a database is loaded. Older answers may differ from new ones.
    pub fn version(&self) -> u64 {
        let databases = [&self.database, &self.asn_database];
        databases
            .into_iter()
            .flatten()
            .map(GeoDatabase::version)
            .sum()
    }

    /// The location of an address. If both databases name its network, the database of networks
    /// wins.
    pub fn look_up(&self, address: IpAddr) -> GeoLocation {
        let address = address.to_canonical();
        let database = self.database.as_ref();
        let found = database.and_then(|database| database.ask(|reader| place(reader, address)));
        let (mut place, of_place) = found.unwrap_or_default();
        let database = self.asn_database.as_ref();
        let system = database.and_then(|database| database.ask(|reader| system(reader, address)));
        if let Some((asn, name)) = system.or(of_place) {
            let hosting = self.hosting.as_ref();
            place.hosting = hosting.map(|hosting| hosting.holds(asn, name.as_deref()));
            place.asn = Some(asn);
            place.as_name = name;
        }
        place
    }
}

type Reader = maxminddb::Reader<Vec<u8>>;

/// Number and name of a network.
type System = (u32, Option<String>);

fn place(reader: &Reader, address: IpAddr) -> Option<(GeoLocation, Option<System>)> {
    let record: GeoRecord<'_> = reader.lookup(address).ok()?.decode().ok()??;
    let country = record.country.iso_code;
    let region = record.subdivisions.first().and_then(|area| {
        let code = country.zip(area.iso_code);
        code.map(|(country, code)| format!("{country}-{code}"))
            .or_else(|| area.names.en.map(str::to_owned))
    });
    let mut city = record.city.names.en;
    if reader.metadata().database_type.starts_with("DBIP") {
        // DB-IP adds a district in brackets; with MaxMind brackets belong to the city's name.
        city = city.and_then(|name| name.split(" (").next());
    }
    let place = GeoLocation {
        continent: record.continent.code.map(str::to_owned),
        country: country.map(str::to_owned),
        region,
        city: city.map(str::to_owned),
        ..GeoLocation::default()
    };
    Some((place, owned(&record)))
}

fn system(reader: &Reader, address: IpAddr) -> Option<System> {
    let record: GeoRecord<'_> = reader.lookup(address).ok()?.decode().ok()??;
    owned(&record)
}

fn owned(record: &GeoRecord<'_>) -> Option<System> {
    let (number, name) = record.system()?;
    Some((number, name.map(str::to_owned)))
}

#[cfg(test)]
mod tests;
