//! `leadline report` without a campaign: all campaigns as a table that fits 100 columns.
//!
//! # Invariants
//! The table shows the API's answer. Money is in major units, with a row for each currency.

use comfy_table::Table;

use super::comparison::change;
use super::wording::{axis, period_in, rate};
use crate::campaign_report::workspace::{
    ComparedWorkspaceReport, CurrencySums, WorkspaceReport, WorkspaceRow,
};
use crate::cli::option_words::with_options;
use crate::cli::terminal::{NONE, align_right, lines, plain_table, plural, wrapped};
use crate::money::Money;

pub(super) fn shown(report: &WorkspaceReport) -> String {
    let window = report.window_days.map_or_else(
        || "each campaign's own windows".to_owned(),
        |days| format!("window {}", plural(days.into(), "day", "days")),
    );
    let mut text = wrapped(&format!(
        "All campaigns, {}, {}, {window}, by time of the {}",
        period_in(&report.time_zone, report.from, report.to),
        report.model.replace('_', " "),
        axis(report.axis)
    ));
    text.push_str(&lines(&table(report)));
    text.push('\n');
    if let Some(other) = &report.comparison {
        let period = period_in(&report.time_zone, other.from, other.to);
        text.push_str(&wrapped(&format!("All campaigns, {period}")));
        text.push_str(&lines(&comparison(report, other)));
        text.push('\n');
    }
    for note in &report.notes {
        text.push_str(&wrapped(&format!("· {}", with_options(note))));
    }
    text
}

fn table(report: &WorkspaceReport) -> Table {
    let mut table = plain_table([
        "Campaign",
        "Clicks",
        "Visitors",
        "Leads",
        "Lead rate\n(95 %)",
        "Sales",
        "In",
        "Net\nrevenue",
        "Cost",
        "Per lead",
    ]);
    for row in &report.rows {
        table.add_rows(cells(name(row), row));
    }
    let unattributed = &report.unattributed;
    table.add_rows(cells("in no campaign".to_owned(), unattributed));
    table.add_rows(cells("total".to_owned(), &report.total));
    align_right(&mut table, 1..);
    table
}

/// The yield of the compared period, row by row, with the change of leads.
fn comparison(report: &WorkspaceReport, other: &ComparedWorkspaceReport) -> Table {
    let mut table = plain_table([
        "Compared with",
        "Visitors",
        "Leads",
        "Change",
        "Lead rate\n(95 %)",
        "Sales",
        "In",
        "Net\nrevenue",
    ]);
    let is_same = |one: &WorkspaceRow, other: &WorkspaceRow| {
        (one.campaign, &one.network) == (other.campaign, &other.network)
    };
    for row in &other.rows {
        let now = report.rows.iter().find(|other| is_same(other, row));
        table.add_rows(compared(name(row), row, now));
    }
    let rest = [
        ("in no campaign", &other.unattributed, &report.unattributed),
        ("total", &other.total, &report.total),
    ];
    for (name, row, now) in rest {
        table.add_rows(compared(name.to_owned(), row, Some(now)));
    }
    align_right(&mut table, 1..);
    table
}

fn compared(name: String, row: &WorkspaceRow, now: Option<&WorkspaceRow>) -> Vec<[String; 8]> {
    let first = [
        name,
        row.visitors.to_string(),
        row.leads.to_string(),
        change(row.leads, now.map(|now| now.leads)),
        row.lead_rate.map_or_else(|| NONE.to_owned(), rate),
        row.sales.to_string(),
    ];
    by_currency(row, first, |[a, b, c, d, e, f], sums| {
        let revenue = amount(sums.map(|sums| sums.net_revenue));
        [a, b, c, d, e, f, currency(sums), revenue]
    })
}

fn name(row: &WorkspaceRow) -> String {
    let campaign = row.campaign_name.clone();
    match (campaign, &row.network) {
        (Some(campaign), Some(network)) => format!("{campaign}: {network}"),
        (Some(campaign), None) => campaign,
        (None, Some(network)) => network.to_string(),
        (None, None) => "links without either".to_owned(),
    }
}

fn cells(name: String, row: &WorkspaceRow) -> Vec<[String; 10]> {
    let first = [
        name,
        row.clicks.human.to_string(),
        row.visitors.to_string(),
        row.leads.to_string(),
        row.lead_rate.map_or_else(|| NONE.to_owned(), rate),
        row.sales.to_string(),
    ];
    by_currency(row, first, |[a, b, c, d, e, f], sums| {
        let revenue = amount(sums.map(|sums| sums.net_revenue));
        let cost = amount(sums.and_then(|sums| sums.cost));
        let per_lead = amount(sums.and_then(|sums| sums.cost_per_lead));
        [a, b, c, d, e, f, currency(sums), revenue, cost, per_lead]
    })
}

/// A row of the table for each currency. Only the first one has the values that are not money,
/// because a cell cannot have line breaks.
fn by_currency<const N: usize, const M: usize>(
    row: &WorkspaceRow,
    first: [String; N],
    cells: impl Fn([String; N], Option<&CurrencySums>) -> [String; M],
) -> Vec<[String; M]> {
    let Some((sums, more)) = row.money.split_first() else {
        return vec![cells(first, None)];
    };
    let blank = || std::array::from_fn(|_| String::new());
    let mut rows = vec![cells(first, Some(sums))];
    rows.extend(more.iter().map(|sums| cells(blank(), Some(sums))));
    rows
}

fn currency(sums: Option<&CurrencySums>) -> String {
    let currency = sums.map(|sums| sums.net_revenue.currency);
    currency.map_or_else(|| NONE.to_owned(), |currency| currency.to_string())
}

fn amount(money: Option<Money>) -> String {
    money.map_or_else(|| NONE.to_owned(), Money::number)
}
