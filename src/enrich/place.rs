//! Places: where a click comes from, by the network its address is in.
//!
//! Holds: without a database nothing is known and nothing fails; what a database does not say stays
//! `None`, and nothing is guessed from something else. An address is looked up and forgotten. Must
//! not know: who asks, where answers are kept.
//!
//! Addresses arrive truncated to /24 or /48, as everywhere, and get what the first address of that
//! network gets. `docs/geo.md` says how often that is another place than the whole address would
//! get: less than one in two thousand for the country, about one in a hundred for the city.

mod database;
mod hosting;

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use maxminddb::geoip2;
use serde::Deserialize;

use crate::click::Place;
use database::Database;
pub use database::{Kind, examine};
use hosting::Hosting;

/// Tells places.
pub struct Places {
    database: Option<Database>,
    asn_database: Option<Database>,
    hosting: Option<Hosting>,
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Places").finish_non_exhaustive()
    }
}

/// What is read of a record of places; it holds more.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, default)]
    continent: Continent<'a>,
    #[serde(default)]
    country: Area<'a>,
    #[serde(default)]
    subdivisions: Vec<Area<'a>>,
    #[serde(default)]
    city: Area<'a>,
}

#[derive(Default, Deserialize)]
struct Continent<'a> {
    code: Option<&'a str>,
}

#[derive(Default, Deserialize)]
struct Area<'a> {
    iso_code: Option<&'a str>,
    #[serde(borrow, default)]
    names: Names<'a>,
}

#[derive(Default, Deserialize)]
struct Names<'a> {
    en: Option<&'a str>,
}

impl Places {
    /// Takes up the databases of places and of networks. A file that cannot be used is a warning,
    /// and what it would tell stays `None`.
    pub fn open(database: Option<PathBuf>, asn_database: Option<PathBuf>) -> Places {
        let hosting = Hosting::embedded().inspect_err(|error| {
            tracing::error!(%error, "the list of data centres cannot be read");
        });
        Places {
            database: database.map(|path| Database::open(path, Kind::Place)),
            asn_database: asn_database.map(|path| Database::open(path, Kind::Network)),
            hosting: hosting.ok(),
        }
    }

    /// Takes up a database whose file has changed; one that cannot be used leaves the old in force.
    ///
    /// Without a change it costs a look at each file's time and size. With one it reads and checks
    /// the whole file, which takes seconds: not for a thread that others wait for.
    pub fn refresh(&self) {
        for database in [&self.database, &self.asn_database].into_iter().flatten() {
            database.refresh();
        }
    }

    /// Grows whenever a database is taken up: answers from before may differ then.
    pub fn version(&self) -> u64 {
        let databases = [&self.database, &self.asn_database];
        databases.into_iter().flatten().map(Database::version).sum()
    }

    /// What is known of an address.
    pub fn look_up(&self, address: IpAddr) -> Place {
        let address = address.to_canonical();
        let database = self.database.as_ref();
        let place = database.and_then(|it| it.ask(|reader| place(reader, address)));
        let mut place = place.unwrap_or_default();
        let database = self.asn_database.as_ref();
        if let Some((asn, name)) = database.and_then(|it| it.ask(|reader| system(reader, address)))
        {
            let hosting = self.hosting.as_ref();
            place.hosting = hosting.map(|hosting| hosting.holds(asn, name.as_deref()));
            place.asn = Some(asn);
            place.as_name = name;
        }
        place
    }
}

type Reader = maxminddb::Reader<Vec<u8>>;

fn place(reader: &Reader, address: IpAddr) -> Option<Place> {
    let record: Record<'_> = reader.lookup(address).ok()?.decode().ok()??;
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
    Some(Place {
        continent: record.continent.code.map(str::to_owned),
        country: country.map(str::to_owned),
        region,
        city: city.map(str::to_owned),
        ..Place::default()
    })
}

fn system(reader: &Reader, address: IpAddr) -> Option<(u32, Option<String>)> {
    let record: geoip2::Asn<'_> = reader.lookup(address).ok()?.decode().ok()??;
    let name = record.autonomous_system_organization.map(str::to_owned);
    Some((record.autonomous_system_number?, name))
}

#[cfg(test)]
mod tests;
