//! What is left of a click where the operator wants to know as little as reports need.
//!
//! # Invariants
//! Class, network seen, families and country are found out first, from everything; so reports by
//! these are the same. What is gone is gone: better rules cannot be run over such a click.

use std::sync::Arc;

use super::verdict::PackedTraits;
use crate::click::{Enrichment, GeoLocation, RawClick};

/// Takes away the user agent but for its families, the path of the referrer, region, city and
/// network.
pub(super) fn coarsen(hit: &mut RawClick, finding: Enrichment) -> Enrichment {
    let families = &finding.families;
    let known = [&families.browser, &families.os].map(|it| it.as_deref().unwrap_or("other"));
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
