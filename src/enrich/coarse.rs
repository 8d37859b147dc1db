//! Coarse storage: a click keeps only what reports need, if the operator wants that.
//!
//! # Invariants
//! Class, network, families and country are computed before anything is removed, so reports by
//! these stay the same. Removed data is lost: better rules cannot run over such a click.

use std::sync::Arc;

use super::verdict::PackedTraits;
use crate::click::{Enrichment, GeoLocation, RawClick};

/// Removes the user agent except its families, the path of the referrer, region, city and network.
pub(super) fn coarsen(hit: &mut RawClick, finding: Enrichment) -> Enrichment {
    let families = &finding.families;
    let known =
        [&families.browser, &families.os].map(|family| family.as_deref().unwrap_or("other"));
    // Agents are stored by their text, so families need one.
    let agent = format!("{} on {}, {}", known[0], known[1], families.device);
    hit.user_agent = hit.user_agent.is_some().then_some(agent);
    hit.referrer = hit.referrer.take().map(|text| origin(&text).to_owned());
    let place = finding.place.map(|place| GeoLocation {
        continent: place.continent.clone(),
        country: place.country.clone(),
        ..GeoLocation::default()
    });
    Enrichment {
        traits: PackedTraits(finding.traits).coarse().0,
        place: place
            .filter(|place| *place != GeoLocation::default())
            .map(Arc::new),
        ..finding
    }
}

/// Scheme and host.
fn origin(referrer: &str) -> &str {
    let host = referrer.find("://").map_or(0, |at| at + 3);
    let end = referrer[host..]
        .find('/')
        .map_or(referrer.len(), |at| host + at);
    &referrer[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_referrer_scheme_and_host_stay() {
        for (text, kept) in [
            ("https://t.co/AbC", "https://t.co"),
            ("https://t.co", "https://t.co"),
            (
                "android-app://com.linkedin.android/",
                "android-app://com.linkedin.android",
            ),
            ("odd", "odd"),
        ] {
            assert_eq!(origin(text), kept);
        }
    }
}
