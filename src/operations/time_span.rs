//! The time span of a list's filter.

use std::ops::Range;

use crate::campaign::{self, Campaign};
use crate::campaign_report::period;
use crate::clock::Millis;
use crate::operations::error::Error;

/// From `from` until before `to`, with the same bounds as in reports.
///
/// Days are in `time_zone`, or else in the zone of the list's campaign, or else in UTC. An absent
/// bound means unlimited.
///
/// # Errors
/// [`Error::Period`] when a bound cannot be read or is before the other one, [`Error::Query`] when
/// the zone is unknown.
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
