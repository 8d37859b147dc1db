//! `leadline report` without a campaign: all campaigns as a table that fits 100 columns.
//!
//! # Invariants
//! The table shows what the API answered. Money is in major units, each currency by itself.

use comfy_table::{CellAlignment, Table};

use super::{axis, lines, period_in, plain_table, plural, rate, wrapped};
use crate::campaign_report::workspace::{CurrencySums, WorkspaceReport, WorkspaceRow};
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
        table.add_row(cells(name(row), row));
    }
    let unattributed = &report.unattributed;
    table.add_row(cells("in no campaign".to_owned(), unattributed));
    table.add_row(cells("total".to_owned(), &report.total));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
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

fn cells(name: String, row: &WorkspaceRow) -> [String; 9] {
    let each = |amount: &dyn Fn(&CurrencySums) -> Option<Money>| {
        let amounts = row.money.iter().filter_map(amount);
        let amounts: Vec<String> = amounts.map(|it| it.to_string()).collect();
        if amounts.is_empty() {
            "–".to_owned()
        } else {
            amounts.join("\n")
        }
    };
    [
        name,
        row.clicks.human.to_string(),
        row.visitors.to_string(),
        row.leads.to_string(),
        row.lead_rate.map_or_else(|| "–".to_owned(), rate),
        row.sales.to_string(),
        each(&|it| Some(it.net_revenue)),
        each(&|it| it.cost),
        each(&|it| it.cost_per_lead),
    ]
}
