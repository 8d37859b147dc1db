//! The third table of `leadline report`: the period or campaign that it is held against.
//!
//! Holds: it shows what the API answered; only differences are computed here.

use comfy_table::{CellAlignment, Table};

use super::{plain_table, rate};
use crate::campaign_report::{ComparedReport, ReportRow, YieldReport};

/// What the other one yielded, row by row, with how far leads are from it.
pub(super) fn table(report: &YieldReport, other: &ComparedReport) -> Table {
    let mut table = plain_table([
        "Against",
        "Visitors",
        "Leads",
        "Change",
        "Lead rate\n(95 %)",
        "Sales",
        &format!("Net revenue\n{}", other.currency),
    ]);
    for row in &other.rows {
        let now = report.rows.iter().find(|it| it.key == row.key);
        table.add_row(cells(&row.key.name(), row, now));
    }
    let rest = [
        ("unattributed", &other.unattributed, &report.unattributed),
        ("total", &other.total, &report.total),
    ];
    for (name, row, now) in rest {
        table.add_row(cells(name, row, Some(now)));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn cells(name: &str, row: &ReportRow, now: Option<&ReportRow>) -> [String; 7] {
    [
        name.to_owned(),
        row.visitors.to_string(),
        row.leads.to_string(),
        change(row.leads, now.map(|now| now.leads)),
        row.lead_rate.map_or_else(|| "–".to_owned(), rate),
        row.sales.to_string(),
        row.net_revenue.number(),
    ]
}

/// How far leads are from those of before; unknown where there were none.
pub(super) fn change(before: f64, now: Option<f64>) -> String {
    now.filter(|_| before > 0.0).map_or_else(
        || "–".to_owned(),
        |now| format!("{:+.0} %", (now / before - 1.0) * 100.0),
    )
}
