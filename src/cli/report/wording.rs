//! How the tables of `leadline report` write periods, axes and rates.

use crate::campaign_report::ReportAxis;
use crate::campaign_report::wilson::LeadRate;
use crate::cli::times::minute_in;
use crate::clock::Millis;

/// A period as it is read in a time zone.
pub(super) fn period_in(time_zone: &str, from: Millis, to: Millis) -> String {
    let zone = crate::campaign::time_zone(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let (from, to) = (minute_in(&zone, from), minute_in(&zone, to));
    format!("{from} to {to} ({time_zone})")
}

/// Which time puts a conversion into a period.
pub(super) fn axis(axis: ReportAxis) -> &'static str {
    match axis {
        ReportAxis::Click => "click",
        ReportAxis::Conversion => "conversion",
    }
}

/// A rate with its interval, in per cent.
pub(super) fn rate(rate: LeadRate) -> String {
    let percent = |part: f64| part * 100.0;
    format!(
        "{:.1} % ({:.1}–{:.1})",
        percent(rate.value),
        percent(rate.low),
        percent(rate.high)
    )
}
