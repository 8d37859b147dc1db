//! The time span that a list is narrowed to.

use std::ops::Range;

use crate::campaign::{self, Campaign};
use crate::campaign_report::period;
use crate::clock::Millis;
use crate::operations::error::Error;

/// From `from` until before `to`, with the same bounds as in reports.
///
/// Days are cut in `time_zone`, else in the zone of the campaign that the list is narrowed to, else
/// in UTC. A bound that is absent leaves its side open.
///
/// # Errors
/// [`Error::Period`] for a bound that cannot be read or comes before the other one,
/// [`Error::Query`] for an unknown zone.
pub fn time_span(
    (from, to): (Option<&str>, Option<&str>),
    time_zone: Option<&str>,
    campaign: Option<&Campaign>,
) -> Result<Range<Millis>, Error> {
    let of_campaign = campaign.map_or("UTC", |campaign| &campaign.time_zone);
    let zone = match time_zone {
        Some(name) => campaign::time_zone(name)
            .map_err(|error| Error::Query(format!("`time_zone`: {error}")))?,
        None => campaign::time_zone(of_campaign).map_err(period::Error::from)?,
    };
    Ok(period::time_range(from, to, &zone)?)
}
