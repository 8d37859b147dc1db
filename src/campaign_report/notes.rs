//! What a reader must know beside the figures: what they leave out, and why.

use super::sums::conversions;
use super::{CurrencyTotals, ReportInputs, ReportRow, currencies};

/// What to know when reading the report.
pub(super) fn of(
    inputs: &ReportInputs<'_>,
    rows: &[ReportRow],
    others: &[CurrencyTotals],
) -> Vec<String> {
    let mut notes = vec![
        "A visitor is a browser counted once for a network and day; visitors who ask not to be \
         tracked (Sec-GPC, DNT) are clicks, but neither visitors nor leads by click id."
            .to_owned(),
    ];
    if inputs.people.is_some_and(|people| !people.is_exact) {
        notes.push(
            "People are estimated from a sample; the standard error is below 0.6 %.".to_owned(),
        );
    }
    notes.extend(left_out(inputs));
    let own = inputs.campaign.currency;
    notes.extend(
        others
            .iter()
            .filter_map(|block| currencies::note(block, own)),
    );
    for row in rows
        .iter()
        .filter(|row| row.lead_rate.is_none() && row.leads > 0.0)
    {
        notes.push(format!(
            "{} has no lead rate: its leads ({}) outnumber the visitors counted in the period ({}).",
            row.key.name(),
            row.leads,
            row.visitors
        ));
    }
    notes
}

/// What is in no row, or was held against something else before.
fn left_out(inputs: &ReportInputs<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let late: i64 = inputs
        .told()
        .filter(|sum| !sum.in_window)
        .map(|sum| sum.weight)
        .sum();
    if late > 0 {
        notes.push(format!(
            "{} came more than {} after the click and stand under unattributed.",
            conversions_named(late),
            plural(inputs.window_days, "day")
        ));
    }
    let strays: i64 = inputs.strays.iter().map(|sum| sum.weight).sum();
    if strays > 0 && inputs.filter.is_empty() {
        notes.push(format!(
            "{} of the workspace in this period could not be credited to any campaign: in no sum here, \
             and shown under workspace_unattributed. The report over all campaigns counts them once.",
            conversions_named(strays)
        ));
    }
    if !inputs.past_goals.is_empty() {
        notes.push(
            "The goal was changed after the campaign had begun: see goal_versions of the campaign."
                .to_owned(),
        );
    }
    notes.extend(outside(inputs));
    if let Some(minutes) = inputs
        .costs
        .map(|it| it.unvalued_minutes)
        .filter(|it| *it > 0)
    {
        notes.push(format!(
            "{minutes} minutes of work are in no cost: the campaign has no hourly rate."
        ));
    }
    notes
}

/// What was told of days outside the period.
fn outside(inputs: &ReportInputs<'_>) -> Vec<String> {
    let start = "give `from`, or set the campaign's `starts_at`";
    let end = "give `to`, or set the campaign's `ends_at`";
    let mut notes = Vec::new();
    if let Some(costs) = &inputs.costs {
        let [before, after] = costs.outside;
        let currency = inputs.campaign.currency;
        notes.extend(before.note(currency, "lie before the period, in no sum", start));
        notes.extend(after.note(currency, "lie after the period, in no sum", end));
    }
    let sides = [("before", start), ("after", end)];
    for (days, (side, mend)) in inputs.engagement_outside.into_iter().zip(sides) {
        if days > 0 {
            let days = days_named(days);
            notes.push(format!(
                "Engagement numbers of {days} {side} the period are in no sum: {mend}."
            ));
        }
    }
    notes
}

fn days_named(days: i64) -> String {
    format!("{days} day{}", if days == 1 { "" } else { "s" })
}

pub(super) fn conversions_named(weight: i64) -> String {
    plural(conversions(weight), "conversion")
}

fn plural(count: impl Into<f64>, one: &str) -> String {
    let count = count.into().to_string();
    format!("{count} {one}{}", if count == "1" { "" } else { "s" })
}
