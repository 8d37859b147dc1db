//! IANA time zones by name.

use super::error::Error;

/// The IANA zone of that name.
///
/// # Errors
/// [`Error::UnknownTimeZone`] when the name is not in the bundled database.
pub fn time_zone(name: &str) -> Result<jiff::tz::TimeZone, Error> {
    jiff::tz::TimeZone::get(name)
        .map_err(|_| Error::UnknownTimeZone(name.chars().take(64).collect()))
}
