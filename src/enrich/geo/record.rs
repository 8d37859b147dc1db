//! Fields of a record in a geo database.
//!
//! # Invariants
//! Databases of places, of networks and of both share one layout here. A field that a record does
//! not have is `None`.
//!
//! # Out of scope
//! Files and addresses.

use serde::Deserialize;

/// The fields that are read; a record has more.
#[derive(Deserialize)]
pub struct GeoRecord<'a> {
    #[serde(borrow, default)]
    pub continent: GeoContinent<'a>,
    #[serde(default)]
    pub country: GeoArea<'a>,
    #[serde(default)]
    registered_country: GeoArea<'a>,
    #[serde(default)]
    pub subdivisions: Vec<GeoArea<'a>>,
    #[serde(default)]
    pub city: GeoArea<'a>,
    autonomous_system_number: Option<u32>,
    autonomous_system_organization: Option<&'a str>,
    #[serde(default)]
    traits: System<'a>,
}

#[derive(Default, Deserialize)]
pub struct GeoContinent<'a> {
    pub code: Option<&'a str>,
}

#[derive(Default, Deserialize)]
pub struct GeoArea<'a> {
    pub iso_code: Option<&'a str>,
    #[serde(borrow, default)]
    pub names: LocalizedNames<'a>,
}

#[derive(Default, Deserialize)]
pub struct LocalizedNames<'a> {
    pub en: Option<&'a str>,
}

/// A network, if a database of places also names it.
#[derive(Default, Deserialize)]
struct System<'a> {
    autonomous_system_number: Option<u32>,
    autonomous_system_organization: Option<&'a str>,
}

impl<'a> GeoRecord<'a> {
    /// Whether it has any field of a place.
    pub fn tells_place(&self) -> bool {
        self.continent.code.is_some()
            || self.country.iso_code.is_some()
            || self.registered_country.iso_code.is_some()
    }

    /// Number and name of the network. Databases of networks have them at the top level, databases
    /// of places (`Enterprise`) among the traits.
    pub fn system(&self) -> Option<(u32, Option<&'a str>)> {
        let of_its_own = self.autonomous_system_number;
        let of_its_own = of_its_own.map(|number| (number, self.autonomous_system_organization));
        of_its_own.or_else(|| {
            let number = self.traits.autonomous_system_number?;
            Some((number, self.traits.autonomous_system_organization))
        })
    }
}
