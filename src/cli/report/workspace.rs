//! `leadline report` without a campaign: all campaigns as a table that fits 100 columns.
//!
//! # Invariants
//! The table shows what the API answered. Money is in major units, each currency by itself.

use comfy_table::{CellAlignment, Table};

use super::against::change;
use super::{axis, lines, period_in, plain_table, plural, rate, wrapped};
use crate::campaign_report::workspace::{
    ComparedWorkspaceReport, CurrencySums, WorkspaceReport, WorkspaceRow,
};
use crate::money::Money;

pub(super) fn shown(report: &WorkspaceReport) -> String {
    let window = report.window_days.map_or_else(
        || "each campaign's own windows".to_owned(),
        |days| format!("window {}", plural(days as usize, "day", "days")),
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
        text.push_str(&lines(&against(report, other)));
        text.push('\n');
    }
    for note in &report.notes {
        text.push_str(&wrapped(&format!("· {note}")));
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
        "Net revenue",
        "Cost",
        "Per lead",
    ]);
    for row in &report.rows {
        table.add_rows(cells(name(row), row));
    }
    let unattributed = &report.unattributed;
    table.add_rows(cells("in no campaign".to_owned(), unattributed));
    table.add_rows(cells("total".to_owned(), &report.total));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// What the other period yielded, row by row, with how far leads are from it.
fn against(report: &WorkspaceReport, other: &ComparedWorkspaceReport) -> Table {
    let mut table = plain_table([
        "Against",
        "Visitors",
        "Leads",
        "Change",
        "Lead rate\n(95 %)",
        "Sales",
        "Net revenue",
    ]);
    let is_same = |one: &WorkspaceRow, other: &WorkspaceRow| {
        (one.campaign, &one.network) == (other.campaign, &other.network)
    };
    for row in &other.rows {
        let now = report.rows.iter().find(|it| is_same(it, row));
        table.add_rows(compared(name(row), row, now));
    }
    let rest = [
        ("in no campaign", &other.unattributed, &report.unattributed),
        ("total", &other.total, &report.total),
    ];
    for (name, row, now) in rest {
        table.add_rows(compared(name.to_owned(), row, Some(now)));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn compared(name: String, row: &WorkspaceRow, now: Option<&WorkspaceRow>) -> Vec<[String; 7]> {
    let first = [
        name,
        row.visitors.to_string(),
        row.leads.to_string(),
        change(row.leads, now.map(|now| now.leads)),
        row.lead_rate.map_or_else(|| "–".to_owned(), rate),
        row.sales.to_string(),
    ];
    by_currency(row, first, |[a, b, c, d, e, f], sums| {
        [a, b, c, d, e, f, amount(sums.map(|it| it.net_revenue))]
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

fn cells(name: String, row: &WorkspaceRow) -> Vec<[String; 9]> {
    let first = [
        name,
        row.clicks.human.to_string(),
        row.visitors.to_string(),
        row.leads.to_string(),
        row.lead_rate.map_or_else(|| "–".to_owned(), rate),
        row.sales.to_string(),
    ];
    by_currency(row, first, |[a, b, c, d, e, f], sums| {
        let revenue = amount(sums.map(|it| it.net_revenue));
        let cost = amount(sums.and_then(|it| it.cost));
        let per_lead = amount(sums.and_then(|it| it.cost_per_lead));
        [a, b, c, d, e, f, revenue, cost, per_lead]
    })
}

/// A row of the table for each currency, of which only the first one bears what is no money: a
/// cell has no line breaks of its own.
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

fn amount(money: Option<Money>) -> String {
    money.map_or_else(|| "–".to_owned(), |it| it.to_string())
}
