//! The notes of a report: what its figures leave out, and why.

use super::currencies::{self, CurrencyTotals};
use super::declared::{Declared, PeriodCosts};
use super::figures::conversions;
use super::observed::Observed;
use super::query::ReportQuery;
use super::row::ReportRow;
use crate::attribution::data_driven::RequestedModel;
use crate::money::Currency;

/// What a data-driven model misses if visitors were deleted already.
pub const VISITORS_ARE_GONE: &str = "Visitors of this period are deleted, so journeys without a conversion are missing. Networks that \
     everybody passes therefore get more credit than they should.";

/// The notes of a campaign's report.
pub(super) fn of_campaign(
    query: &ReportQuery,
    observed: &Observed,
    declared: &Declared,
    rows: &[ReportRow],
    others: &[CurrencyTotals],
) -> Vec<String> {
    let mut notes = vec![
        "A visitor is a browser, counted once for each network and day. Browsers that ask not to be \
         tracked (Sec-GPC, DNT) count as clicks, but not as visitors. No click id joins their leads."
            .to_owned(),
    ];
    let people = observed.people.as_ref();
    if people.is_some_and(|people| !people.is_exact) {
        notes.push(
            "People are estimated from a sample; the standard error is below 0.6 %.".to_owned(),
        );
    }
    notes.extend(left_out(query, observed, declared));
    let own = declared.campaign.currency;
    notes.extend(
        others
            .iter()
            .filter_map(|block| currencies::note(block, own)),
    );
    let without_rate = |row: &&ReportRow| row.lead_rate.is_none() && row.leads > 0.0;
    notes.extend(rows.iter().filter(without_rate).map(|row| {
        format!(
            "{} has no lead rate: its leads ({}) outnumber the visitors counted in the period ({}).",
            row.key.name(),
            row.leads,
            row.visitors
        )
    }));
    if matches!(query.model, RequestedModel::DataDriven(_)) && people.is_none() {
        notes.push(VISITORS_ARE_GONE.to_owned());
    }
    if observed.hidden_origin_days > 0 {
        notes.push(format!(
            "On {} of these days, a proxy that is not in `server.trusted_proxies` hid the visitors' \
             addresses. Visitors behind it with the same browser count as one, and their places are \
             unknown. docs/proxies.md tells the operator of this server what to set.",
            observed.hidden_origin_days
        ));
    }
    notes
}

/// Notes on conversions and costs that no row contains, and on a changed goal.
fn left_out(query: &ReportQuery, observed: &Observed, declared: &Declared) -> Vec<String> {
    let mut notes = Vec::new();
    let credits = observed.shown_credits(&query.filter);
    let late: i64 = credits
        .filter(|sum| !sum.in_window)
        .map(|sum| sum.weight)
        .sum();
    if late > 0 {
        notes.push(format!(
            "{} came more than {} after the click. See `unattributed`.",
            counted_conversions(late),
            counted(query.shown_window_days(&declared.campaign), "day")
        ));
    }
    let elsewhere = &observed.workspace_unattributed;
    let elsewhere: i64 = elsewhere.iter().map(|sum| sum.weight).sum();
    if elsewhere > 0 && !query.is_narrowed() {
        notes.push(format!(
            "{} of the workspace in this period could not be credited to any campaign. No sum here \
             includes them; `workspace_unattributed` shows them. The report over all campaigns counts \
             them once.",
            counted_conversions(elsewhere)
        ));
    }
    if !declared.past_goals.is_empty() {
        notes.push(
            "The goal was changed after the campaign had begun: see `goal_versions` of the campaign."
                .to_owned(),
        );
    }
    let costs = Some(&declared.costs).filter(|_| !query.is_narrowed());
    notes.extend(outside_period(costs, declared));
    if let Some(minutes) = costs.map(|costs| costs.unvalued_minutes)
        && minutes > 0
    {
        notes.push(format!(
            "{minutes} minutes of work are not in any cost, because the campaign has no hourly rate."
        ));
    }
    notes
}

/// Notes on costs and engagement of days outside the period.
fn outside_period(costs: Option<&PeriodCosts>, declared: &Declared) -> Vec<String> {
    let start = "give `from`, or set the campaign's `starts_at`";
    let end = "give `to`, or set the campaign's `ends_at`";
    let mut notes = Vec::new();
    if let Some(costs) = costs {
        let [before, after] = &costs.outside;
        let currency: Currency = declared.campaign.currency;
        notes.extend(before.note(
            currency,
            "lie before the period and are not in any sum",
            start,
        ));
        notes.extend(after.note(currency, "lie after the period and are not in any sum", end));
    }
    let sides = [("before", start), ("after", end)];
    for (days, (side, fix)) in declared.engagement_outside.into_iter().zip(sides) {
        if days > 0 {
            let s = if days == 1 { "" } else { "s" };
            notes.push(format!(
                "Engagement numbers of {days} day{s} {side} the period are not in any sum: {fix}."
            ));
        }
    }
    notes
}

/// Such as `1 conversion` or `2.5 conversions`, from millionths.
pub(super) fn counted_conversions(weight: i64) -> String {
    counted(conversions(weight), "conversion")
}

fn counted(count: impl Into<f64>, one: &str) -> String {
    let count = count.into().to_string();
    format!("{count} {one}{}", if count == "1" { "" } else { "s" })
}
