//! The third table of `leadline report`: the compared period or campaign.
//!
//! # Invariants
//! The table shows the API's answer; only changes are computed here.

use comfy_table::Table;

use super::wording::rate;
use crate::campaign_report::{ComparedReport, ReportRow, YieldReport};
use crate::cli::terminal::{NONE, align_right, plain_table};

/// The yield of the compared report, row by row, with the change of leads.
pub(super) fn table(report: &YieldReport, other: &ComparedReport) -> Table {
    let mut table = plain_table([
        "Compared with",
        "Visitors",
        "Leads",
        "Change",
        "Lead rate\n(95 %)",
        "Sales",
        &format!("Net revenue\n{}", other.currency),
    ]);
    for row in &other.rows {
        let now = report.rows.iter().find(|other| other.key == row.key);
        table.add_row(cells(&row.key.name(), row, now));
    }
    let rest = [
        ("unattributed", &other.unattributed, &report.unattributed),
        ("total", &other.total, &report.total),
    ];
    for (name, row, now) in rest {
        table.add_row(cells(name, row, Some(now)));
    }
    align_right(&mut table, 1..);
    table
}

fn cells(name: &str, row: &ReportRow, now: Option<&ReportRow>) -> [String; 7] {
    [
        name.to_owned(),
        row.visitors.to_string(),
        row.leads.to_string(),
        change(row.leads, now.map(|now| now.leads)),
        row.lead_rate.map_or_else(|| NONE.to_owned(), rate),
        row.sales.to_string(),
        row.net_revenue.number(),
    ]
}

/// The change of leads; unknown if there were none before.
pub(super) fn change(before: f64, now: Option<f64>) -> String {
    now.filter(|_| before > 0.0).map_or_else(
        || NONE.to_owned(),
        |now| format!("{:+.0} %", (now / before - 1.0) * 100.0),
    )
}
