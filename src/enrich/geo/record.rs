//! What is read of a record of a geo database.
//!
//! # Invariants
//! Databases of places, of networks and of both have one layout here, and what a record does not
//! say is `None`.
//!
//! # Out of scope
//! Files, addresses.

use serde::Deserialize;

/// What is read of a record; it holds more.
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

/// A network, where a database of places names it as well.
#[derive(Default, Deserialize)]
struct System<'a> {
    autonomous_system_number: Option<u32>,
    autonomous_system_organization: Option<&'a str>,
}

impl<'a> GeoRecord<'a> {
    /// Whether it tells a place at all.
    pub fn tells_place(&self) -> bool {
        self.continent.code.is_some()
            || self.country.iso_code.is_some()
            || self.registered_country.iso_code.is_some()
    }

    /// Number and name of the network: databases of networks have them by themselves, those of
    /// places (`Enterprise`) among the traits.
    pub fn system(&self) -> Option<(u32, Option<&'a str>)> {
        let of_its_own = self.autonomous_system_number;
        let of_its_own = of_its_own.map(|number| (number, self.autonomous_system_organization));
        of_its_own.or_else(|| {
            let number = self.traits.autonomous_system_number?;
            Some((number, self.traits.autonomous_system_organization))
        })
    }
}
